# Small programs of this repository, and services that wait.
#
# Generated from crates/features/domi-tools by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) fitting unitReference unitText;
  cfg = config.domi.packages.domi-tools;
  domi-wait = pkgs.callPackage ../../nix/programs/domi-wait.nix { };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.packages.domi-tools = {
    enable = lib.mkEnableOption "domi-tools";

    package = lib.mkOption {
      type = lib.types.package;
      default = domi-wait;
      defaultText = lib.literalExpression "domi-wait";
      description = "The package that has `domi-wait`.";
    };

    waits = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            units = lib.mkOption {
              type = lib.types.listOf (
                lib.types.strMatching "[A-Za-z0-9_:.@][A-Za-z0-9_:.@-]*[.](service|socket|target|mount|automount|path|timer|device|slice|swap)"
              );
              default = [ ];
              example = [ "postgresql.service" ];
              description = "Units that must be active, by their full names.";
            };

            ports = lib.mkOption {
              type = lib.types.listOf (
                lib.types.strMatching "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[1-9][0-9]{0,4}"
              );
              default = [ ];
              example = [
                "localhost:5432"
                "[::1]:80"
              ];
              description = "Servers that must take connections, as `host:port`.";
            };

            files = lib.mkOption {
              type = lib.types.listOf lib.types.path;
              default = [ ];
              example = [ "/run/secrets/database" ];
              description = "Files and folders that must be there.";
            };

            timeout = lib.mkOption {
              type = lib.types.ints.between 0 86400;
              default = 60;
              description = "How long to wait, in seconds. With 0 it looks once.";
            };

            before = lib.mkOption {
              type = lib.types.listOf (
                lib.types.strMatching "[A-Za-z0-9_:.@][A-Za-z0-9_:.@-]*[.](service|socket|target|mount|automount|path|timer)"
              );
              default = [ ];
              example = [ "shop.service" ];
              description = "Units that start only when all of it is there, by their full names.";
            };
          };
        }
      );
      default = { };
      example = {
        database.ports = [ "db.example.org:5432" ];
      };
      description = ''
        What services wait for, by names of their own: the service of each is
        `domi-wait-<name>.service`.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          lib.length (
            lib.attrNames (
              lib.filterAttrs (
                _: wait: lib.length wait.units == 0 && lib.length wait.ports == 0 && lib.length wait.files == 0
              ) cfg.waits
            )
          ) == 0;
        message = "nothing is waited for: ${
          lib.concatStringsSep ", " (
            lib.mapAttrsToList (name: _: name) (
              lib.filterAttrs (
                _: wait: lib.length wait.units == 0 && lib.length wait.ports == 0 && lib.length wait.files == 0
              ) cfg.waits
            )
          )
        }";
      }
    ];

    environment.systemPackages = [ cfg.package ];

    systemd.services = lib.mapAttrs' (
      name: wait:
      lib.nameValuePair
        (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" "domi-wait-${name}")
        {
          description = "Wait for ${unitText name}";
          wantedBy = [ "multi-user.target" ];
          before = unitReference wait.before;
          requiredBy = unitReference wait.before;
          serviceConfig = {
            CapabilityBoundingSet = "";
            ExecStart = utils.escapeSystemdExecArgs (
              [
                (lib.getExe' cfg.package "domi-wait")
                "--timeout"
                wait.timeout
              ]
              ++ map (unit: "--unit=${unit}") wait.units
              ++ map (port: "--tcp=${port}") wait.ports
              ++ map (file: "--file=${file}") wait.files
            );
            LockPersonality = true;
            MemoryDenyWriteExecute = true;
            NoNewPrivileges = true;
            PrivateDevices = true;
            PrivateTmp = false;
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
            RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6";
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
        }
    ) cfg.waits;

    domi.together.domi-tools.claims = lib.mapAttrsToList (name: _: {
      what = "unit domi-wait-${name}.service";
      options = [ "domi.packages.domi-tools.waits" ];
    }) cfg.waits;
  };
}
