# Copies of folders, made by the clock.
#
# Generated from crates/copies by `cargo xtask generate`; edit the crate instead.
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
  cfg = config.domi.services.copies;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.copies = {
    enable = lib.mkEnableOption "copies";

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

            exclude = lib.mkOption {
              type = lib.types.listOf lib.types.nonEmptyStr;
              default = [ ];
              example = [ "*.tmp" ];
              description = "Patterns of files to leave out.";
            };
          };
        }
      );
      default = { };
      example = {
        docs.source = "/srv/docs";
      };
      description = "The folders to copy, by name; the copy of each is `/var/lib/copies/<name>`.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd = {
      services = lib.mapAttrs' (
        name: folder:
        lib.nameValuePair
          (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" "copies-${name}")
          {
            description = "Copy of ${unitText folder.source}";
            serviceConfig = {
              ExecStart = utils.escapeSystemdExecArgs (
                [
                  (lib.getExe' cfg.package "rsync")
                  "--archive"
                  "--delete"
                  "${folder.source}/"
                  "/var/lib/copies/${name}/"
                ]
                ++ map (item: "--exclude=${item}") folder.exclude
              );
              LockPersonality = true;
              NoNewPrivileges = true;
              PrivateDevices = true;
              PrivateTmp = true;
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
              StateDirectory = "copies/${escapeSpecifiers (folderName name)}";
              SystemCallArchitectures = "native";
              Type = "oneshot";
              UMask = "0077";
            };
          }
      ) cfg.folders;
      timers = lib.mapAttrs' (
        name: folder:
        lib.nameValuePair
          (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,247}[A-Za-z0-9:_.-])?" "copies-${name}")
          {
            wantedBy = [ "timers.target" ];
            timerConfig = {
              OnCalendar = calendar folder.schedule;
              Persistent = true;
            };
          }
      ) cfg.folders;
    };

    domi.together.copies.claims =
      lib.mapAttrsToList (name: _: {
        what = "unit copies-${name}.service";
        options = [ "domi.services.copies.folders" ];
      }) cfg.folders
      ++ lib.mapAttrsToList (name: _: {
        what = "path ${plainPath "/var/lib/copies/${name}"}";
        options = [ "domi.services.copies.folders" ];
      }) cfg.folders
      ++ lib.mapAttrsToList (name: _: {
        what = "unit copies-${name}.timer";
        options = [ "domi.services.copies.folders" ];
      }) cfg.folders;
  };
}
