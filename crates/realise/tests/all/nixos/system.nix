# The system of manifest.json as a person would write it for NixOS, and what NixOS makes of it:
#   nix eval --json --impure --expr 'import ./system.nix { nixpkgs = <nixpkgs>; }'
# expected.json is that, without the hashes of store paths.
{ nixpkgs }:
let
  pkgs = import nixpkgs { system = "x86_64-linux"; };
  inherit (pkgs) lib;
  hard = "q\"\\ %h $HOME '\n\té{}";
  machine =
    { utils, ... }:
    {
      systemd = {
        services.x = {
          description = "An x";
          wantedBy = [ "multi-user.target" ];
          after = [
            "network.target"
            "a.service"
          ];
          requiredBy = [ "b.service" ];
          bindsTo = [ ];
          partOf = [ "p@1.service" ];
          unitConfig = {
            StartLimitBurst = 3;
            ConditionPathExists = [
              "/a"
              "!/b"
            ];
          };
          environment = {
            A = "1 2";
            HARD = lib.replaceStrings [ "%" ] [ "%%" ] hard;
            OFF = lib.mkIf false "off";
          };
          path = [ pkgs.rsync ];
          serviceConfig = {
            ExecStart = utils.escapeSystemdExecArgs [
              "${pkgs.rsync}/bin/rsync"
              "a b"
              hard
              ";"
              5
            ];
            ExecStartPre = [
              "-${utils.escapeSystemdExecArgs [ "/srv/true" ]}"
              "-+${
                utils.escapeSystemdExecArgs [
                  "/srv/b"
                  ""
                ]
              }"
            ];
            ExecStop = lib.mkIf false "/srv/c";
            DynamicUser = true;
            Restart = "on-failure";
            RestartSec = 5;
            SupplementaryGroups = [
              "a"
              "b"
            ];
            X-Empty = [ ];
            PrivateTmp = false;
          };
        };
        services.job-b.serviceConfig.ExecStart = utils.escapeSystemdExecArgs [
          "/srv/job"
          2
        ];
        timers.t = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = [
              "daily"
              "weekly"
            ];
            Persistent = true;
          };
        };
        sockets.s = {
          wantedBy = [ "sockets.target" ];
          socketConfig.ListenStream = 80;
        };
        paths.p.pathConfig.PathExists = "/x";
        slices.l.sliceConfig.MemoryMax = "1G";
        targets.g = {
          description = "G";
          wantedBy = [ "multi-user.target" ];
          requires = [ "x.service" ];
        };
        tmpfiles.settings."10-copy" = {
          "/var/lib/b"."L+".argument = "/run/b";
          "/var/lib/a" = {
            d = {
              mode = "0750";
              user = "u";
              age = "10d";
            };
            Z = { };
          };
          "/var/lib/A B".d = { };
        };
      };
      boot.kernel.sysctl = {
        "net.core.somaxconn" = 5;
        "a.yes" = true;
        "a.no" = false;
        "a.text" = "x y";
      };
      users.users.u = {
        isSystemUser = true;
        group = "g";
        description = "A user";
      };
      users.groups.g = { };
    };
  evaluated = import (pkgs.path + "/nixos/lib/eval-config.nix") {
    inherit lib;
    system = null;
    modules = [
      machine
      {
        nixpkgs.pkgs = pkgs;
        documentation.enable = lib.mkForce false;
        system.stateVersion = lib.trivial.release;
      }
    ];
  };
  inherit (evaluated) config;
  names = [
    "x.service"
    "job-b.service"
    "t.timer"
    "s.socket"
    "p.path"
    "l.slice"
    "g.target"
  ];
  ours = package: lib.hasSuffix "10-copy.conf" (package.name or "");
  lines = lib.splitString "\n" config.environment.etc."sysctl.d/60-nixos.conf".text;
in
{
  settings = {
    inherit hard;
    jobs = {
      a = 1;
      b = 2;
    };
  };
  units = lib.genAttrs names (name: {
    inherit (config.systemd.units.${name}) text wantedBy requiredBy;
  });
  tmpfiles = (lib.findFirst ours null config.systemd.tmpfiles.packages).text;
  sysctl = lib.filter (line: lib.hasPrefix "a." line || lib.hasPrefix "net.core.so" line) lines;
  user = { inherit (config.users.users.u) group description home; };
}
