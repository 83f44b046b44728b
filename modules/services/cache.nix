# A cache in memory for programs, spoken to as Redis is.
#
# Generated from crates/features/cache by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; }) credentialPath keyValues unitText;
  cfg = config.domi.services.cache;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.cache = {
    enable = lib.mkEnableOption "cache, a cache in memory for programs, spoken to as Redis is";

    package = lib.mkPackageOption pkgs "valkey" { extraDescription = "Valkey, the server."; };

    port = lib.mkOption {
      type = lib.types.port;
      default = 6379;
      description = "TCP port to listen on: 0 for none, or 1024 and above.";
    };

    bind = lib.mkOption {
      type = lib.types.nonEmptyListOf (
        lib.types.strMatching "-?([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|\\*)"
      );
      default = [
        "127.0.0.1"
        "-::1"
      ];
      example = [
        "127.0.0.1"
        "192.0.2.7"
      ];
      description = "The addresses to listen on. One with `-` before it may be missing on the machine.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in. They need the password.";
    };

    passwordFile = lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/cache";
      description = ''
        File whose first line is the password that every program must give. Where there is none,
        every program of the machine is let in.
      '';
    };

    maxMemory = lib.mkOption {
      type = lib.types.nullOr (lib.types.ints.between 1 16777216);
      default = 256;
      example = 1024;
      description = "How much memory values may take, in MiB; as much as there is where it is null.";
    };

    evictionPolicy = lib.mkOption {
      type = lib.types.enum [
        "noeviction"
        "allkeys-lru"
        "allkeys-lfu"
        "allkeys-random"
        "volatile-lru"
        "volatile-lfu"
        "volatile-random"
        "volatile-ttl"
      ];
      default = "allkeys-lru";
      description = ''
        What happens when a value is written and the memory is full. Of the least used, the
        policies find good candidates, not always the very least.

        - `noeviction`: Nothing is thrown out: writing fails.
        - `allkeys-lru`: The value that was not used for the longest time goes.
        - `allkeys-lfu`: The value that is used least often goes.
        - `allkeys-random`: Any value goes.
        - `volatile-lru`: As `allkeys-lru`, of those that expire; where none does, writing fails.
        - `volatile-lfu`: As `allkeys-lfu`, of those that expire.
        - `volatile-random`: As `allkeys-random`, of those that expire.
        - `volatile-ttl`: The value that expires first goes.
      '';
    };

    persistence = lib.mkOption {
      type = lib.types.enum [
        "none"
        "snapshots"
        "log"
        "every-write"
      ];
      default = "snapshots";
      description = ''
        What is still there after the service starts again.

        - `none`: Nothing.
        - `snapshots`: Everything after an orderly stop; after a crash what was there some minutes before, up to an
          hour if little is written.
        - `log`: Everything; after a power cut all but the last second or two.
        - `every-write`: Everything that was acknowledged, after a power cut too. Each write waits for the disk.
      '';
    };

    maxClients = lib.mkOption {
      type = lib.types.ints.between 1 1000000;
      default = 10000;
      description = "How many connections there may be at once.";
    };

    settings = lib.mkOption {
      type = lib.types.submodule {
        freeformType = lib.types.attrsOf (
          lib.types.oneOf [
            lib.types.bool
            lib.types.int
            lib.types.float
            lib.types.str
            (lib.types.listOf (
              lib.types.oneOf [
                lib.types.bool
                lib.types.int
                lib.types.float
                lib.types.str
              ]
            ))
          ]
        );
      };
      default = { };
      example = {
        databases = 4;
        loglevel = "warning";
      };
      description = ''
        Further settings, as `valkey.conf` has them: a value is all that stands behind its name.
        A boolean becomes `yes` or `no`, and a list several lines. What the feature or an option
        decides cannot be set here, and no password can: everyone can read it in the Nix store.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (
          item:
          !lib.elem item [
            "appendfsync"
            "appendonly"
            "bind"
            "daemonize"
            "dir"
            "include"
            "logfile"
            "maxclients"
            "maxmemory"
            "maxmemory-policy"
            "pidfile"
            "port"
            "save"
            "supervised"
            "unixsocket"
            "unixsocketperm"
          ]
        ) (lib.mapAttrsToList (name: _: lib.toLower name) cfg.settings);
        message = "`settings` sets what the feature or an option of its own decides";
      }
      {
        assertion = lib.all (
          item:
          !lib.elem item [
            "masterauth"
            "primaryauth"
            "requirepass"
            "tls-client-key-file-pass"
            "tls-key-file-pass"
            "user"
          ]
        ) (lib.mapAttrsToList (name: _: lib.toLower name) cfg.settings);
        message = "everyone could read a password in `settings`: name a file in `passwordFile`";
      }
      {
        assertion = cfg.port == 0 || cfg.port >= 1024;
        message = "the cache has no right to a `port` below 1024";
      }
      {
        assertion = !cfg.openFirewall || cfg.passwordFile != null;
        message = "everyone could read and write: set `passwordFile` where `openFirewall` is true";
      }
    ];

    warnings = lib.optional (
      cfg.openFirewall
      && lib.all (
        item: lib.hasPrefix "127." (lib.removePrefix "-" item) || lib.removePrefix "-" item == "::1"
      ) cfg.bind
    ) "the firewall is open, but the cache listens to this machine alone: see `bind`";

    systemd.services.cache = {
      description = "Values in memory";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        CapabilityBoundingSet = "";
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' cfg.package "valkey-server")
          (pkgs.writeText "valkey.conf" (
            keyValues (
              lib.recursiveUpdate {
                appendfsync = if cfg.persistence == "every-write" then "always" else "everysec";
                appendonly = cfg.persistence == "every-write" || cfg.persistence == "log";
                bind = lib.concatStringsSep " " cfg.bind;
                daemonize = false;
                dir = "/var/lib/cache";
                include = lib.optional (cfg.passwordFile != null) "/run/cache/password.conf";
                logfile = "";
                maxclients = cfg.maxClients;
                maxmemory = "${toString (if cfg.maxMemory != null then cfg.maxMemory else 0)}mb";
                maxmemory-policy = cfg.evictionPolicy;
                inherit (cfg) port;
                save = lib.optionalString (cfg.persistence == "snapshots") "3600 1 300 100 60 10000";
                supervised = "systemd";
                unixsocket = "/run/cache/valkey.sock";
                unixsocketperm = 770;
              } cfg.settings
            )
          ))
        ];
        ExecStartPre = lib.mkIf (cfg.passwordFile != null) (
          utils.escapeSystemdExecArgs [
            "/bin/sh"
            "-c"
            "sed -n '1{/./!q;s/[\"\\\\]/\\\\&/g;s/.*/requirepass \"&\"/p}' /run/credentials/cache.service/password > /run/cache/password.conf; test -s /run/cache/password.conf || { echo 'the first line of passwordFile is empty' >&2; exit 1; }"
          ]
        );
        Group = "cache";
        LimitNOFILE = cfg.maxClients + 64;
        LoadCredential = lib.mkIf (
          cfg.passwordFile != null
        ) "password:${unitText (credentialPath cfg.passwordFile)}";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
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
        RemoveIPC = true;
        Restart = "on-failure";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        RuntimeDirectory = "cache";
        RuntimeDirectoryMode = "0750";
        StateDirectory = "cache";
        StateDirectoryMode = "0700";
        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
        Type = "notify";
        UMask = "0077";
        User = "cache";
      };
    };

    users = {
      users.cache = {
        isSystemUser = true;
        group = "cache";
        description = "Valkey";
      };
      groups.cache = { };
    };

    networking.firewall.allowedTCPPorts = lib.mkIf (cfg.openFirewall && cfg.port != 0) [ cfg.port ];

    domi.together.cache.claims = [
      {
        what = "TCP port ${toString cfg.port}";
        options = [ "domi.services.cache.port" ];
      }
      { what = "unit cache.service"; }
      { what = "path /run/cache"; }
      { what = "path /var/lib/cache"; }
      { what = "user cache"; }
      { what = "group cache"; }
    ];
  };
}
