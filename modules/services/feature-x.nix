# An HTTP service that answers with a configurable greeting.
#
# Generated from crates/features/feature-x by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) credentialPath unitText unitWord;
  cfg = config.domi.services.feature-x;
  # One that is not there is off.
  neighbour-web-gateway = config.domi.services.web-gateway or { enable = false; };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.feature-x = {
    enable = lib.mkEnableOption "feature-x, an HTTP service that answers with a configurable greeting";

    package = lib.mkPackageOption pkgs "lighttpd" { extraDescription = "lighttpd, the server."; };

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

    domain = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");
      default = null;
      example = "hello.example.org";
      description = ''
        Domain under which the feature `web-gateway` passes requests on to the service, where it is
        enabled on the same machine.
      '';
    };

    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "server.max-connections = 100";
      description = ''
        Lines that are added to the configuration of lighttpd. What follows from the options above
        is replaced with `:=`.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.feature-x = {
      description = "Greeting over HTTP";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      unitConfig.Documentation =
        if cfg.domain != null then
          "http://${unitWord cfg.domain}:${
            toString (if neighbour-web-gateway.enable then neighbour-web-gateway.httpPort else cfg.port)
          }/"
        else
          "man:lighttpd(8)";
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        DynamicUser = true;
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "lighttpd")
          "-D"
          "-f"
          (pkgs.writeText "lighttpd.conf" ''
            server.modules = ( "mod_rewrite", "mod_alias", "mod_auth", "mod_authn_file" )
            server.document-root = "/var/empty"
            server.port = ${toString cfg.port}
            $SERVER["socket"] == "[::]:${toString cfg.port}" { }
            url.rewrite-once = ( "" => "/greeting" )
            alias.url = ( "/greeting" => "${pkgs.writeText "greeting.txt" cfg.greeting}" )
            mimetype.assign = ( "" => "text/plain; charset=utf-8" )
            ${
              lib.optionalString (cfg.passwordFile != null) ''
                auth.backend = "htpasswd"
                auth.backend.htpasswd.userfile = "/run/credentials/feature-x.service/passwords"
                auth.require = ( "/" => ( "method" => "basic", "realm" => "feature-x", "require" => "valid-user" ) )
              ''
            }${cfg.extraConfig}
          '')
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

    domi = lib.mkMerge [
      {
        together.feature-x.claims = [
          {
            what = "TCP port ${toString cfg.port}";
            options = [ "domi.services.feature-x.port" ];
          }
          { what = "unit feature-x.service"; }
        ];
      }
      (lib.optionalAttrs (options ? domi.services.web-gateway) {
        services.web-gateway = lib.mkIf (cfg.domain != null) {
          virtualHosts.feature-x = {
            serverName = cfg.domain;
            locations."/".serve.upstream = "feature-x";
          };
          upstreams.feature-x.servers = lib.mkAfter [
            {
              address = "127.0.0.1:${toString cfg.port}";
            }
          ];
        };
      })
    ];
  };
}
