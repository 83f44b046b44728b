# A page of text over HTTP.
#
# Generated from crates/web-page by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/web-page.nix;

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
          domi.services.web-page = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  answers-with-the-greeting = pkgs.testers.runNixOSTest {
    _file = ./web-page.nix;
    name = "web-page-answers-with-the-greeting";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-page = {
        enable = true;
        greeting = "fresh bread at seven";
        port = 80;
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(80)
      output = machine.succeed("curl --silent http://localhost/")
      assert output.rstrip() == "fresh bread at seven", f"the output is {output!r}"
    '';
  };

  refuses-a-port-out-of-range =
    let
      config = evaluate {
        enable = true;
        port = 65536;
      };
    in
    assert lib.assertMsg (refused config.domi.services.web-page.port)
      "refuses a port out of range: port is accepted";
    pkgs.runCommand "web-page-refuses-a-port-out-of-range" { } "touch $out";
}
