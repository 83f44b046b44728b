# A DNS server that resolves names for a network and knows names of its own.
#
# Generated from crates/features/dns by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.domi.services.dns;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.dns = {
    enable = lib.mkEnableOption "dns, a DNS server that resolves names for a network and knows names of its own";

    package = lib.mkPackageOption pkgs "unbound-with-systemd" {
      extraDescription = "Unbound, the server.";
    };

    listen = lib.mkOption {
      type = lib.types.nonEmptyListOf (
        lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"
      );
      default = [
        "127.0.0.1"
        "::1"
      ];
      example = [
        "127.0.0.1"
        "192.0.2.1"
      ];
      description = "The addresses to listen on; `0.0.0.0` and `::0` are all.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 53;
      description = "The port to listen on, of UDP and TCP.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in. They must be allowed to ask as well.";
    };

    allow = lib.mkOption {
      type = lib.types.listOf (
        lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
      );
      default = [ ];
      example = [
        "192.0.2.0/24"
        "2001:db8::/32"
      ];
      description = ''
        The networks that may ask, beside this machine itself. All others get the answer that they
        may not. Where several networks of this option and of `refuse` hold an address, the smallest
        decides.
      '';
    };

    refuse = lib.mkOption {
      type = lib.types.listOf (
        lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
      );
      default = [ ];
      example = [ "192.0.2.128/25" ];
      description = "Networks that may not ask, though they are within others that may.";
    };

    forwards = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            servers = lib.mkOption {
              type = lib.types.nonEmptyListOf (
                lib.types.strMatching "([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(@[0-9]{1,5})?"
              );
              example = [
                "192.0.2.53"
                "2001:db8::53@5353"
              ];
              description = "The addresses of the servers, each with `@` and a port where it is another than 53.";
            };

            insecure = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = ''
                Whether answers count without signatures, as those for zones of a private network have to.
                For `.`, that is all names, turn `dnssec` off.
              '';
            };
          };
        }
      );
      default = { };
      example = {
        ".".servers = [ "9.9.9.9" ];
      };
      description = "Zones for which other servers are asked; `.` is all names.";
    };

    zones = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            kind = lib.mkOption {
              type = lib.types.enum [
                "static"
                "transparent"
                "redirect"
                "refuse"
                "always_nxdomain"
              ];
              default = "static";
              description = ''
                What becomes of names of the zone that have no records here.

                - `static`: They do not exist.
                - `transparent`: They are asked for elsewhere.
                - `redirect`: They have the records of the zone's name.
                - `refuse`: Whoever asks for one gets the answer that he may not.
                - `always_nxdomain`: No name of the zone exists, whatever records it has.
              '';
            };

            records = lib.mkOption {
              type = lib.types.listOf (lib.types.strMatching "([ -&(-Z]|[]^-~]|\\[)+");
              default = [ ];
              example = [ "printer.lan. IN A 192.0.2.7" ];
              description = "Records, as zone files have them, in one line each and with full names.";
            };
          };
        }
      );
      default = { };
      example = {
        lan.records = [ "printer.lan. IN A 192.0.2.7" ];
      };
      description = "Zones of its own, by name.";
    };

    dnssec = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether answers are checked with DNSSEC. The key of the root zone is followed when it
        changes, in `/var/lib/dns`.
      '';
    };

    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = ''
        server:
          prefetch: yes'';
      description = ''
        Lines that are added to the end of `unbound.conf`; they begin with a clause. Everyone can
        read them: no secrets.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (
          item:
          !(
            item == ""
            || lib.hasInfix "\"" item
            || lib.hasInfix "\\" item
            || lib.hasInfix " " item
            || lib.hasInfix "\n" item
            || lib.hasInfix "\r" item
          )
        ) (lib.mapAttrsToList (name: _: name) cfg.forwards);
        message = "the name of a zone in `forwards` or `zones` is no name: `.` and `lan` are some";
      }
      {
        assertion = lib.all (
          item:
          !(
            item == ""
            || lib.hasInfix "\"" item
            || lib.hasInfix "\\" item
            || lib.hasInfix " " item
            || lib.hasInfix "\n" item
            || lib.hasInfix "\r" item
          )
        ) (lib.mapAttrsToList (name: _: name) cfg.zones);
        message = "the name of a zone in `forwards` or `zones` is no name: `.` and `lan` are some";
      }
      {
        assertion =
          !(
            cfg.dnssec
            && lib.any (item: item) (
              lib.mapAttrsToList (name: forward: name == "." && forward.insecure) cfg.forwards
            )
          );
        message = "a forward of all names cannot be insecure while `dnssec` is on: turn that off instead";
      }
      {
        assertion = lib.all (item: !lib.elem item cfg.refuse) cfg.allow;
        message = "a network is in `allow` and in `refuse`";
      }
    ];

    warnings =
      lib.optional (
        cfg.openFirewall && lib.length cfg.allow == 0
      ) "the firewall is open, but `allow` lets nobody ask except this machine"
      ++ lib.optional (
        cfg.openFirewall && lib.any (item: lib.hasSuffix "/0" item) cfg.allow
      ) "everyone may ask, so that this server can be used to flood others with answers";

    systemd.services.dns = {
      description = "Names of machines";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      unitConfig.StartLimitIntervalSec = 0;
      stopIfChanged = false;
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "unbound")
          "-d"
          "-p"
          "-c"
          (pkgs.writeText "unbound.conf" ''
            server:
              username: ""
              chroot: ""
              pidfile: ""
              directory: "/var/lib/dns"
              do-daemonize: no
              use-syslog: no
              module-config: "${if cfg.dnssec then "validator iterator" else "iterator"}"
            ${lib.optionalString cfg.dnssec "  auto-trust-anchor-file: \"/var/lib/dns/root.key\"\n"}  port: ${toString cfg.port}
            ${lib.concatMapStrings (item: "  interface: ${item}\n") cfg.listen}  ip-freebind: yes
            ${lib.concatMapStrings (item: "  access-control: ${item} allow\n") cfg.allow}${
              lib.concatMapStrings (item: "  access-control: ${item} refuse\n") cfg.refuse
            }  access-control: 0.0.0.0/0 refuse
              access-control: ::0/0 refuse
              hide-identity: yes
              hide-version: yes
              do-not-query-localhost: no
            ${
              lib.concatStrings (
                lib.mapAttrsToList (name: zone: ''
                    local-zone: "${name}" ${zone.kind}
                  ${lib.concatMapStrings (record: "  local-data: '${record}'\n") zone.records}'') cfg.zones
              )
            }${
              lib.concatStrings (
                lib.mapAttrsToList (
                  name: forward: lib.optionalString forward.insecure "  domain-insecure: \"${name}\"\n"
                ) cfg.forwards
              )
            }${
              lib.concatStrings (
                lib.mapAttrsToList (name: forward: ''
                  forward-zone:
                    name: "${name}"
                  ${lib.concatMapStrings (server: "  forward-addr: ${server}\n") forward.servers}'') cfg.forwards
              )
            }${cfg.extraConfig}
          '')
        ];
        ExecStartPre = lib.mkIf cfg.dnssec (
          utils.escapeSystemdExecArgs [
            "/bin/sh"
            "-c"
            "test -s /var/lib/dns/root.key || install -m 0600 ${"${pkgs.dns-root-data}/root.key"} /var/lib/dns/root.key"
          ]
        );
        Group = "dns";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
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
        RestartSec = "2s";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        StateDirectory = "dns";
        StateDirectoryMode = "0700";
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
        Type = "notify";
        UMask = "0077";
        User = "dns";
      };
    };

    users = {
      users.dns = {
        isSystemUser = true;
        group = "dns";
        description = "Unbound";
      };
      groups.dns = { };
    };

    networking.firewall = {
      allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
      allowedUDPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    };

    domi.together.dns.claims = [
      {
        what = "TCP port ${toString cfg.port}";
        options = [ "domi.services.dns.port" ];
      }
      {
        what = "UDP port ${toString cfg.port}";
        options = [ "domi.services.dns.port" ];
      }
      { what = "unit dns.service"; }
      { what = "path /var/lib/dns"; }
      { what = "user dns"; }
      { what = "group dns"; }
    ];
  };
}
