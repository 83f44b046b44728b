# Figures of machines and programs over time, and alerts that reach people.
#
# Generated from crates/features/metrics by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    credentialPath
    fitting
    merged
    plainData
    unitText
    withoutNulls
    ;
  cfg = config.domi.services.metrics;
  yamlFormat = pkgs.formats.yaml { };

  prometheusYml = yamlFormat.generate "prometheus.yml" (
    plainData (
      merged
        (merged (merged cfg.server.settings { inherit (cfg.server) alerting global; }) {
          global = {
            evaluation_interval = cfg.server.evaluationInterval;
            scrape_interval = cfg.server.scrapeInterval;
          };
          rule_files = [ "/etc/metrics/rules.yml" ] ++ map (ruleFile: "${ruleFile}") cfg.server.ruleFiles;
          scrape_configs =
            lib.optional cfg.server.scrapeSelf {
              job_name = "self";
              static_configs = [
                {
                  targets =
                    lib.optional (cfg.server.webConfigFile == null)
                      "${
                        if cfg.server.listenAddress == "0.0.0.0" then
                          "127.0.0.1"
                        else if cfg.server.listenAddress == "[::]" then
                          "[::1]"
                        else
                          cfg.server.listenAddress
                      }:${toString cfg.server.port}"
                    ++
                      lib.optional (cfg.exporter.enable && cfg.exporter.webConfigFile == null)
                        "${
                          if cfg.exporter.listenAddress == "0.0.0.0" then
                            "127.0.0.1"
                          else if cfg.exporter.listenAddress == "[::]" then
                            "[::1]"
                          else
                            cfg.exporter.listenAddress
                        }:${toString cfg.exporter.port}"
                    ++
                      lib.optional (cfg.alertmanager.enable && cfg.alertmanager.webConfigFile == null)
                        "${
                          if cfg.alertmanager.listenAddress == "0.0.0.0" then
                            "127.0.0.1"
                          else if cfg.alertmanager.listenAddress == "[::]" then
                            "[::1]"
                          else
                            cfg.alertmanager.listenAddress
                        }:${toString cfg.alertmanager.port}";
                }
              ];
            }
            ++ lib.mapAttrsToList (
              _: job:
              lib.recursiveUpdate
                (lib.recursiveUpdate job.settings (withoutNulls {
                  authorization =
                    if job.tokenFile != null then
                      {
                        credentials_file = "/run/credentials/metrics.service/${job.name}.token";
                      }
                    else
                      null;
                  basic_auth =
                    if job.basicAuth != null then
                      {
                        password_file = "/run/credentials/metrics.service/${job.name}.password";
                        inherit (job.basicAuth) username;
                      }
                    else
                      null;
                  job_name = job.name;
                  metrics_path = job.path;
                  inherit (job) scheme;
                  scrape_interval = job.interval;
                  scrape_timeout = job.timeout;
                }))
                (
                  lib.optionalAttrs (lib.length job.targets != 0) {
                    static_configs = [ { inherit (job) labels targets; } ];
                  }
                )
            ) cfg.server.jobs;
        })
        (
          lib.optionalAttrs
            (
              lib.length (
                lib.optional (cfg.alertmanager.enable && cfg.alertmanager.webConfigFile == null)
                  "${
                    if cfg.alertmanager.listenAddress == "0.0.0.0" then
                      "127.0.0.1"
                    else if cfg.alertmanager.listenAddress == "[::]" then
                      "[::1]"
                    else
                      cfg.alertmanager.listenAddress
                  }:${toString cfg.alertmanager.port}"
                ++ cfg.server.alertmanagers
              ) != 0
            )
            {
              alerting.alertmanagers = [
                {
                  static_configs = [
                    {
                      targets =
                        lib.optional (cfg.alertmanager.enable && cfg.alertmanager.webConfigFile == null)
                          "${
                            if cfg.alertmanager.listenAddress == "0.0.0.0" then
                              "127.0.0.1"
                            else if cfg.alertmanager.listenAddress == "[::]" then
                              "[::1]"
                            else
                              cfg.alertmanager.listenAddress
                          }:${toString cfg.alertmanager.port}"
                        ++ cfg.server.alertmanagers;
                    }
                  ];
                }
              ];
            }
        )
    )
  );

  rulesYml = yamlFormat.generate "rules.yml" (plainData {
    groups = [
      {
        name = "records";
        rules = lib.mapAttrsToList (_: record: {
          expr = record.expression;
          inherit (record) labels;
          record = record.name;
        }) cfg.server.records;
      }
      {
        name = "alerts";
        rules = lib.mapAttrsToList (_: alert: {
          alert = alert.name;
          inherit (alert) annotations for labels;
          expr = alert.expression;
          keep_firing_for = alert.keepFiringFor;
        }) cfg.server.alerts;
      }
    ];
  });

  alertmanagerYml = yamlFormat.generate "alertmanager.yml" (
    plainData (
      merged cfg.alertmanager.settings {
        receivers = [
          { name = "nobody"; }
        ]
        ++ lib.mapAttrsToList (
          _: receiver:
          merged receiver.settings (withoutNulls {
            inherit (receiver) name;
            webhook_configs =
              if receiver.webhook != null then
                [
                  (merged
                    {
                      max_alerts = receiver.webhook.maxAlerts;
                      send_resolved = receiver.webhook.sendResolved;
                    }
                    (
                      if receiver.webhook.url ? file then
                        {
                          url_file = "/run/credentials/metrics-alertmanager.service/${receiver.name}.url";
                        }
                      else
                        { url = receiver.webhook.url.plain; }
                    )
                  )
                ]
              else
                null;
          })
        ) cfg.alertmanager.receivers;
        route = {
          group_by = cfg.alertmanager.route.groupBy;
          group_interval = cfg.alertmanager.route.groupInterval;
          group_wait = cfg.alertmanager.route.groupWait;
          receiver =
            if cfg.alertmanager.route.receiver != null then cfg.alertmanager.route.receiver else "nobody";
          repeat_interval = cfg.alertmanager.route.repeatInterval;
          routes = map (
            route: lib.recursiveUpdate route.settings { inherit (route) continue matchers receiver; }
          ) cfg.alertmanager.route.routes;
        };
      }
    )
  );

  commonServiceConfig = {
    CapabilityBoundingSet = "";
    LimitNOFILE = 16384;
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    PrivateUsers = true;
    ProcSubset = "all";
    ProtectControlGroups = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectSystem = "strict";
    RemoveIPC = true;
    Restart = "on-failure";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    Type = "exec";
    UMask = "0077";
  };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.metrics = {
    enable = lib.mkEnableOption "metrics";

    server = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = true;
            description = "Whether the machine has this part.";
          };

          package = lib.mkPackageOption pkgs "prometheus" { extraDescription = "Prometheus, the server."; };

          listenAddress = lib.mkOption {
            type = lib.types.strMatching "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]";
            default = "127.0.0.1";
            example = "0.0.0.0";
            description = "Address to listen on, IPv6 in brackets.";
          };

          port = lib.mkOption {
            type = lib.types.port;
            default = 9090;
            description = "TCP port to listen on, 1024 or above.";
          };

          openFirewall = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = "Whether the firewall lets other machines in. That needs a `webConfigFile`.";
          };

          webConfigFile = lib.mkOption {
            type = lib.types.nullOr lib.types.externalPath;
            default = null;
            example = "/run/secrets/prometheus-web.yml";
            description = ''
              File that says who may use the server, and its certificate, as
              [Prometheus has it](https://prometheus.io/docs/prometheus/latest/configuration/https/).
              What it names is among `secrets`, at `/run/credentials/metrics.service`.
            '';
          };

          externalUrl = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "https?://[^ ]+");
            default = null;
            example = "https://metrics.example.org/";
            description = ''
              The address at which people reach it, for links in alerts. What
              stands before it there takes a path away.
            '';
          };

          retentionTime = lib.mkOption {
            type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d|w|y)";
            default = "15d";
            example = "1y";
            description = "How long figures are kept.";
          };

          retentionSize = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "[1-9][0-9]*(B|KB|MB|GB|TB|PB|EB)");
            default = null;
            example = "20GB";
            description = ''
              How much figures may take on the disk: the oldest go when it is more. As much as there is
              where it is null.
            '';
          };

          scrapeSelf = lib.mkOption {
            type = lib.types.bool;
            default = true;
            description = ''
              Whether the parts on this machine are read too, as the job `self`: all that are enabled and
              have no `webConfigFile`.
            '';
          };

          jobs = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z0-9_-]+";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Its name: letters, digits, `_` and `-`.";
                    };

                    targets = lib.mkOption {
                      type = lib.types.listOf (lib.types.strMatching "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+");
                      default = [ ];
                      example = [
                        "web1:9100"
                        "[2001:db8::1]:9100"
                      ];
                      description = "The targets, as their name or address and a port.";
                    };

                    labels = lib.mkOption {
                      type = lib.types.attrsOf lib.types.str;
                      default = { };
                      example = {
                        site = "berlin";
                      };
                      description = "Labels that all figures of the targets get.";
                    };

                    interval = lib.mkOption {
                      type = lib.types.nullOr (lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)");
                      default = null;
                      example = "5s";
                      description = "How often they are read; as often as all others where it is null.";
                    };

                    timeout = lib.mkOption {
                      type = lib.types.nullOr (lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)");
                      default = null;
                      example = "2s";
                      description = "How long to wait for an answer, no longer than the interval.";
                    };

                    scheme = lib.mkOption {
                      type = lib.types.enum [
                        "http"
                        "https"
                      ];
                      default = "http";
                      description = ''
                        The protocol.

                        - `http`: Without TLS.
                        - `https`: With TLS.
                      '';
                    };

                    path = lib.mkOption {
                      type = lib.types.strMatching "/[A-Za-z0-9/._~%:@+-]*";
                      default = "/metrics";
                      description = "The path of the figures.";
                    };

                    basicAuth = lib.mkOption {
                      type = lib.types.nullOr (
                        lib.types.submodule {
                          options = {
                            username = lib.mkOption {
                              type = lib.types.nonEmptyStr;
                              example = "metrics";
                              description = "The user.";
                            };

                            passwordFile = lib.mkOption {
                              type = lib.types.externalPath;
                              example = "/run/secrets/shop-metrics";
                              description = "File with the password.";
                            };
                          };
                        }
                      );
                      default = null;
                      description = "The user that Prometheus is to the targets.";
                    };

                    tokenFile = lib.mkOption {
                      type = lib.types.nullOr lib.types.externalPath;
                      default = null;
                      example = "/run/secrets/shop-token";
                      description = "File with the token that Prometheus shows to the targets.";
                    };

                    settings = lib.mkOption {
                      type = lib.types.submodule { freeformType = yamlFormat.type; };
                      default = { };
                      example = {
                        dns_sd_configs = [
                          {
                            names = [ "_metrics._tcp.example.org" ];
                          }
                        ];
                      };
                      description = ''
                        Other settings of the job, as
                        [`scrape_config`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config)
                        has them, but for those that the options above decide. Everyone can read it: no secrets.
                      '';
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              machines.targets = [
                "web1:9100"
                "web2:9100"
              ];
            };
            description = "What is read, by name of the job.";
          };

          alerts = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z0-9_: .-]+";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Its name.";
                    };

                    expression = lib.mkOption {
                      type = lib.types.nonEmptyStr;
                      example = "up == 0";
                      description = "The expression, in PromQL: there is an alert for each of its results.";
                    };

                    for = lib.mkOption {
                      type = lib.types.strMatching "[0-9]+(ms|s|m|h|d|w|y)";
                      default = "0s";
                      example = "5m";
                      description = "How long it must be so before the alert is raised.";
                    };

                    keepFiringFor = lib.mkOption {
                      type = lib.types.strMatching "[0-9]+(ms|s|m|h|d|w|y)";
                      default = "0s";
                      example = "5m";
                      description = "How long the alert stays when it is no longer so.";
                    };

                    labels = lib.mkOption {
                      type = lib.types.attrsOf lib.types.str;
                      default = { };
                      example = {
                        severity = "critical";
                      };
                      description = "Labels that the alert gets, by which it is routed.";
                    };

                    annotations = lib.mkOption {
                      type = lib.types.attrsOf lib.types.str;
                      default = { };
                      example = {
                        summary = "{{ $labels.instance }} does not answer";
                      };
                      description = "What people are to read.";
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              Down.expression = "up == 0";
            };
            description = "When alerts are raised, by name.";
          };

          records = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z_:][A-Za-z0-9_:]*";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Its name.";
                    };

                    expression = lib.mkOption {
                      type = lib.types.nonEmptyStr;
                      example = "sum by (job) (up)";
                      description = "The expression, in PromQL.";
                    };

                    labels = lib.mkOption {
                      type = lib.types.attrsOf lib.types.str;
                      default = { };
                      example = {
                        team = "shop";
                      };
                      description = "Labels that it gets.";
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              "job:up:sum".expression = "sum by (job) (up)";
            };
            description = "Figures that are made of others, by name.";
          };

          ruleFiles = lib.mkOption {
            type = lib.types.listOf lib.types.path;
            default = [ ];
            example = [ "/etc/alerts.yml" ];
            description = "Further files with rules, which everyone may read. A change of one is read by the next reload.";
          };

          alertmanagers = lib.mkOption {
            type = lib.types.listOf (lib.types.strMatching "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+");
            default = [ ];
            example = [ "alerts1:9093" ];
            description = "Alertmanagers that alerts are sent to, beside that of this machine.";
          };

          scrapeInterval = lib.mkOption {
            type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)";
            default = "15s";
            example = "1m";
            description = "How often targets are read.";
          };

          evaluationInterval = lib.mkOption {
            type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)";
            default = "15s";
            example = "1m";
            description = "How often alerts and records are judged.";
          };

          global = lib.mkOption {
            type = lib.types.submodule { freeformType = yamlFormat.type; };
            default = { };
            example = {
              external_labels.site = "berlin";
            };
            description = ''
              Other settings of
              [`global`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/), which
              hold for all jobs and rules.
            '';
          };

          alerting = lib.mkOption {
            type = lib.types.submodule { freeformType = yamlFormat.type; };
            default = { };
            example = {
              alert_relabel_configs = [
                {
                  action = "labeldrop";
                  regex = "replica";
                }
              ];
            };
            description = "Other settings of `alerting`. Where they name `alertmanagers`, no other option does.";
          };

          settings = lib.mkOption {
            type = lib.types.submodule { freeformType = yamlFormat.type; };
            default = { };
            example = {
              remote_write = [ { url = "https://metrics.example.org/write"; } ];
            };
            description = ''
              Other settings, as
              [`prometheus.yml`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/)
              has them, but for those that other options decide. Everyone can read it: no secrets.
            '';
          };

          secrets = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z0-9_-]+";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Its name: letters, digits, `_` and `-`.";
                    };

                    file = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/smtp-password";
                      description = "File that holds it.";
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              key.file = "/run/secrets/key.pem";
            };
            description = "Secrets that settings name the file of: `/run/credentials/metrics.service/NAME.secret`.";
          };

          extraFlags = lib.mkOption {
            type = lib.types.listOf lib.types.singleLineStr;
            default = [ ];
            example = [ "--web.enable-remote-write-receiver" ];
            description = "Further flags. Everyone can read them.";
          };
        };
      };
      default = { };
      example = {
        retentionTime = "90d";
      };
      description = "Prometheus, which collects figures and judges them.";
    };

    exporter = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = true;
            description = "Whether the machine has this part.";
          };

          package = lib.mkPackageOption pkgs "prometheus-node-exporter" {
            extraDescription = "Node exporter.";
          };

          listenAddress = lib.mkOption {
            type = lib.types.strMatching "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]";
            default = "127.0.0.1";
            example = "0.0.0.0";
            description = "Address to listen on, IPv6 in brackets.";
          };

          port = lib.mkOption {
            type = lib.types.port;
            default = 9100;
            description = "TCP port to listen on, 1024 or above.";
          };

          openFirewall = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = "Whether the firewall lets other machines in. They can read what it tells, and no more.";
          };

          webConfigFile = lib.mkOption {
            type = lib.types.nullOr lib.types.externalPath;
            default = null;
            example = "/run/secrets/exporter-web.yml";
            description = "File that says who may read, and its certificate, as Prometheus has it.";
          };

          collectors = lib.mkOption {
            type = lib.types.listOf (lib.types.strMatching "[a-z0-9_]+");
            default = [ ];
            example = [
              "systemd"
              "processes"
            ];
            description = ''
              [Collectors](https://github.com/prometheus/node_exporter#collectors) that tell something
              beside the usual ones.
            '';
          };

          disabledCollectors = lib.mkOption {
            type = lib.types.listOf (lib.types.strMatching "[a-z0-9_]+");
            default = [ ];
            example = [ "wifi" ];
            description = "Usual collectors that tell nothing.";
          };

          textFolder = lib.mkOption {
            type = lib.types.nullOr lib.types.path;
            default = null;
            example = "/var/lib/figures";
            description = ''
              Folder in which other programs leave figures of their own, in files that end with `.prom`
              and that everyone may read.
            '';
          };

          extraFlags = lib.mkOption {
            type = lib.types.listOf lib.types.singleLineStr;
            default = [ ];
            example = [ "--collector.disable-defaults" ];
            description = "Further flags. Everyone can read them.";
          };
        };
      };
      default = { };
      example = {
        enable = false;
      };
      description = "Node exporter, which tells of the machine: processors, memory, disks, network.";
    };

    alertmanager = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = "Whether the machine has this part.";
          };

          package = lib.mkPackageOption pkgs "prometheus-alertmanager" {
            extraDescription = "Alertmanager.";
          };

          listenAddress = lib.mkOption {
            type = lib.types.strMatching "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]";
            default = "127.0.0.1";
            example = "0.0.0.0";
            description = "Address to listen on, IPv6 in brackets.";
          };

          port = lib.mkOption {
            type = lib.types.port;
            default = 9093;
            description = "TCP port to listen on, 1024 or above.";
          };

          openFirewall = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = "Whether the firewall lets other machines in. That needs a `webConfigFile`.";
          };

          webConfigFile = lib.mkOption {
            type = lib.types.nullOr lib.types.externalPath;
            default = null;
            example = "/run/secrets/alertmanager-web.yml";
            description = ''
              File that says who may use it, and its certificate, as Prometheus has it. What it names is
              among `secrets`, at `/run/credentials/metrics-alertmanager.service`. The server of this
              machine then does not know how to reach it: see its `alerting`.
            '';
          };

          externalUrl = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "https?://[^ ]+");
            default = null;
            example = "https://alerts.example.org/";
            description = ''
              The address at which people reach it, for links in messages. What
              stands before it there takes a path away.
            '';
          };

          retentionTime = lib.mkOption {
            type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h)";
            default = "120h";
            description = "How long it remembers what was sent and what was silenced.";
          };

          receivers = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z0-9_-]+";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Their name: letters, digits, `_` and `-`.";
                    };

                    webhook = lib.mkOption {
                      type = lib.types.nullOr (
                        lib.types.submodule {
                          options = {
                            url = lib.mkOption {
                              type = lib.types.attrTag {
                                file = lib.mkOption {
                                  type = lib.types.externalPath;
                                  description = "File that holds the address, in one line.";
                                };

                                plain = lib.mkOption {
                                  type = lib.types.nonEmptyStr;
                                  description = "The address itself, which everyone on the machine can read.";
                                };
                              };
                              example = {
                                file = "/run/secrets/chat-url";
                              };
                              description = "Its address.";
                            };

                            sendResolved = lib.mkOption {
                              type = lib.types.bool;
                              default = true;
                              description = "Whether it hears that an alert is over.";
                            };

                            maxAlerts = lib.mkOption {
                              type = lib.types.ints.u32;
                              default = 0;
                              description = "How many alerts it gets at once at most; 0 for all.";
                            };
                          };
                        }
                      );
                      default = null;
                      description = "A program that alerts are sent to, as JSON.";
                    };

                    settings = lib.mkOption {
                      type = lib.types.submodule { freeformType = yamlFormat.type; };
                      default = { };
                      example = {
                        email_configs = [ { to = "admin@example.org"; } ];
                      };
                      description = ''
                        Other ways to reach them, as
                        [`receiver`](https://prometheus.io/docs/alerting/latest/configuration/#receiver) has them.
                        Everyone can read it: no secrets.
                      '';
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              chat.webhook.url.file = "/run/secrets/chat-url";
            };
            description = "Those who get alerts, by name.";
          };

          route = lib.mkOption {
            type = lib.types.submodule {
              options = {
                receiver = lib.mkOption {
                  type = lib.types.nullOr lib.types.str;
                  default = null;
                  example = "chat";
                  description = "Who gets them: the name of one of `receivers`. Where it is null, nobody does.";
                };

                groupBy = lib.mkOption {
                  type = lib.types.listOf lib.types.str;
                  default = [ "alertname" ];
                  example = [
                    "alertname"
                    "site"
                  ];
                  description = "Alerts of which these labels are the same are sent together.";
                };

                groupWait = lib.mkOption {
                  type = lib.types.strMatching "[0-9]+(ms|s|m|h|d)";
                  default = "30s";
                  example = "5s";
                  description = "How long to wait for further alerts before the first are sent.";
                };

                groupInterval = lib.mkOption {
                  type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)";
                  default = "5m";
                  example = "1m";
                  description = "How long to wait before alerts that are new among those that were sent are sent too.";
                };

                repeatInterval = lib.mkOption {
                  type = lib.types.strMatching "[1-9][0-9]*(ms|s|m|h|d)";
                  default = "4h";
                  example = "1d";
                  description = "After how long the same is sent again.";
                };

                routes = lib.mkOption {
                  type = lib.types.listOf (
                    lib.types.submodule {
                      options = {
                        receiver = lib.mkOption {
                          type = lib.types.str;
                          example = "pager";
                          description = "Who gets them: the name of one of `receivers`.";
                        };

                        matchers = lib.mkOption {
                          type = lib.types.nonEmptyListOf lib.types.nonEmptyStr;
                          example = [ "severity=\"critical\"" ];
                          description = "What the labels of an alert are, all of it.";
                        };

                        continue = lib.mkOption {
                          type = lib.types.bool;
                          default = false;
                          description = "Whether the routes that follow are tried too.";
                        };

                        settings = lib.mkOption {
                          type = lib.types.submodule { freeformType = yamlFormat.type; };
                          default = { };
                          example = {
                            repeat_interval = "1h";
                          };
                          description = ''
                            Other settings of the route, as
                            [`route`](https://prometheus.io/docs/alerting/latest/configuration/#route) has them, but
                            for those that the options above decide.
                          '';
                        };
                      };
                    }
                  );
                  default = [ ];
                  example = [
                    {
                      matchers = [ "severity=\"critical\"" ];
                      receiver = "pager";
                    }
                  ];
                  description = "Other routes; the first one that an alert matches takes it.";
                };
              };
            };
            default = { };
            example = {
              receiver = "chat";
            };
            description = "Who gets which alert, and when.";
          };

          settings = lib.mkOption {
            type = lib.types.submodule { freeformType = yamlFormat.type; };
            default = { };
            example = {
              global.smtp_smarthost = "mail.example.org:587";
            };
            description = ''
              Other settings, as
              [`alertmanager.yml`](https://prometheus.io/docs/alerting/latest/configuration/) has them.
              `receivers` and `route` have options of their own. Everyone can read it: no secrets.
            '';
          };

          secrets = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { name, ... }: {
                  options = {
                    name = lib.mkOption {
                      type = lib.types.strMatching "[A-Za-z0-9_-]+";
                      readOnly = true;
                      default = name;
                      defaultText = lib.literalExpression "name";
                      description = "Its name: letters, digits, `_` and `-`.";
                    };

                    file = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/smtp-password";
                      description = "File that holds it.";
                    };
                  };
                }
              )
            );
            default = { };
            example = {
              smtp.file = "/run/secrets/smtp";
            };
            description = ''
              Secrets that settings name the file of:
              `/run/credentials/metrics-alertmanager.service/NAME.secret`.
            '';
          };

          extraFlags = lib.mkOption {
            type = lib.types.listOf lib.types.singleLineStr;
            default = [ ];
            example = [ "--log.level=debug" ];
            description = "Further flags. Everyone can read them.";
          };
        };
      };
      default = { };
      example = {
        enable = true;
      };
      description = "Alertmanager, which sends alerts to people.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.server.enable || cfg.exporter.enable || cfg.alertmanager.enable;
        message = "no part is enabled: `server`, `exporter` and `alertmanager` are all off";
      }
      {
        assertion = !(cfg.server.enable && cfg.server.port < 1024);
        message = "`server.port` is below 1024, to which it has no right";
      }
      {
        assertion = !(cfg.exporter.enable && cfg.exporter.port < 1024);
        message = "`exporter.port` is below 1024, to which it has no right";
      }
      {
        assertion = !(cfg.exporter.enable && cfg.server.enable && cfg.exporter.port == cfg.server.port);
        message = "`server.port` and `exporter.port` are the same port";
      }
      {
        assertion = !(cfg.alertmanager.enable && cfg.alertmanager.port < 1024);
        message = "`alertmanager.port` is below 1024, to which it has no right";
      }
      {
        assertion =
          !(cfg.alertmanager.enable && cfg.server.enable && cfg.alertmanager.port == cfg.server.port);
        message = "`server.port` and `alertmanager.port` are the same port";
      }
      {
        assertion =
          !(cfg.alertmanager.enable && cfg.exporter.enable && cfg.alertmanager.port == cfg.exporter.port);
        message = "`exporter.port` and `alertmanager.port` are the same port";
      }
      {
        assertion = !(cfg.server.enable && cfg.server.openFirewall && cfg.server.webConfigFile == null);
        message = "everyone could read all figures: set `server.webConfigFile` where `server.openFirewall` is true";
      }
      {
        assertion =
          !(
            cfg.alertmanager.enable && cfg.alertmanager.openFirewall && cfg.alertmanager.webConfigFile == null
          );
        message = "everyone could silence alerts: set `alertmanager.webConfigFile` where `alertmanager.openFirewall` is true";
      }
      {
        assertion = !cfg.server.scrapeSelf || !cfg.server.jobs ? self;
        message = "a job is called `self`, as that of this machine: give it another name, or turn off `server.scrapeSelf`";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (
            _: job:
            lib.length job.targets != 0 || lib.length (lib.mapAttrsToList (name2: _: name2) job.settings) != 0
          ) cfg.server.jobs
        );
        message = "a job has no `targets`, and no `settings` that find some";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (_: job: job.basicAuth == null || job.tokenFile == null) cfg.server.jobs
        );
        message = "a job has a `basicAuth` and a `tokenFile`: Prometheus takes one of them";
      }
      {
        assertion =
          !lib.any (item: item) (
            lib.mapAttrsToList (
              _: job:
              job.settings ? authorization
              || job.settings ? basic_auth
              || job.settings ? job_name
              || job.settings ? metrics_path
              || job.settings ? scheme
              || job.settings ? scrape_interval
              || job.settings ? scrape_timeout
              || lib.length job.targets != 0 && job.settings ? static_configs
            ) cfg.server.jobs
          );
        message = "`settings` of a job sets what an option of the job decides";
      }
      {
        assertion = !(cfg.server.global ? scrape_interval || cfg.server.global ? evaluation_interval);
        message = "`server.global` sets what `server.scrapeInterval` or `server.evaluationInterval` decides";
      }
      {
        assertion =
          !(
            cfg.server.settings ? alerting
            || cfg.server.settings ? global
            || cfg.server.settings ? rule_files
            || cfg.server.settings ? scrape_configs
          );
        message = "`server.settings` sets what other options decide: see `alerting`, `global`, `jobs` and `ruleFiles`";
      }
      {
        assertion =
          !(
            cfg.server.alerting ? alertmanagers
            &&
              lib.length (
                lib.optional (cfg.alertmanager.enable && cfg.alertmanager.webConfigFile == null)
                  "${
                    if cfg.alertmanager.listenAddress == "0.0.0.0" then
                      "127.0.0.1"
                    else if cfg.alertmanager.listenAddress == "[::]" then
                      "[::1]"
                    else
                      cfg.alertmanager.listenAddress
                  }:${toString cfg.alertmanager.port}"
                ++ cfg.server.alertmanagers
              ) != 0
          );
        message = "`server.alerting.alertmanagers` says where alerts are sent to, and so does another option";
      }
      {
        assertion = lib.all (
          collector: !lib.elem collector cfg.exporter.disabledCollectors
        ) cfg.exporter.collectors;
        message = "a collector is in `collectors` and in `disabledCollectors`";
      }
      {
        assertion =
          if cfg.alertmanager.route.receiver != null then
            cfg.alertmanager.receivers ? ${cfg.alertmanager.route.receiver}
          else
            true;
        message = "`route.receiver` is not there: name one of `receivers`";
      }
      {
        assertion = lib.all (
          route: cfg.alertmanager.receivers ? ${route.receiver}
        ) cfg.alertmanager.route.routes;
        message = "the `receiver` of one of `routes` is not there: name one of `receivers`";
      }
      {
        assertion = !cfg.alertmanager.receivers ? nobody;
        message = "a receiver is called `nobody`, which is who gets what has no receiver: give it another name";
      }
      {
        assertion = !(cfg.alertmanager.settings ? receivers || cfg.alertmanager.settings ? route);
        message = "`alertmanager.settings` sets what the options `receivers` and `route` decide";
      }
      {
        assertion =
          !lib.any (item: item) (
            lib.mapAttrsToList (
              _: receiver:
              receiver.settings ? name || receiver.webhook != null && receiver.settings ? webhook_configs
            ) cfg.alertmanager.receivers
          );
        message = "`settings` of a receiver sets what `webhook` or the receiver's name decides";
      }
      {
        assertion =
          !lib.any (
            route: route.settings ? receiver || route.settings ? matchers || route.settings ? continue
          ) cfg.alertmanager.route.routes;
        message = "`settings` of a route sets what an option of the route decides";
      }
    ];

    warnings =
      lib.optional (
        cfg.server.enable
        && cfg.server.openFirewall
        && (lib.hasPrefix "127." cfg.server.listenAddress || cfg.server.listenAddress == "[::1]")
      ) "the firewall is open, but the server listens to this machine alone: see `server.listenAddress`"
      ++
        lib.optional
          (
            cfg.exporter.enable
            && cfg.exporter.openFirewall
            && (lib.hasPrefix "127." cfg.exporter.listenAddress || cfg.exporter.listenAddress == "[::1]")
          )
          "the firewall is open, but the exporter listens to this machine alone: see `exporter.listenAddress`"
      ++
        lib.optional
          (
            cfg.alertmanager.enable
            && cfg.alertmanager.openFirewall
            && (
              lib.hasPrefix "127." cfg.alertmanager.listenAddress || cfg.alertmanager.listenAddress == "[::1]"
            )
          )
          "the firewall is open, but the alertmanager listens to this machine alone: see `alertmanager.listenAddress`"
      ++ lib.optional (
        cfg.server.enable
        && lib.length (lib.attrNames cfg.server.alerts) != 0
        &&
          lib.length (
            lib.optional (cfg.alertmanager.enable && cfg.alertmanager.webConfigFile == null)
              "${
                if cfg.alertmanager.listenAddress == "0.0.0.0" then
                  "127.0.0.1"
                else if cfg.alertmanager.listenAddress == "[::]" then
                  "[::1]"
                else
                  cfg.alertmanager.listenAddress
              }:${toString cfg.alertmanager.port}"
            ++ cfg.server.alertmanagers
          ) == 0
        && !cfg.server.alerting ? alertmanagers
      ) "alerts reach nobody: enable `alertmanager`, or name one in `server.alertmanagers`"
      ++ lib.optional (
        cfg.alertmanager.enable
        && cfg.alertmanager.route.receiver == null
        && lib.length cfg.alertmanager.route.routes == 0
      ) "nobody gets alerts: set `alertmanager.route.receiver`";

    environment.etc = {
      "metrics/prometheus.yml" = lib.mkIf cfg.server.enable { source = prometheusYml; };
      "metrics/rules.yml" = lib.mkIf cfg.server.enable { source = rulesYml; };
      "metrics/alertmanager.yml" = lib.mkIf cfg.alertmanager.enable { source = alertmanagerYml; };
    };

    systemd.services = {
      metrics = lib.mkIf cfg.server.enable {
        description = "Figures of machines and programs over time";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        reloadTriggers = [
          "${prometheusYml}"
          "${rulesYml}"
        ];
        serviceConfig = commonServiceConfig // {
          ExecReload = [
            (utils.escapeSystemdExecArgs [
              (lib.getExe' pkgs.prometheus.cli "promtool")
              "check"
              "config"
              "/etc/metrics/prometheus.yml"
            ])
            (lib.concatStringsSep " " [
              (utils.escapeSystemdExecArg "/bin/sh")
              (utils.escapeSystemdExecArg "-c")
              (utils.escapeSystemdExecArg "kill -HUP \"$1\"")
              (utils.escapeSystemdExecArg "sh")
              "\"\${MAINPID}\""
            ])
          ];
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.server.package "prometheus")
              "--config.file=/etc/metrics/prometheus.yml"
              "--storage.tsdb.path=/var/lib/metrics"
              "--storage.tsdb.retention.time=${cfg.server.retentionTime}"
              "--web.listen-address=${cfg.server.listenAddress}:${toString cfg.server.port}"
              "--web.route-prefix=/"
            ]
            ++ lib.optional (
              cfg.server.retentionSize != null
            ) "--storage.tsdb.retention.size=${cfg.server.retentionSize}"
            ++ lib.optional (cfg.server.externalUrl != null) "--web.external-url=${cfg.server.externalUrl}"
            ++ lib.optional (
              cfg.server.webConfigFile != null
            ) "--web.config.file=/run/credentials/metrics.service/web-config"
            ++ cfg.server.extraFlags
          );
          ExecStartPre = utils.escapeSystemdExecArgs [
            (lib.getExe' pkgs.prometheus.cli "promtool")
            "check"
            "config"
            "/etc/metrics/prometheus.yml"
          ];
          Group = "metrics";
          LoadCredential =
            lib.optional (
              cfg.server.webConfigFile != null
            ) "web-config:${unitText (credentialPath cfg.server.webConfigFile)}"
            ++ lib.mapAttrsToList (
              name: item:
              "${unitText (fitting "[^:/[:space:]]+" name)}.password:${
                if item.basicAuth != null then unitText (credentialPath item.basicAuth.passwordFile) else "/"
              }"
            ) (lib.filterAttrs (_: job: job.basicAuth != null) cfg.server.jobs)
            ++ lib.mapAttrsToList (
              name: item:
              "${unitText (fitting "[^:/[:space:]]+" name)}.token:${
                if item.tokenFile != null then unitText (credentialPath item.tokenFile) else "/"
              }"
            ) (lib.filterAttrs (_: job: job.tokenFile != null) cfg.server.jobs)
            ++ lib.mapAttrsToList (
              _: secret:
              "${unitText (fitting "[^:/[:space:]]+" secret.name)}.secret:${unitText (credentialPath secret.file)}"
            ) cfg.server.secrets;
          ProtectClock = true;
          ProtectHome = true;
          ProtectProc = "invisible";
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
          ];
          StateDirectory = "metrics";
          StateDirectoryMode = "0700";
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
          ];
          User = "metrics";
        };
      };
      metrics-exporter = lib.mkIf cfg.exporter.enable {
        description = "Figures of this machine";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        serviceConfig = commonServiceConfig // {
          DynamicUser = true;
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.exporter.package "node_exporter")
              "--web.listen-address=${cfg.exporter.listenAddress}:${toString cfg.exporter.port}"
            ]
            ++ map (collector: "--collector.${collector}") cfg.exporter.collectors
            ++ map (disabledCollector: "--no-collector.${disabledCollector}") cfg.exporter.disabledCollectors
            ++ lib.optional (
              !lib.elem "systemd" (cfg.exporter.collectors ++ cfg.exporter.disabledCollectors)
            ) "--no-collector.systemd"
            ++ lib.optional (
              cfg.exporter.textFolder != null
            ) "--collector.textfile.directory=${cfg.exporter.textFolder}"
            ++ lib.optional (
              cfg.exporter.webConfigFile != null
            ) "--web.config.file=/run/credentials/metrics-exporter.service/web-config"
            ++ cfg.exporter.extraFlags
          );
          LoadCredential = lib.mkIf (
            cfg.exporter.webConfigFile != null
          ) "web-config:${unitText (credentialPath cfg.exporter.webConfigFile)}";
          ProtectClock = false;
          ProtectHome = "read-only";
          ProtectProc = "default";
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK"
          ];
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
            "adjtimex clock_adjtime"
          ];
        };
      };
      metrics-alertmanager = lib.mkIf cfg.alertmanager.enable {
        description = "Alerts for people";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        reloadTriggers = [ "${alertmanagerYml}" ];
        serviceConfig = commonServiceConfig // {
          ExecReload = [
            (utils.escapeSystemdExecArgs [
              (lib.getExe' cfg.alertmanager.package "amtool")
              "check-config"
              "/etc/metrics/alertmanager.yml"
            ])
            (lib.concatStringsSep " " [
              (utils.escapeSystemdExecArg "/bin/sh")
              (utils.escapeSystemdExecArg "-c")
              (utils.escapeSystemdExecArg "kill -HUP \"$1\"")
              (utils.escapeSystemdExecArg "sh")
              "\"\${MAINPID}\""
            ])
          ];
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.alertmanager.package "alertmanager")
              "--config.file=/etc/metrics/alertmanager.yml"
              "--storage.path=/var/lib/metrics-alertmanager"
              "--data.retention=${cfg.alertmanager.retentionTime}"
              "--web.listen-address=${cfg.alertmanager.listenAddress}:${toString cfg.alertmanager.port}"
              "--web.route-prefix=/"
              "--cluster.listen-address="
            ]
            ++ lib.optional (
              cfg.alertmanager.externalUrl != null
            ) "--web.external-url=${cfg.alertmanager.externalUrl}"
            ++ lib.optional (
              cfg.alertmanager.webConfigFile != null
            ) "--web.config.file=/run/credentials/metrics-alertmanager.service/web-config"
            ++ cfg.alertmanager.extraFlags
          );
          ExecStartPre = utils.escapeSystemdExecArgs [
            (lib.getExe' cfg.alertmanager.package "amtool")
            "check-config"
            "/etc/metrics/alertmanager.yml"
          ];
          Group = "metrics-alertmanager";
          LoadCredential =
            lib.optional (
              cfg.alertmanager.webConfigFile != null
            ) "web-config:${unitText (credentialPath cfg.alertmanager.webConfigFile)}"
            ++
              lib.mapAttrsToList
                (
                  name: item:
                  "${unitText (fitting "[^:/[:space:]]+" name)}.url:${
                    if
                      item.webhook != null
                      && (if item.webhook.url ? file then "${item.webhook.url.file}" else "/") != null
                    then
                      if item.webhook.url ? file then unitText (credentialPath item.webhook.url.file) else "/"
                    else
                      "/"
                  }"
                )
                (
                  lib.filterAttrs (
                    _: receiver:
                    if receiver.webhook != null && (if receiver.webhook.url ? file then true else false) != null then
                      if receiver.webhook.url ? file then true else false
                    else
                      false
                  ) cfg.alertmanager.receivers
                )
            ++ lib.mapAttrsToList (
              _: secret:
              "${unitText (fitting "[^:/[:space:]]+" secret.name)}.secret:${unitText (credentialPath secret.file)}"
            ) cfg.alertmanager.secrets;
          ProtectClock = true;
          ProtectHome = true;
          ProtectProc = "invisible";
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
          ];
          StateDirectory = "metrics-alertmanager";
          StateDirectoryMode = "0700";
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
          ];
          User = "metrics-alertmanager";
        };
      };
    };

    users = {
      users = {
        metrics = lib.mkIf cfg.server.enable {
          isSystemUser = true;
          group = "metrics";
          description = "Prometheus";
        };
        metrics-alertmanager = lib.mkIf cfg.alertmanager.enable {
          isSystemUser = true;
          group = "metrics-alertmanager";
          description = "Alertmanager";
        };
      };
      groups = {
        metrics = lib.mkIf cfg.server.enable { };
        metrics-alertmanager = lib.mkIf cfg.alertmanager.enable { };
      };
    };

    networking.firewall.allowedTCPPorts =
      lib.optional (cfg.server.enable && cfg.server.openFirewall) cfg.server.port
      ++ lib.optional (cfg.exporter.enable && cfg.exporter.openFirewall) cfg.exporter.port
      ++ lib.optional (cfg.alertmanager.enable && cfg.alertmanager.openFirewall) cfg.alertmanager.port;

    domi.together.metrics.claims =
      lib.optional cfg.server.enable {
        what = "TCP port ${toString cfg.server.port}";
        options = [ "domi.services.metrics.server.port" ];
      }
      ++ lib.optional cfg.exporter.enable {
        what = "TCP port ${toString cfg.exporter.port}";
        options = [ "domi.services.metrics.exporter.port" ];
      }
      ++ lib.optional cfg.alertmanager.enable {
        what = "TCP port ${toString cfg.alertmanager.port}";
        options = [ "domi.services.metrics.alertmanager.port" ];
      }
      ++ lib.optional cfg.server.enable { what = "unit metrics.service"; }
      ++ lib.optional cfg.server.enable { what = "path /var/lib/metrics"; }
      ++ lib.optional cfg.exporter.enable { what = "unit metrics-exporter.service"; }
      ++ lib.optional cfg.alertmanager.enable { what = "unit metrics-alertmanager.service"; }
      ++ lib.optional cfg.alertmanager.enable { what = "path /var/lib/metrics-alertmanager"; }
      ++ lib.optional cfg.server.enable { what = "path /etc/metrics/prometheus.yml"; }
      ++ lib.optional cfg.server.enable { what = "path /etc/metrics/rules.yml"; }
      ++ lib.optional cfg.alertmanager.enable { what = "path /etc/metrics/alertmanager.yml"; }
      ++ lib.optional cfg.server.enable { what = "user metrics"; }
      ++ lib.optional cfg.alertmanager.enable { what = "user metrics-alertmanager"; }
      ++ lib.optional cfg.server.enable { what = "group metrics"; }
      ++ lib.optional cfg.alertmanager.enable { what = "group metrics-alertmanager"; };
  };
}
