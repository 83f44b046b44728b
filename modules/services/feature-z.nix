# Folders that other machines may read.
#
# Generated from crates/features/feature-z by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) iniData;
  cfg = config.domi.services.feature-z;
  iniFormat = pkgs.formats.ini { };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.feature-z = {
    enable = lib.mkEnableOption "feature-z";

    package = lib.mkPackageOption pkgs "rsync" { extraDescription = "rsync, which serves."; };

    port = lib.mkOption {
      type = lib.types.port;
      default = 873;
      description = "TCP port to listen on.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in.";
    };

    folders = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            path = lib.mkOption {
              type = lib.types.path;
              example = "/srv/docs";
              description = "Where it is.";
            };

            comment = lib.mkOption {
              type = lib.types.singleLineStr;
              default = "";
              example = "What we know";
              description = "What lists of the folders say of it.";
            };

            maxConnections = lib.mkOption {
              type = lib.types.nullOr (lib.types.ints.between 1 4294967295);
              default = null;
              example = 10;
              description = "How many may read it at once; as many as come where it is unset.";
            };
          };
        }
      );
      default = { };
      example = {
        docs.path = "/srv/docs";
      };
      description = "The folders to share, by the names that others know them by.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (item: item != "global") (lib.mapAttrsToList (name: _: name) cfg.folders);
        message = "rsync means something else by `global`: give the folder another name";
      }
    ];

    systemd.services.feature-z = {
      description = "Folders for other machines";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        DynamicUser = true;
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "rsync")
          "--daemon"
          "--no-detach"
          "--config"
          (iniFormat.generate "rsyncd.conf" (
            iniData (
              lib.mapAttrs (_: folder: {
                inherit (folder) comment path;
                "max connections" = if folder.maxConnections != null then folder.maxConnections else 0;
                "use chroot" = false;
              }) cfg.folders
            )
          ))
          "--port=${toString cfg.port}"
        ];
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        Restart = "on-failure";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        UMask = "0077";
      };
    };

    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];

    domi.together.feature-z.claims = [
      {
        what = "TCP port ${toString cfg.port}";
        options = [ "domi.services.feature-z.port" ];
      }
      { what = "unit feature-z.service"; }
    ];
  };
}
