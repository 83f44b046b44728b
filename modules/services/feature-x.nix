# An HTTP service that answers with a configurable greeting.
#
# Generated from crates/features/feature-x by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) credentialPath plainData unitText;
  cfg = config.domi.services.feature-x;
  yamlFormat = pkgs.formats.yaml { };
in
{
  _class = "nixos";

  options.domi.services.feature-x = {
    enable = lib.mkEnableOption "feature-x, an HTTP service that answers with a configurable greeting";

    package = lib.mkPackageOption pkgs "h2o" { extraDescription = "H2O, the server."; };

    port = lib.mkOption {
      type = lib.types.port;
      default = 8080;
      description = "TCP port to listen on.";
    };

    greeting = lib.mkOption {
      type = lib.types.str;
      default = "hello";
      example = "good morning";
      description = "Text that every request gets.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets requests from other machines in.";
    };

    passwordFile = lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/feature-x.htpasswd";
      description = ''
        File with names and hashed passwords, as `htpasswd` writes it, of those who may read the
        greeting. Where there is none, everyone may.
      '';
    };

    settings = lib.mkOption {
      type = lib.types.submodule { freeformType = yamlFormat.type; };
      default = { };
      example = {
        access-log = "/dev/stdout";
      };
      description = "Other settings of H2O; they win over those that follow from the options above.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.feature-x = {
      description = "Greeting over HTTP";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        DynamicUser = true;
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "h2o")
          "--conf"
          (yamlFormat.generate "h2o.yaml" (
            plainData (
              lib.recursiveUpdate {
                hosts.default.paths."/" =
                  if cfg.passwordFile != null then
                    [
                      {
                        "mruby.handler" = ''
                          require 'htpasswd.rb'
                          Htpasswd.new('/run/credentials/feature-x.service/passwords', 'feature-x')'';
                      }
                      {
                        "file.file" = pkgs.writeText "greeting.txt" cfg.greeting;
                      }
                    ]
                  else
                    [
                      {
                        "file.file" = pkgs.writeText "greeting.txt" cfg.greeting;
                      }
                    ];
                listen = cfg.port;
                num-threads = 1;
              } cfg.settings
            )
          ))
        ];
        LoadCredential = lib.mkIf (
          cfg.passwordFile != null
        ) "passwords:${unitText (credentialPath cfg.passwordFile)}";
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
  };
}
