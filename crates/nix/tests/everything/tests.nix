# A service that uses everything there is.
# Maintained by Ada Example (@ada), Bo.
#
# Generated from crates/features/everything by `cargo xtask generate`; edit the crate instead.
#
# Not here: is updated while it runs. It begins with the previous release, whose module is not in this repository.
{ lib, pkgs, ... }:
let
  module = ../modules/services/everything.nix;
  features = import ../nix/features.nix;
  # Other features and what they require, with as little set as can be.
  beside =
    names:
    lib.concatMap (name: [
      features.${name}.module
      features.${name}.enabled
    ]) (lib.unique (lib.concatMap (name: [ name ] ++ features.${name}.requires or [ ]) names));

  maintainers = [
    {
      name = "Ada Example";
      email = "ada@example.org";
      github = "ada";
    }
    { name = "Bo"; }
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
          domi.services.everything = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  answers-with-the-greeting = pkgs.testers.runNixOSTest {
    _file = ./everything.nix;
    name = "everything-answers-with-the-greeting";
    meta.maintainers = maintainers;
    nodes.machine = {
      imports = [ module ];
      domi.services.everything = {
        enable = true;
        client = pkgs.python3Packages.colorama;
        greeting = ''
          it's "''${fine}"
        '';
        mandatory = "x";
        port = 9090;
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ \"/run/secrets/a b\" 0400 - - - s3cr3t %%h\\n" ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("everything.service", timeout=1200)
      machine.wait_for_open_port(9090, timeout=901)
      machine.wait_for_file("/run/it")
      machine.wait_for_file("'/run/it'\\'''s here'")
      machine.succeed('curl --fail http://localhost:9090/ | grep "''${fine}"')
      machine.fail("false")
      machine.wait_until_succeeds(
          "test -e /run/x\n"
          "test -e /run/y"
      )
      output = machine.succeed("cat /etc/hostname")
      assert output.rstrip() == "machine", f"the output is {output!r}"
      output = machine.succeed("cat /etc/os-release")
      assert "ID=" in output, f"the output is {output!r}"
      output = machine.succeed("date")
      assert re.search("^\\d+ \"'", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.succeed("systemctl start a.service")
      machine.succeed("systemctl stop a.service")
      machine.succeed("systemctl restart 'a b.service'")
      machine.succeed(
          "printf %s 'a '\\'''b'\\'''\n"
          "' | install -D -m 0600 /dev/stdin '/tmp/it'\\'''s'"
      )
      machine.crash()
      machine.start()
      machine.shutdown()
      machine.start()
      machine.block()
      machine.unblock()
      for n in range(3):
          machine.succeed(f"echo ''${{n}} {n}")
    '';
  };

  lets-a-client-in-twice = pkgs.testers.runNixOSTest {
    _file = ./everything.nix;
    name = "everything-lets-a-client-in-twice";
    meta.maintainers = maintainers;
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.curl ];
      };
      server-a = {
        imports = [ module ];
        domi.services.everything = {
          enable = true;
          mandatory = "x";
        };
      };
    };
    testScript = ''
      start_all()
      server_a.wait_for_unit("everything.service")
      client.succeed("curl http://server-a:8080/")
    '';
  };

  serves-over-a-network-that-is-slow-and-loses-packets = pkgs.testers.runNixOSTest {
    _file = ./everything.nix;
    name = "everything-serves-over-a-network-that-is-slow-and-loses-packets";
    meta.maintainers = maintainers;
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.curl ];
      };
      server-a = {
        imports = [ module ];
        domi.services.everything = {
          enable = true;
          mandatory = "x";
        };
      };
    };
    testScript = ''
      start_all()
      server_a.succeed("tc qdisc replace dev eth1 root netem limit 1000 delay 200ms")
      client.succeed("tc qdisc replace dev eth1 root netem limit 1000 loss 100%")
      server_a.succeed("tc qdisc del dev eth1 root")
      server_a.succeed("tc qdisc replace dev eth1 root netem limit 1000 delay 200ms loss 5%")
      client.succeed("tc qdisc del dev eth1 root")
      client.succeed("curl http://server-a:8080/")
      server_a.block()
      server_a.succeed("tc qdisc del dev eth1 root")
      server_a.unblock()
      server_a.succeed("tc qdisc replace dev eth1 root netem limit 1000 delay 10000ms")
      server_a.shutdown()
      server_a.start()
      server_a.succeed("tc qdisc replace dev eth1 root netem limit 1000 loss 1%")
      server_a.succeed("tc qdisc del dev eth1 root")
      server_a.unblock()
    '';
  };

  takes-other-settings-while-it-runs = pkgs.testers.runNixOSTest {
    _file = ./everything.nix;
    name = "everything-takes-other-settings-while-it-runs";
    meta.maintainers = maintainers;
    nodes = {
      later = {
        imports = [ module ];
        system.switch.enable = true;
        specialisation.changed.configuration = {
          imports = beside [ "store" ];
          domi.services.everything = {
            enable = true;
            mandatory = "x";
          };
        };
      };
      server = {
        imports = [ module ] ++ beside [ "store" ];
        domi.services.everything = {
          enable = true;
          jobs.a.source = "/a";
          mandatory = "x";
          port = 9090;
        };
        system.switch.enable = true;
        specialisation = {
          changed-1.configuration = {
            domi.services.everything = {
              greeting = "hi";
              port = lib.mkForce 9091;
            };
          };
          changed-2.configuration = {
            domi.services.everything.jobs = lib.mkForce {
              b = {
                source = "/b";
                user = "b";
              };
            };
          };
          changed-3.configuration = {
            domi.services.everything.enable = lib.mkForce false;
          };
        };
      };
    };
    testScript = ''
      start_all()
      server.succeed(
          "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
      )
      server.succeed(
          "/run/booted-system/specialisation/changed-2/bin/switch-to-configuration test"
      )
      server.succeed(
          "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
      )
      server.succeed("/run/booted-system/bin/switch-to-configuration test")
      server.succeed(
          "/run/booted-system/specialisation/changed-3/bin/switch-to-configuration test"
      )
      later.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      later.succeed("/run/booted-system/bin/switch-to-configuration test")
    '';
  };

  refuses-a-port-out-of-range =
    let
      config = evaluate {
        enable = true;
        mandatory = "x";
        port = 70000;
      };
    in
    assert lib.assertMsg (refused config.domi.services.everything.port)
      "refuses a port out of range: port is accepted";
    pkgs.runCommand "everything-refuses-a-port-out-of-range" { } "touch $out";

  refuses-encryption-without-a-secret =
    let
      config = evaluate {
        enable = true;
        mandatory = "x";
        tls.enable = true;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses encryption without a secret: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "needs a `secretFile`" a.message)
      config.assertions
    ) "refuses encryption without a secret: refused, but not because of needs a `secretFile`";
    pkgs.runCommand "everything-refuses-encryption-without-a-secret" { } "touch $out";

  refuses-a-bad-job =
    let
      config = evaluate {
        enable = true;
        jobs."a b".source = "relative";
        mandatory = "x";
      };
    in
    assert lib.assertMsg (refused
      config.domi.services.everything.jobs."a b".source
    ) "refuses a bad job: jobs.\"a b\".source is accepted";
    pkgs.runCommand "everything-refuses-a-bad-job" { } "touch $out";
}
