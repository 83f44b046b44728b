# A module as people write them by hand: nginx with one page, by two options.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.site;
  page = pkgs.writeText "index.html" cfg.text;
  settings = pkgs.writeText "nginx.conf" ''
    daemon off;
    pid /run/site/nginx.pid;
    error_log stderr;
    events {}
    http {
      include ${pkgs.nginx}/conf/mime.types;
      access_log off;
      server {
        listen ${toString cfg.port};
        location = / {
          default_type text/plain;
          root /;
          try_files ${page} =404;
        }
      }
    }
  '';
in
{
  options.services.site = {
    enable = lib.mkEnableOption "a site of one page";
    port = lib.mkOption {
      type = lib.types.port;
      default = 80;
      description = "TCP port to listen on.";
    };
    text = lib.mkOption {
      type = lib.types.lines;
      default = "hello";
      description = "What the page says.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.site = {
      description = "A site of one page";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      preStart = "${lib.getExe pkgs.nginx} -t -c ${settings}";
      serviceConfig = {
        ExecStart = "${lib.getExe pkgs.nginx} -c ${settings}";
        RuntimeDirectory = "site";
        Restart = "on-failure";
        ProtectSystem = "strict";
        CacheDirectory = "nginx";
        PrivateTmp = true;
      };
    };
    networking.firewall.allowedTCPPorts = [ cfg.port ];
  };
}
