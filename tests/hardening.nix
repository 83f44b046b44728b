# Forbids what hardly any program needs of the kernel and the SSH server.
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

  forbids-more-as-soon-as-it-is-told-to = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-forbids-more-as-soon-as-it-is-told-to";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening.enable = true;
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.security.hardening.kernel = "strict";
      };
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=stranger --uid=nobody sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.succeed(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'sleep 10 >/dev/null & exec 3</proc/$!/mem'"
      )
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.fail(
          "setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'sleep 10 >/dev/null & exec 3</proc/$!/mem'"
      )
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

  lets-nobody-in-with-a-password = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-lets-nobody-in-with-a-password";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening = {
        enable = true;
        kernel = "none";
        ssh = "usual";
      };
      environment.systemPackages = [ pkgs.openssh ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "\n"
          "id sshd >/dev/null 2>&1 || useradd --system sshd\n"
          "useradd --create-home ann\n"
          "printf 'ann:secret\\nroot:secret\\n' | chpasswd\n"
          'ssh-keygen -q -N "" -t ed25519 -f /root/key\n'
          "for home in ~root ~ann; do\n"
          '  mkdir -p "$home/.ssh"\n'
          '  cp /root/key.pub "$home/.ssh/authorized_keys"\n'
          "done\n"
          "chown -R ann ~ann/.ssh\n"
          "printf '#!/bin/sh\\necho secret\\n' >/root/ask\n"
          "chmod 700 /root/ask\n"
          "mkdir -p /etc/ssh/sshd_config.d\n"
          'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/50-image.conf\n'
          "config=/etc/ssh/sshd_config\n"
          'if ! test -e "$config"; then\n'
          "  config=/run/sshd_config\n"
          '  echo "Include /etc/ssh/sshd_config.d/*.conf" >"$config"\n'
          "fi\n"
          "ssh-keygen -A\n"
          "mkdir -p /run/sshd\n"
          '"$(command -v sshd)" -f "$config" -p 2222 >/dev/null 2>&1\n'
      )
      machine.wait_for_open_port(2222)
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes ann@localhost true"
      )
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes root@localhost true"
      )
      machine.fail(
          "SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 ann@localhost true"
      )
      machine.fail(
          "SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 root@localhost true"
      )
      machine.fail(
          '(eval "$(ssh-agent)" >/dev/null; ssh-add -q /root/key; ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -A ann@localhost env | grep SSH_AUTH_SOCK)'
      )
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -W localhost:2222 ann@localhost </dev/null | grep SSH-2.0"
      )
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -o Ciphers=aes128-ctr -o KexAlgorithms=ecdh-sha2-nistp256 ann@localhost true"
      )
    '';
  };

  lets-nobody-in-as-root-or-through-where-it-is-told-to-be-strict = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-lets-nobody-in-as-root-or-through-where-it-is-told-to-be-strict";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening = {
        enable = true;
        kernel = "none";
        ssh = "strict";
      };
      environment.systemPackages = [ pkgs.openssh ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "\n"
          "id sshd >/dev/null 2>&1 || useradd --system sshd\n"
          "useradd --create-home ann\n"
          "printf 'ann:secret\\nroot:secret\\n' | chpasswd\n"
          'ssh-keygen -q -N "" -t ed25519 -f /root/key\n'
          "for home in ~root ~ann; do\n"
          '  mkdir -p "$home/.ssh"\n'
          '  cp /root/key.pub "$home/.ssh/authorized_keys"\n'
          "done\n"
          "chown -R ann ~ann/.ssh\n"
          "printf '#!/bin/sh\\necho secret\\n' >/root/ask\n"
          "chmod 700 /root/ask\n"
          "mkdir -p /etc/ssh/sshd_config.d\n"
          'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/50-image.conf\n'
          "config=/etc/ssh/sshd_config\n"
          'if ! test -e "$config"; then\n'
          "  config=/run/sshd_config\n"
          '  echo "Include /etc/ssh/sshd_config.d/*.conf" >"$config"\n'
          "fi\n"
          "ssh-keygen -A\n"
          "mkdir -p /run/sshd\n"
          '"$(command -v sshd)" -f "$config" -p 2222 >/dev/null 2>&1\n'
      )
      machine.wait_for_open_port(2222)
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes ann@localhost true"
      )
      machine.fail(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes root@localhost true"
      )
      machine.fail(
          "SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 ann@localhost true"
      )
      machine.fail(
          '(eval "$(ssh-agent)" >/dev/null; ssh-add -q /root/key; ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -A ann@localhost env | grep SSH_AUTH_SOCK)'
      )
      machine.fail(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -W localhost:2222 ann@localhost </dev/null | grep SSH-2.0"
      )
      machine.fail(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -o ExitOnForwardFailure=yes -R 2300:localhost:2222 ann@localhost true"
      )
      machine.fail(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -o Ciphers=aes128-ctr -o KexAlgorithms=ecdh-sha2-nistp256 ann@localhost true"
      )
    '';
  };

  leaves-the-ssh-server-as-it-is = pkgs.testers.runNixOSTest {
    _file = ./hardening.nix;
    name = "hardening-leaves-the-ssh-server-as-it-is";
    nodes.machine = {
      imports = [ module ];
      domi.security.hardening = {
        enable = true;
        kernel = "none";
        ssh = "none";
      };
      environment.systemPackages = [ pkgs.openssh ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "\n"
          "id sshd >/dev/null 2>&1 || useradd --system sshd\n"
          "useradd --create-home ann\n"
          "printf 'ann:secret\\nroot:secret\\n' | chpasswd\n"
          'ssh-keygen -q -N "" -t ed25519 -f /root/key\n'
          "for home in ~root ~ann; do\n"
          '  mkdir -p "$home/.ssh"\n'
          '  cp /root/key.pub "$home/.ssh/authorized_keys"\n'
          "done\n"
          "chown -R ann ~ann/.ssh\n"
          "printf '#!/bin/sh\\necho secret\\n' >/root/ask\n"
          "chmod 700 /root/ask\n"
          "mkdir -p /etc/ssh/sshd_config.d\n"
          'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/50-image.conf\n'
          "config=/etc/ssh/sshd_config\n"
          'if ! test -e "$config"; then\n'
          "  config=/run/sshd_config\n"
          '  echo "Include /etc/ssh/sshd_config.d/*.conf" >"$config"\n'
          "fi\n"
          "ssh-keygen -A\n"
          "mkdir -p /run/sshd\n"
          '"$(command -v sshd)" -f "$config" -p 2222 >/dev/null 2>&1\n'
      )
      machine.wait_for_open_port(2222)
      machine.succeed(
          "SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 ann@localhost true"
      )
      machine.succeed(
          '(eval "$(ssh-agent)" >/dev/null; ssh-add -q /root/key; ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -A ann@localhost env | grep SSH_AUTH_SOCK)'
      )
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -W localhost:2222 ann@localhost </dev/null | grep SSH-2.0"
      )
      machine.succeed(
          "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key -o BatchMode=yes -o Ciphers=aes128-ctr -o KexAlgorithms=ecdh-sha2-nistp256 ann@localhost true"
      )
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
