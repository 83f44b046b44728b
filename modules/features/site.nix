# A web site with all around it: the gateway, figures and alarms, copies.
#
# Generated from crates/features/site by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) timeSpan;
  cfg = config.domi.features.site;
  # One that is not there is off.
  neighbour-metrics = config.domi.services.metrics or { enable = false; };
  neighbour-web-gateway = config.domi.services.web-gateway or { enable = false; };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.features.site = {
    enable = lib.mkEnableOption "site, a web site with all around it: the gateway, figures and alarms, copies";

    domain = lib.mkOption {
      type = lib.types.strMatching "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?";
      default = "localhost";
      example = "shop.example.org";
      description = "The name that visitors know the site by.";
    };

    aliases = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");
      default = [ ];
      example = [ "www.shop.example.org" ];
      description = "Its other names.";
    };

    content = lib.mkOption {
      type = lib.types.attrTag {
        files = lib.mkOption {
          type = lib.types.path;
          description = "The files below this folder.";
        };

        server = lib.mkOption {
          type = lib.types.str;
          description = "What the server at this address and port answers, or at `unix:` and the path of its socket.";
        };
      };
      default = {
        files = "/srv/site";
      };
      example = {
        server = "127.0.0.1:8080";
      };
      description = "What visitors get.";
    };

    tls = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            certificate = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/shop.crt";
              description = "File with the certificate, followed by those of its issuers.";
            };

            key = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/shop.key";
              description = "File with its private key.";
            };
          };
        }
      );
      default = null;
      description = "Its certificate. Where it is null, the site is served without TLS.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in, to all sites of the gateway.";
    };

    knownHere = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether this machine finds the site under its names at its own address, whatever name servers say.";
    };

    watch = lib.mkOption {
      type = lib.types.submodule {
        options = {
          path = lib.mkOption {
            type = lib.types.strMatching "/[A-Za-z0-9/._~%:@?=&+-]*";
            default = "/";
            example = "/health";
            description = "What is asked for. The site is well where the answer's status is below 400.";
          };

          address = lib.mkOption {
            type = lib.types.strMatching "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]";
            default = "127.0.0.1";
            example = "192.0.2.1";
            description = "The address of this machine at which the gateway is asked.";
          };

          trust = lib.mkOption {
            type = lib.types.nullOr lib.types.path;
            default = null;
            example = "/etc/our-issuer.crt";
            description = ''
              File with certificates that the site's may be issued by. Where it is null, those count that the
              machine trusts.
            '';
          };

          seconds = lib.mkOption {
            type = lib.types.ints.between 1 3600;
            default = 30;
            description = "How many seconds are between two questions.";
          };

          for = lib.mkOption {
            type = lib.types.strMatching "[0-9]+(ms|s|m|h|d|w|y)";
            default = "2m";
            example = "10m";
            description = "How long the site must be down before there is an alert.";
          };

          labels = lib.mkOption {
            type = lib.types.attrsOf lib.types.str;
            default = {
              severity = "critical";
            };
            example = {
              team = "shop";
            };
            description = "Labels of the alerts, by which they are routed.";
          };
        };
      };
      default = { };
      example = {
        path = "/health";
      };
      description = "How it is noticed that the site is down.";
    };

    backup = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            folders = lib.mkOption {
              type = lib.types.nonEmptyListOf lib.types.path;
              example = [ "/var/lib/shop" ];
              description = "Folders and files that the site is made of.";
            };
          };
        }
      );
      default = null;
      description = "What of the site is saved, with all else that the machine saves. Where it is null, nothing is.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.length (lib.filter (aliase: aliase == cfg.domain) cfg.aliases) == 0;
        message = "`domain` stands in `aliases`, too";
      }
    ];

    warnings =
      lib.optional (
        cfg.openFirewall && cfg.tls == null
      ) "other machines reach the site without TLS: what is sent can be read and changed on its way"
      ++ lib.optional (
        cfg.tls != null && !cfg.openFirewall
      ) "the site has a certificate, and no other machine reaches it: see `openFirewall`";

    systemd = {
      services.site-probe =
        lib.mkIf (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false)
          {
            description = "Whether the site answers";
            after = [ "web-gateway.service" ];
            path = [ pkgs.curl ];
            serviceConfig = {
              CapabilityBoundingSet = "";
              ExecStart = utils.escapeSystemdExecArgs [
                (pkgs.writeShellScript "site-probe" ''
                  set -e
                  address=${lib.escapeShellArg cfg.watch.address}
                  domain=${lib.escapeShellArg cfg.domain}
                  trust=${lib.escapeShellArg (lib.optionalString (cfg.watch.trust != null) "${cfg.watch.trust}")}
                  url=${
                    lib.escapeShellArg (
                      if cfg.tls != null then
                        "https://${cfg.domain}:${
                          toString (if neighbour-web-gateway.enable then neighbour-web-gateway.httpsPort else 443)
                        }${cfg.watch.path}"
                      else
                        "http://${cfg.domain}:${
                          toString (if neighbour-web-gateway.enable then neighbour-web-gateway.httpPort else 80)
                        }${cfg.watch.path}"
                    )
                  }
                  # Asks for the site once, and writes what came of it for node exporter.
                  arguments=(--silent --output /dev/null --max-time 10 --connect-to "::$address:")
                  if test -n "$trust"; then
                      arguments+=(--cacert "$trust")
                  fi
                  up=1
                  answer=$(curl "''${arguments[@]}" --fail --write-out '%{http_code} %{time_total}' -- "$url") || up=0
                  read -r status seconds <<<"''${answer:-000 0}"
                  label="{domain=\"$domain\"}"
                  {
                      echo "site_up$label $up"
                      echo "site_status$label $((10#$status))"
                      echo "site_seconds$label ''${seconds:-0}"
                      echo "site_asked$label $(date +%s)"
                  } >"$RUNTIME_DIRECTORY/site.new"
                  # Nobody reads half of it.
                  mv "$RUNTIME_DIRECTORY/site.new" "$RUNTIME_DIRECTORY/site.prom"
                  if test "$up" = 0; then
                      echo "$url does not answer as it should: status $status" >&2
                  fi'')
              ];
              Group = "site-probe";
              LockPersonality = true;
              MemoryDenyWriteExecute = true;
              NoNewPrivileges = true;
              PrivateDevices = true;
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
              RestrictAddressFamilies = [
                "AF_UNIX"
                "AF_INET"
                "AF_INET6"
              ];
              RestrictNamespaces = true;
              RestrictRealtime = true;
              RestrictSUIDSGID = true;
              RuntimeDirectory = "site-probe";
              RuntimeDirectoryPreserve = true;
              SystemCallArchitectures = "native";
              SystemCallErrorNumber = "EPERM";
              SystemCallFilter = [
                "@system-service"
                "~@privileged @resources"
              ];
              TimeoutStartSec = 30;
              Type = "oneshot";
              UMask = "0022";
              User = "site-probe";
            };
          };
      timers.site-probe =
        lib.mkIf (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false)
          {
            wantedBy = [ "timers.target" ];
            timerConfig = {
              AccuracySec = "1s";
              OnBootSec = "1s";
              OnUnitActiveSec = timeSpan "${toString cfg.watch.seconds}s";
            };
          };
    };

    users = {
      users.site-probe =
        lib.mkIf (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false)
          {
            isSystemUser = true;
            group = "site-probe";
            description = "Whether the site answers";
          };
      groups.site-probe = lib.mkIf (
        if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false
      ) { };
    };

    networking = lib.mkIf cfg.knownHere {
      hosts."127.0.0.1" = [ cfg.domain ] ++ cfg.aliases;
    };

    domi = lib.mkMerge [
      {
        together.site = {
          claims =
            lib.optional (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false) {
              what = "unit site-probe.service";
            }
            ++ lib.optional (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false) {
              what = "path /run/site-probe";
            }
            ++ lib.optional (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false) {
              what = "unit site-probe.timer";
            }
            ++ lib.optional (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false) {
              what = "user site-probe";
            }
            ++ lib.optional (if neighbour-metrics.enable then neighbour-metrics.exporter.enable else false) {
              what = "group site-probe";
            };
          requires = [ "web-gateway" ] ++ lib.optional (cfg.backup != null) "backup";
          wants = [ "metrics" ];
        };
      }
      (lib.optionalAttrs (options ? domi.security.backup) {
        security.backup = lib.mkIf (cfg.backup != null) {
          save.folders = lib.mkAfter cfg.backup.folders;
        };
      })
      (lib.optionalAttrs (options ? domi.services.metrics) {
        services.metrics = {
          exporter.textFolder = "/run/site-probe";
          server.alerts = {
            SiteDown = {
              annotations.summary = "${cfg.domain} does not answer on {{ $labels.instance }}";
              expression = "site_up == 0";
              inherit (cfg.watch) for labels;
            };
            SiteNotAsked = {
              annotations.summary = "nobody knows whether ${cfg.domain} answers";
              expression = "time() - site_asked > ${
                toString (lib.max (cfg.watch.seconds * 3) 120)
              } or absent(site_asked)";
              inherit (cfg.watch) for labels;
            };
          };
        };
      })
      (lib.optionalAttrs (options ? domi.services.web-gateway) {
        services.web-gateway = lib.mkMerge [
          {
            virtualHosts.site = {
              serverName = cfg.domain;
              aliases = lib.mkAfter cfg.aliases;
              locations."/".serve =
                if cfg.content ? files then { inherit (cfg.content) files; } else { upstream = "site"; };
              headers.X-Content-Type-Options = lib.mkDefault "nosniff";
            };
          }
          (lib.mkIf (if cfg.content ? files then false else true) {
            upstreams.site.servers = lib.mkAfter [
              {
                address = if cfg.content ? files then "127.0.0.1:80" else cfg.content.server;
              }
            ];
          })
          (lib.mkIf (cfg.tls != null) {
            virtualHosts.site = {
              inherit (cfg) tls;
              withoutTls = lib.mkForce "redirect";
              strictTransportSecurity = lib.mkDefault 31536000;
            };
          })
          (lib.mkIf cfg.openFirewall { openFirewall = true; })
        ];
      })
    ];
  };
}
