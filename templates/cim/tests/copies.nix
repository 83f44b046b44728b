# Copies of folders, made by the clock.
#
# Generated from crates/copies by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/copies.nix;

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
          domi.services.copies = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  copies-a-folder-but-for-what-is-left-out = pkgs.testers.runNixOSTest {
    _file = ./copies.nix;
    name = "copies-copies-a-folder-but-for-what-is-left-out";
    nodes.machine = {
      imports = [ module ];
      domi.services.copies = {
        enable = true;
        folders.docs = {
          exclude = [ "*.tmp" ];
          source = "/srv/docs";
        };
      };
      systemd.tmpfiles.rules = [
        "f+ /srv/docs/page 0644 - - - first"
        "f+ /srv/docs/page.tmp 0644 - - - scribble"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("copies-docs.timer")
      machine.succeed("systemctl start copies-docs.service")
      output = machine.succeed("ls /var/lib/copies/docs")
      assert output.rstrip() == "page", f"the output is {output!r}"
    '';
  };

  refuses-a-relative-folder =
    let
      config = evaluate {
        enable = true;
        folders.docs.source = "srv/docs";
      };
    in
    assert lib.assertMsg (refused config.domi.services.copies.folders.docs.source)
      "refuses a relative folder: folders.docs.source is accepted";
    pkgs.runCommand "copies-refuses-a-relative-folder" { } "touch $out";
}
