# A queue of jobs that people of the machine hand in, run a few at a time within limits.
# Maintained by The domi-nix maintainers (@domi-nix).
#
# Generated from crates/features/batch by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/batch.nix;

  maintainers = [
    {
      name = "The domi-nix maintainers";
      github = "domi-nix";
    }
  ];

  # A system with these settings; nothing of it is built.
  evaluate =
    settings:
    (import (lib.path.append pkgs.path "nixos/lib/eval-config.nix") {
      inherit lib;
      system = null;
      modules = [
        {
          imports = [ module ];
          boot.isContainer = true;
          documentation.enable = false;
          nixpkgs.pkgs = pkgs;
          system.stateVersion = lib.trivial.release;
          domi.services.batch = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  runs-what-members-of-the-group-hand-in-and-nobody-else = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-runs-what-members-of-the-group-hand-in-and-nobody-else";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        environment.LICENCES = "4";
        facts = {
          racks = [
            1
            2
          ];
          site = "berlin";
        };
        maxSeconds = 3725;
        notice = ''
          No jobs on Sunday.
          Thank you.'';
        operator.enable = true;
        searchPath = "/run/current-system/sw/bin:/usr/bin:/bin";
        settings.poll = 0.1;
      };
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("jobs.target")
      machine.wait_for_unit("batch-worker@2.service")
      machine.succeed(
          "printf '%s' 'echo $LICENCES $(id --user --name) $BATCH_JOB; cat /etc/batch/facts.json' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      output = machine.succeed("cat /var/spool/batch/done/$(cat /run/job).log")
      assert re.search('^4 batch [0-9-]+\n\\{"racks":\\[1,2\\],"site":"berlin"\\}$', output.rstrip(), re.ASCII), f"the output is {output!r}"
      output = machine.succeed(
          "runuser -u batch-operator -- batch-submit </dev/null 2>&1 || true"
      )
      assert "No jobs on Sunday.\nThank you.\n2 at a time, 512 MiB and 1 h 2 min 5 s each.\nbatch-submit: nothing came in" in output, f"the output is {output!r}"
      machine.fail("echo true | runuser -u nobody -- batch-submit")
      machine.fail("runuser -u nobody -- cat /var/spool/batch/done/$(cat /run/job).log")
      output = machine.succeed("stat --format='%U %G %a' /etc/batch/worker.toml")
      assert output.rstrip() == "batch batch 440", f"the output is {output!r}"
      output = machine.succeed(
          "runuser -u batch-operator -- bash -c 'cd && pwd && stat --format=%a .'"
      )
      assert output.rstrip() == "/var/lib/batch-operator\n700", f"the output is {output!r}"
      machine.succeed("touch --date='31 days ago' /var/spool/batch/done/$(cat /run/job).log")
      output = machine.succeed(
          "cat /etc/tmpfiles.d/*batch* /usr/lib/tmpfiles.d/*batch* 2>/dev/null || true"
      )
      assert "30d" in output, f"the output is {output!r}"
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 batch-worker@1.service"
      )
    '';
  };

  ends-what-takes-too-long-or-too-much-and-tries-again-what-failed = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-ends-what-takes-too-long-or-too-much-and-tries-again-what-failed";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        maxSeconds = 3;
        memory = 128;
        operator.enable = true;
        reserved = 32;
        settings = {
          poll = 0.1;
          tries = 2;
          wait = [ 1 ];
        };
        workers = 1;
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      output = machine.succeed(
          "systemctl show --property=Slice,MemoryMax batch-worker@1 | sort"
      )
      assert output.rstrip() == "MemoryMax=100663296\nSlice=batch.slice", f"the output is {output!r}"
      output = machine.succeed(
          "systemctl show --property=MemoryMax,TasksMax batch.slice | sort"
      )
      assert output.rstrip() == "MemoryMax=134217728\nTasksMax=512", f"the output is {output!r}"
      machine.succeed(
          "printf '%s' 'echo try; test -e /var/lib/batch/second || { touch /var/lib/batch/second; exit 1; }' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      output = machine.succeed("cat /var/spool/batch/done/$(cat /run/job).log")
      assert output.rstrip() == "try\ntry", f"the output is {output!r}"
      machine.succeed(
          "printf '%s' 'echo early; sleep 1h & sleep 1h' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 124 /var/spool/batch/done/$(cat /run/job).status"
      )
      machine.fail("pgrep --exact sleep --uid batch")
      machine.succeed(
          "printf '%s' 'exit 3' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 3 /var/spool/batch/done/$(cat /run/job).status"
      )
      machine.succeed(
          'runuser -u batch-operator -- batch-retry "$(cat /run/job)" >/run/again'
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 3 /var/spool/batch/done/$(cat /run/again).status"
      )
      machine.fail("runuser -u batch-operator -- batch-retry ../../etc/passwd")
      output = machine.succeed("systemctl show --property=NRestarts --value batch-worker@1")
      assert output.rstrip() == "0", f"the output is {output!r}"
    '';
  };

  runs-a-job-again-whose-worker-was-killed-or-whose-machine-was = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-runs-a-job-again-whose-worker-was-killed-or-whose-machine-was";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        settings.poll = 0.1;
        workers = 1;
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      machine.succeed(
          "printf '%s' 'echo run; while ! test -e /var/lib/batch/go; do sleep 0.1; done' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds("test -s /var/spool/batch/tries/$(cat /run/job).log")
      machine.succeed("systemctl kill --signal=KILL batch-worker@1")
      machine.wait_until_succeeds(
          "test $(wc --lines </var/spool/batch/tries/$(cat /run/job).log) = 2"
      )
      machine.succeed("cp /run/job /var/lib/job && sync")
      machine.crash()
      machine.start()
      machine.succeed("cp /var/lib/job /run/job")
      machine.wait_until_succeeds(
          "test $(wc --lines </var/spool/batch/tries/$(cat /run/job).log) = 3"
      )
      machine.succeed("touch /var/lib/batch/go")
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
    '';
  };

  continues-after-jobs-that-end-their-workers = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-continues-after-jobs-that-end-their-workers";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        settings.poll = 0.1;
        workers = 1;
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      machine.succeed(
          "printf '%s' 'kill -9 -1' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.succeed("cp /run/job /run/first")
      machine.succeed(
          "printf '%s' 'kill -9 -1' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.succeed("cp /run/job /run/second")
      machine.succeed(
          "printf '%s' 'echo third' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      machine.succeed("grep --line-regexp 125 /var/spool/batch/done/$(cat /run/first).status")
      machine.succeed(
          "grep --line-regexp 125 /var/spool/batch/done/$(cat /run/second).status"
      )
      output = machine.succeed("cat /var/spool/batch/done/$(cat /run/job).log")
      assert output.rstrip() == "third", f"the output is {output!r}"
      output = machine.succeed("ls /var/spool/batch/tries")
      assert output.rstrip() == "", f"the output is {output!r}"
    '';
  };

  takes-its-queue-to-another-folder = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-takes-its-queue-to-another-folder";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        settings.poll = 0.1;
        workers = 1;
      };
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.batch.folder = "/srv/queue";
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.succeed(
          "printf '%s' 'echo moved' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp moved /srv/queue/done/$(cat /run/job).log"
      )
    '';
  };

  disturbs-no-job-when-the-machine-gets-other-settings = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-disturbs-no-job-when-the-machine-gets-other-settings";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        settings.poll = 0.1;
        workers = 1;
      };
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.batch = {
          memory = 512;
          workers = lib.mkForce 2;
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      machine.succeed(
          "printf '%s' 'echo run; while ! test -e /var/lib/batch/go; do sleep 0.1; done' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds("test -s /var/spool/batch/tries/$(cat /run/job).log")
      machine.succeed("systemctl show --property=MainPID batch-worker@1 >/run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_unit("batch-worker@2.service")
      machine.succeed("systemctl show --property=MainPID batch-worker@1 | cmp - /run/before")
      machine.succeed("touch /var/lib/batch/go")
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      output = machine.succeed("cat /var/spool/batch/done/$(cat /run/job).log")
      assert output.rstrip() == "run", f"the output is {output!r}"
      machine.succeed("/run/booted-system/bin/switch-to-configuration test")
      machine.wait_until_succeeds("! systemctl is-active --quiet batch-worker@2")
    '';
  };

  gives-jobs-a-folder-in-memory-while-they-need-it = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-gives-jobs-a-folder-in-memory-while-they-need-it";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        scratch.size = 16;
        settings.poll = 0.1;
      };
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("run-batch\\x2dscratch.automount")
      machine.succeed(
          "printf '%s' 'df --output=fstype,size . | tail -n 1; echo $TMPDIR; touch here' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      output = machine.succeed("cat /var/spool/batch/done/$(cat /run/job).log")
      assert re.search("tmpfs +16384\n/run/batch-scratch", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.wait_for_unit("run-batch\\x2dscratch.mount")
      output = machine.succeed("stat --format='%U %a' /run/batch-scratch")
      assert output.rstrip() == "batch 2770", f"the output is {output!r}"
    '';
  };

  keeps-jobs-from-the-networks-that-are-not-theirs = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-keeps-jobs-from-the-networks-that-are-not-theirs";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator.enable = true;
        reachable = [ "localhost" ];
        settings.poll = 0.1;
      };
      environment.systemPackages = [ pkgs.python3 ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("batch-worker@1.service")
      machine.succeed("systemd-run --unit=server python3 -m http.server --bind 0.0.0.0 8000")
      machine.wait_for_open_port(8000)
      machine.succeed(
          "printf '%s' 'timeout 3 bash -c \"exec 3<>/dev/tcp/127.0.0.1/8000\"' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 0 /var/spool/batch/done/$(cat /run/job).status"
      )
      machine.succeed("ip address add 198.51.100.7/32 dev lo")
      machine.succeed('timeout 3 bash -c "exec 3<>/dev/tcp/198.51.100.7/8000"')
      machine.succeed(
          "printf '%s' 'timeout 3 bash -c \"exec 3<>/dev/tcp/198.51.100.7/8000\"' | runuser -u batch-operator -- batch-submit >/run/job"
      )
      machine.wait_until_succeeds(
          "grep --line-regexp 124 /var/spool/batch/done/$(cat /run/job).status"
      )
    '';
  };

  lets-people-who-look-after-it-log-in-from-other-machines = pkgs.testers.runNixOSTest {
    _file = ./batch.nix;
    name = "batch-lets-people-who-look-after-it-log-in-from-other-machines";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.batch = {
        enable = true;
        operator = {
          enable = true;
          remote = true;
        };
        settings.poll = 0.1;
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(22)
    '';
  };

  refuses-to-keep-all-memory-from-the-workers =
    let
      config = evaluate {
        enable = true;
        memory = 64;
        reserved = 64;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to keep all memory from the workers: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "no worker has any" a.message)
      config.assertions
    ) "refuses to keep all memory from the workers: refused, but not because of no worker has any";
    pkgs.runCommand "batch-refuses-to-keep-all-memory-from-the-workers" { } "touch $out";

  refuses-a-folder-that-belongs-to-others =
    let
      config = evaluate {
        enable = true;
        folder = "/srv/";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a folder that belongs to others: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "belongs to others" a.message)
      config.assertions
    ) "refuses a folder that belongs to others: refused, but not because of belongs to others";
    pkgs.runCommand "batch-refuses-a-folder-that-belongs-to-others" { } "touch $out";

  refuses-programs-from-wherever-a-job-happens-to-be =
    let
      config = evaluate {
        enable = true;
        searchPath = "/usr/bin:.";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses programs from wherever a job happens to be: the settings are accepted";
    assert lib.assertMsg
      (lib.any (a: !a.assertion && lib.hasInfix "no absolute path" a.message) config.assertions)
      "refuses programs from wherever a job happens to be: refused, but not because of no absolute path";
    pkgs.runCommand "batch-refuses-programs-from-wherever-a-job-happens-to-be" { } "touch $out";

  refuses-an-interpreter-that-somebody-could-change =
    let
      config = evaluate {
        enable = true;
        interpreter = "/tmp/interpreter";
      };
    in
    assert lib.assertMsg (refused config.domi.services.batch.interpreter)
      "refuses an interpreter that somebody could change: interpreter is accepted";
    pkgs.runCommand "batch-refuses-an-interpreter-that-somebody-could-change" { } "touch $out";

  refuses-a-niceness-that-there-is-not =
    let
      config = evaluate {
        enable = true;
        niceness = 11;
      };
    in
    assert lib.assertMsg (refused config.domi.services.batch.niceness)
      "refuses a niceness that there is not: niceness is accepted";
    pkgs.runCommand "batch-refuses-a-niceness-that-there-is-not" { } "touch $out";

  refuses-tries-that-come-ever-sooner =
    let
      config = evaluate {
        enable = true;
        settings.growth = 0.5;
      };
    in
    assert lib.assertMsg (refused config.domi.services.batch.settings.growth)
      "refuses tries that come ever sooner: settings.growth is accepted";
    pkgs.runCommand "batch-refuses-tries-that-come-ever-sooner" { } "touch $out";

  refuses-a-time-that-nobody-knows =
    let
      config = evaluate {
        enable = true;
        keep = "forever";
      };
    in
    assert lib.assertMsg (refused config.domi.services.batch.keep)
      "refuses a time that nobody knows: keep is accepted";
    pkgs.runCommand "batch-refuses-a-time-that-nobody-knows" { } "touch $out";
}
