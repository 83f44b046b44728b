# A message bus whose streams outlast crashes, on one machine or on several.
#
# Generated from crates/features/message-bus by `cargo xtask generate`; edit the crate instead.
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
    escapeSpecifiers
    fitting
    freeTmpfilesPath
    plainData
    plainPath
    rulePath
    unitText
    unitWord
    ;
  cfg = config.domi.services.message-bus;
  jsonFormat = pkgs.formats.json { };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.message-bus = {
    enable = lib.mkEnableOption "message-bus, a message bus whose streams outlast crashes, on one machine or on several";

    package = lib.mkPackageOption pkgs "nats-server" {
      extraDescription = "nats-server, the server: 2.10 or newer.";
    };

    serverName = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[A-Za-z0-9_-]+");
      default = null;
      example = "bus1";
      description = ''
        Name of the server, which is another one on each machine of a cluster. Where it is null, it
        is the machine's.
      '';
    };

    listenAddress = lib.mkOption {
      type = lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*";
      default = "0.0.0.0";
      description = "Address to listen on, for clients and for the cluster.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 4222;
      description = "TCP port for clients.";
    };

    monitorPort = lib.mkOption {
      type = lib.types.nullOr lib.types.port;
      default = null;
      example = 8222;
      description = "TCP port at which the machine itself can ask how the server is, as `/healthz` and `/jsz`.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in: at `port`, and in a cluster at `cluster.port`.";
    };

    anonymous = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether everyone who reaches the port may do everything. Only without `users`.";
    };

    accounts = lib.mkOption {
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

              maxFile = lib.mkOption {
                type = lib.types.nullOr (lib.types.strMatching "[0-9]+([KMGT]iB)?");
                default = null;
                example = "10GiB";
                description = "How much its streams may hold on disk; as much as there is where it is null.";
              };

              maxMemory = lib.mkOption {
                type = lib.types.nullOr (lib.types.strMatching "[0-9]+([KMGT]iB)?");
                default = null;
                example = "64MiB";
                description = "How much its streams may hold in memory; as much as there is where it is null.";
              };

              maxStreams = lib.mkOption {
                type = lib.types.nullOr (lib.types.ints.between 1 4294967295);
                default = null;
                example = 10;
                description = "How many streams it may have.";
              };

              maxConsumers = lib.mkOption {
                type = lib.types.nullOr (lib.types.ints.between 1 4294967295);
                default = null;
                example = 100;
                description = "How many consumers its streams may have.";
              };
            };
          }
        )
      );
      default = {
        main = { };
      };
      example = {
        shop.maxFile = "10GiB";
      };
      description = "Accounts, by name. Users of one account share its subjects and streams.";
    };

    users = lib.mkOption {
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

              account = lib.mkOption {
                type = lib.types.str;
                default = "main";
                example = "shop";
                description = "The account that they are in.";
              };

              password = lib.mkOption {
                type = lib.types.attrTag {
                  file = lib.mkOption {
                    type = lib.types.externalPath;
                    description = "File with the password, or with its bcrypt hash, in one line.";
                  };

                  hash = lib.mkOption {
                    type = lib.types.nonEmptyStr;
                    description = ''
                      Its bcrypt hash, which everyone on the machine can read: only of long passwords made by
                      chance.
                    '';
                  };
                };
                example = {
                  file = "/run/secrets/bus-web";
                };
                description = "Their password.";
              };

              publish = lib.mkOption {
                type = lib.types.listOf (lib.types.strMatching "[A-Za-z0-9_.*>$:/@+=-]+");
                default = [ ">" ];
                example = [
                  "orders.>"
                  "$JS.API.>"
                ];
                description = "Subjects that they may send to. Using streams is sending to `$JS.API.>`, too.";
              };

              subscribe = lib.mkOption {
                type = lib.types.listOf (lib.types.strMatching "[A-Za-z0-9_.*>$:/@+=-]+");
                default = [ ">" ];
                example = [
                  "orders.>"
                  "_INBOX.>"
                ];
                description = "Subjects that they may listen to. Answers to requests come at `_INBOX.>`.";
              };

              answer = lib.mkOption {
                type = lib.types.bool;
                default = false;
                description = "Whether they may answer any request that they get, whatever `publish` says.";
              };
            };
          }
        )
      );
      default = { };
      example = {
        web.password.file = "/run/secrets/bus-web";
      };
      description = "Those who may use the bus, by name.";
    };

    tls = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            certificate = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/bus.crt";
              description = "File with the certificate, followed by those of its issuers.";
            };

            key = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/bus.key";
              description = "File with its private key.";
            };

            authority = lib.mkOption {
              type = lib.types.nullOr lib.types.externalPath;
              default = null;
              example = "/run/secrets/clients.crt";
              description = "File with the certificates of those who issue certificates for clients.";
            };

            verifyClients = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = "Whether clients need a certificate of the `authority`, beside their password.";
            };
          };
        }
      );
      default = null;
      description = "TLS for clients. Without it, passwords and messages go over the network in the clear.";
    };

    jetstream = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = true;
            description = "Whether there are any.";
          };

          storeFolder = lib.mkOption {
            type = lib.types.path;
            default = "/var/lib/message-bus";
            example = "/srv/bus";
            description = ''
              The folder that they are in. It is made where it is not there; where it is a mount, the server
              waits for that.
            '';
          };

          maxFile = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "[0-9]+([KMGT]iB)?");
            default = null;
            example = "50GiB";
            description = ''
              How much all streams together may hold on disk. Where it is null, NATS takes three quarters of
              what is free.
            '';
          };

          maxMemory = lib.mkOption {
            type = lib.types.nullOr (lib.types.strMatching "[0-9]+([KMGT]iB)?");
            default = null;
            example = "256MiB";
            description = ''
              How much all streams together may hold in memory. Where it is null, NATS takes three quarters
              of what there is.
            '';
          };

          syncInterval = lib.mkOption {
            type = lib.types.strMatching "always|[0-9]+(ms|s|m|h)";
            default = "always";
            example = "2m";
            description = ''
              How often messages are written to the disk itself: `always` before each is acknowledged, or
              after a time span. With a time span, a power cut loses acknowledged messages.
            '';
          };
        };
      };
      default = { };
      example = {
        storeFolder = "/srv/bus";
      };
      description = "Streams, which keep messages.";
    };

    cluster = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            name = lib.mkOption {
              type = lib.types.strMatching "[A-Za-z0-9_-]+";
              default = "message-bus";
              description = "Its name, the same on all machines.";
            };

            port = lib.mkOption {
              type = lib.types.port;
              default = 6222;
              description = "TCP port for the other servers.";
            };

            routes = lib.mkOption {
              type = lib.types.listOf (lib.types.strMatching "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+");
              default = [ ];
              example = [
                "bus1:6222"
                "bus2:6222"
                "bus3:6222"
              ];
              description = ''
                Other servers, as their name or address and the port of their cluster. This machine itself
                may be one, so that all have the same list.
              '';
            };

            passwordFile = lib.mkOption {
              type = lib.types.nullOr lib.types.externalPath;
              default = null;
              example = "/run/secrets/bus-cluster";
              description = "File with the password of the cluster, the same on all machines, in one line.";
            };

            tls = lib.mkOption {
              type = lib.types.nullOr (
                lib.types.submodule {
                  options = {
                    certificate = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/bus-cluster.crt";
                      description = ''
                        File with the server's certificate, for servers and for clients, with the names by which
                        `routes` know the machine.
                      '';
                    };

                    key = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/bus-cluster.key";
                      description = "File with its private key.";
                    };

                    authority = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/bus-cluster-authority.crt";
                      description = ''
                        File with the certificates of those who issue certificates for the servers, and for nobody
                        else.
                      '';
                    };
                  };
                }
              );
              default = null;
              description = "TLS between the servers, each of which shows its certificate.";
            };
          };
        }
      );
      default = null;
      description = "The cluster that the server is part of.";
    };

    maxConnections = lib.mkOption {
      type = lib.types.ints.between 1 1000000;
      default = 8192;
      description = "How many clients may be connected.";
    };

    maxPayload = lib.mkOption {
      type = lib.types.strMatching "[0-9]+([KMGT]iB)?";
      default = "1MiB";
      description = "How large a message may be, 64 MiB at most.";
    };

    settings = lib.mkOption {
      type = lib.types.submodule { freeformType = jsonFormat.type; };
      default = { };
      example = {
        max_subscriptions = 1000;
      };
      description = ''
        Other settings of nats-server, as [its documentation](https://docs.nats.io) names them. What
        follows from the options above wins. Everyone can read it: no secrets.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.anonymous || lib.length (lib.attrNames cfg.users) != 0;
        message = "nobody may use the bus: name `users`, or say with `anonymous` that everyone may";
      }
      {
        assertion = !cfg.anonymous || lib.length (lib.attrNames cfg.users) == 0;
        message = "with `users`, nobody is anonymous: leave one of both out";
      }
      {
        assertion = lib.all (item: cfg.accounts ? ${item}) (
          lib.mapAttrsToList (_: user: user.account) cfg.users
        );
        message = "a user is in an account that is not there: name one of `accounts`";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (
            _: user: if user.password ? file then true else lib.hasPrefix "$2" user.password.hash
          ) cfg.users
        );
        message = "a `password.hash` is no bcrypt hash, which begins with `$2`: never write a password there";
      }
      {
        assertion =
          if cfg.cluster != null then cfg.cluster.passwordFile != null || cfg.cluster.tls != null else true;
        message = "anyone could join the cluster: give it a `passwordFile`, or certificates with `tls`";
      }
      {
        assertion = if cfg.tls != null then !cfg.tls.verifyClients || cfg.tls.authority != null else true;
        message = "certificates of clients are checked with that of an `authority`: name its file";
      }
      {
        assertion =
          cfg.port >= 1024
          && (if cfg.cluster != null then cfg.cluster.port >= 1024 else true)
          && (if cfg.monitorPort != null then cfg.monitorPort >= 1024 else true);
        message = "the server has no right to a port below 1024";
      }
      {
        assertion =
          (if cfg.monitorPort != null then cfg.monitorPort != cfg.port else true)
          && (
            if cfg.cluster != null then
              cfg.cluster.port != cfg.port
              && (if cfg.monitorPort != null then cfg.monitorPort != cfg.cluster.port else true)
            else
              true
          );
        message = "`port`, `cluster.port` and `monitorPort` differ from each other";
      }
    ];

    systemd = {
      services.message-bus = {
        description = "Message bus";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" ];
        wants = [ "network-online.target" ];
        unitConfig.RequiresMountsFor = unitWord (fitting "/.*" cfg.jetstream.storeFolder);
        environment.SERVER_NAME = "\"%H\"";
        serviceConfig = {
          CapabilityBoundingSet = "";
          ExecStart = utils.escapeSystemdExecArgs [
            (lib.getExe' cfg.package "nats-server")
            "-c"
            "/run/message-bus/nats.conf"
          ];
          ExecStartPre = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' pkgs.bash "bash")
              (pkgs.writeText "prepare.sh" ''
                # Writes the configuration of nats-server with the secrets in it, where only the service reads it.
                # Arguments: the configuration without secrets, settings, and `cluster`,
                # user=<name> or route=<address> each.
                set -euo pipefail
                export LC_ALL=C
                umask 077

                # Prints what a credential holds, without white space at its end.
                secret() {
                    local text
                    text=$(<"$credentials/$1")
                    while [[ $text == *[[:space:]] ]]; do text=''${text%?}; done
                    if [[ -z $text || $text == *[[:cntrl:]]* ]]; then
                        echo "the file for $1 does not hold one line with a password" >&2
                        return 1
                    fi
                    printf %s "$text"
                }

                # Prints a text in quotes, as nats-server reads it.
                quoted() {
                    local text=''${1//\\/\\\\}
                    printf '"%s"' "''${text//\"/\\\"}"
                }

                # Prints a text as a part of an address.
                encoded() {
                    local text=$1 character
                    while [[ -n $text ]]; do
                        character=''${text:0:1}
                        text=''${text:1}
                        case $character in
                        [A-Za-z0-9_-]) printf %s "$character" ;;
                        *) printf '%%%02X' $(($(printf %d "'$character") & 255)) ;;
                        esac
                    done
                }

                credentials=''${CREDENTIALS_DIRECTORY:-/run/credentials/message-bus.service}
                configuration=$1
                settings=$2
                shift 2

                login=
                new=$RUNTIME_DIRECTORY/nats.conf.new
                : >"$new"
                if [[ -e $credentials/cluster-password ]]; then
                    password=$(secret cluster-password)
                    printf 'CLUSTER_PASSWORD: %s\n' "$(quoted "$password")" >>"$new"
                    login=route:$(encoded "$password")@
                fi
                is_cluster=
                routes=
                for argument; do
                    name=''${argument#*=}
                    case $argument in
                    user=*)
                        password=$(secret "$name.password")
                        printf 'PASSWORD_%s: %s\n' "$name" "$(quoted "$password")" >>"$new"
                        ;;
                    cluster) is_cluster=yes ;;
                    route=*) routes+="''${routes:+, }$(quoted "nats://$login$name")" ;;
                    esac
                done
                if [[ -n $is_cluster ]]; then
                    printf 'ROUTES: [ %s ]\n' "$routes" >>"$new"
                fi
                cat "$configuration" >>"$new"
                cat "$settings" >"$RUNTIME_DIRECTORY/settings.json"
                mv "$new" "$RUNTIME_DIRECTORY/nats.conf"
              '')
              (pkgs.writeText "nats.conf" ''
                include "settings.json"
                server_name: ${if cfg.serverName != null then "\"${cfg.serverName}\"" else "$SERVER_NAME"}
                host: "${cfg.listenAddress}"
                port: ${toString cfg.port}
                ${
                  lib.optionalString (cfg.monitorPort != null) ''
                    http: "127.0.0.1:${toString cfg.monitorPort}"
                  ''
                }pid_file: "/run/message-bus/nats.pid"
                max_connections: ${toString cfg.maxConnections}
                max_payload: ${cfg.maxPayload}
                lame_duck_duration: "30s"
                lame_duck_grace_period: "2s"
                ${
                  lib.optionalString (cfg.tls != null) ''
                    tls { cert_file: "/run/credentials/message-bus.service/tls.crt", key_file: "/run/credentials/message-bus.service/tls.key"${
                      lib.optionalString (
                        cfg.tls.authority != null
                      ) ", ca_file: \"/run/credentials/message-bus.service/tls-authority.crt\""
                    }${lib.optionalString cfg.tls.verifyClients ", verify: true"} }
                  ''
                }${lib.optionalString cfg.jetstream.enable ''
                  jetstream { store_dir: "${
                    lib.replaceStrings [ "\"" ] [ "\\\"" ] (
                      lib.replaceStrings [ "\\" ] [ "\\\\" ] cfg.jetstream.storeFolder
                    )
                  }", sync_interval: "${cfg.jetstream.syncInterval}"${
                    lib.optionalString (cfg.jetstream.maxFile != null) ", max_file_store: ${cfg.jetstream.maxFile}"
                  }${
                    lib.optionalString (
                      cfg.jetstream.maxMemory != null
                    ) ", max_memory_store: ${cfg.jetstream.maxMemory}"
                  } }
                ''}${
                  if cfg.anonymous then
                    ""
                  else
                    ''
                      accounts {
                      ${
                        lib.concatStrings (
                          lib.mapAttrsToList (name: account: ''
                              ${account.name}: {
                            ${lib.optionalString cfg.jetstream.enable "    jetstream { max_file: ${if account.maxFile != null then account.maxFile else "-1"}, max_mem: ${if account.maxMemory != null then account.maxMemory else "-1"}, max_streams: ${if account.maxStreams != null then "${toString account.maxStreams}" else "-1"}, max_consumers: ${if account.maxConsumers != null then "${toString account.maxConsumers}" else "-1"} }\n"}    users: [
                            ${
                              lib.concatStrings (
                                lib.mapAttrsToList (
                                  _: item:
                                  "      { user: \"${item.name}\", password: ${
                                          if item.password ? file then
                                            "$PASSWORD_${item.name}"
                                          else
                                            "\"${
                                              lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.replaceStrings [ "\\" ] [ "\\\\" ] item.password.hash)
                                            }\""
                                        }, permissions: { publish: ${
                                          if lib.length item.publish == 0 then
                                            "{ deny: [\">\"] }"
                                          else
                                            "{ allow: [${lib.concatMapStringsSep ", " (item2: "\"${item2}\"") item.publish}] }"
                                        }, subscribe: ${
                                          if lib.length item.subscribe == 0 then
                                            "{ deny: [\">\"] }"
                                          else
                                            "{ allow: [${lib.concatMapStringsSep ", " (item2: "\"${item2}\"") item.subscribe}] }"
                                        }${lib.optionalString item.answer ", allow_responses: true"} } }\n"
                                ) (lib.filterAttrs (_: user: user.account == name) cfg.users)
                              )
                            }    ]
                              }
                          '') cfg.accounts
                        )
                      }}
                    ''
                }${
                  lib.optionalString (cfg.cluster != null) ''
                    cluster {
                      name: "${cfg.cluster.name}"
                      host: "${cfg.listenAddress}"
                      port: ${toString cfg.cluster.port}
                      ${
                        lib.optionalString (
                          cfg.cluster.passwordFile != null
                        ) "authorization { user: \"route\", password: $CLUSTER_PASSWORD, timeout: 10 }\n  "
                      }${
                        lib.optionalString (cfg.cluster.tls != null)
                          "tls { cert_file: \"/run/credentials/message-bus.service/cluster.crt\", key_file: \"/run/credentials/message-bus.service/cluster.key\", ca_file: \"/run/credentials/message-bus.service/cluster-authority.crt\", verify: true }\n  "
                      }routes: $ROUTES
                    }
                  ''
                }'')
              (jsonFormat.generate "settings.json" (plainData cfg.settings))
            ]
            ++ lib.mapAttrsToList (name: _: "user=${name}") (
              lib.filterAttrs (_: user: if user.password ? file then true else false) cfg.users
            )
            ++ lib.optional (cfg.cluster != null) "cluster"
            ++ lib.optionals (cfg.cluster != null) (map (route: "route=${route}") cfg.cluster.routes)
          );
          Group = "message-bus";
          KillSignal = "SIGUSR2";
          LimitNOFILE = cfg.maxConnections + 2048;
          LoadCredential =
            lib.optional (
              cfg.tls != null && cfg.tls.certificate != null
            ) "tls.crt:${unitText (credentialPath cfg.tls.certificate)}"
            ++ lib.optional (
              cfg.tls != null && cfg.tls.key != null
            ) "tls.key:${unitText (credentialPath cfg.tls.key)}"
            ++ lib.optional (
              cfg.tls != null && cfg.tls.authority != null
            ) "tls-authority.crt:${unitText (credentialPath cfg.tls.authority)}"
            ++ lib.optional (
              cfg.cluster != null && cfg.cluster.tls != null && cfg.cluster.tls.certificate != null
            ) "cluster.crt:${unitText (credentialPath cfg.cluster.tls.certificate)}"
            ++ lib.optional (
              cfg.cluster != null && cfg.cluster.tls != null && cfg.cluster.tls.key != null
            ) "cluster.key:${unitText (credentialPath cfg.cluster.tls.key)}"
            ++ lib.optional (
              cfg.cluster != null && cfg.cluster.tls != null && cfg.cluster.tls.authority != null
            ) "cluster-authority.crt:${unitText (credentialPath cfg.cluster.tls.authority)}"
            ++ lib.optional (
              cfg.cluster != null && cfg.cluster.passwordFile != null
            ) "cluster-password:${unitText (credentialPath cfg.cluster.passwordFile)}"
            ++ lib.mapAttrsToList (
              name: item:
              "${unitText (fitting "[^:/[:space:]]+" name)}.password:${
                if item.password ? file then unitText (credentialPath item.password.file) else "/"
              }"
            ) (lib.filterAttrs (_: user: if user.password ? file then true else false) cfg.users);
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
          ReadWritePaths = lib.mkIf cfg.jetstream.enable (unitWord (fitting "/.*" cfg.jetstream.storeFolder));
          RemoveIPC = true;
          Restart = "on-failure";
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
          ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          RuntimeDirectory = "message-bus";
          RuntimeDirectoryMode = "0700";
          SystemCallArchitectures = "native";
          SystemCallErrorNumber = "EPERM";
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
          ];
          TimeoutStopSec = 45;
          UMask = "0077";
          User = "message-bus";
        };
      };
      tmpfiles.settings."10-message-bus" = lib.mkMerge (
        lib.optional cfg.jetstream.enable {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath cfg.jetstream.storeFolder))}.d = {
            mode = "0700";
            user = "message-bus";
            group = "message-bus";
          };
        }
      );
    };

    users = {
      users.message-bus = {
        isSystemUser = true;
        group = "message-bus";
        description = "Message bus";
      };
      groups.message-bus = { };
    };

    networking.firewall.allowedTCPPorts =
      lib.optional cfg.openFirewall cfg.port
      ++ lib.optional (cfg.openFirewall && cfg.cluster != null) cfg.cluster.port;

    domi.together.message-bus.claims = [
      {
        what = "TCP port ${toString cfg.port}";
        options = [ "domi.services.message-bus.port" ];
      }
      { what = "unit message-bus.service"; }
      { what = "path /run/message-bus"; }
      { what = "user message-bus"; }
      { what = "group message-bus"; }
    ]
    ++ lib.optional (cfg.monitorPort != null) {
      what = "TCP port ${toString cfg.monitorPort}";
      options = [ "domi.services.message-bus.monitorPort" ];
    }
    ++ lib.optional (cfg.cluster != null) {
      what = "TCP port ${toString cfg.cluster.port}";
      options = [ "domi.services.message-bus.cluster.port" ];
    }
    ++ lib.optional cfg.jetstream.enable {
      what = "path ${plainPath "${cfg.jetstream.storeFolder}"}";
      options = [ "domi.services.message-bus.jetstream.storeFolder" ];
    };
  };
}
