{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.example;
  format = pkgs.formats.yaml { };
in
{
  options.services.example = {
    enable = lib.mkEnableOption "the example";
    port = lib.mkOption {
      type = lib.types.port;
      default = 80;
    };
    unused = lib.mkOption {
      type = lib.types.str;
      default = "";
    };
    package = lib.mkPackageOption pkgs "nginx" { };
    broken = lib.mkOption {
      type = lib.types.bool;
      default = false;
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.port != 7;
        message = "not ${toString cfg.port}";
      }
    ];
    systemd.services.example = {
      wantedBy = [ "multi-user.target" ];
      # No `tryEval` catches this.
      description = if cfg.broken then { }.missing else "On ${toString cfg.port}";
      serviceConfig.ExecStart = "${lib.getExe' cfg.package "nginx"} -c ${
        format.generate "example.yaml" {
          inherit (cfg) port;
          include = pkgs.writeText "more.txt" "more: ${cfg.unused}";
        }
      }";
    };
    environment.etc."example/x".text = "x";
    systemd.tmpfiles.settings."10-example"."/var/lib/example".d.mode = "0700";
    boot.kernel.sysctl."net.core.somaxconn" = 99;
    networking.firewall.allowedTCPPorts = [ cfg.port ];
    users.users.example = {
      isSystemUser = true;
      group = "example";
    };
    users.groups.example = { };
  };
}
