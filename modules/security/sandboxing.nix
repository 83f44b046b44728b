# Keeps services of other features and modules from what they do not need.
#
# Generated from crates/features/sandboxing by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    bareName
    fitting
    freeUnit
    unitWord
    ;
  cfg = config.domi.security.sandboxing;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.security.sandboxing = {
    enable = lib.mkEnableOption "sandboxing";

    services = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            profile = lib.mkOption {
              type = lib.types.enum [
                "kernel"
                "service"
                "strict"
              ];
              default = "strict";
              description = ''
                What it is kept from, beside the exceptions.

                - `kernel`: The kernel, and little else: for what works with files of all users, such as a backup.
                - `service`: What hardly any daemon needs: it may start as root and become other users.
                - `strict`: All that a program without privileges does not need.
              '';
            };

            network = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = "Whether it needs the network, be it only that within the machine.";
            };

            writablePaths = lib.mkOption {
              type = lib.types.listOf lib.types.path;
              default = [ ];
              example = [ "/srv/shop/uploads" ];
              description = "Files and folders that it may write to, beside its own folders.";
            };

            capabilities = lib.mkOption {
              type = lib.types.listOf (
                lib.types.strMatching "CAP_(AUDIT_WRITE|CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|IPC_LOCK|KILL|LEASE|NET_ADMIN|NET_BIND_SERVICE|NET_RAW|SETFCAP|SETGID|SETPCAP|SETUID|SYS_CHROOT|SYS_NICE|SYS_RESOURCE)"
              );
              default = [ ];
              example = [ "CAP_NET_BIND_SERVICE" ];
              description = "Capabilities that it keeps if it has them.";
            };

            homes = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = "Whether it sees homes: `/home`, `/root` and `/run/user`.";
            };

            executableMemory = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = ''
                Whether it executes memory that it has written, as programs do that compile while they run:
                those in Java and JavaScript.
              '';
            };
          };
        }
      );
      default = { };
      example = {
        shop.network = true;
      };
      description = "The services, by their names without `.service`.";
    };
  };

  config = lib.mkIf cfg.enable {
    warnings =
      lib.optional
        (
          lib.length (
            lib.attrNames (
              lib.filterAttrs (
                _: service:
                service.profile == "kernel"
                && (
                  lib.length service.writablePaths != 0
                  || lib.length service.capabilities != 0
                  || service.homes
                  || service.executableMemory
                )
              ) cfg.services
            )
          ) != 0
        )
        "exceptions from what the profile `kernel` does not forbid: ${
          lib.concatStringsSep ", " (
            lib.mapAttrsToList (name: _: name) (
              lib.filterAttrs (
                _: service:
                service.profile == "kernel"
                && (
                  lib.length service.writablePaths != 0
                  || lib.length service.capabilities != 0
                  || service.homes
                  || service.executableMemory
                )
              ) cfg.services
            )
          )
        }";

    systemd = {
      packages =
        let
          dropIn =
            unit: settings:
            let
              content = ''
                [Service]
                ${utils.systemdUtils.lib.attrsToSection (lib.mergeAttrsList settings)}'';
            in
            pkgs.writeTextDir "etc/systemd/system/${unit}.d/zz-domi-sandboxing.conf" content
            // {
              dropIn = { inherit unit content; };
            };
        in
        lib.mapAttrsToList (
          name: service:
          dropIn
            "${freeUnit "service" (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" name)}.service"
            [
              {
                CapabilityBoundingSet = map (item: "~${bareName item}") (
                  lib.filter (item: !lib.elem item service.capabilities) (
                    [
                      "CAP_AUDIT_CONTROL"
                      "CAP_AUDIT_READ"
                      "CAP_BLOCK_SUSPEND"
                      "CAP_BPF"
                      "CAP_CHECKPOINT_RESTORE"
                      "CAP_MAC_ADMIN"
                      "CAP_MAC_OVERRIDE"
                      "CAP_PERFMON"
                      "CAP_SYSLOG"
                      "CAP_SYS_BOOT"
                      "CAP_SYS_MODULE"
                      "CAP_SYS_PTRACE"
                      "CAP_SYS_RAWIO"
                      "CAP_SYS_TIME"
                      "CAP_WAKE_ALARM"
                    ]
                    ++ (
                      if service.profile == "kernel" then
                        [ ]
                      else
                        [
                          "CAP_DAC_READ_SEARCH"
                          "CAP_IPC_LOCK"
                          "CAP_IPC_OWNER"
                          "CAP_LEASE"
                          "CAP_LINUX_IMMUTABLE"
                          "CAP_MKNOD"
                          "CAP_NET_ADMIN"
                          "CAP_NET_BROADCAST"
                          "CAP_NET_RAW"
                          "CAP_SETFCAP"
                          "CAP_SYS_ADMIN"
                          "CAP_SYS_NICE"
                          "CAP_SYS_PACCT"
                          "CAP_SYS_RESOURCE"
                          "CAP_SYS_TTY_CONFIG"
                        ]
                    )
                    ++ (
                      if service.profile != "strict" then
                        [ ]
                      else
                        [
                          "CAP_AUDIT_WRITE"
                          "CAP_CHOWN"
                          "CAP_DAC_OVERRIDE"
                          "CAP_FOWNER"
                          "CAP_FSETID"
                          "CAP_KILL"
                          "CAP_NET_BIND_SERVICE"
                          "CAP_SETGID"
                          "CAP_SETPCAP"
                          "CAP_SETUID"
                          "CAP_SYS_CHROOT"
                        ]
                    )
                  )
                );
                LockPersonality = true;
                NoNewPrivileges = true;
                ProtectClock = true;
                ProtectControlGroups = true;
                ProtectHostname = true;
                ProtectKernelLogs = true;
                ProtectKernelModules = true;
                ProtectKernelTunables = true;
                RestrictAddressFamilies =
                  (
                    if service.profile == "kernel" then
                      [ ]
                    else
                      [
                        "~AF_ALG AF_APPLETALK AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_IB AF_IEEE802154 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC AF_MPLS AF_NETROM AF_NFC AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_RXRPC AF_SMC AF_TIPC AF_VSOCK AF_WANPIPE AF_X25 AF_XDP"
                      ]
                  )
                  ++ (if service.network then [ ] else [ "~AF_INET AF_INET6 AF_NETLINK AF_PACKET" ]);
                RestrictNamespaces = true;
                RestrictRealtime = true;
                RestrictSUIDSGID = true;
                SystemCallArchitectures = "native";
                SystemCallErrorNumber = "EPERM";
                SystemCallFilter = [
                  "~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap"
                ]
                ++ (
                  if !(service.profile == "strict" && lib.length service.capabilities == 0) then
                    [ ]
                  else
                    [ "~@keyring @privileged @resources" ]
                );
              }
              (lib.optionalAttrs (service.profile == "strict" && !service.executableMemory) {
                MemoryDenyWriteExecute = true;
              })
              (lib.optionalAttrs (service.profile != "kernel") {
                PrivateDevices = true;
                PrivateTmp = true;
                ProtectProc = "ptraceable";
                ProtectSystem = "strict";
                ReadWritePaths = unitWord (fitting "/.*" service.writablePaths);
              })
              (lib.optionalAttrs (!service.network) { PrivateNetwork = true; })
              (lib.optionalAttrs (service.profile == "strict" && lib.length service.capabilities == 0) {
                PrivateUsers = true;
              })
              (lib.optionalAttrs (service.profile == "strict") {
                ProcSubset = "pid";
                RemoveIPC = true;
              })
              (lib.optionalAttrs (service.profile != "kernel" && !service.homes) { ProtectHome = true; })
            ]
        ) cfg.services;
      services.sandboxing-check = lib.mkIf (lib.length (lib.attrNames cfg.services) != 0) {
        description = "Whether all services are there that a profile is for";
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          CapabilityBoundingSet = "";
          ExecStart = utils.escapeSystemdExecArgs [
            (pkgs.writeShellScript "sandboxing-check" ''
              set -e
              services=(${lib.escapeShellArgs (lib.mapAttrsToList (name: _: "${name}.service") cfg.services)})
              wrong=0
              for service in "''${services[@]}"; do
                state=$(systemctl show --property=LoadState --value -- "$service")
                files=$(systemctl show --property=DropInPaths --value -- "$service")
                if [[ $state == masked ]]; then
                  continue
                elif [[ $state != loaded ]]; then
                  echo "$service is not on this machine ($state): its profile confines nothing" >&2
                  wrong=1
                elif [[ $files != */zz-domi-* ]]; then
                  echo "$service does not have its profile" >&2
                  wrong=1
                fi
              done
              exit "$wrong"'')
          ];
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
          RemainAfterExit = true;
          RemoveIPC = true;
          RestrictAddressFamilies = "AF_UNIX";
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
          SystemCallErrorNumber = "EPERM";
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
          ];
          Type = "oneshot";
          UMask = "0077";
        };
      };
    };

    domi.together.sandboxing.claims =
      lib.mapAttrsToList (name: _: {
        what = "drop-in of ${name}.service";
        options = [ "domi.security.sandboxing.services" ];
      }) cfg.services
      ++ lib.optional (lib.length (lib.attrNames cfg.services) != 0) {
        what = "unit sandboxing-check.service";
      };
  };
}
