# Copies of folders, made by the clock.
#
# Generated from crates/features/feature-y by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    calendar
    escapeSpecifiers
    fitting
    folderName
    plainPath
    unitText
    ;
  cfg = config.domi.services.feature-y;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.feature-y = {
    enable = lib.mkEnableOption "feature-y";

    package = lib.mkPackageOption pkgs "rsync" { extraDescription = "rsync, which copies."; };

    folders = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            source = lib.mkOption {
              type = lib.types.path;
              example = "/srv/docs";
              description = "The folder to copy.";
            };

            schedule = lib.mkOption {
              type = lib.types.nonEmptyStr;
              default = "daily";
              example = "Mon 04:00";
              description = "When to copy, in the form of {manpage}`systemd.time(7)`.";
            };

            gone = lib.mkOption {
              type = lib.types.enum [
                "keep"
                "delete"
              ];
              default = "delete";
              description = "What becomes of copies whose originals are gone.";
            };

            exclude = lib.mkOption {
              type = lib.types.listOf lib.types.nonEmptyStr;
              default = [ ];
              example = [ "*.tmp" ];
              description = "Patterns of files to leave out.";
            };

            speedLimit = lib.mkOption {
              type = lib.types.nullOr (lib.types.ints.between 1 4294967295);
              default = null;
              example = 1024;
              description = "How much to copy in a second at most, in KiB.";
            };
          };
        }
      );
      default = { };
      example = {
        docs.source = "/srv/docs";
      };
      description = "The folders to copy, by name; the copy of each is `/var/lib/feature-y/<name>`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (item: item != "/") (lib.mapAttrsToList (_: folder: folder.source) cfg.folders);
        message = "a copy of / would hold itself: name the folders to copy";
      }
    ];

    systemd = {
      services = lib.mapAttrs' (
        name: folder:
        lib.nameValuePair
          (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" "feature-y-${name}")
          {
            description = "Copy of ${unitText folder.source}";
            serviceConfig = {
              ExecStart = utils.escapeSystemdExecArgs (
                [
                  (lib.getExe' cfg.package "rsync")
                  "--archive"
                  "${folder.source}/"
                  "/var/lib/feature-y/${name}/"
                ]
                ++ lib.optional (folder.gone == "delete") "--delete"
                ++ lib.optional (folder.speedLimit != null) "--bwlimit=${toString folder.speedLimit}"
                ++ map (item: "--exclude=${item}") folder.exclude
              );
              LockPersonality = true;
              NoNewPrivileges = true;
              PrivateDevices = true;
              PrivateTmp = false;
              ProtectClock = true;
              ProtectControlGroups = true;
              ProtectHome = "read-only";
              ProtectHostname = true;
              ProtectKernelLogs = true;
              ProtectKernelModules = true;
              ProtectKernelTunables = true;
              ProtectSystem = "strict";
              RestrictNamespaces = true;
              RestrictRealtime = true;
              RestrictSUIDSGID = true;
              StateDirectory = "feature-y/${escapeSpecifiers (folderName name)}";
              SystemCallArchitectures = "native";
              Type = "oneshot";
              UMask = "0077";
            };
          }
      ) cfg.folders;
      timers = lib.mapAttrs' (
        name: folder:
        lib.nameValuePair
          (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,247}[A-Za-z0-9:_.-])?" "feature-y-${name}")
          {
            wantedBy = [ "timers.target" ];
            timerConfig = {
              AccuracySec = "1s";
              OnCalendar = calendar folder.schedule;
              Persistent = true;
            };
          }
      ) cfg.folders;
    };

    domi.together.feature-y.claims =
      lib.mapAttrsToList (name: _: {
        what = "unit feature-y-${name}.service";
        options = [ "domi.services.feature-y.folders" ];
      }) cfg.folders
      ++ lib.mapAttrsToList (name: _: {
        what = "path ${plainPath "/var/lib/feature-y/${name}"}";
        options = [ "domi.services.feature-y.folders" ];
      }) cfg.folders
      ++ lib.mapAttrsToList (name: _: {
        what = "unit feature-y-${name}.timer";
        options = [ "domi.services.feature-y.folders" ];
      }) cfg.folders;
  };
}
