# Keeps services of other features and modules from what they do not need.
#
# Generated from crates/features/sandboxing by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/security/sandboxing.nix;
  features = import ../nix/features.nix;
  # Other features and what they require, with as little set as can be.
  beside =
    names:
    lib.concatMap (name: [
      features.${name}.module
      features.${name}.enabled
    ]) (lib.unique (lib.concatMap (name: [ name ] ++ features.${name}.requires or [ ]) names));

  # The command that writes a file, as a string of Python.
  writes =
    mode: path: text:
    builtins.toJSON "printf %s ${lib.escapeShellArg text} | install -D -m ${mode} /dev/stdin ${path}";

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
          domi.security.sandboxing = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;

  asRootService = ''
    [Service]
    Type=oneshot
    Environment=PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
    StandardOutput=truncate:/run/did/%p.%i
    ExecStart=/bin/sh -c 'exec bash /run/tries'
  '';

  asNobodyService = ''
    [Service]
    Type=oneshot
    Environment=PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
    StandardOutput=truncate:/run/did/%p.%i
    ExecStart=/bin/sh -c 'exec bash /run/tries'
    User=nobody
  '';

  tries = ''
    try() {
      local what=$1
      shift
      if ("$@") >/dev/null 2>&1; then echo "$what"; fi
    }
    connect() { exec 3<>/dev/tcp/127.0.0.1/7000; }
    memory() { exec 3<"/proc/$(cat /run/stranger)/mem"; }
    by_a_program() { [[ $EUID != 0 && $(/var/lib/other/id -u) == 0 ]]; }
    own=/tmp/own.''$$
    touch "$own"
    try "write to others' folders" touch "/var/lib/other/written.''$$"
    try "read homes" cat /home/someone/secret
    try "see what others have in /tmp" test -e /tmp/of-others
    try "see processes of others" test -e "/proc/$(cat /run/stranger)"
    try "read their memory" memory
    try "reach the network" connect
    try "become root by a program" by_a_program
    try "make such a program" chmod u+s "$own"
    try "give files away" chown systemd-network "$own"
    try "become another user" setpriv --reuid=systemd-network --clear-groups true
    try "make namespaces" unshare --user true
    try "change how programs are laid out" setarch "$(uname -m)" --addr-no-randomize true
    rm "$own"
    echo "and no more"
  '';
