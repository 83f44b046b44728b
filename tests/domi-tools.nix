# Small programs of this repository, and services that wait.
#
# Generated from crates/features/domi-tools by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/packages/domi-tools.nix;

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
          domi.packages.domi-tools = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  waits-for-units-ports-and-files-and-says-what-is-missing = pkgs.testers.runNixOSTest {
    _file = ./domi-tools.nix;
    name = "domi-tools-waits-for-units-ports-and-files-and-says-what-is-missing";
    nodes.machine = {
      imports = [ module ];
      domi.packages.domi-tools.enable = true;
      environment.systemPackages = [ pkgs.python3 ];
    };
    testScript = ''
      import re

      start_all()
      machine.succeed("domi-wait --unit basic.target --file /etc/os-release")
      machine.fail("domi-wait --timeout 0 --file /run/late")
      output = machine.succeed(
          "domi-wait --timeout 1 --unit late.service --tcp 127.0.0.1:7000 --file /run/late --file /etc/os-release 2>&1 || echo $?"
      )
      assert output.rstrip() == "domi-wait: after 1 s, not all is there:\n  unit late.service: inactive\n  tcp 127.0.0.1:7000: Connection refused (os error 111)\n  file /run/late: not there\n1", f"the output is {output!r}"
      output = machine.succeed("domi-wait --tcp 7000 2>&1 || echo $?")
      assert "is no host with a port" in output, f"the output is {output!r}"
      output = machine.succeed("domi-wait --unit late >/dev/null 2>&1 || echo $?")
      assert output.rstrip() == "2", f"the output is {output!r}"
      machine.succeed("systemd-run --quiet --unit=late --on-active=2 touch /run/late")
      machine.succeed(
          'systemd-run --quiet --unit=server "$(command -v python3)" -m http.server --bind 127.0.0.1 7000'
      )
      output = machine.succeed(
          "domi-wait --verbose --tcp 127.0.0.1:7000 --file /run/late --unit server.service"
      )
      assert re.search("all is there after [0-9.]+ s", output.rstrip(), re.ASCII), f"the output is {output!r}"
    '';
  };

  has-a-service-wait-which-does-nothing-else = pkgs.testers.runNixOSTest {
    _file = ./domi-tools.nix;
    name = "domi-tools-has-a-service-wait-which-does-nothing-else";
    nodes.machine = {
      imports = [ module ];
      domi.packages.domi-tools = {
        enable = true;
        waits.all = {
          files = [ "/run/some where/100 %" ];
          ports = [ "localhost:7000" ];
          timeout = 20;
          units = [ "server.service" ];
        };
      };
      environment.systemPackages = [ pkgs.python3 ];
    };
    testScript = ''
      start_all()
      machine.succeed("systemctl restart --no-block domi-wait-all.service")
      machine.fail("systemctl is-active domi-wait-all.service")
      machine.succeed("mkdir '/run/some where' && touch '/run/some where/100 %'")
      machine.succeed(
          'systemd-run --quiet --unit=server "$(command -v python3)" -m http.server --bind 127.0.0.1 7000'
      )
      machine.wait_for_unit("domi-wait-all.service")
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 domi-wait-all.service"
      )
    '';
  };

  waits-again-after-a-switch-to-something-else = pkgs.testers.runNixOSTest {
    _file = ./domi-tools.nix;
    name = "domi-tools-waits-again-after-a-switch-to-something-else";
    nodes.machine = {
      imports = [ module ];
      domi.packages.domi-tools = {
        enable = true;
        waits.all.files = [ "/srv/first" ];
      };
      systemd.tmpfiles.rules = [
        "f+ /srv/first 0644 - - -"
        "f+ /srv/second 0644 - - -"
      ];
      system.switch.enable = true;
      specialisation = {
        changed-1.configuration = {
          domi.packages.domi-tools.waits = lib.mkForce {
            all.files = [ "/srv/second" ];
          };
        };
        changed-2.configuration = {
          domi.packages.domi-tools.enable = lib.mkForce false;
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("domi-wait-all.service")
      machine.succeed(
          "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
      )
      machine.wait_for_unit("domi-wait-all.service")
      output = machine.succeed("systemctl show -P ExecStart domi-wait-all.service")
      assert "--file=/srv/second" in output, f"the output is {output!r}"
      machine.succeed(
          "/run/booted-system/specialisation/changed-2/bin/switch-to-configuration test"
      )
      machine.fail("systemctl cat domi-wait-all.service")
      machine.fail("domi-wait --version")
    '';
  };

  keeps-a-unit-from-starting-before-all-is-there-or-when-it-does-not-come =
    pkgs.testers.runNixOSTest
      {
        _file = ./domi-tools.nix;
        name = "domi-tools-keeps-a-unit-from-starting-before-all-is-there-or-when-it-does-not-come";
        nodes.machine = {
          imports = [ module ];
          domi.packages.domi-tools = {
            enable = true;
            waits.database = {
              before = [ "shop.service" ];
              files = [ "/run/database" ];
              timeout = 2;
            };
          };
        };
        testScript = ''
          start_all()
          machine.succeed("mkdir -p /run/systemd/system")
          machine.succeed(
              "printf %s '[Service]\n"
              "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\n"
              "ExecStart=/bin/sh -c '\\'''exec sleep 1000'\\'''\n"
              "' | install -D -m 0644 /dev/stdin /run/systemd/system/shop.service"
          )
          machine.succeed("systemctl daemon-reload")
          machine.fail("systemctl start shop.service")
          machine.fail("systemctl is-active shop.service")
          output = machine.succeed("journalctl --unit domi-wait-database.service")
          assert "file /run/database: not there" in output, f"the output is {output!r}"
          machine.succeed("systemctl start --no-block shop.service")
          machine.fail("systemctl is-active shop.service")
          machine.succeed("touch /run/database")
          machine.wait_for_unit("shop.service")
        '';
      };

  refuses-a-wait-for-nothing =
    let
      config = evaluate {
        enable = true;
        waits.all.timeout = 5;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a wait for nothing: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "nothing is waited for: all" a.message)
      config.assertions
    ) "refuses a wait for nothing: refused, but not because of nothing is waited for: all";
    pkgs.runCommand "domi-tools-refuses-a-wait-for-nothing" { } "touch $out";

  refuses-a-port-without-a-host =
    let
      config = evaluate {
        enable = true;
        waits.all.ports = [ "5432" ];
      };
    in
    assert lib.assertMsg (refused config.domi.packages.domi-tools.waits)
      "refuses a port without a host: waits is accepted";
    pkgs.runCommand "domi-tools-refuses-a-port-without-a-host" { } "touch $out";

  refuses-a-unit-that-is-no-full-name =
    let
      config = evaluate {
        enable = true;
        waits.all.units = [ "shop" ];
      };
    in
    assert lib.assertMsg (refused config.domi.packages.domi-tools.waits)
      "refuses a unit that is no full name: waits is accepted";
    pkgs.runCommand "domi-tools-refuses-a-unit-that-is-no-full-name" { } "touch $out";

  refuses-a-relative-file =
    let
      config = evaluate {
        enable = true;
        waits.all.files = [ "run/late" ];
      };
    in
    assert lib.assertMsg (refused config.domi.packages.domi-tools.waits)
      "refuses a relative file: waits is accepted";
    pkgs.runCommand "domi-tools-refuses-a-relative-file" { } "touch $out";

  refuses-more-time-than-a-day-has =
    let
      config = evaluate {
        enable = true;
        waits.all = {
          files = [ "/run/late" ];
          timeout = 86401;
        };
      };
    in
    assert lib.assertMsg (refused config.domi.packages.domi-tools.waits)
      "refuses more time than a day has: waits is accepted";
    pkgs.runCommand "domi-tools-refuses-more-time-than-a-day-has" { } "touch $out";
}
