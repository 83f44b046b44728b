# Forbids what hardly any program needs of the kernel.
#
# Generated from crates/features/hardening by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/security/hardening.nix;

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
          domi.security.hardening = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  forbids-what-hardly-any-program-needs = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-forbids-what-hardly-any-program-needs";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening.enable = true;
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=stranger --uid=nobody sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.fail("setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'dmesg'")
      machine.succeed("dmesg")
      output = machine.succeed(
          "grep --count --invert-match ^0000000000000000 /proc/kallsyms || true"
      )
      assert output.rstrip() == "0", f"the output is {output!r}"
      machine.fail(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'exec 3</proc/$(cat /run/stranger)/mem'"
      )
      machine.succeed(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'sleep 10 >/dev/null & exec 3</proc/$!/mem'"
      )
      machine.succeed(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'echo mine >/tmp/trap'"
      )
      machine.fail("echo root >/tmp/trap")
      output = machine.succeed("cat /tmp/trap")
      assert output.rstrip() == "mine", f"the output is {output!r}"
      machine.fail(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'ln /etc/hostname /tmp/link'"
      )
      machine.succeed(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'ln /tmp/trap /tmp/link'"
      )
      machine.fail("echo 0 >/proc/sys/kernel/unprivileged_bpf_disabled")
      output = machine.succeed("cat /proc/sys/net/ipv4/conf/*/accept_redirects | sort -u")
      assert output.rstrip() == "0", f"the output is {output!r}"
      output = machine.succeed("cat /proc/sys/kernel/sysrq /proc/sys/fs/suid_dumpable")
      assert output.rstrip() == "0\n0", f"the output is {output!r}"
      output = machine.succeed("cat /proc/sys/kernel/kexec_load_disabled")
      assert output.rstrip() == "0", f"the output is {output!r}"
      machine.succeed("echo 0 >/proc/sys/kernel/yama/ptrace_scope")
      machine.succeed(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'exec 3</proc/$(cat /run/stranger)/mem'"
      )
      machine.shutdown()
      machine.start()
      machine.fail("setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'dmesg'")
    '';
  };

  forbids-more-where-it-is-told-to-be-strict = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-forbids-more-where-it-is-told-to-be-strict";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening = {
        enable = true;
        kernel = "strict";
      };
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=stranger --uid=nobody sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.fail("setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'dmesg'")
      machine.fail(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'exec 3</proc/$(cat /run/stranger)/mem'"
      )
      machine.fail(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'sleep 10 >/dev/null & exec 3</proc/$!/mem'"
      )
      output = machine.succeed("cat /proc/sys/kernel/kexec_load_disabled")
      assert output.rstrip() == "1", f"the output is {output!r}"
      output = machine.succeed("cat /proc/sys/dev/tty/ldisc_autoload")
      assert output.rstrip() == "0", f"the output is {output!r}"
      output = machine.succeed("cat /proc/sys/kernel/perf_event_paranoid")
      assert output.rstrip() == "3", f"the output is {output!r}"
    '';
  };

  never-loads-modules-that-are-hardly-used-but-for-those-that-are-allowed =
    pkgs.testers.runNixOSTest
      {
        _file = ./hardening.nix;
        name = "hardening-never-loads-modules-that-are-hardly-used-but-for-those-that-are-allowed";
        nodes.machine = {
          imports = [ module ];
          domi.security.hardening = {
            enable = true;
            allowedModules = [ "sctp" ];
            blockedModules = [ "no_such_module" ];
            kernel = "none";
            rareModules = [ "networks" ];
          };
        };
        testScript = ''
          start_all()
          output = machine.succeed("modprobe --dry-run --verbose dccp")
          assert output.rstrip() == "install false", f"the output is {output!r}"
          output = machine.succeed("modprobe --dry-run --verbose no_such_module")
          assert output.rstrip() == "install false", f"the output is {output!r}"
          machine.fail("modprobe dccp")
          machine.fail("modprobe --dry-run --verbose sctp 2>&1 | grep false")
          machine.fail("modprobe --dry-run --verbose hfs 2>&1 | grep false")
        '';
      };

  refuses-a-module-that-is-allowed-and-blocked =
    let
      config = evaluate {
        enable = true;
        allowedModules = [ "sctp" ];
        blockedModules = [ "sctp" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a module that is allowed and blocked: the settings are accepted";
    assert lib.assertMsg
      (lib.any (
        a: !a.assertion && lib.hasInfix "in `allowedModules` and in `blockedModules`" a.message
      ) config.assertions)
      "refuses a module that is allowed and blocked: refused, but not because of in `allowedModules` and in `blockedModules`";
    pkgs.runCommand "hardening-refuses-a-module-that-is-allowed-and-blocked" { } "touch $out";

  refuses-a-module-whose-name-is-more-than-one =
    let
      config = evaluate {
        enable = true;
        blockedModules = [
          ''
            a
            install b true''
        ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a module whose name is more than one: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.security.hardening.blockedModules
      || lib.any (a: !a.assertion && lib.hasInfix "blockedModules" a.message) config.assertions
    ) "refuses a module whose name is more than one: refused, but not because of blockedModules";
    pkgs.runCommand "hardening-refuses-a-module-whose-name-is-more-than-one" { } "touch $out";

  refuses-a-level-that-is-not-there =
    let
      config = evaluate {
        enable = true;
        kernel = "extreme";
      };
    in
    assert lib.assertMsg (refused config.domi.security.hardening.kernel)
      "refuses a level that is not there: kernel is accepted";
    pkgs.runCommand "hardening-refuses-a-level-that-is-not-there" { } "touch $out";
}
