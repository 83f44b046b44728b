# A page of text over HTTP.
#
# Generated from crates/web-page by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.domi.services.web-page;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.web-page = {
    enable = lib.mkEnableOption "web-page, a page of text over HTTP";

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

    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "server.max-connections = 100";
      description = "Lines that are added to the configuration of lighttpd.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.web-page = {
      description = "Web page";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        DynamicUser = true;
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "lighttpd")
          "-D"
          "-f"
          (pkgs.writeText "lighttpd.conf" ''
            server.modules = ( "mod_rewrite", "mod_alias" )
            server.document-root = "/var/empty"
            server.port = ${toString cfg.port}
            url.rewrite-once = ( "" => "/page" )
            alias.url = ( "/page" => "${pkgs.writeText "page.txt" cfg.greeting}" )
            mimetype.assign = ( "" => "text/plain; charset=utf-8" )
            ${cfg.extraConfig}
          '')
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

    domi.together.web-page.claims = [
      {
        what = "TCP port ${toString cfg.port}";
        options = [ "domi.services.web-page.port" ];
      }
      { what = "unit web-page.service"; }
    ];
  };
}
