# A queue of jobs that people of the machine hand in, run a few at a time within limits.
# Maintained by The domi-nix maintainers (@domi-nix).
#
# Generated from crates/features/batch by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    bareName
    environmentLines
    escapeSpecifiers
    fitting
    freeTmpfilesPath
    memorySize
    plainData
    plainPath
    rulePath
    tomlData
    unitReference
    unitWord
    ;
  cfg = config.domi.services.batch;
  tomlFormat = pkgs.formats.toml { };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.batch = {
    enable = lib.mkEnableOption "batch, a queue of jobs that people of the machine hand in, run a few at a time within limits";

    package = lib.mkPackageOption pkgs "python3" {
      extraDescription = "python3, 3.11 or newer, which runs the workers.";
    };

    folder = lib.mkOption {
      type = lib.types.path;
      default = "/var/spool/batch";
      example = "/srv/batch";
      description = "Folder of the queue and of results. The parent folder must be there.";
    };

    workers = lib.mkOption {
      type = lib.types.ints.between 1 64;
      default = 2;
      description = "How many jobs run at the same time.";
    };

    memory = lib.mkOption {
      type = lib.types.ints.between 64 16777216;
      default = 1024;
      description = "How much memory all jobs have together, in MiB.";
    };

    reserved = lib.mkOption {
      type = lib.types.ints.between 0 16777216;
      default = 0;
      description = "How much of `memory` is left for what belongs to no worker, such as files in `scratch`, in MiB.";
    };

    memoryPerWorker = lib.mkOption {
      type = lib.types.int;
      internal = true;
      readOnly = true;
      default = lib.max ((cfg.memory - cfg.reserved) / cfg.workers) 32;
      defaultText = lib.literalMD "(memory - reserved) / workers, and at least 32";
      description = "How much memory each worker has, in MiB.";
    };

    maxSeconds = lib.mkOption {
      type = lib.types.ints.between 1 2592000;
      default = 3600;
      description = "How many seconds a job may take.";
    };

    niceness = lib.mkOption {
      type = lib.types.addCheck (lib.types.enum [
        0
        10
        19
      ]) lib.isInt;
      default = 10;
      description = ''
        How jobs stand behind everything else, where processors are wanted by both.

        - `0`: They do not.
        - `10`: They get less.
        - `19`: They get what nobody else wants.
      '';
    };

    keep = lib.mkOption {
      type = lib.types.strMatching "[1-9][0-9]{0,4}(s|m|h|d|w)";
      default = "30d";
      example = "36h";
      description = "How long results are kept, as {manpage}`tmpfiles.d(5)` writes it.";
    };

    searchPath = lib.mkOption {
      type = lib.types.envVar;
      default = "/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin";
      example = "/srv/tools/bin";
      description = "Where jobs look for programs. Definitions of several modules are joined.";
    };

    environment = lib.mkOption {
      type = lib.types.lazyAttrsOf (lib.types.coercedTo lib.types.int toString lib.types.str);
      default = { };
      example = {
        MAKEFLAGS = "-j4";
        OMP_NUM_THREADS = 2;
      };
      description = ''
        Variables that jobs have, beside `PATH`, `HOME`, `TMPDIR` and `BATCH_JOB`. Everyone in the group can read
        them: no secrets.
      '';
    };

    reachable = lib.mkOption {
      type = lib.types.coercedTo lib.types.nonEmptyStr lib.singleton (
        lib.types.listOf lib.types.nonEmptyStr
      );
      default = [ ];
      example = [
        "localhost"
        "192.0.2.0/24"
      ];
      description = ''
        Networks and machines that jobs reach: addresses, as `IPAddressAllow=` of {manpage}`systemd.resource-control(5)`
        takes them, one or several. Where none is named, jobs reach everything.
      '';
    };

    interpreter = lib.mkOption {
      type = lib.types.nullOr lib.types.pathInStore;
      default = null;
      description = ''
        Program that each job is started by, with the job's script as its argument: one in the Nix store, where
        nobody changes it. Where it is null, that is bash.
      '';
    };

    scratch = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            size = lib.mkOption {
              type = lib.types.ints.between 1 1048576;
              default = 256;
              description = "How large it may become, in MiB. What is in it counts as memory of the jobs that wrote it.";
            };
          };
        }
      );
      default = null;
      description = ''
        Folder of a file system in memory, which jobs have as `TMPDIR`. It is there while somebody uses it. Where
        it is null, jobs have a folder in `/tmp` that nobody else sees.
      '';
    };

    facts = lib.mkOption {
      type = lib.types.anything;
      default = { };
      example = {
        licences = 4;
        site = "berlin";
      };
      description = ''
        What jobs and people may want to know of the machine, whatever that is. It is at
        `/etc/batch/facts.json`, for everybody.
      '';
    };

    notice = lib.mkOption {
      type =
        lib.types.coercedTo (lib.types.listOf lib.types.str) (lib.concatStringsSep "\n")
          lib.types.lines;
      default = "";
      example = "No jobs on Sunday, please.";
      description = "What `batch-submit` tells people first: lines, or a list of them.";
    };

    operator = lib.mkOption {
      type = lib.types.submodule {
        options = {
          enable = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = ''
              Whether there is the user `batch-operator`, who may hand jobs in, remove them and read the journal, and
              the command `batch-retry`, which hands a job that failed in again.
            '';
          };

          remote = lib.mkOption {
            type = lib.types.bool;
            default = false;
            description = ''
              Whether that user may log in from other machines: there is an SSH server, unless another module says
              otherwise. Its keys are set as those of any user, with
              `users.users.batch-operator.openssh.authorizedKeys.keys`.
            '';
          };
        };
      };
      default = { };
      example = {
        enable = true;
      };
      description = "An account for people who look after the queue.";
    };

    settings = lib.mkOption {
      type = lib.types.submodule {
        freeformType = tomlFormat.type;
        options = {
          tries = lib.mkOption {
            type = lib.types.ints.between 1 100;
            default = 1;
            description = "How often a job is run until it ends with 0.";
          };

          wait = lib.mkOption {
            type = lib.types.either lib.types.ints.u32 (lib.types.listOf lib.types.ints.u32);
            default = 10;
            example = [
              1
              10
              60
            ];
            description = ''
              How many seconds a failed job waits for its next try: a number for all tries, or a list that has one for
              each.
            '';
          };

          growth = lib.mkOption {
            type = lib.types.numbers.between 1 10;
            default = 2;
            description = "How many times as long as before it waits after each further try, where `wait` is a number.";
          };

          poll = lib.mkOption {
            type = lib.types.float;
            visible = false;
            default = 0.5;
            description = "How many seconds a worker sleeps that found nothing to do.";
          };
        };
      };
      default = { };
      example = {
        site.name = "berlin";
        tries = 3;
      };
      description = "Other settings of the workers. Jobs find what is added here in `/etc/batch/worker.toml`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.memory > cfg.reserved;
        message = "`reserved` is all of `memory`, so that no worker has any";
      }
      {
        assertion = lib.all (item: lib.hasPrefix "/" item) (lib.splitString ":" cfg.searchPath);
        message = "`searchPath` has a part that is no absolute path: jobs would look in their own folder";
      }
      {
        assertion = lib.stringLength cfg.searchPath <= 4096;
        message = "`searchPath` is longer than 4096 bytes, more than programs take";
      }
      {
        assertion = !(lib.hasInfix "\n" cfg.folder || lib.hasInfix " " cfg.folder);
        message = "`folder` has a blank or a line break in its name: give it another one";
      }
      {
        assertion =
          !lib.elem (lib.removeSuffix "/" cfg.folder) [
            ""
            "/etc"
            "/home"
            "/nix"
            "/root"
            "/run"
            "/srv"
            "/tmp"
            "/usr"
            "/var"
            "/var/lib"
            "/var/spool"
          ];
        message = "`folder` belongs to others: name one below it";
      }
    ];

    warnings =
      lib.optional (cfg.memory - cfg.reserved < cfg.workers * 32)
        "each of ${toString cfg.workers} workers has 32 MiB, which is more than `memory` has for all: jobs are ended";

    environment = {
      systemPackages =
        lib.optional cfg.operator.enable (
          pkgs.writeShellScriptBin "batch-retry" ''
            set -e
            folder=${lib.escapeShellArg (lib.removeSuffix "/" cfg.folder)}
            # Hands a job in again that has failed.
            if test "$#" != 1 || ! [[ $1 =~ ^[0-9]+-[0-9]+-[0-9]+$ ]]; then
                echo "usage: batch-retry JOB, as batch-submit has named it" >&2
                exit 2
            fi
            if ! test -r "$folder/done/$1.job"; then
                echo "batch-retry: no job $1 has failed" >&2
                exit 1
            fi
            batch-submit <"$folder/done/$1.job"''
        )
        ++ [
          (pkgs.writeShellScriptBin "batch-submit" ''
            set -e
            folder=${lib.escapeShellArg (lib.removeSuffix "/" cfg.folder)}
            limits=${lib.escapeShellArg "${toString cfg.workers} at a time, ${toString cfg.memoryPerWorker} MiB and ${toString (cfg.maxSeconds / 3600)} h ${toString (lib.mod cfg.maxSeconds 3600 / 60)} min ${toString (lib.mod cfg.maxSeconds 60)} s each."}
            notice=${lib.escapeShellArg cfg.notice}
            # Hands in a job: the script that comes in.
            if test "$#" -gt 0; then
                echo "batch-submit reads the job from what comes in: batch-submit <job.sh" >&2
                exit 2
            fi
            if ! test -w "$folder/incoming"; then
                echo "batch-submit: only members of the group batch hand jobs in" >&2
                exit 1
            fi
            if test -n "$notice"; then
                echo "$notice" >&2
            fi
            echo "$limits" >&2
            umask 0027
            set -o noclobber
            job=$(date +%Y%m%d-%H%M%S)-''$$
            cat >"$folder/incoming/$job"
            if ! test -s "$folder/incoming/$job"; then
                rm "$folder/incoming/$job"
                echo "batch-submit: nothing came in" >&2
                exit 1
            fi
            # It is on the disk before anybody hears of it.
            sync "$folder/incoming/$job"
            mv "$folder/incoming/$job" "$folder/new/$job"
            sync "$folder/new"
            echo "$job"'')
        ];
      etc = {
        "batch/worker.toml" = {
          source = tomlFormat.generate "worker.toml" (
            tomlData (
              plainData (
                lib.recursiveUpdate cfg.settings {
                  folder = lib.removeSuffix "/" cfg.folder;
                  interpreter =
                    if cfg.interpreter != null then "${cfg.interpreter}" else lib.getExe' pkgs.bash "bash";
                  max_seconds = cfg.maxSeconds;
                  search_path = cfg.searchPath;
                  inherit (cfg) workers;
                }
              )
            )
          );
          mode = "0440";
          user = "batch";
          group = "batch";
        };
        "batch/environment" = {
          text = environmentLines cfg.environment;
          mode = "0440";
          user = "batch";
          group = "batch";
        };
        "batch/facts.json".text = ''
          ${builtins.toJSON (plainData cfg.facts)}
        '';
      };
    };

    systemd = {
      slices.batch = {
        description = "All jobs of people";
        sliceConfig = {
          CPUWeight = 50;
          MemoryMax = memorySize "${toString cfg.memory}M";
          TasksMax = lib.min (cfg.workers * 512) 8192;
        };
      };
      targets.batch = {
        aliases = [ "jobs.target" ];
        description = "Workers that run jobs of people";
        wantedBy = [ "multi-user.target" ];
        wants = unitReference (
          map (item: "batch-worker@${toString item}.service") (lib.range 1 cfg.workers)
        );
      };
      services."batch-worker@" = {
        description = "Worker that runs jobs of people, one after the other";
        partOf = [ "batch.target" ];
        unitConfig = {
          RequiresMountsFor = unitWord (fitting "/.*" cfg.folder);
          StartLimitIntervalSec = 0;
        };
        environment.TMPDIR = if cfg.scratch != null then "/run/batch-scratch" else "/tmp";
        restartIfChanged = false;
        serviceConfig = {
          CapabilityBoundingSet = "";
          EnvironmentFile = "/etc/batch/environment";
          ExecStart = lib.concatStringsSep " " [
            (utils.escapeSystemdExecArg (lib.getExe' cfg.package "python3"))
            (utils.escapeSystemdExecArg (
              pkgs.writeText "batch-worker.py" ''
                """A worker: takes jobs of the queue one after the other, and runs each."""

                import fcntl
                import os
                import subprocess
                import sys
                import time
                import tomllib
                from pathlib import Path

                SETTINGS, NUMBER = Path(sys.argv[1]), int(sys.argv[2])


                def settings():
                    return tomllib.loads(SETTINGS.read_text())


                def replace(path, text):
                    """Writes a file whole, so that nobody reads half of it."""
                    new = path.with_name(path.name + ".new")
                    with new.open("w") as file:
                        file.write(text)
                        file.flush()
                        os.fsync(file.fileno())
                    new.rename(path)


                class Past:
                    """What has become of a job so far: what it has printed, how often it has failed, how often its worker has
                    ended with it, and when it may be tried again. It stands where nothing is removed by its age."""

                    def __init__(self, folder, job):
                        self.file = folder / "tries" / job.name
                        self.log = folder / "tries" / f"{job.name}.log"
                        self.failed, self.left, self.when = 0, 0, 0.0
                        try:
                            failed, left, when = self.file.read_text().split()
                        except FileNotFoundError:
                            return
                        self.failed, self.left, self.when = int(failed), int(left), float(when)

                    def keep(self):
                        replace(self.file, f"{self.failed} {self.left} {self.when}")

                    def forget(self):
                        self.file.unlink(missing_ok=True)


                def take(folder, mine):
                    """Takes the oldest job whose time has come. Only one worker can move it."""
                    for job in sorted((folder / "new").iterdir()):
                        if Past(folder, job).when > time.time():
                            continue
                        try:
                            return job.rename(mine / job.name)
                        except FileNotFoundError:
                            continue  # Another worker has it.
                    return None


                def pause(wait, growth, tried):
                    """How long a job waits that was tried so many times."""
                    if isinstance(wait, list):
                        return wait[min(tried, len(wait)) - 1] if wait else 0
                    return wait * growth ** (tried - 1)


                def last_to_die():
                    """Where memory ends, the job goes before its worker."""
                    Path("/proc/self/oom_score_adj").write_text("1000")


                def run(job, log, now):
                    """Runs a job, and comes to its exit code."""
                    command = [now["interpreter"], str(job)]
                    own = {"PATH": now["search_path"], "HOME": os.environ["STATE_DIRECTORY"], "BATCH_JOB": job.name}
                    environment = {**os.environ, **own}
                    with log.open("ab") as output:
                        process = subprocess.Popen(
                            command,
                            stdin=subprocess.DEVNULL,
                            stdout=output,
                            stderr=subprocess.STDOUT,
                            cwd=environment["TMPDIR"],
                            env=environment,
                            start_new_session=True,
                            preexec_fn=last_to_die,
                        )
                        try:
                            code = process.wait(timeout=now["max_seconds"])
                        except subprocess.TimeoutExpired:
                            output.write(b"\nbatch: ended, since it took too long\n")
                            code = 124
                        # Nor does anything stay that it has left in the background.
                        try:
                            os.killpg(process.pid, 9)
                        except ProcessLookupError:
                            pass
                        process.wait()
                    return code if code >= 0 else 128 - code


                def ended(job, folder, past, code):
                    """Says how a job has ended."""
                    done = folder / "done"
                    past.log.touch()
                    past.log.rename(done / past.log.name)
                    replace(done / f"{job.name}.status", f"{code}\n")
                    if code == 0:
                        job.unlink()
                    else:
                        job.rename(done / f"{job.name}.job")
                    past.forget()
                    print(f"{job.name} has ended with {code}", flush=True)


                def after(job, folder, past, code, now):
                    """Ends a job, or has it tried again if it has failed and may be."""
                    if code != 0:
                        past.failed += 1
                    if code == 0 or past.failed >= now["tries"]:
                        ended(job, folder, past, code)
                        return
                    seconds = pause(now["wait"], now["growth"], past.failed)
                    print(f"{job.name} has ended with {code}, and is tried again in {seconds} s", flush=True)
                    past.when = time.time() + seconds
                    past.keep()
                    job.rename(folder / "new" / job.name)


                def recover(folder, mine):
                    """Hands in again what was running when this worker ended, unless it is what ends workers."""
                    for job in sorted(mine.iterdir()):
                        past = Past(folder, job)
                        past.left += 1
                        past.when = 0.0
                        print(f"{job.name} was running when its worker ended", flush=True)
                        if past.left > 2:
                            ended(job, folder, past, 125)
                        else:
                            past.keep()
                            job.rename(folder / "new" / job.name)


                def lock(mine):
                    """A lock that says that a worker is at work on what is in its folder; nothing if another one has it."""
                    file = os.open(mine, os.O_RDONLY | os.O_DIRECTORY)
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        os.close(file)
                        return None
                    return file


                def recover_of_others(folder, now):
                    """The same for workers that are not there any more, as there are to be fewer."""
                    for other in (folder / "running").iterdir():
                        if int(other.name) > now["workers"] and (held := lock(other)) is not None:
                            recover(folder, other)
                            os.close(held)


                def main():
                    now = settings()
                    folder = Path(now["folder"])
                    mine = folder / "running" / str(NUMBER)
                    mine.mkdir(parents=True, exist_ok=True)
                    if lock(mine) is None:
                        sys.exit(f"another worker has the number {NUMBER}")
                    recover(folder, mine)
                    recover_of_others(folder, now)
                    while True:
                        now = settings()
                        if NUMBER > now["workers"]:
                            return
                        if Path(now["folder"]) != folder:
                            # Where this process may write is fixed: the next one may write there.
                            sys.exit("the queue is in another folder now")
                        job = take(folder, mine)
                        if job is None:
                            time.sleep(max(0.05, now["poll"]))
                            continue
                        past = Past(folder, job)
                        after(job, folder, past, run(job, past.log, now), now)


                main()
              ''
            ))
            (utils.escapeSystemdExecArg "/etc/batch/worker.toml")
            "\"%i\""
          ];
          Group = "batch";
          IPAddressAllow = lib.mkIf (lib.length cfg.reachable != 0) (bareName cfg.reachable);
          IPAddressDeny = lib.mkIf (lib.length cfg.reachable != 0) "any";
          LockPersonality = true;
          MemoryDenyWriteExecute = false;
          MemoryMax = memorySize "${toString cfg.memoryPerWorker}M";
          Nice = cfg.niceness;
          NoNewPrivileges = true;
          OOMPolicy = "continue";
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
          ReadWritePaths = [
            (unitWord (fitting "/.*" cfg.folder))
          ]
          ++ lib.optional (cfg.scratch != null) "/run/batch-scratch";
          RemoveIPC = true;
          Restart = "on-failure";
          RestartSec = 1;
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
          ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          Slice = "batch.slice";
          StateDirectory = "batch";
          StateDirectoryMode = "0700";
          SystemCallArchitectures = "native";
          SystemCallErrorNumber = "EPERM";
          SystemCallFilter = [ "@system-service" ];
          UMask = "0027";
          User = "batch";
        };
      };
      mounts = lib.mkIf (cfg.scratch != null) [
        {
          where = "/run/batch-scratch";
          what = "tmpfs";
          type = "tmpfs";
          options = "size=${toString cfg.scratch.size}m,mode=2770,uid=760,gid=760,nosuid,nodev";
          description = "Files of jobs in memory";
        }
      ];
      automounts = lib.mkIf (cfg.scratch != null) [
        {
          where = "/run/batch-scratch";
          description = "Files of jobs in memory, once they are wanted";
          wantedBy = [ "batch.target" ];
          before = [ "batch.target" ];
          automountConfig.TimeoutIdleSec = "10min";
        }
      ];
      tmpfiles.settings."10-batch" = lib.mkMerge [
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}"))}.d = {
            mode = "2750";
            user = "batch";
            group = "batch";
          };
        }
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}/incoming"))}.d =
            {
              mode = "2770";
              user = "batch";
              group = "batch";
            };
        }
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}/new"))}.d = {
            mode = "2770";
            user = "batch";
            group = "batch";
          };
        }
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}/running"))}.d = {
            mode = "2750";
            user = "batch";
            group = "batch";
          };
        }
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}/tries"))}.d = {
            mode = "2750";
            user = "batch";
            group = "batch";
          };
        }
        {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath "${lib.removeSuffix "/" cfg.folder}/done"))}.d = {
            mode = "2750";
            user = "batch";
            group = "batch";
            age = fitting "[^'\\[:cntrl:]]*" cfg.keep;
          };
        }
      ];
    };

    users = {
      users = {
        batch = {
          isSystemUser = true;
          uid = 760;
          group = "batch";
          description = "Jobs of people";
        };
        batch-operator = lib.mkIf cfg.operator.enable {
          isNormalUser = true;
          uid = 20760;
          group = "batch-operator";
          extraGroups = [
            "batch"
            "systemd-journal"
          ];
          description = "Looks after the queue of jobs";
          home = "/var/lib/batch-operator";
          createHome = true;
          shell = lib.getExe' pkgs.bash "bash";
        };
      };
      groups = {
        batch.gid = 760;
        batch-operator = lib.mkIf cfg.operator.enable { gid = 20760; };
      };
    };

    services = lib.mkIf (cfg.operator.enable && cfg.operator.remote) {
      openssh.enable = lib.mkDefault true;
    };

    domi.together.batch.claims = [
      {
        what = "path ${plainPath "${cfg.folder}"}";
        options = [ "domi.services.batch.folder" ];
      }
      { what = "command batch-submit"; }
      { what = "unit batch.slice"; }
      { what = "unit batch.target"; }
      { what = "unit jobs.target"; }
      { what = "unit batch-worker@.service"; }
      { what = "path /var/lib/batch"; }
      { what = "path /etc/batch/worker.toml"; }
      { what = "path /etc/batch/environment"; }
      { what = "path /etc/batch/facts.json"; }
      { what = "user batch"; }
      { what = "group batch"; }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}"}";
        options = [ "domi.services.batch.folder" ];
      }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}/incoming"}";
        options = [ "domi.services.batch.folder" ];
      }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}/new"}";
        options = [ "domi.services.batch.folder" ];
      }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}/running"}";
        options = [ "domi.services.batch.folder" ];
      }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}/tries"}";
        options = [ "domi.services.batch.folder" ];
      }
      {
        what = "path ${plainPath "${lib.removeSuffix "/" cfg.folder}/done"}";
        options = [ "domi.services.batch.folder" ];
      }
    ]
    ++ lib.optional cfg.operator.enable { what = "command batch-retry"; }
    ++ lib.optional (cfg.scratch != null) { what = "unit run-batch\\x2dscratch.mount"; }
    ++ lib.optional (cfg.scratch != null) { what = "unit run-batch\\x2dscratch.automount"; }
    ++ lib.optional cfg.operator.enable { what = "user batch-operator"; }
    ++ lib.optional cfg.operator.enable { what = "path /var/lib/batch-operator"; }
    ++ lib.optional cfg.operator.enable { what = "group batch-operator"; };
  };

  meta.maintainers = lib.filter (person: lib.elem person.github or null [ "domi-nix" ]) (
    lib.attrValues lib.maintainers
  );
}
