# The bare shell of a machine: what its features do, at the login prompt, by a command and on a page.
#
# Generated from crates/features/domi-nix-shell by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) plainData;
  cfg = config.domi.ui.domi-nix-shell;
  jsonFormat = pkgs.formats.json { };

  domiStatus = ''
    set -e
    features=${
      jsonFormat.generate "features.json" (
        plainData (lib.mapAttrs (_: feature: { inherit (feature) summary units; }) cfg.features)
      )
    }
    jq=${lib.getExe' pkgs.jq "jq"}
    program=${pkgs.writeText "status.jq" ''
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
    ''}
    text=${pkgs.writeText "text.jq" ''
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
    ''}
    # Says what the units of this machine's features do. Everybody may ask.
    set -uo pipefail
    usage() {
        cat <<'END'
    Usage: domi-status [--json]

    Says what the units of this machine's features do, those that do not do what they should first.

    Exit code: 0 when all is well, 1 when a unit has failed, is not there, was stopped or starts again
    and again, 2 for wrong arguments, 3 when systemd does not answer.
    END
    }
    form=text
    case "''${1-}" in
        "") ;;
        --json) form=json ;;
        --help | -h)
            usage
            exit
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    if (($# > 1)); then
        usage >&2
        exit 2
    fi

    names=$("$jq" --raw-output '[.[].units[]] | unique[]' "$features")
    shown=
    if [[ -n $names ]]; then
        mapfile -t units <<<"$names"
        properties=LoadState,ActiveState,SubState,Result,Type,ExecMainStatus,Description,TriggeredBy
        properties+=,ConditionResult,ConditionTimestampMonotonic,StateChangeTimestamp
        if ! shown=$(systemctl show --timestamp=unix --property="$properties" -- "''${units[@]}"); then
            echo "domi-status: systemd does not say what its units do" >&2
            exit 3
        fi
    fi
    system=$(sed --quiet 's/^PRETTY_NAME=//p' /etc/os-release)
    system=''${system#[\"\']}
    report=$("$jq" --raw-input --slurp --from-file "$program" --slurpfile features "$features" \
        --arg host "$(uname --nodename)" --arg system "''${system%[\"\']}" \
        --arg architecture "$(uname --machine)" <<<"$shown")
    if [[ $form == json ]]; then
        printf '%s\n' "$report"
    else
        "$jq" --raw-output --from-file "$text" <<<"$report"
    fi
    [[ $("$jq" .well <<<"$report") == true ]]'';

  commonServiceConfig = {
    CapabilityBoundingSet = "";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateNetwork = true;
    PrivateTmp = true;
    PrivateUsers = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RemoveIPC = true;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
  };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.ui.domi-nix-shell = {
    enable = lib.mkEnableOption "domi-nix-shell, the bare shell of a machine: what its features do, at the login prompt, by a command and on a page";

    features = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            summary = lib.mkOption {
              type = lib.types.singleLineStr;
              default = "";
              example = "Sells books";
              description = "What it is, in a few words.";
            };

            units = lib.mkOption {
              type = lib.types.listOf (
                lib.types.strMatching "[A-Za-z0-9:_.-]+(@[A-Za-z0-9:_.-]+)?\\.(service|socket|timer|path|mount|automount|swap|slice|target|scope|device)"
              );
              default = [ ];
              example = [ "shop.service" ];
              description = "Its units, by their full names.";
            };
          };
        }
      );
      default = { };
      example = {
        shop = {
          summary = "Sells books";
          units = [ "shop.service" ];
        };
      };
      description = ''
        What is shown: features, or anything else that has units, by name. Other features and modules may
        add to it.
      '';
    };

    refreshSeconds = lib.mkOption {
      type = lib.types.ints.between 1 3600;
      default = 10;
      description = "How often the prompt and the page look at it, in seconds.";
    };

    page = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = "Whether there is one.";
          };

          port = lib.mkOption {
            type = lib.types.port;
            default = 8090;
            description = "TCP port to listen on, at 127.0.0.1 alone.";
          };
        };
      };
      default = { };
      description = "The page.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.page.port != 0 || !cfg.page.enable;
        message = "nobody finds the page at port 0: give `page.port` another one";
      }
    ];

    environment.systemPackages = [ (pkgs.writeShellScriptBin "domi-status" domiStatus) ];

    systemd = {
      services = {
        domi-nix-shell = {
          description = "What features of this machine do";
          wantedBy = [ "multi-user.target" ];
          after = [ "dbus.socket" ];
          unitConfig.StartLimitIntervalSec = 0;
          restartTriggers = [
            "${pkgs.writeText "page.txt" (
              lib.optionalString cfg.page.enable ''
                ${toString cfg.page.port}
              ''
            )}"
          ];
          serviceConfig = commonServiceConfig // {
            ExecStart = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "domi-nix-shell" ''
                set -e
                command=${pkgs.writeShellScript "domi-status" domiStatus}
                issue=${pkgs.writeText "issue.jq" ''
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
                ''}
                jq=${lib.getExe' pkgs.jq "jq"}
                page=${pkgs.writeText "page.jq" ''
                  # The report as a page. Each string that comes into it is escaped by `@html`.
                  def mark: if .well then "well" else "bad" end;

                  def unit:
                    @html "<li class=\"\(mark)\"><span class=\"state\">\(.state)</span>
                  <span class=\"unit\">\(.name)</span>",
                    (if .detail != "" then @html " <span class=\"detail\">\(.detail)</span>" else empty end),
                    (if .description != "" then @html "<p>\(.description)</p>" else empty end),
                    (if .since != null then
                      @html "<p>since <time>\(.since | todate)</time></p>"
                    else empty end),
                    "</li>";

                  def feature:
                    @html "<section><h2>\(.name)</h2>",
                    (if .summary != "" then @html "<p>\(.summary)</p>" else empty end),
                    (if .units == [] then "<p>It has no units.</p>" else "<ul>", (.units[] | unit), "</ul>" end),
                    "</section>";

                  (.features | map(select(.well | not)) | length) as $wrong
                  | @html "<!doctype html>
                  <html lang=\"en\">
                  <head>
                  <meta charset=\"utf-8\">
                  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
                  <meta name=\"color-scheme\" content=\"light dark\">
                  <title>\(.host): \(if .well then "all is well" else "not all is well" end)</title>
                  <style>",
                    $style,
                    @html "</style>
                  </head>
                  <body>
                  <header><h1>\(.host)</h1>
                  <p>\(.system), \(.architecture)</p>
                  </header>
                  <main>
                  <p class=\"\(mark) sum\">",
                    (if .features == [] then "No feature is shown here."
                     elif .well then "All is well."
                     else "Not well: \($wrong) of \(.features | length) features." end),
                    "</p>",
                    (.features[] | feature),
                    @html "</main>
                  <footer><p>As of <time>\(.time | todate)</time></p></footer>
                  </body>
                  </html>"
                ''}
                seconds=${toString cfg.refreshSeconds}
                style=${pkgs.writeText "page.css" ''
                  :root {
                    --paper: #fff;
                    --ink: #1d1f23;
                    --quiet: #575c66;
                    --line: #d5d8de;
                    --well: #17663a;
                    --bad: #a8201a;
                  }
                  @media (prefers-color-scheme: dark) {
                    :root {
                      --paper: #16181c;
                      --ink: #e8e9ec;
                      --quiet: #a8adb8;
                      --line: #3a3e47;
                      --well: #7fd6a0;
                      --bad: #ff9d94;
                    }
                  }
                  body {
                    max-width: 44rem;
                    margin: 0 auto;
                    padding: 1rem;
                    background: var(--paper);
                    color: var(--ink);
                    font: 1rem/1.5 system-ui, sans-serif;
                    overflow-wrap: anywhere;
                  }
                  h1 { margin: 0; font-size: 1.5rem; }
                  h2 { margin: 0; font-size: 1.125rem; }
                  p { margin: 0; }
                  header p, section p, footer { color: var(--quiet); font-size: 0.875rem; }
                  .sum { margin: 1rem 0; font-weight: 600; }
                  section { padding: 0.75rem 0; border-top: 1px solid var(--line); }
                  ul { margin: 0.25rem 0 0; padding: 0; list-style: none; }
                  li { margin-top: 0.5rem; padding-left: 0.75rem; border-left: 0.25rem solid var(--well); }
                  li.bad { border-color: var(--bad); }
                  .state { display: inline-block; min-width: 5.5rem; font-weight: 600; }
                  .well .state, .well.sum { color: var(--well); }
                  .bad .state, .bad.sum { color: var(--bad); }
                  .unit { font-family: ui-monospace, monospace; }
                  .detail { color: var(--bad); }
                  footer { margin-top: 1rem; }
                ''}
                with_page=${lib.boolToString cfg.page.enable}
                # Writes what the features of this machine do, for the login prompt and for the page, again and again.
                set -uo pipefail
                shown=
                while true; do
                    status=0
                    report=$("$command" --json) || status=$?
                    # 1: not all is well.
                    if ((status > 1)); then
                        exit "$status"
                    fi
                    lines=$("$jq" --raw-output --from-file "$issue" <<<"$report")
                    if [[ $lines != "$shown" ]]; then
                        # An empty line stands before the prompt.
                        printf '%s\n\n' "$lines" >"$RUNTIME_DIRECTORY/issue.new"
                        mv "$RUNTIME_DIRECTORY/issue.new" "$RUNTIME_DIRECTORY/issue"
                        shown=$lines
                    fi
                    if [[ $with_page == true ]]; then
                        "$jq" --raw-output --from-file "$page" --rawfile style "$style" <<<"$report" \
                            >"$RUNTIME_DIRECTORY/page.new"
                        printf '%s\n' "$report" >"$RUNTIME_DIRECTORY/status.new"
                        mv "$RUNTIME_DIRECTORY/page.new" "$RUNTIME_DIRECTORY/page.html"
                        mv "$RUNTIME_DIRECTORY/status.new" "$RUNTIME_DIRECTORY/status.json"
                    fi
                    sleep "$seconds"
                done'')
            ];
            Group = "domi-nix-shell";
            Restart = "on-failure";
            RestartSec = 5;
            RestrictAddressFamilies = "AF_UNIX";
            RuntimeDirectory = "domi-nix-shell";
            Type = "exec";
            UMask = "0022";
            User = "domi-nix-shell";
          };
        };
        domi-nix-shell-prompt = {
          description = "Draws login prompts again";
          unitConfig.ConditionPathExists = "/run/agetty.reload";
          serviceConfig = commonServiceConfig // {
            ExecStart = utils.escapeSystemdExecArgs [
              (lib.getExe' pkgs.util-linux "agetty")
              "--reload"
            ];
            ReadWritePaths = "/run/agetty.reload";
            RestrictAddressFamilies = "none";
            Type = "oneshot";
            UMask = "0077";
          };
        };
        "domi-nix-shell-page@" = lib.mkIf cfg.page.enable {
          description = "Page of what features of this machine do";
          unitConfig.CollectMode = "inactive-or-failed";
          serviceConfig = commonServiceConfig // {
            DynamicUser = true;
            ExecStart = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "domi-nix-shell-page" ''
                set -e
                folder=/run/domi-nix-shell
                port=${toString cfg.page.port}
                seconds=${toString cfg.refreshSeconds}
                # Answers one request for the page. The connection is standard input and standard output.
                set -uo pipefail
                # Lengths are those in bytes.
                export LC_ALL=C
                method=

                # The status, the type and the body without the end of its last line.
                answer() {
                    local allowed="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
                    allowed+=" form-action 'none'; frame-ancestors 'none'"
                    printf '%s\r\n' "HTTP/1.1 $1" "Content-Type: $2; charset=utf-8" \
                        "Content-Length: $((''${#3} + 1))" 'Connection: close' 'Cache-Control: no-store' \
                        'Allow: GET, HEAD' "Content-Security-Policy: $allowed" \
                        'Cross-Origin-Resource-Policy: same-origin' 'Referrer-Policy: no-referrer' \
                        'X-Content-Type-Options: nosniff' '''
                    if [[ $method != HEAD ]]; then
                        printf '%s\n' "$3"
                    fi
                    exit 0
                }
                refuse() {
                    answer "$1" text/plain "$1"
                }

                IFS= read -r -t 10 -n 4096 request || exit 0
                read -r method target _ <<<"''${request%$'\r'}" || true
                host=
                for ((lines = 0; ; lines++)); do
                    IFS= read -r -t 10 -n 8192 line || exit 0
                    line=''${line%$'\r'}
                    if [[ -z $line ]]; then
                        break
                    elif ((lines == 100)); then
                        refuse '431 Request Header Fields Too Large'
                    elif [[ ''${line,,} == host:* ]]; then
                        read -r host <<<"''${line#*:}" || true
                    fi
                done
                # A page of somebody else, whose name leads here, is not to read this one.
                case ''${host%":$port"} in
                    localhost | 127.0.0.1) ;;
                    *) refuse '421 Misdirected Request' ;;
                esac
                if [[ $method != GET && $method != HEAD ]]; then
                    refuse '405 Method Not Allowed'
                fi
                case ''${target%%\?*} in
                    /) file=page.html type=text/html ;;
                    /status.json) file=status.json type=application/json ;;
                    *) refuse '404 Not Found' ;;
                esac
                # What nobody writes any more is not shown as if it were so. A slow machine has two minutes.
                if ! written=$(stat --format=%Y "$folder/$file" 2>/dev/null) ||
                    (($(date +%s) - written > 3 * seconds + 120)); then
                    answer '503 Service Unavailable' text/plain 'domi-nix-shell.service does not run.'
                fi
                answer '200 OK' "$type" "$(<"$folder/$file")"'')
            ];
            RestrictAddressFamilies = "none";
            RuntimeMaxSec = 30;
            StandardError = "journal";
            StandardInput = "socket";
            Type = "exec";
            UMask = "0077";
          };
        };
      };
      paths.domi-nix-shell-prompt = {
        description = "Whether login prompts are to be drawn again";
        wantedBy = [ "multi-user.target" ];
        pathConfig.PathChanged = "/run/domi-nix-shell/issue";
      };
      sockets.domi-nix-shell-page = lib.mkIf cfg.page.enable {
        description = "Page of what features of this machine do";
        wantedBy = [ "domi-nix-shell.service" ];
        partOf = [ "domi-nix-shell.service" ];
        socketConfig = {
          Accept = true;
          ListenStream = "127.0.0.1:${toString cfg.page.port}";
          MaxConnections = 16;
          TriggerLimitIntervalSec = 0;
        };
      };
      tmpfiles.settings."10-domi-nix-shell"."/run/issue.d/domi-nix-shell.issue"."L+".argument =
        "/run/domi-nix-shell/issue";
    };

    users = {
      users.domi-nix-shell = {
        isSystemUser = true;
        group = "domi-nix-shell";
        description = "What features of this machine do";
      };
      groups.domi-nix-shell = { };
    };

    domi.together.domi-nix-shell.claims = [
      { what = "command domi-status"; }
      { what = "unit domi-nix-shell.service"; }
      { what = "path /run/domi-nix-shell"; }
      { what = "unit domi-nix-shell-prompt.path"; }
      { what = "unit domi-nix-shell-prompt.service"; }
      { what = "user domi-nix-shell"; }
      { what = "group domi-nix-shell"; }
      { what = "path /run/issue.d/domi-nix-shell.issue"; }
    ]
    ++ lib.optional cfg.page.enable {
      what = "TCP port ${toString cfg.page.port}";
      options = [ "domi.ui.domi-nix-shell.page.port" ];
    }
    ++ lib.optional cfg.page.enable { what = "unit domi-nix-shell-page.socket"; }
    ++ lib.optional cfg.page.enable { what = "unit domi-nix-shell-page@.service"; };
  };
}
