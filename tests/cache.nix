# A cache in memory for programs, spoken to as Redis is.
#
# Generated from crates/features/cache by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/cache.nix;

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
          domi.services.cache = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  gives-values-back-until-they-expire = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-gives-values-back-until-they-expire";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache.enable = true;
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli set greeting hello")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      output = machine.succeed("valkey-cli get greeting")
      assert output.rstrip() == "hello", f"the output is {output!r}"
      output = machine.succeed("valkey-cli -s /run/cache/valkey.sock get greeting")
      assert output.rstrip() == "hello", f"the output is {output!r}"
      output = machine.succeed("valkey-cli set short-lived x px 200")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.wait_until_succeeds('test "$(valkey-cli exists short-lived)" = 0')
      output = machine.succeed("valkey-cli exists greeting")
      assert output.rstrip() == "1", f"the output is {output!r}"
    '';
  };

  runs-confined-as-a-user-of-its-own = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-runs-confined-as-a-user-of-its-own";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache.enable = true;
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("cache.service")
      machine.succeed("systemd-analyze security --no-pager --threshold=20 cache.service")
      output = machine.succeed(
          "stat -c '%U %G' \"/proc/$(systemctl show -P MainPID cache.service)\""
      )
      assert output.rstrip() == "cache cache", f"the output is {output!r}"
      output = machine.succeed("stat -c '%U %a' /var/lib/cache /run/cache")
      assert output.rstrip() == "cache 700\ncache 750", f"the output is {output!r}"
      machine.fail("setpriv --reuid=nobody --clear-groups test -w /run/cache/valkey.sock")
    '';
  };

  asks-for-the-password-whatever-is-in-it = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-asks-for-the-password-whatever-is-in-it";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        passwordFile = "/run/secrets/cache";
      };
      environment.systemPackages = [ pkgs.valkey ];
      systemd.tmpfiles.rules = [ "f+ /run/secrets/cache 0600 - - - a \"quoted\" \\\\ #word" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli ping")
      assert "NOAUTH" in output, f"the output is {output!r}"
      output = machine.succeed("valkey-cli -s /run/cache/valkey.sock ping")
      assert "NOAUTH" in output, f"the output is {output!r}"
      output = machine.succeed("valkey-cli --no-auth-warning -a wrong ping 2>&1")
      assert "WRONGPASS" in output, f"the output is {output!r}"
      output = machine.succeed("valkey-cli --no-auth-warning -a 'a \"quoted\" \\ #word' ping")
      assert output.rstrip() == "PONG", f"the output is {output!r}"
      output = machine.succeed("stat -c '%U %a' /run/cache/password.conf")
      assert output.rstrip() == "cache 600", f"the output is {output!r}"
      machine.succeed("echo > /run/secrets/cache")
      machine.fail("systemctl restart cache.service")
      output = machine.succeed("journalctl --unit cache.service")
      assert "the first line of passwordFile is empty" in output, f"the output is {output!r}"
      machine.fail("valkey-cli ping")
    '';
  };

  is-reached-by-other-machines-only-through-an-open-firewall = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-is-reached-by-other-machines-only-through-an-open-firewall";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.valkey ];
      };
      closed = {
        imports = [ module ];
        domi.services.cache = {
          enable = true;
          bind = [ "*" ];
          passwordFile = "/run/secrets/cache";
        };
        systemd.tmpfiles.rules = [ "f+ /run/secrets/cache 0600 - - - a \"quoted\" \\\\ #word" ];
      };
      open = {
        imports = [ module ];
        domi.services.cache = {
          enable = true;
          bind = [ "*" ];
          openFirewall = true;
          passwordFile = "/run/secrets/cache";
        };
        systemd.tmpfiles.rules = [ "f+ /run/secrets/cache 0600 - - - a \"quoted\" \\\\ #word" ];
      };
    };
    testScript = ''
      start_all()
      closed.wait_for_open_port(6379)
      open.wait_for_open_port(6379)
      output = client.succeed("valkey-cli -h open ping")
      assert "NOAUTH" in output, f"the output is {output!r}"
      output = client.succeed(
          "valkey-cli -h open --no-auth-warning -a 'a \"quoted\" \\ #word' ping"
      )
      assert output.rstrip() == "PONG", f"the output is {output!r}"
      client.fail(
          "timeout 2 valkey-cli -h closed --no-auth-warning -a 'a \"quoted\" \\ #word' ping"
      )
    '';
  };

  takes-settings-that-it-knows-nothing-of = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-takes-settings-that-it-knows-nothing-of";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        settings = {
          activerehashing = false;
          client-output-buffer-limit = [
            "normal 0 0 0"
            "pubsub 1mb 512kb 30"
          ];
          databases = 4;
        };
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli config get databases")
      assert output.rstrip() == "databases\n4", f"the output is {output!r}"
      output = machine.succeed("valkey-cli config get activerehashing")
      assert output.rstrip() == "activerehashing\nno", f"the output is {output!r}"
      output = machine.succeed("valkey-cli config get client-output-buffer-limit")
      assert "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 524288 30" in output, f"the output is {output!r}"
    '';
  };

  throws-out-what-was-not-used-for-long-when-the-memory-is-full = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-throws-out-what-was-not-used-for-long-when-the-memory-is-full";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        maxMemory = 6;
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("head -c 1000000 /dev/zero | valkey-cli -x set first")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      output = machine.succeed("head -c 1000000 /dev/zero | valkey-cli -x set second")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      output = machine.succeed("head -c 1000000 /dev/zero | valkey-cli -x set third")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      output = machine.succeed("head -c 1000000 /dev/zero | valkey-cli -x set fourth")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("sleep 2")
      output = machine.succeed("valkey-cli touch first")
      assert output.rstrip() == "1", f"the output is {output!r}"
      output = machine.succeed("head -c 1000000 /dev/zero | valkey-cli -x set fifth")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("valkey-cli info stats | grep '^evicted_keys:[1-9]'")
      output = machine.succeed("valkey-cli exists first")
      assert output.rstrip() == "1", f"the output is {output!r}"
      output = machine.succeed("valkey-cli exists fifth")
      assert output.rstrip() == "1", f"the output is {output!r}"
    '';
  };

  writes-nothing-more-when-the-memory-is-full-and-nothing-may-go = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-writes-nothing-more-when-the-memory-is-full-and-nothing-may-go";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        evictionPolicy = "noeviction";
        maxMemory = 8;
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("head -c 3000000 /dev/zero | valkey-cli -x set first")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      output = machine.succeed("head -c 3000000 /dev/zero | valkey-cli -x set second")
      assert "OOM command not allowed" in output, f"the output is {output!r}"
      output = machine.succeed("valkey-cli exists first")
      assert output.rstrip() == "1", f"the output is {output!r}"
      output = machine.succeed("valkey-cli exists second")
      assert output.rstrip() == "0", f"the output is {output!r}"
    '';
  };

  keeps-nothing-when-it-is-told-so = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-keeps-nothing-when-it-is-told-so";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        persistence = "none";
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli set greeting hello")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("systemctl restart cache.service")
      output = machine.succeed("valkey-cli exists greeting")
      assert output.rstrip() == "0", f"the output is {output!r}"
      output = machine.succeed("ls -A /var/lib/cache")
      assert output.rstrip() == "", f"the output is {output!r}"
    '';
  };

  keeps-its-values-over-a-restart-of-the-machine-too = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-keeps-its-values-over-a-restart-of-the-machine-too";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache.enable = true;
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli set greeting hello")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("systemctl restart cache.service")
      output = machine.succeed("valkey-cli get greeting")
      assert output.rstrip() == "hello", f"the output is {output!r}"
      output = machine.succeed("valkey-cli set greeting again")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.shutdown()
      machine.start()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli get greeting")
      assert output.rstrip() == "again", f"the output is {output!r}"
    '';
  };

  keeps-its-values-when-a-setting-changes-and-restarts-only-then = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-keeps-its-values-when-a-setting-changes-and-restarts-only-then";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache.enable = true;
      environment.systemPackages = [ pkgs.valkey ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.cache = {
          maxMemory = 64;
          port = 6380;
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli set greeting hello")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("systemctl show --property=MainPID cache.service >/run/before")
      machine.succeed("/run/booted-system/bin/switch-to-configuration test")
      machine.succeed("systemctl show --property=MainPID cache.service | cmp - /run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_open_port(6380)
      machine.fail("systemctl show --property=MainPID cache.service | cmp - /run/before")
      output = machine.succeed("valkey-cli -p 6380 config get maxmemory")
      assert output.rstrip() == "maxmemory\n67108864", f"the output is {output!r}"
      output = machine.succeed("valkey-cli -p 6380 get greeting")
      assert output.rstrip() == "hello", f"the output is {output!r}"
    '';
  };

  starts-again-when-it-is-killed-with-all-that-it-has-acknowledged = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-starts-again-when-it-is-killed-with-all-that-it-has-acknowledged";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        persistence = "log";
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli set greeting hello")
      assert output.rstrip() == "OK", f"the output is {output!r}"
      machine.succeed("systemctl kill --signal=KILL cache.service")
      machine.wait_until_succeeds("valkey-cli get greeting | grep -x hello")
    '';
  };

  keeps-what-it-has-acknowledged-when-the-power-is-cut = pkgs.testers.runNixOSTest {
    _file = ./cache.nix;
    name = "cache-keeps-what-it-has-acknowledged-when-the-power-is-cut";
    nodes.machine = {
      imports = [ module ];
      domi.services.cache = {
        enable = true;
        persistence = "every-write";
      };
      environment.systemPackages = [ pkgs.valkey ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(6379)
      machine.succeed("for n in $(seq 50); do valkey-cli incr counter; done")
      machine.crash()
      machine.start()
      machine.wait_for_open_port(6379)
      output = machine.succeed("valkey-cli get counter")
      assert output.rstrip() == "50", f"the output is {output!r}"
    '';
  };

  refuses-a-password-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        settings.requirepass = "secret";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a password that everyone can read: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "passwordFile" a.message)
      config.assertions
    ) "refuses a password that everyone can read: refused, but not because of passwordFile";
    pkgs.runCommand "cache-refuses-a-password-that-everyone-can-read" { } "touch $out";

  refuses-a-setting-that-an-option-decides-however-it-is-written =
    let
      config = evaluate {
        enable = true;
        settings.MaxMemory = "1gb";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a setting that an option decides, however it is written: the settings are accepted";
    assert lib.assertMsg
      (lib.any (a: !a.assertion && lib.hasInfix "decides" a.message) config.assertions)
      "refuses a setting that an option decides, however it is written: refused, but not because of decides";
    pkgs.runCommand "cache-refuses-a-setting-that-an-option-decides-however-it-is-written" { }
      "touch $out";

  refuses-to-be-open-to-everyone =
    let
      config = evaluate {
        enable = true;
        openFirewall = true;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to be open to everyone: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "everyone could read and write" a.message)
      config.assertions
    ) "refuses to be open to everyone: refused, but not because of everyone could read and write";
    pkgs.runCommand "cache-refuses-to-be-open-to-everyone" { } "touch $out";

  refuses-a-port-that-it-has-no-right-to =
    let
      config = evaluate {
        enable = true;
        port = 79;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a port that it has no right to: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "below 1024" a.message)
      config.assertions
    ) "refuses a port that it has no right to: refused, but not because of below 1024";
    pkgs.runCommand "cache-refuses-a-port-that-it-has-no-right-to" { } "touch $out";

  refuses-a-secret-in-the-store =
    let
      config = evaluate {
        enable = true;
        passwordFile = "/nix/store/00000000000000000000000000000000-password";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a secret in the store: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.cache.passwordFile
      || lib.any (a: !a.assertion && lib.hasInfix "passwordFile" a.message) config.assertions
    ) "refuses a secret in the store: refused, but not because of passwordFile";
    pkgs.runCommand "cache-refuses-a-secret-in-the-store" { } "touch $out";

  refuses-a-setting-of-two-lines =
    let
      config = evaluate {
        enable = true;
        settings.loglevel = ''
          debug
          requirepass x'';
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a setting of two lines: the settings are accepted";
    assert lib.assertMsg (
      !refused (evaluate { enable = true; }).system.build.toplevel.drvPath
    ) "refuses a setting of two lines: refused, but not because of loglevel";
    pkgs.runCommand "cache-refuses-a-setting-of-two-lines" { } "touch $out";

  refuses-a-null-among-settings =
    let
      config = evaluate {
        enable = true;
        settings.databases = null;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a null among settings: the settings are accepted";
    assert lib.assertMsg (
      !refused (evaluate { enable = true; }).system.build.toplevel.drvPath
    ) "refuses a null among settings: refused, but not because of settings.databases";
    pkgs.runCommand "cache-refuses-a-null-among-settings" { } "touch $out";

  refuses-memory-for-nothing =
    let
      config = evaluate {
        enable = true;
        maxMemory = 0;
      };
    in
    assert lib.assertMsg (refused config.domi.services.cache.maxMemory)
      "refuses memory for nothing: maxMemory is accepted";
    pkgs.runCommand "cache-refuses-memory-for-nothing" { } "touch $out";
}
