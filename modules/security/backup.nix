# Encrypted copies of folders on another machine, and an alarm where none was made.
#
# Generated from crates/features/backup by `cargo xtask generate`; edit the crate instead.
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
    credentialPath
    escapeSpecifiers
    fitting
    freeTmpfilesPath
    plainPath
    rulePath
    unitText
    unitWord
    ;
  cfg = config.domi.security.backup;

  commonServiceConfig = {
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    UMask = "0077";
  };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.security.backup = {
    enable = lib.mkEnableOption "backup";

    package = lib.mkPackageOption pkgs "restic" { extraDescription = "restic, which copies."; };

    save = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            folders = lib.mkOption {
              type = lib.types.nonEmptyListOf lib.types.path;
              example = [
                "/home"
                "/var/lib"
              ];
              description = "Folders and files. Other file systems that are mounted within count too.";
            };

            exclude = lib.mkOption {
              type = lib.types.listOf lib.types.nonEmptyStr;
              default = [ ];
              example = [
                "*.tmp"
                "/home/*/.cache"
              ];
              description = ''
                Patterns of what is left out, as restic's `--exclude` takes them. What has a `CACHEDIR.TAG` is
                left out anyway.
              '';
            };

            repository = lib.mkOption {
              type = lib.types.strMatching "((azure|b2|gs|rest|s3|swift):|/)[^[:cntrl:] ]+";
              example = "rest:https://store.example.org:8443/web";
              description = ''
                Where copies go, as restic names it; or a folder of this machine that is there, such as that of
                another disk. Everyone can read it: no passwords.
              '';
            };

            passwordFile = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/backup";
              description = "File with the password that copies are encrypted with.";
            };

            loginFile = lib.mkOption {
              type = lib.types.nullOr lib.types.externalPath;
              default = null;
              example = "/run/secrets/backup-login";
              description = ''
                File with what the repository's server asks for, as lines of environment variables:
                `RESTIC_REST_USERNAME=…` and `RESTIC_REST_PASSWORD=…`.
              '';
            };

            certificate = lib.mkOption {
              type = lib.types.nullOr lib.types.path;
              default = null;
              example = "/etc/store.crt";
              description = ''
                File with the certificate that the server's is issued by. Where it is null, the server has one
                that the machine trusts.
              '';
            };

            schedule = lib.mkOption {
              type = lib.types.nonEmptyStr;
              default = "daily";
              example = "hourly";
              description = ''
                When to copy, in the form of {manpage}`systemd.time(7)`. What was missed while the machine was
                off is done when it is on again.
              '';
            };

            checkSchedule = lib.mkOption {
              type = lib.types.nonEmptyStr;
              default = "Sun 04:00";
              example = "Sat 12:00";
              description = ''
                When to read a part of the copies again and compare it, in the form of
                {manpage}`systemd.time(7)`.
              '';
            };

            checkPercent = lib.mkOption {
              type = lib.types.ints.between 1 100;
              default = 5;
              description = "How much of the copies is read then, in percent.";
            };

            keep = lib.mkOption {
              type = lib.types.nullOr (
                lib.types.submodule {
                  options = {
                    daily = lib.mkOption {
                      type = lib.types.ints.between 1 10000;
                      default = 14;
                      description = "The newest of each of so many days.";
                    };

                    weekly = lib.mkOption {
                      type = lib.types.ints.between 0 10000;
                      default = 8;
                      description = "The newest of each of so many weeks.";
                    };

                    monthly = lib.mkOption {
                      type = lib.types.ints.between 0 10000;
                      default = 24;
                      description = "The newest of each of so many months.";
                    };
                  };
                }
              );
              default = null;
              description = "Which snapshots are kept; the others are removed. Where it is null, all are kept.";
            };

            overdueHours = lib.mkOption {
              type = lib.types.ints.between 1 100000;
              default = 48;
              description = "After how many hours without a new snapshot the unit `backup-overdue` fails.";
            };

            onFailure = lib.mkOption {
              type = lib.types.listOf (lib.types.strMatching "[a-z][a-z0-9_-]*\\.service");
              default = [ ];
              example = [ "tell-me.service" ];
              description = ''
                Units that are started when `backup-overdue` fails, or when copies are not what they were: those
                that tell somebody.
              '';
            };
          };
        }
      );
      default = null;
      description = "What is copied from this machine. Where it is null, nothing is.";
    };

    store = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            package = lib.mkPackageOption pkgs "rclone" { extraDescription = "rclone, which serves them."; };

            folder = lib.mkOption {
              type = lib.types.path;
              example = "/srv/backup";
              description = "Folder for them, best on a disk of its own.";
            };

            loginsFile = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/backup-logins";
              description = "File with who may come, as `htpasswd -B` writes it. Each has the folder of its own name.";
            };

            port = lib.mkOption {
              type = lib.types.port;
              default = 8443;
              description = "TCP port to listen on.";
            };

            appendOnly = lib.mkOption {
              type = lib.types.bool;
              default = true;
              description = "Whether what is there may be added to only, and never changed or removed.";
            };

            tls = lib.mkOption {
              type = lib.types.nullOr (
                lib.types.submodule {
                  options = {
                    certificate = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/store.crt";
                      description = "File with the certificate, followed by those of its issuers.";
                    };

                    key = lib.mkOption {
                      type = lib.types.externalPath;
                      example = "/run/secrets/store.key";
                      description = "File with its private key.";
                    };
                  };
                }
              );
              default = null;
              description = "Certificate of the server. Where it is null, it listens to this machine alone.";
            };

            openFirewall = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = "Whether the firewall lets other machines in.";
            };
          };
        }
      );
      default = null;
      description = "Copies of other machines that are kept here. Where it is null, none are.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.save != null || cfg.store != null;
        message = "nothing is saved and nothing is kept: set `save`, `store` or both";
      }
      {
        assertion =
          if cfg.store != null then
            !(lib.hasPrefix "/home/" "${cfg.store.folder}" || lib.hasPrefix "/root/" "${cfg.store.folder}")
            && cfg.store.folder != "/"
            && cfg.store.folder != "/boot"
            && cfg.store.folder != "/etc"
            && cfg.store.folder != "/home"
            && cfg.store.folder != "/mnt"
            && cfg.store.folder != "/nix"
            && cfg.store.folder != "/opt"
            && cfg.store.folder != "/root"
            && cfg.store.folder != "/run"
            && cfg.store.folder != "/srv"
            && cfg.store.folder != "/tmp"
            && cfg.store.folder != "/usr"
            && cfg.store.folder != "/var"
            && cfg.store.folder != "/var/lib"
          else
            true;
        message = "`store.folder` belongs to others: give copies a folder of their own, such as `/srv/backup`";
      }
      {
        assertion = if cfg.store != null then cfg.store.port >= 1024 else true;
        message = "the store has no right to a `port` below 1024";
      }
      {
        assertion = if cfg.store != null then !cfg.store.openFirewall || cfg.store.tls != null else true;
        message = "passwords would go over the network in the clear: set `store.tls` where `openFirewall` is true";
      }
    ];

    systemd = {
      services = lib.mkMerge [
        {
          backup-store = lib.mkIf (cfg.store != null) {
            description = "Copies of other machines";
            wantedBy = [ "multi-user.target" ];
            after = [ "network-online.target" ];
            wants = [ "network-online.target" ];
            unitConfig.RequiresMountsFor = unitWord (fitting "/.*" cfg.store.folder);
            serviceConfig = commonServiceConfig // {
              CapabilityBoundingSet = "";
              ExecStart = utils.escapeSystemdExecArgs (
                [
                  (lib.getExe' cfg.store.package "rclone")
                  "serve"
                  "restic"
                  "--config=/dev/null"
                  "--addr=${if cfg.store.tls != null then "" else "localhost"}:${toString cfg.store.port}"
                  "--htpasswd=/run/credentials/backup-store.service/logins"
                  "--private-repos"
                ]
                ++ lib.optional cfg.store.appendOnly "--append-only"
                ++ lib.optionals (cfg.store.tls != null) [
                  "--cert=/run/credentials/backup-store.service/tls.crt"
                  "--key=/run/credentials/backup-store.service/tls.key"
                ]
                ++ [ cfg.store.folder ]
              );
              Group = "backup-store";
              LoadCredential = [
                "logins:${unitText (credentialPath cfg.store.loginsFile)}"
              ]
              ++ lib.optional (
                cfg.store.tls != null && cfg.store.tls.certificate != null
              ) "tls.crt:${unitText (credentialPath cfg.store.tls.certificate)}"
              ++ lib.optional (
                cfg.store.tls != null && cfg.store.tls.key != null
              ) "tls.key:${unitText (credentialPath cfg.store.tls.key)}";
              PrivateDevices = true;
              PrivateTmp = true;
              PrivateUsers = true;
              ProtectHome = true;
              ReadWritePaths = unitWord (fitting "/.*" cfg.store.folder);
              RemoveIPC = true;
              Restart = "on-failure";
              RestrictAddressFamilies = [
                "AF_INET"
                "AF_INET6"
                "AF_UNIX"
              ];
              RestrictSUIDSGID = true;
              SystemCallFilter = [
                "@system-service"
                "~@privileged @resources"
              ];
              User = "backup-store";
            };
          };
        }
        (lib.mkIf (cfg.save != null) {
          backup = {
            description = "Copy of this machine's folders";
            after = [ "network-online.target" ];
            wants = [ "network-online.target" ];
            unitConfig.RequiresMountsFor = lib.optionalString (lib.hasPrefix "/" cfg.save.repository) (
              unitWord (fitting "/.*" cfg.save.repository)
            );
            environment = {
              RESTIC_CACERT = lib.mkIf (cfg.save.certificate != null) (escapeSpecifiers cfg.save.certificate);
              RESTIC_REPOSITORY = escapeSpecifiers cfg.save.repository;
            };
            path = [ cfg.package ];
            serviceConfig = commonServiceConfig // {
              CacheDirectory = "backup";
              CacheDirectoryMode = "0700";
              CapabilityBoundingSet = "CAP_DAC_READ_SEARCH";
              EnvironmentFile = lib.mkIf (cfg.save.loginFile != null) (
                unitText (fitting "/.*" cfg.save.loginFile)
              );
              ExecStart = utils.escapeSystemdExecArgs [
                (pkgs.writeShellScript "backup" ''
                  set -e
                  exclude=(${lib.escapeShellArgs cfg.save.exclude})
                  folders=(${lib.escapeShellArgs cfg.save.folders})
                  keep=(${
                    lib.escapeShellArgs (
                      lib.optionals (cfg.save.keep != null) [
                        "--keep-daily=${toString cfg.save.keep.daily}"
                        "--keep-weekly=${toString cfg.save.keep.weekly}"
                        "--keep-monthly=${toString cfg.save.keep.monthly}"
                      ]
                    )
                  })
                  # Makes a snapshot, in a new repository where there never was one.
                  set -uo pipefail
                  export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
                  export TMPDIR=$CACHE_DIRECTORY
                  known=$STATE_DIRECTORY/repository
                  status=0
                  restic cat config >/dev/null || status=$?
                  # 10: there is no repository.
                  if ((status == 10)); then
                      if [[ -e $known && $(<"$known") == "$RESTIC_REPOSITORY" ]]; then
                          echo "the repository is gone, with all snapshots: see whether its disk is there" >&2
                          echo "to begin a new one, remove $known" >&2
                          exit 1
                      fi
                      restic init
                  elif ((status != 0)); then
                      exit "$status"
                  fi
                  printf '%s\n' "$RESTIC_REPOSITORY" >"$known"
                  # A program that was cut off leaves its lock.
                  restic unlock
                  restic backup --retry-lock=2h --exclude-caches --exclude="$STATE_DIRECTORY/restored" \
                      "''${exclude[@]/#/--exclude=}" -- "''${folders[@]}"
                  touch "$STATE_DIRECTORY/last"
                  if ((''${#keep[@]} > 0)); then
                      restic forget --retry-lock=2h --prune "''${keep[@]}"
                  fi'')
              ];
              LoadCredential = "password:${unitText (credentialPath cfg.save.passwordFile)}";
              PrivateDevices = true;
              PrivateTmp = false;
              PrivateUsers = false;
              ProtectHome = "read-only";
              ReadWritePaths = lib.mkIf (lib.hasPrefix "/" cfg.save.repository) (
                unitWord (fitting "/.*" cfg.save.repository)
              );
              RemoveIPC = false;
              RestrictAddressFamilies = [
                "AF_INET"
                "AF_INET6"
                "AF_UNIX"
              ];
              RestrictSUIDSGID = true;
              StateDirectory = "backup";
              StateDirectoryMode = "0700";
              SystemCallFilter = [
                "@system-service"
                "~@privileged @resources"
              ];
              Type = "oneshot";
            };
          };
          backup-check = {
            description = "Whether copies of this machine are as they were";
            after = [ "network-online.target" ];
            wants = [ "network-online.target" ];
            unitConfig = {
              OnFailure = fitting "([A-Za-z0-9@:_.-]|\\\\)+" cfg.save.onFailure;
              RequiresMountsFor = lib.optionalString (lib.hasPrefix "/" cfg.save.repository) (
                unitWord (fitting "/.*" cfg.save.repository)
              );
            };
            environment = {
              RESTIC_CACERT = lib.mkIf (cfg.save.certificate != null) (escapeSpecifiers cfg.save.certificate);
              RESTIC_REPOSITORY = escapeSpecifiers cfg.save.repository;
            };
            path = [ cfg.package ];
            serviceConfig = commonServiceConfig // {
              CacheDirectory = "backup";
              CacheDirectoryMode = "0700";
              CapabilityBoundingSet = "";
              EnvironmentFile = lib.mkIf (cfg.save.loginFile != null) (
                unitText (fitting "/.*" cfg.save.loginFile)
              );
              ExecStart = utils.escapeSystemdExecArgs [
                (pkgs.writeShellScript "backup-check" ''
                  set -e
                  percent=${toString cfg.save.checkPercent}
                  # Reads some of the copies, picked at random, and compares them with what they were.
                  set -uo pipefail
                  export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
                  export TMPDIR=$CACHE_DIRECTORY
                  restic unlock
                  restic check --retry-lock=2h --read-data-subset="$percent%"'')
              ];
              LoadCredential = "password:${unitText (credentialPath cfg.save.passwordFile)}";
              PrivateDevices = true;
              PrivateTmp = false;
              PrivateUsers = false;
              ProtectHome = "read-only";
              ReadWritePaths = lib.mkIf (lib.hasPrefix "/" cfg.save.repository) (
                unitWord (fitting "/.*" cfg.save.repository)
              );
              RemoveIPC = false;
              RestrictAddressFamilies = [
                "AF_INET"
                "AF_INET6"
                "AF_UNIX"
              ];
              RestrictSUIDSGID = true;
              StateDirectory = "backup";
              StateDirectoryMode = "0700";
              SystemCallFilter = [
                "@system-service"
                "~@privileged @resources"
              ];
              Type = "oneshot";
            };
          };
          "backup-restore@" = {
            description = "Copy of this machine's folders that is written to a folder of its own";
            after = [ "network-online.target" ];
            wants = [ "network-online.target" ];
            unitConfig.RequiresMountsFor = lib.optionalString (lib.hasPrefix "/" cfg.save.repository) (
              unitWord (fitting "/.*" cfg.save.repository)
            );
            environment = {
              RESTIC_CACERT = lib.mkIf (cfg.save.certificate != null) (escapeSpecifiers cfg.save.certificate);
              RESTIC_REPOSITORY = escapeSpecifiers cfg.save.repository;
            };
            path = [ cfg.package ];
            serviceConfig = commonServiceConfig // {
              CacheDirectory = "backup";
              CacheDirectoryMode = "0700";
              CapabilityBoundingSet = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_MKNOD CAP_SETFCAP";
              EnvironmentFile = lib.mkIf (cfg.save.loginFile != null) (
                unitText (fitting "/.*" cfg.save.loginFile)
              );
              ExecStart = lib.concatStringsSep " " [
                (utils.escapeSystemdExecArg (
                  pkgs.writeShellScript "backup-restore" ''
                    set -e
                    # Puts a snapshot into a folder of its own. Argument: its number, or `latest`.
                    set -uo pipefail
                    export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
                    export TMPDIR=$CACHE_DIRECTORY
                    target=$STATE_DIRECTORY/restored/$1
                    if [[ -e $target ]]; then
                        echo "$target is there already: move it away first" >&2
                        exit 1
                    fi
                    mkdir --parents "$STATE_DIRECTORY/restored"
                    rm --recursive --force "$target.part"
                    restic restore "$1" --target "$target.part"
                    mv "$target.part" "$target"
                    echo "$target has snapshot $1"''
                ))
                "\"%i\""
              ];
              LoadCredential = "password:${unitText (credentialPath cfg.save.passwordFile)}";
              PrivateDevices = false;
              PrivateTmp = false;
              PrivateUsers = false;
              ProtectHome = "read-only";
              ReadWritePaths = lib.mkIf (lib.hasPrefix "/" cfg.save.repository) (
                unitWord (fitting "/.*" cfg.save.repository)
              );
              RemoveIPC = false;
              RestrictAddressFamilies = [
                "AF_INET"
                "AF_INET6"
                "AF_UNIX"
              ];
              RestrictSUIDSGID = false;
              StateDirectory = "backup";
              StateDirectoryMode = "0700";
              SystemCallFilter = [ "@system-service" ];
              Type = "oneshot";
            };
          };
          backup-overdue = {
            description = "Whether there is a new copy of this machine's folders";
            unitConfig.OnFailure = fitting "([A-Za-z0-9@:_.-]|\\\\)+" cfg.save.onFailure;
            serviceConfig = commonServiceConfig // {
              CapabilityBoundingSet = "";
              ExecStart = utils.escapeSystemdExecArgs [
                (pkgs.writeShellScript "backup-overdue" ''
                  set -e
                  hours=${toString cfg.save.overdueHours}
                  # Fails where there was no new snapshot for too long; where there never was one, since it first looked.
                  set -uo pipefail
                  since=$STATE_DIRECTORY/last
                  if [[ ! -e $since ]]; then
                      since=$STATE_DIRECTORY/first-look
                      [[ -e $since ]] || touch "$since"
                  fi
                  age=$((($(date +%s) - $(stat --format=%Y "$since")) / 3600))
                  if ((age < 0 || age >= hours)); then
                      echo "the last snapshot is $age hours old, and $hours are too many" >&2
                      exit 1
                  fi'')
              ];
              PrivateDevices = true;
              PrivateNetwork = true;
              PrivateTmp = true;
              PrivateUsers = true;
              ProtectHome = true;
              RemoveIPC = true;
              RestrictAddressFamilies = "none";
              RestrictSUIDSGID = true;
              StateDirectory = "backup";
              StateDirectoryMode = "0700";
              SystemCallFilter = [
                "@system-service"
                "~@privileged @resources"
              ];
              Type = "oneshot";
            };
          };
        })
      ];
      timers = lib.mkIf (cfg.save != null) {
        backup = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = calendar cfg.save.schedule;
            Persistent = true;
          };
        };
        backup-check = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = calendar cfg.save.checkSchedule;
            Persistent = true;
          };
        };
        backup-overdue = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = "hourly";
            Persistent = true;
          };
        };
      };
      tmpfiles.settings."10-backup" = lib.mkMerge (
        lib.optional (cfg.store != null) {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath cfg.store.folder))}.d = {
            mode = "0700";
            user = "backup-store";
            group = "backup-store";
          };
        }
      );
    };

    users = {
      users.backup-store = lib.mkIf (cfg.store != null) {
        isSystemUser = true;
        group = "backup-store";
        description = "Copies of other machines";
      };
      groups.backup-store = lib.mkIf (cfg.store != null) { };
    };

    networking.firewall.allowedTCPPorts = lib.mkIf (cfg.store != null && cfg.store.openFirewall) [
      cfg.store.port
    ];

    domi.together.backup.claims =
      lib.optional (cfg.store != null) {
        what = "TCP port ${toString cfg.store.port}";
        options = [ "domi.security.backup.store.port" ];
      }
      ++ lib.optional (cfg.save != null) { what = "unit backup.service"; }
      ++ lib.optional (cfg.save != null) { what = "path /var/cache/backup"; }
      ++ lib.optional (cfg.save != null) { what = "path /var/lib/backup"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup.timer"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup-check.service"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup-check.timer"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup-restore@.service"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup-overdue.service"; }
      ++ lib.optional (cfg.save != null) { what = "unit backup-overdue.timer"; }
      ++ lib.optional (cfg.store != null) { what = "unit backup-store.service"; }
      ++ lib.optional (cfg.store != null) { what = "user backup-store"; }
      ++ lib.optional (cfg.store != null) { what = "group backup-store"; }
      ++ lib.optional (cfg.store != null) {
        what = "path ${plainPath "${cfg.store.folder}"}";
        options = [ "domi.security.backup.store.folder" ];
      };
  };
}
