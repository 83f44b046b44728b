# An HTTP service that answers with a configurable greeting.
#
# Generated from crates/features/feature-x by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/feature-x.nix;
  features = import ../nix/features.nix;
  # Other features and what they require, with as little set as can be.
  beside =
    names:
    lib.concatMap (name: [
      features.${name}.module
      features.${name}.enabled
    ]) (lib.unique (lib.concatMap (name: [ name ] ++ features.${name}.requires or [ ]) names));

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
          domi.services.feature-x = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  answers-with-the-greeting = pkgs.testers.runNixOSTest {
    _file = ./feature-x.nix;
    name = "feature-x-answers-with-the-greeting";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-x.enable = true;
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(8080)
      output = machine.succeed("curl --silent http://localhost:8080/")
      assert output.rstrip() == "hello", f"the output is {output!r}"
    '';
  };

  follows-its-settings = pkgs.testers.runNixOSTest {
    _file = ./feature-x.nix;
    name = "feature-x-follows-its-settings";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-x = {
        enable = true;
        extraConfig = "server.tag = \"greeter\"";
        greeting = "100 % of \${people} say \"grüezi\", don't they?";
        passwordFile = "/run/passwords";
        port = 80;
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /run/passwords 0600 - - - me:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\\n" ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_open_port(80)
      output = machine.succeed("curl --silent --user me:secret http://localhost")
      assert output.rstrip() == "100 % of ''${people} say \"grüezi\", don't they?", f"the output is {output!r}"
      output = machine.succeed("curl --silent --head http://localhost")
      assert re.search("401 [\\s\\S]*Server: greeter", output.rstrip(), re.ASCII), f"the output is {output!r}"
    '';
  };

  takes-other-settings-while-the-machine-runs = pkgs.testers.runNixOSTest {
    _file = ./feature-x.nix;
    name = "feature-x-takes-other-settings-while-the-machine-runs";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-x.enable = true;
      environment.systemPackages = [ pkgs.curl ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.feature-x = {
          greeting = "hello again";
          port = 8081;
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(8080)
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_open_port(8081)
      output = machine.succeed("curl --silent http://localhost:8081/")
      assert output.rstrip() == "hello again", f"the output is {output!r}"
      machine.fail("curl --silent http://localhost:8080/")
    '';
  };

  is-a-site-of-the-web-gateway = pkgs.testers.runNixOSTest {
    _file = ./feature-x.nix;
    name = "feature-x-is-a-site-of-the-web-gateway";
    nodes.machine = {
      imports = [ module ] ++ beside [ "web-gateway" ];
      domi.services.feature-x = {
        enable = true;
        domain = "hello.test";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(8080)
      machine.wait_for_open_port(80)
      output = machine.succeed("curl --silent --header 'Host: hello.test' http://127.0.0.1/")
      assert output.rstrip() == "hello", f"the output is {output!r}"
      machine.fail("curl --silent --header 'Host: other.test' http://127.0.0.1/")
      output = machine.succeed("systemctl show --property=Documentation feature-x")
      assert "http://hello.test:80/" in output, f"the output is {output!r}"
    '';
  };

  refuses-a-port-out-of-range =
    let
      config = evaluate {
        enable = true;
        port = 65536;
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-x.port)
      "refuses a port out of range: port is accepted";
    pkgs.runCommand "feature-x-refuses-a-port-out-of-range" { } "touch $out";

  refuses-passwords-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        passwordFile = "/nix/store/00000000000000000000000000000000-passwords";
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-x.passwordFile)
      "refuses passwords that everyone can read: passwordFile is accepted";
    pkgs.runCommand "feature-x-refuses-passwords-that-everyone-can-read" { } "touch $out";
}
