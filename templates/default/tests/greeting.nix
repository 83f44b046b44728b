# A greeting in a file that everyone may read.
#
# Generated from crates/greeting by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/features/greeting.nix;

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
          domi.features.greeting = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  greets-the-world = pkgs.testers.runNixOSTest {
    _file = ./greeting.nix;
    name = "greeting-greets-the-world";
    nodes.machine = {
      imports = [ module ];
      domi.features.greeting.enable = true;
    };
    testScript = ''
      start_all()
      output = machine.succeed("cat /etc/greeting")
      assert output.rstrip() == "hello world", f"the output is {output!r}"
    '';
  };

  greets-whom-it-is-told-to = pkgs.testers.runNixOSTest {
    _file = ./greeting.nix;
    name = "greeting-greets-whom-it-is-told-to";
    nodes.machine = {
      imports = [ module ];
      domi.features.greeting = {
        enable = true;
        name = "\${everyone}";
      };
    };
    testScript = ''
      start_all()
      output = machine.succeed("cat /etc/greeting")
      assert output.rstrip() == "hello ''${everyone}", f"the output is {output!r}"
    '';
  };

  refuses-to-greet-nobody =
    let
      config = evaluate {
        enable = true;
        name = "";
      };
    in
    assert lib.assertMsg (refused config.domi.features.greeting.name)
      "refuses to greet nobody: name is accepted";
    pkgs.runCommand "greeting-refuses-to-greet-nobody" { } "touch $out";
}
