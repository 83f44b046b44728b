# The report as lines for a terminal: the state of each unit, those first that are not well.
def padded($width): . + (" " * ([$width - length, 0] | max));

([.features[] | .name as $feature | .units[] | [.state, $feature, .name, .detail]]
  # What is alike stays in the order that the report has it in.
  | sort_by(.[0] as $state | ["failed", "missing", "restarting", "stopped"] | index($state) // 9)
) as $rows
| ([range(0; 3) as $column | [$rows[][$column] | length] | max // 0]) as $widths
| ([.features[].units[].well]) as $well
| ([.features[].units[] | select(.well | not)] | length) as $wrong
| "\(.host): \(.system), \(.architecture)",
  ($rows[]
    | [(.[0] | padded($widths[0])), (.[1] | padded($widths[1])), (.[2] | padded($widths[2])), .[3]]
    | join("  ")
    | sub(" +$"; "")),
  if ($well | length) == 0 then "No unit of a feature is shown here."
  elif $wrong == 0 then "All is well."
  else "Not well: \($wrong) of \($well | length)." end
