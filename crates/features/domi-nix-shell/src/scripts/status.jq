# From what `systemctl show` prints of all units, in the order of their names, to what is said of them.

# Names and descriptions are shown on terminals, too.
def clean: gsub("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]"; " ");

def fields:
  [split("\n")[] | select(. != "") | index("=") as $at | {key: .[:$at], value: .[$at + 1:]}]
  | from_entries;

def state:
  if .LoadState != "loaded" then "missing"
  elif .ActiveState == "failed" then "failed"
  elif (.SubState | startswith("auto-restart")) then "restarting"
  elif .ActiveState == "activating" then "starting"
  elif .ActiveState == "deactivating" then "stopping"
  elif .ActiveState != "inactive" then
    if .SubState == "exited" then "done"
    elif .SubState == "waiting" or .SubState == "listening" then "waiting"
    else "running" end
  # It was wanted, and its conditions did not hold.
  elif .ConditionResult == "no" and .ConditionTimestampMonotonic != "0" then "skipped"
  elif (.TriggeredBy // "") != "" then "waiting"
  elif .Type == "oneshot" then "done"
  else "stopped" end;

def detail($state):
  if $state == "missing" then .LoadState
  elif $state != "failed" and $state != "restarting" then ""
  elif .Result == "exit-code" then "exit code \(.ExecMainStatus)"
  else .Result end;

def bad: ["failed", "missing", "restarting", "stopped"];

def unit($name):
  state as $state
  | {
      name: $name,
      description: (.Description // "" | clean),
      state: $state,
      well: (bad | index($state) == null),
      detail: detail($state),
      since: (.StateChangeTimestamp // "" | if startswith("@") then .[1:] | tonumber else null end)
    };

# The worst first.
def rank: .state as $state | (bad + ["starting", "stopping"] | index($state)) // 9;

[split("\n\n")[] | fields | select(. != {})] as $shown
| $features[0] as $known
| ([$known[].units[]] | unique) as $names
| if ($shown | length) != ($names | length) then
    error("systemd speaks of \($shown | length) units, and there are \($names | length)")
  else . end
| ([$names, $shown] | transpose | map({key: .[0], value: .[1]}) | from_entries) as $by_name
| [
    $known
    | to_entries[]
    | [.value.units | unique[] | . as $name | $by_name[$name] | unit($name)] as $units
    | {
        name: (.key | clean),
        summary: (.value.summary | clean),
        well: ($units | all(.well)),
        units: ($units | sort_by(rank, .name))
      }
  ]
| sort_by((.units[0] // {} | rank), .name) as $list
| {
    host: ($host | clean),
    system: ($system | clean),
    architecture: ($architecture | clean),
    time: (now | floor),
    well: ($list | all(.well)),
    features: $list
  }