in
{
  lets-services-do-what-they-need-and-those-that-are-stricter-stay-so = pkgs.testers.runNixOSTest {
    _file = ./sandboxing.nix;
    name = "sandboxing-lets-services-do-what-they-need-and-those-that-are-stricter-stay-so";
    nodes.machine = {
      imports = [ module ];
      domi.security.sandboxing = {
        enable = true;
        services = {
          "as-root@narrow" = {
            homes = true;
            network = true;
          };
          "as-root@open" = {
            capabilities = [ "CAP_CHOWN" ];
            executableMemory = true;
            homes = true;
            network = true;
            writablePaths = [
              "/var/lib/other"
              "/run/with a % in it"
            ];
          };
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir -p /run/systemd/system /run/did /var/lib/other /home/someone")
      machine.succeed(${writes "0644" "/run/tries" tries})
      machine.succeed(${writes "0644" "/run/systemd/system/as-root@.service" asRootService})
      machine.succeed(${writes "0644" "/run/systemd/system/as-nobody@.service" asNobodyService})
      machine.succeed(
          "printf %s '[Socket]\n"
          "ListenStream=127.0.0.1:7000\n"
          "Accept=yes\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener.socket"
      )
      machine.succeed(
          "printf %s '[Service]\n"
          "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\n"
          "ExecStart=/bin/sh -c :\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener@.service"
      )
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /home/someone/secret")
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /tmp/of-others")
      machine.succeed('cp "$(readlink -f "$(command -v id)")" /var/lib/other/id')
      machine.succeed("chmod 4755 /var/lib/other/id")
      machine.succeed("chmod 777 /var/lib/other")
      machine.succeed("systemd-run --quiet --unit=stranger --uid=systemd-network sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.succeed("systemctl daemon-reload")
      machine.succeed("systemctl start listener.socket")
      machine.succeed(
          "mkdir -p '/run/with a % in it' /run/systemd/system/as-root@narrow.service.d"
      )
      machine.succeed(
          "printf %s '[Service]\n"
          "RestrictAddressFamilies=AF_UNIX\n"
          "InaccessiblePaths=/home/someone\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/as-root@narrow.service.d/own.conf"
      )
      machine.succeed("systemctl daemon-reload")
      machine.succeed("systemctl start as-root@{open,narrow}")
      output = machine.succeed("cat /run/did/as-root.open")
      assert output.rstrip() == "write to others' folders\nread homes\nreach the network\ngive files away\nand no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.narrow")
      assert output.rstrip() == "and no more", f"the output is {output!r}"
      output = machine.succeed(
          "systemctl show -P MemoryDenyWriteExecute as-root@open as-root@narrow"
      )
      assert output.rstrip() == "no\n\nyes", f"the output is {output!r}"
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=30 as-root@open.service"
      )
    '';
  };

  keeps-services-from-what-they-do-not-need = pkgs.testers.runNixOSTest {
    _file = ./sandboxing.nix;
    name = "sandboxing-keeps-services-from-what-they-do-not-need";
    nodes.machine = {
      imports = [ module ];
      domi.security.sandboxing = {
        enable = true;
        services = {
          "as-nobody@strict".profile = "strict";
          "as-root@kernel".profile = "kernel";
          "as-root@service".profile = "service";
          "as-root@strict".profile = "strict";
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir -p /run/systemd/system /run/did /var/lib/other /home/someone")
      machine.succeed(${writes "0644" "/run/tries" tries})
      machine.succeed(${writes "0644" "/run/systemd/system/as-root@.service" asRootService})
      machine.succeed(${writes "0644" "/run/systemd/system/as-nobody@.service" asNobodyService})
      machine.succeed(
          "printf %s '[Socket]\n"
          "ListenStream=127.0.0.1:7000\n"
          "Accept=yes\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener.socket"
      )
      machine.succeed(
          "printf %s '[Service]\n"
          "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\n"
          "ExecStart=/bin/sh -c :\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener@.service"
      )
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /home/someone/secret")
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /tmp/of-others")
      machine.succeed('cp "$(readlink -f "$(command -v id)")" /var/lib/other/id')
      machine.succeed("chmod 4755 /var/lib/other/id")
      machine.succeed("chmod 777 /var/lib/other")
      machine.succeed("systemd-run --quiet --unit=stranger --uid=systemd-network sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.succeed("systemctl daemon-reload")
      machine.succeed("systemctl start listener.socket")
      machine.succeed(
          "systemctl start as-root@{free,strict,service,kernel} as-nobody@{free,strict}"
      )
      output = machine.succeed("cat /run/did/as-root.free")
      assert output.rstrip() == "write to others' folders\nread homes\nsee what others have in /tmp\nsee processes of others\nread their memory\nreach the network\nmake such a program\ngive files away\nbecome another user\nmake namespaces\nchange how programs are laid out\nand no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-nobody.free")
      assert output.rstrip() == "write to others' folders\nread homes\nsee what others have in /tmp\nsee processes of others\nreach the network\nbecome root by a program\nmake such a program\nmake namespaces\nchange how programs are laid out\nand no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.strict")
      assert output.rstrip() == "and no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-nobody.strict")
      assert output.rstrip() == "and no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.service")
      assert output.rstrip() == "give files away\nbecome another user\nand no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.kernel")
      assert output.rstrip() == "write to others' folders\nread homes\nsee what others have in /tmp\nsee processes of others\ngive files away\nbecome another user\nand no more", f"the output is {output!r}"
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=30 as-root@strict.service"
      )
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=30 as-nobody@strict.service"
      )
      machine.fail("systemd-analyze security --no-pager --threshold=30 as-root@free.service")
    '';
  };

  keeps-services-from-the-kernel = pkgs.testers.runNixOSTest {
    _file = ./sandboxing.nix;
    name = "sandboxing-keeps-services-from-the-kernel";
    nodes.machine = {
      imports = [ module ];
      domi.security.sandboxing = {
        enable = true;
        services = {
          "as-root@kernel".profile = "kernel";
          "as-root@service".profile = "service";
          "as-root@strict".profile = "strict";
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir -p /run/systemd/system /run/did /var/lib/other /home/someone")
      machine.succeed(
          "printf %s 'try() {\n"
          "  local what=$1\n"
          "  shift\n"
          '  if ("$@") >/dev/null 2>&1; then echo "$what"; fi\n'
          "}\n"
          "parameter() {\n"
          "  local value\n"
          "  value=$(cat /proc/sys/kernel/pid_max)\n"
          '  echo "$value" >/proc/sys/kernel/pid_max\n'
          "}\n"
          "module() { modprobe dummy && modprobe --remove dummy; }\n"
          'clock() { date --set="$(date)"; }\n'
          'name() { hostname "$(hostname)"; }\n'
          "mounted() { mount -t tmpfs tmpfs /var/lib/other && umount /var/lib/other; }\n"
          "group() { mkdir /sys/fs/cgroup/tried && rmdir /sys/fs/cgroup/tried; }\n"
          "memory() { exec 3</proc/1/mem; }\n"
          'try "change parameters" parameter\n'
          'try "load modules" module\n'
          "try \"read the kernel'\\'''s log\" dmesg\n"
          'try "set the clock" clock\n'
          'try "name the machine" name\n'
          'try "mount" mounted\n'
          'try "make control groups" group\n'
          "try \"read the first process'\\'''s memory\" memory\n"
          'try "run before all others" chrt --fifo 1 true\n'
          'try "use devices" test -e /dev/kmsg\n'
          'echo "and no more"\n'
          "' | install -D -m 0644 /dev/stdin /run/tries"
      )
      machine.succeed(${writes "0644" "/run/systemd/system/as-root@.service" asRootService})
      machine.succeed(${writes "0644" "/run/systemd/system/as-nobody@.service" asNobodyService})
      machine.succeed(
          "printf %s '[Socket]\n"
          "ListenStream=127.0.0.1:7000\n"
          "Accept=yes\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener.socket"
      )
      machine.succeed(
          "printf %s '[Service]\n"
          "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\n"
          "ExecStart=/bin/sh -c :\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/listener@.service"
      )
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /home/someone/secret")
      machine.succeed("printf %s ''' | install -D -m 0644 /dev/stdin /tmp/of-others")
      machine.succeed('cp "$(readlink -f "$(command -v id)")" /var/lib/other/id')
      machine.succeed("chmod 4755 /var/lib/other/id")
      machine.succeed("chmod 777 /var/lib/other")
      machine.succeed("systemd-run --quiet --unit=stranger --uid=systemd-network sleep 1000")
      machine.succeed("systemctl show -P MainPID stranger >/run/stranger")
      machine.succeed("systemctl daemon-reload")
      machine.succeed("systemctl start listener.socket")
      machine.succeed("systemctl start as-root@{free,strict,service,kernel}")
      output = machine.succeed("cat /run/did/as-root.free")
      assert output.rstrip() == "change parameters\nload modules\nread the kernel's log\nset the clock\nname the machine\nmount\nmake control groups\nread the first process's memory\nrun before all others\nuse devices\nand no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.strict")
      assert output.rstrip() == "and no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.service")
      assert output.rstrip() == "and no more", f"the output is {output!r}"
      output = machine.succeed("cat /run/did/as-root.kernel")
      assert output.rstrip() == "use devices\nand no more", f"the output is {output!r}"
    '';
  };

  says-which-service-is-not-there = pkgs.testers.runNixOSTest {
    _file = ./sandboxing.nix;
    name = "sandboxing-says-which-service-is-not-there";
    nodes.machine = {
      imports = [ module ];
      domi.security.sandboxing = {
        enable = true;
        services.late.network = true;
      };
    };
    testScript = ''
      start_all()
      machine.wait_until_succeeds("systemctl is-failed sandboxing-check.service")
      output = machine.succeed("journalctl --unit sandboxing-check.service")
      assert "late.service is not on this machine (not-found): its profile confines nothing" in output, f"the output is {output!r}"
      machine.succeed("mkdir -p /run/systemd/system")
      machine.succeed(
          "printf %s '[Service]\n"
          "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\n"
          "ExecStart=/bin/sh -c :\n"
          "' | install -D -m 0644 /dev/stdin /run/systemd/system/late.service"
      )
      machine.succeed("systemctl daemon-reload")
      machine.succeed("systemctl restart sandboxing-check.service")
    '';
  };

  confines-the-service-of-another-feature-which-goes-on-working = pkgs.testers.runNixOSTest {
    _file = ./sandboxing.nix;
    name = "sandboxing-confines-the-service-of-another-feature-which-goes-on-working";
    nodes.machine = {
      imports = [ module ] ++ beside [ "feature-x" ];
      domi.security.sandboxing = {
        enable = true;
        services.feature-x = {
          capabilities = [ "CAP_NET_BIND_SERVICE" ];
          network = true;
        };
      };
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.security.sandboxing.services = lib.mkForce {
          feature-x = {
            capabilities = [ "CAP_NET_BIND_SERVICE" ];
            network = true;
            writablePaths = [ "/var/log" ];
          };
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(8080)
      output = machine.succeed(
          "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3"
      )
      assert output.rstrip() == "hello", f"the output is {output!r}"
      machine.wait_for_unit("sandboxing-check.service")
      output = machine.succeed("systemctl show -P ProcSubset feature-x.service")
      assert output.rstrip() == "pid", f"the output is {output!r}"
      machine.succeed("systemd-analyze security --no-pager --threshold=30 feature-x.service")
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 sandboxing-check.service"
      )
      machine.succeed("systemctl show -P MainPID feature-x >/run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_open_port(8080)
      output = machine.succeed(
          "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3"
      )
      assert output.rstrip() == "hello", f"the output is {output!r}"
      output = machine.succeed("systemctl show -P ReadWritePaths feature-x")
      assert "/var/log" in output, f"the output is {output!r}"
      machine.fail("systemctl show -P MainPID feature-x | cmp - /run/before")
    '';
  };

  refuses-a-capability-that-no-profile-leaves =
    let
      config = evaluate {
        enable = true;
        services.shop.capabilities = [ "CAP_SYS_MODULE" ];
      };
    in
    assert lib.assertMsg (refused config.domi.security.sandboxing.services)
      "refuses a capability that no profile leaves: services is accepted";
    pkgs.runCommand "sandboxing-refuses-a-capability-that-no-profile-leaves" { } "touch $out";

  refuses-a-path-that-begins-nowhere =
    let
      config = evaluate {
        enable = true;
        services.shop.writablePaths = [ "uploads" ];
      };
    in
    assert lib.assertMsg (refused config.domi.security.sandboxing.services)
      "refuses a path that begins nowhere: services is accepted";
    pkgs.runCommand "sandboxing-refuses-a-path-that-begins-nowhere" { } "touch $out";
}
