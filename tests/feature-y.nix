# Copies of folders, made by the clock.
#
# Generated from crates/features/feature-y by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/feature-y.nix;

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
          domi.services.feature-y = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  copies-a-folder = pkgs.testers.runNixOSTest {
    _file = ./feature-y.nix;
    name = "feature-y-copies-a-folder";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-y = {
        enable = true;
        folders.docs.source = "/srv/docs";
      };
      systemd.tmpfiles.rules = [ "f+ /srv/docs/sub/page 0644 - - - first" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("feature-y-docs.timer")
      machine.succeed("systemctl start feature-y-docs.service")
      output = machine.succeed("cat /var/lib/feature-y/docs/sub/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
      machine.succeed("rm /srv/docs/sub/page")
      machine.succeed("systemctl start feature-y-docs.service")
      machine.fail("test -e /var/lib/feature-y/docs/sub/page")
    '';
  };

  copies-several-folders-each-as-it-is-told = pkgs.testers.runNixOSTest {
    _file = ./feature-y.nix;
    name = "feature-y-copies-several-folders-each-as-it-is-told";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-y = {
        enable = true;
        folders = {
          docs = {
            gone = "keep";
            schedule = "*:*:0/2";
            source = "/srv/docs";
          };
          notes = {
            exclude = [ "*.tmp" ];
            source = "/srv/my notes";
            speedLimit = 1024;
          };
        };
      };
      systemd.tmpfiles.rules = [
        "f+ /srv/docs/page 0644 - - - first"
        "f+ \"/srv/my notes/a.txt\" 0644 - - - note"
        "f+ \"/srv/my notes/b.tmp\" 0644 - - - scribble"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_until_succeeds("test -e /var/lib/feature-y/docs/page")
      machine.succeed("systemctl stop feature-y-docs.timer")
      machine.succeed("rm /srv/docs/page")
      machine.succeed("systemctl start feature-y-docs.service")
      output = machine.succeed("cat /var/lib/feature-y/docs/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
      machine.succeed("systemctl start feature-y-notes.service")
      output = machine.succeed("ls /var/lib/feature-y/notes")
      assert output.rstrip() == "a.txt", f"the output is {output!r}"
    '';
  };

  keeps-the-copies-when-the-machine-starts-again = pkgs.testers.runNixOSTest {
    _file = ./feature-y.nix;
    name = "feature-y-keeps-the-copies-when-the-machine-starts-again";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-y = {
        enable = true;
        folders.docs.source = "/run/docs";
      };
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir /run/docs && echo kept > /run/docs/page")
      machine.succeed("systemctl start feature-y-docs.service")
      machine.shutdown()
      machine.start()
      machine.fail("test -e /run/docs")
      machine.wait_for_unit("feature-y-docs.timer")
      output = machine.succeed("cat /var/lib/feature-y/docs/page")
      assert output.rstrip() == "kept", f"the output is {output!r}"
    '';
  };

  copies-another-folder-after-a-switch-and-leaves-the-copies-when-it-is-gone =
    pkgs.testers.runNixOSTest
      {
        _file = ./feature-y.nix;
        name = "feature-y-copies-another-folder-after-a-switch-and-leaves-the-copies-when-it-is-gone";
        nodes.machine = {
          imports = [ module ];
          domi.services.feature-y = {
            enable = true;
            folders.docs.source = "/srv/docs";
          };
          systemd.tmpfiles.rules = [
            "f+ /srv/docs/page 0644 - - - kept"
            "f+ /srv/notes/page 0644 - - - note"
          ];
          system.switch.enable = true;
          specialisation = {
            changed-1.configuration = {
              domi.services.feature-y.folders = lib.mkForce {
                docs.source = "/srv/docs";
                notes.source = "/srv/notes";
              };
            };
            changed-2.configuration = {
              domi.services.feature-y.enable = lib.mkForce false;
            };
          };
        };
        testScript = ''
          start_all()
          machine.succeed("systemctl start feature-y-docs.service")
          machine.wait_for_unit("feature-y-docs.timer")
          machine.succeed(
              "systemctl show --property=InvocationID feature-y-docs.timer >/run/before"
          )
          machine.succeed(
              "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
          )
          machine.succeed(
              "systemctl show --property=InvocationID feature-y-docs.timer | cmp - /run/before"
          )
          machine.wait_for_unit("feature-y-notes.timer")
          machine.succeed("systemctl start feature-y-notes.service")
          output = machine.succeed("cat /var/lib/feature-y/notes/page")
          assert output.rstrip() == "note", f"the output is {output!r}"
          machine.succeed("/run/booted-system/bin/switch-to-configuration test")
          machine.fail("systemctl is-active feature-y-notes.timer")
          machine.succeed(
              "/run/booted-system/specialisation/changed-2/bin/switch-to-configuration test"
          )
          machine.fail("systemctl cat feature-y-docs.timer")
          output = machine.succeed("cat /var/lib/feature-y/docs/page")
          assert output.rstrip() == "kept", f"the output is {output!r}"
          output = machine.succeed("cat /var/lib/feature-y/notes/page")
          assert output.rstrip() == "note", f"the output is {output!r}"
        '';
      };

  refuses-a-relative-folder =
    let
      config = evaluate {
        enable = true;
        folders.docs.source = "srv/docs";
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-y.folders.docs.source)
      "refuses a relative folder: folders.docs.source is accepted";
    pkgs.runCommand "feature-y-refuses-a-relative-folder" { } "touch $out";

  refuses-a-copy-without-a-source =
    let
      config = evaluate {
        enable = true;
        folders.docs.schedule = "daily";
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-y.folders.docs.source)
      "refuses a copy without a source: source is accepted";
    pkgs.runCommand "feature-y-refuses-a-copy-without-a-source" { } "touch $out";

  refuses-a-copy-of-everything =
    let
      config = evaluate {
        enable = true;
        folders.docs.source = "/";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a copy of everything: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "hold itself" a.message
    ) config.assertions) "refuses a copy of everything: refused, but not because of hold itself";
    pkgs.runCommand "feature-y-refuses-a-copy-of-everything" { } "touch $out";
}
