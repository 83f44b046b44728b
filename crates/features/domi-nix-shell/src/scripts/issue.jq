# The report as lines for the login prompt: each feature with its state, those first that are not well.
def padded($width): . + (" " * ([$width - length, 0] | max));

# A screen has 25 lines.
15 as $most
| ([.features[].name | length] | max // 0) as $width
| [.features[]
    | (.name | padded($width)) as $name
    | if .well then "\($name)  \(.units[0].state // "on")"
      else "\($name)  \([.units[] | select(.well | not) | "\(.name) \(.state)"] | join(", "))" end
    | if length > 76 then .[:73] + "..." else . end
  ] as $lines
| [
    "\(.host): \(.system), \(.architecture)",
    "",
    $lines[:$most][],
    (if ($lines | length) > $most then "and \(($lines | length) - $most) more" else empty end),
    (if $lines == [] then "No feature is shown here." else empty end),
    (if .well then empty else "", "Not all is well: domi-status says more." end)
  ]
# agetty reads what stands behind a backslash.
| map(gsub("\\\\"; "\\\\"))[]
