# A web server in front of others: sites by name, TLS, backends that may fail.
#
# Generated from crates/features/web-gateway by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.domi.services.web-gateway;

  nginxConf = ''
    worker_processes auto;
    pid /run/web-gateway/nginx.pid;
    error_log stderr;
    worker_shutdown_timeout ${toString cfg.shutdownTimeout}s;

    events {
        worker_connections ${toString cfg.workerConnections};
    }

    http {
        include ${"${cfg.package}/conf/mime.types"};
        default_type text/plain;
        types_hash_max_size 4096;
        server_names_hash_bucket_size 256;
        client_body_temp_path /var/cache/web-gateway/body;
        proxy_temp_path /var/cache/web-gateway/proxy;
        fastcgi_temp_path /var/cache/web-gateway/fastcgi;
        uwsgi_temp_path /var/cache/web-gateway/uwsgi;
        scgi_temp_path /var/cache/web-gateway/scgi;
    ${
      if cfg.accessLog then
        "    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx;\n"
      else
        "    access_log off;\n"
    }    server_tokens off;
        sendfile on;
        client_max_body_size ${cfg.maxBodySize};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
        ssl_session_cache shared:sessions:4m;
        ssl_session_tickets off;
        map $http_upgrade $connection_upgrade {
            default upgrade;
            ''' ''';
        }
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
    ${cfg.extraConfig}
    ${
      lib.concatStrings (
        lib.mapAttrsToList (_: upstream: ''
          upstream ${upstream.name} {
              zone upstream-${upstream.name} 64k;
          ${
            if upstream.balance == "least-conn" then
              "    least_conn;\n"
            else if upstream.balance == "ip-hash" then
              "    ip_hash;\n"
            else
              lib.optionalString (upstream.balance == "random") "    random two least_conn;\n"
          }${
            lib.concatMapStrings (
              server:
              "    server ${server.address} weight=${toString server.weight} max_fails=${toString server.maxFails} fail_timeout=${server.failTimeout}${lib.optionalString server.backup " backup"};\n"
            ) upstream.servers
          }    keepalive ${toString upstream.keepConnections};
          }
        '') cfg.upstreams
      )
    }${
      if
        lib.any (item: item) (
          lib.mapAttrsToList (
            _: virtualHost:
            virtualHost.default && (virtualHost.tls == null || virtualHost.withoutTls != "refuse")
          ) cfg.virtualHosts
        )
      then
        ""
      else
        ''
          server {
          ${
            lib.concatMapStrings (
              listenAddresse: "    listen ${listenAddresse}:${toString cfg.httpPort} default_server;\n"
            ) cfg.listenAddresses
          }    server_name _;
              return 444;
          }
        ''
    }${
      lib.optionalString
        (
          lib.any (item: item) (lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts)
          && !lib.any (item: item) (
            lib.mapAttrsToList (_: virtualHost: virtualHost.default && virtualHost.tls != null) cfg.virtualHosts
          )
        )
        ''
          server {
          ${
            lib.concatMapStrings (
              listenAddresse: "    listen ${listenAddresse}:${toString cfg.httpsPort} ssl default_server;\n"
            ) cfg.listenAddresses
          }    server_name _;
              ssl_reject_handshake on;
          }
        ''
    }${
      lib.concatStrings (
        lib.mapAttrsToList (_: virtualHost: ''
          server {
          ${
            lib.optionalString (virtualHost.tls == null || virtualHost.withoutTls == "serve") (
              lib.concatMapStrings (
                listenAddresse:
                "    listen ${listenAddresse}:${toString cfg.httpPort}${lib.optionalString virtualHost.default " default_server"};\n"
              ) cfg.listenAddresses
            )
          }${
            lib.optionalString (virtualHost.tls != null) ''
              ${
                lib.concatMapStrings (
                  listenAddresse:
                  "    listen ${listenAddresse}:${toString cfg.httpsPort} ssl${lib.optionalString virtualHost.default " default_server"};\n"
                ) cfg.listenAddresses
              }    http2 on;
                  ssl_certificate /run/web-gateway/${virtualHost.serverName}.crt;
                  ssl_certificate_key /run/web-gateway/${virtualHost.serverName}.key;
            ''
          }    server_name ${virtualHost.serverName}${
            lib.concatMapStrings (aliase: " ${aliase}") virtualHost.aliases
          };
          ${
            lib.optionalString (virtualHost.tls != null) (
              lib.optionalString (virtualHost.strictTransportSecurity != null)
                "    add_header Strict-Transport-Security \"max-age=${toString virtualHost.strictTransportSecurity}\" always;\n"
            )
          }${
            lib.concatStrings (
              lib.mapAttrsToList (
                name2: header:
                "    add_header \"${
                      lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.replaceStrings [ "\\" ] [ "\\\\" ] name2)
                    }\" \"${
                      lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.replaceStrings [ "\\" ] [ "\\\\" ] header)
                    }\" always;\n"
              ) virtualHost.headers
            )
          }${
            lib.concatStrings (
              lib.mapAttrsToList (_: location: ''
                    location ${location.path} {
                ${
                  if location.serve ? upstream then
                    "        proxy_pass http://${location.serve.upstream};\n        proxy_connect_timeout ${location.connectTimeout};\n        proxy_read_timeout ${location.readTimeout};\n        proxy_send_timeout ${location.readTimeout};\n        proxy_next_upstream${
                              if lib.length location.nextServerOn == 0 then
                                " off"
                              else
                                lib.concatMapStrings (item: " ${item}") location.nextServerOn
                            };\n"
                  else if location.serve ? files then
                    "        root \"${
                              lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.replaceStrings [ "\\" ] [ "\\\\" ] location.serve.files)
                            }\";\n"
                  else if location.serve ? redirect then
                    "        return 301 \"${
                              lib.replaceStrings [ "\"" ] [ "\\\"" ] (
                                lib.replaceStrings [ "\\" ] [ "\\\\" ] location.serve.redirect
                              )
                            }\";\n"
                  else
                    "        return 200 \"${
                              lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.replaceStrings [ "\\" ] [ "\\\\" ] location.serve.text)
                            }\";\n"
                }${location.extraConfig}
                    }
              '') virtualHost.locations
            )
          }${virtualHost.extraConfig}
          }
          ${lib.optionalString (virtualHost.tls != null && virtualHost.withoutTls == "redirect") ''
            server {
            ${
              lib.concatMapStrings (
                listenAddresse:
                "    listen ${listenAddresse}:${toString cfg.httpPort}${lib.optionalString virtualHost.default " default_server"};\n"
              ) cfg.listenAddresses
            }    server_name ${virtualHost.serverName}${
              lib.concatMapStrings (aliase: " ${aliase}") virtualHost.aliases
            };
                return 308 https://$host${
                  if cfg.httpsPort == 443 then "" else ":${toString cfg.httpsPort}"
                }$request_uri;
            }
          ''}'') cfg.virtualHosts
      )
    }}
  '';

  certificates = lib.concatStrings (
    lib.mapAttrsToList (
      _: virtualHost:
      lib.optionalString (virtualHost.tls != null) ''
        ${virtualHost.serverName}.crt ${virtualHost.tls.certificate}
        ${virtualHost.serverName}.key ${virtualHost.tls.key}
      ''
    ) cfg.virtualHosts
  );

  certificatesSh = pkgs.writeText "certificates.sh" ''
    # Copies certificates and keys to where nginx reads them, and nobody else does. It runs as root.
    # Argument: a file with a name and a path in each line.
    set -euo pipefail
    umask 077

    # Nothing is written in a folder of the service, where it could have put links: what is ready is moved
    # there.
    new=$(mktemp --directory /run/web-gateway-new.XXXXXX)
    trap 'rm -r "$new"' EXIT
    while read -r name path; do
        cat "$path" >"$new/$name"
        chmod 0400 "$new/$name"
        chown --reference=/run/web-gateway/ "$new/$name"
        mv --no-target-directory "$new/$name" "/run/web-gateway/$name"
    done <"$1"
  '';
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.web-gateway = {
    enable = lib.mkEnableOption "web-gateway, a web server in front of others: sites by name, TLS, backends that may fail";

    package = lib.mkPackageOption pkgs "nginx" {
      extraDescription = "nginx, the server: 1.25.1 or newer.";
    };

    virtualHosts = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }: {
            options = {
              serverName = lib.mkOption {
                type = lib.types.strMatching "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?";
                default = name;
                defaultText = lib.literalExpression "name";
                description = "The name that clients know it by. A star may stand for its first part.";
              };

              aliases = lib.mkOption {
                type = lib.types.listOf (lib.types.strMatching "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");
                default = [ ];
                example = [ "www.example.org" ];
                description = "Its other names.";
              };

              default = lib.mkOption {
                type = lib.types.bool;
                default = false;
                description = ''
                  Whether requests for names that no site has come here. They get no answer where no site is
                  the default.
                '';
              };

              tls = lib.mkOption {
                type = lib.types.nullOr (
                  lib.types.submodule {
                    options = {
                      certificate = lib.mkOption {
                        type = lib.types.externalPath;
                        example = "/run/secrets/example.org.crt";
                        description = "File with the certificate, followed by those of its issuers.";
                      };

                      key = lib.mkOption {
                        type = lib.types.externalPath;
                        example = "/run/secrets/example.org.key";
                        description = "File with its private key.";
                      };
                    };
                  }
                );
                default = null;
                description = "Its certificate. Without one, the site is served without TLS.";
              };

              withoutTls = lib.mkOption {
                type = lib.types.enum [
                  "redirect"
                  "serve"
                  "refuse"
                ];
                default = "redirect";
                description = ''
                  What happens to requests without TLS, where there is a certificate.

                  - `redirect`: They are sent to the same address with TLS.
                  - `serve`: They are served too.
                  - `refuse`: They get no answer.
                '';
              };

              strictTransportSecurity = lib.mkOption {
                type = lib.types.nullOr lib.types.ints.u32;
                default = null;
                example = 31536000;
                description = ''
                  For so many seconds browsers come back with TLS only, once they were here with it. Only where
                  there is a certificate.
                '';
              };

              headers = lib.mkOption {
                type = lib.types.attrsOf lib.types.singleLineStr;
                default = { };
                example = {
                  X-Content-Type-Options = "nosniff";
                };
                description = "Headers that each answer gets, errors too. nginx replaces its variables, such as `$host`.";
              };

              locations = lib.mkOption {
                type = lib.types.attrsOf (
                  lib.types.submodule (
                    { name, ... }: {
                      options = {
                        path = lib.mkOption {
                          type = lib.types.strMatching "(= )?/[A-Za-z0-9/._~!*+,:@%=&-]*";
                          default = name;
                          defaultText = lib.literalExpression "name";
                          description = "The path that requests begin with; after `= `, the path that they have.";
                        };

                        serve = lib.mkOption {
                          type = lib.types.attrTag {
                            upstream = lib.mkOption {
                              type = lib.types.nonEmptyStr;
                              description = "What the upstream of this name answers. Connections may become WebSockets.";
                            };

                            files = lib.mkOption {
                              type = lib.types.path;
                              description = "Files: what is asked for is looked up below this folder, with its whole path.";
                            };

                            redirect = lib.mkOption {
                              type = lib.types.singleLineStr;
                              description = "A redirect for good to this address, where nginx replaces its variables.";
                            };

                            text = lib.mkOption {
                              type = lib.types.singleLineStr;
                              description = "This text, where nginx replaces its variables.";
                            };
                          };
                          example = {
                            upstream = "shop";
                          };
                          description = "What is served.";
                        };

                        connectTimeout = lib.mkOption {
                          type = lib.types.strMatching "[0-9]+(ms|s|m|h)";
                          default = "5s";
                          description = "How long to wait until a server of the upstream takes the connection.";
                        };

                        readTimeout = lib.mkOption {
                          type = lib.types.strMatching "[0-9]+(ms|s|m|h)";
                          default = "60s";
                          description = ''
                            How long to wait for more of a server's answer, and for the server to take more of a request.
                            A server whose machine is suddenly gone is noticed only then where a connection was kept.
                          '';
                        };

                        nextServerOn = lib.mkOption {
                          type = lib.types.listOf (
                            lib.types.enum [
                              "error"
                              "timeout"
                              "invalid_header"
                              "http_500"
                              "http_502"
                              "http_503"
                              "http_504"
                            ]
                          );
                          default = [
                            "error"
                            "timeout"
                          ];
                          description = ''
                            For what a request is given to the next server of the upstream. One that may have had an
                            effect, such as a `POST`, is given to no other once it was sent.

                            - `error`: No connection, or one that breaks.
                            - `timeout`: An answer that does not come in time.
                            - `invalid_header`: An answer that is none.
                            - `http_500`: An answer with the status 500.
                            - `http_502`: An answer with the status 502.
                            - `http_503`: An answer with the status 503.
                            - `http_504`: An answer with the status 504.
                          '';
                        };

                        extraConfig = lib.mkOption {
                          type = lib.types.lines;
                          default = "";
                          example = "proxy_buffering off;";
                          description = ''
                            Lines that are added to the `location` block of nginx's configuration. An `add_header` or
                            `proxy_set_header` there replaces all those of the site.
                          '';
                        };
                      };
                    }
                  )
                );
                default = { };
                example = {
                  "/".serve.upstream = "shop";
                };
                description = "What is served, by path. The longest path that a request begins with wins.";
              };

              extraConfig = lib.mkOption {
                type = lib.types.lines;
                default = "";
                description = "Lines that are added to the `server` block of nginx's configuration.";
              };
            };
          }
        )
      );
      default = { };
      example = {
        "example.org".locations."/".serve.text = "hello";
      };
      description = "The sites, by name.";
    };

    upstreams = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }: {
            options = {
              name = lib.mkOption {
                type = lib.types.strMatching "[A-Za-z][A-Za-z0-9_-]*";
                readOnly = true;
                default = name;
                defaultText = lib.literalExpression "name";
                description = "Its name, as locations know it: letters, digits, `_` and `-`.";
              };

              servers = lib.mkOption {
                type = lib.types.nonEmptyListOf (
                  lib.types.submodule {
                    options = {
                      address = lib.mkOption {
                        type = lib.types.strMatching "unix:/[A-Za-z0-9/._-]+|([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+";
                        example = "10.0.0.11:8080";
                        description = "Its address or name with a port, or `unix:` and the path of its socket.";
                      };

                      weight = lib.mkOption {
                        type = lib.types.ints.between 1 1000;
                        default = 1;
                        description = "How many requests it gets, compared with others.";
                      };

                      maxFails = lib.mkOption {
                        type = lib.types.ints.u32;
                        default = 1;
                        description = ''
                          After so many requests that failed within `failTimeout` it gets none for as long. It always
                          gets some where this is 0.
                        '';
                      };

                      failTimeout = lib.mkOption {
                        type = lib.types.strMatching "[0-9]+(ms|s|m|h)";
                        default = "10s";
                        description = "See `maxFails`.";
                      };

                      backup = lib.mkOption {
                        type = lib.types.bool;
                        default = false;
                        description = "Whether it gets requests only while none of the others is well.";
                      };
                    };
                  }
                );
                example = [ { address = "10.0.0.11:8080"; } ];
                description = "The servers.";
              };

              balance = lib.mkOption {
                type = lib.types.enum [
                  "round-robin"
                  "least-conn"
                  "ip-hash"
                  "random"
                ];
                default = "round-robin";
                description = ''
                  Which server gets a request.

                  - `round-robin`: Each in its turn.
                  - `least-conn`: The one with the fewest connections.
                  - `ip-hash`: The same one for all requests from an address.
                  - `random`: The better one of two taken by chance.
                '';
              };

              keepConnections = lib.mkOption {
                type = lib.types.ints.between 1 1024;
                default = 16;
                description = "How many connections to servers each process of nginx keeps for further requests.";
              };
            };
          }
        )
      );
      default = { };
      example = {
        shop.servers = [ { address = "10.0.0.11:8080"; } ];
      };
      description = "Groups of servers that requests are passed on to, by name.";
    };

    httpPort = lib.mkOption {
      type = lib.types.port;
      default = 80;
      description = "TCP port for HTTP.";
    };

    httpsPort = lib.mkOption {
      type = lib.types.port;
      default = 443;
      description = "TCP port for HTTPS. It is used where a virtual host has a certificate.";
    };

    listenAddresses = lib.mkOption {
      type = lib.types.nonEmptyListOf (
        lib.types.strMatching "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]"
      );
      default = [
        "0.0.0.0"
        "[::]"
      ];
      example = [ "192.0.2.1" ];
      description = "Addresses of this machine to listen on, IPv6 in brackets.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets requests from other machines in.";
    };

    maxBodySize = lib.mkOption {
      type = lib.types.strMatching "[0-9]+[kKmMgG]?";
      default = "1m";
      example = "64m";
      description = "How large the body of a request may be.";
    };

    workerConnections = lib.mkOption {
      type = lib.types.ints.between 64 8192;
      default = 1024;
      description = "How many connections each process of nginx has at most, to clients and to servers together.";
    };

    shutdownTimeout = lib.mkOption {
      type = lib.types.ints.between 1 3600;
      default = 60;
      description = "How many seconds requests may still take after a reload or stop.";
    };

    accessLog = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether each request is written to the journal.";
    };

    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "gzip on;";
      description = "Lines that are added to the `http` block of nginx's configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (
          item:
          lib.all (item2: item2) (
            lib.mapAttrsToList (
              _: item2:
              if item2.serve ? upstream then
                cfg.upstreams ? ${item2.serve.upstream}
              else if item2.serve ? files then
                true
              else if item2.serve ? redirect then
                true
              else
                true
            ) item
          )
        ) (lib.mapAttrsToList (_: virtualHost: virtualHost.locations) cfg.virtualHosts);
        message = "a location names an upstream that is not there: name one of `upstreams`";
      }
      {
        assertion = lib.all (
          item:
          lib.all (item2: item2) (
            lib.mapAttrsToList (
              _: item2:
              if item2.serve ? upstream then
                true
              else if item2.serve ? files then
                !lib.hasInfix "\$" item2.serve.files
              else if item2.serve ? redirect then
                true
              else
                true
            ) item
          )
        ) (lib.mapAttrsToList (_: virtualHost: virtualHost.locations) cfg.virtualHosts);
        message = "nginx takes `$` in the path of a folder for a variable: give the folder another name";
      }
      {
        assertion =
          lib.length (lib.attrNames (lib.filterAttrs (_: virtualHost: virtualHost.default) cfg.virtualHosts))
          <= 1;
        message = "several virtual hosts are the default: requests for unknown names go to one";
      }
      {
        assertion = lib.all (
          item:
          lib.length (
            lib.filter (item2: item2 == item) (
              lib.mapAttrsToList (_: virtualHost: lib.toLower virtualHost.serverName) cfg.virtualHosts
            )
          ) == 1
        ) (lib.mapAttrsToList (_: virtualHost: lib.toLower virtualHost.serverName) cfg.virtualHosts);
        message = "several virtual hosts have the same `serverName`: put their locations into one";
      }
      {
        assertion = lib.all (
          listenAddresse:
          lib.length (lib.filter (listenAddresse2: listenAddresse2 == listenAddresse) cfg.listenAddresses)
          == 1
        ) cfg.listenAddresses;
        message = "an address stands twice in `listenAddresses`";
      }
      {
        assertion =
          !lib.any (item: item) (
            lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts
          )
          || cfg.httpPort != cfg.httpsPort;
        message = "`httpPort` and `httpsPort` are the same port";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (
            _: virtualHost:
            if virtualHost.tls != null then
              !lib.hasInfix "\n" virtualHost.tls.certificate && !lib.hasInfix "\n" virtualHost.tls.key
            else
              true
          ) cfg.virtualHosts
        );
        message = "the path of a certificate or key is more than one line";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (
            _: upstream:
            upstream.balance == "round-robin"
            || upstream.balance == "least-conn"
            || !lib.any (server: server.backup) upstream.servers
          ) cfg.upstreams
        );
        message = "nginx has no `backup` where `balance` is `ip-hash` or `random`";
      }
      {
        assertion = lib.all (item: item) (
          lib.mapAttrsToList (_: upstream: lib.any (server: !server.backup) upstream.servers) cfg.upstreams
        );
        message = "an upstream has only servers that are a `backup`: of what?";
      }
    ];

    environment.etc = {
      "web-gateway/nginx.conf".text = nginxConf;
      "web-gateway/certificates".text = certificates;
    };

    systemd.services.web-gateway = {
      description = "Sites of this machine and what stands behind them";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      reloadTriggers = [
        "${pkgs.writeText "nginx.conf" nginxConf}"
        "${pkgs.writeText "certificates" certificates}"
      ];
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CacheDirectory = "web-gateway";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        DynamicUser = true;
        ExecReload =
          lib.optional
            (lib.any (item: item) (
              lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts
            ))
            "+${
              utils.escapeSystemdExecArgs [
                (lib.getExe' pkgs.bash "bash")
                certificatesSh
                "/etc/web-gateway/certificates"
              ]
            }"
          ++ [
            (utils.escapeSystemdExecArgs [
              (lib.getExe' cfg.package "nginx")
              "-e"
              "stderr"
              "-c"
              "/etc/web-gateway/nginx.conf"
              "-t"
              "-q"
            ])
          ]
          ++ [
            (utils.escapeSystemdExecArgs [
              (lib.getExe' cfg.package "nginx")
              "-e"
              "stderr"
              "-c"
              "/etc/web-gateway/nginx.conf"
              "-s"
              "reload"
            ])
          ];
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "nginx")
          "-e"
          "stderr"
          "-c"
          "/etc/web-gateway/nginx.conf"
        ];
        ExecStartPre =
          lib.mkIf
            (lib.any (item: item) (
              lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts
            ))
            "+${
              utils.escapeSystemdExecArgs [
                (lib.getExe' pkgs.bash "bash")
                certificatesSh
                "/etc/web-gateway/certificates"
              ]
            }";
        KillMode = "mixed";
        KillSignal = "SIGQUIT";
        LimitNOFILE = cfg.workerConnections * 2 + 64;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PIDFile = "/run/web-gateway/nginx.pid";
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = false;
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
        Restart = "on-failure";
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        RuntimeDirectory = "web-gateway";
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
        TimeoutStopSec = cfg.shutdownTimeout + 5;
        Type = "forking";
        UMask = "0077";
      };
    };

    networking.firewall.allowedTCPPorts =
      lib.optional cfg.openFirewall cfg.httpPort
      ++ lib.optional (
        cfg.openFirewall
        && lib.any (item: item) (
          lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts
        )
      ) cfg.httpsPort;

    domi.together.web-gateway.claims = [
      {
        what = "TCP port ${toString cfg.httpPort}";
        options = [ "domi.services.web-gateway.httpPort" ];
      }
      { what = "unit web-gateway.service"; }
      { what = "path /var/cache/web-gateway"; }
      { what = "path /run/web-gateway"; }
      { what = "path /etc/web-gateway/nginx.conf"; }
      { what = "path /etc/web-gateway/certificates"; }
    ]
    ++
      lib.optional
        (lib.any (item: item) (
          lib.mapAttrsToList (_: virtualHost: virtualHost.tls != null) cfg.virtualHosts
        ))
        {
          what = "TCP port ${toString cfg.httpsPort}";
          options = [ "domi.services.web-gateway.httpsPort" ];
        };
  };
}
