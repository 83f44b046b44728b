# The bare shell of a machine: what its features do, at the login prompt, by a command and on a page.
#
# Generated from crates/features/domi-nix-shell by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/ui/domi-nix-shell.nix;
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
          domi.ui.domi-nix-shell = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  says-what-units-of-features-do-to-everybody = pkgs.testers.runNixOSTest {
    _file = ./domi-nix-shell.nix;
    name = "domi-nix-shell-says-what-units-of-features-do-to-everybody";
    nodes.machine = {
      imports = [ module ];
      domi.ui.domi-nix-shell = {
        enable = true;
        features = {
          shell.units = [ "domi-nix-shell.service" ];
          shop = {
            summary = "Sells books";
            units = [ "shop.service" ];
          };
        };
        refreshSeconds = 1;
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.jq
      ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("domi-nix-shell.service")
      output = machine.succeed("domi-status || test $? = 1")
      assert re.search("(?m)^missing  shop   shop\\.service            not-found$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.succeed("systemd-run --quiet --unit=shop sleep infinity")
      output = machine.succeed("domi-status")
      assert re.search("(?m)^running  shop   shop\\.service$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      output = machine.succeed("domi-status")
      assert re.search("\nAll is well\\.$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      output = machine.succeed("setpriv --reuid=nobody --clear-groups domi-status")
      assert re.search("(?m)^running  shop   shop\\.service$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop   running$'"
      )
      machine.succeed(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shell  running$'"
      )
      machine.succeed(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep --fixed-strings \"$(uname --nodename): \""
      )
      machine.succeed("systemctl kill --signal=KILL shop")
      machine.wait_until_succeeds("(domi-status || test $? = 1) | grep failed")
      output = machine.succeed("domi-status || test $? = 1")
      assert re.search("^[^\n]*\nfailed   shop   shop\\.service            signal\nrunning  shell  [^\n]*\nNot well: 1 of 2\\.$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.fail("domi-status >/dev/null")
      machine.fail("domi-status --json >/dev/null")
      machine.succeed(
          "(domi-status --json || true) | jq --exit-status '.well == false and .features[0] == (.features[] | select(.name == \"shop\")) and .features[0].summary == \"Sells books\" and .features[0].units[0].state == \"failed\"'"
      )
      machine.succeed("domi-status --wrong || test $? = 2")
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop   shop.service failed$'"
      )
      output = machine.succeed(
          "stat --format=%U /proc/$(systemctl show -P MainPID domi-nix-shell)"
      )
      assert output.rstrip() == "domi-nix-shell", f"the output is {output!r}"
      machine.fail("setpriv --reuid=nobody --clear-groups touch /run/domi-nix-shell/issue")
      machine.fail("setpriv --reuid=nobody --clear-groups touch /run/domi-nix-shell/other")
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 domi-nix-shell.service"
      )
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 domi-nix-shell-prompt.service"
      )
    '';
  };

  draws-a-login-prompt-again-when-something-fails = pkgs.testers.runNixOSTest {
    _file = ./domi-nix-shell.nix;
    name = "domi-nix-shell-draws-a-login-prompt-again-when-something-fails";
    nodes.machine = {
      imports = [ module ];
      domi.ui.domi-nix-shell = {
        enable = true;
        features.shop.units = [ "shop.service" ];
        refreshSeconds = 1;
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.jq
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=shop sleep infinity")
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop  running$'"
      )
      machine.succeed(
          "systemd-run --quiet --unit=screen bash -c \"$(command -v sleep) 1000 | $(command -v script) --quiet --flush --command '$(command -v agetty) --noclear - linux' /run/screen\""
      )
      machine.wait_until_succeeds("grep --text '^shop  running' /run/screen")
      machine.wait_until_succeeds("grep --text 'login: ' /run/screen")
      machine.fail("grep --text '^shop  shop.service failed' /run/screen")
      machine.succeed("systemctl kill --signal=KILL shop")
      machine.wait_until_succeeds("grep --text '^shop  shop.service failed' /run/screen")
    '';
  };

  shows-it-on-a-page-where-every-text-is-one = pkgs.testers.runNixOSTest {
    _file = ./domi-nix-shell.nix;
    name = "domi-nix-shell-shows-it-on-a-page-where-every-text-is-one";
    nodes.machine = {
      imports = [ module ];
      domi.ui.domi-nix-shell = {
        enable = true;
        features.shop = {
          summary = "Sells <b>\"books\"</b> & 'pens'";
          units = [ "shop.service" ];
        };
        page.enable = true;
        refreshSeconds = 1;
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.jq
      ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "systemd-run --quiet --unit=shop --description='<i>Shop</i>' sleep infinity"
      )
      machine.wait_for_open_port(8090)
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<span class=\"state\">running</span>'"
      )
      machine.succeed(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<p>&lt;i&gt;Shop&lt;/i&gt;</p>'"
      )
      machine.succeed(
          'curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings "Sells &lt;b&gt;&quot;books&quot;&lt;/b&gt; &amp; "'
      )
      machine.succeed(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings 'All is well.'"
      )
      machine.fail(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<b>'"
      )
      machine.fail(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<script'"
      )
      machine.succeed(
          "curl --silent --max-time 60 --fail http://127.0.0.1:8090/status.json | jq --exit-status '.features[0].units[0].state == \"running\"'"
      )
      machine.succeed("systemctl kill --signal=KILL shop")
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<span class=\"state\">failed</span>'"
      )
      machine.succeed(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings 'Not well: 1 of 1 features.'"
      )
      machine.succeed("systemctl kill --signal=STOP domi-nix-shell")
      machine.wait_until_succeeds(
          "touch --date='1 hour ago' /run/domi-nix-shell/page.html && curl --silent --max-time 60 http://localhost:8090/ | grep 'does not run'"
      )
      machine.fail(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings 'failed'"
      )
      machine.succeed("systemctl kill --signal=KILL domi-nix-shell")
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<span class=\"state\">failed</span>'"
      )
      machine.succeed("systemctl stop domi-nix-shell")
      machine.fail("curl --silent --max-time 60 http://localhost:8090/")
      machine.fail(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep 'shop'"
      )
      machine.succeed("systemctl start domi-nix-shell")
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings '<span class=\"state\">failed</span>'"
      )
    '';
  };

  gives-the-page-to-this-machine-alone-from-a-process-that-may-do-nothing-else =
    pkgs.testers.runNixOSTest
      {
        _file = ./domi-nix-shell.nix;
        name = "domi-nix-shell-gives-the-page-to-this-machine-alone-from-a-process-that-may-do-nothing-else";
        nodes.machine = {
          imports = [ module ];
          domi.ui.domi-nix-shell = {
            enable = true;
            features.shop.units = [ "shop.service" ];
            page.enable = true;
            refreshSeconds = 1;
          };
          environment.systemPackages = [
            pkgs.curl
            pkgs.jq
          ];
        };
        testScript = ''
          start_all()
          machine.wait_for_open_port(8090)
          machine.wait_until_succeeds(
              "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings 'missing'"
          )
          output = machine.succeed("ss -Hltn 'sport = :8090' | tr -s ' ' | cut -d ' ' -f 4")
          assert output.rstrip() == "127.0.0.1:8090", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' --header 'Host: evil.example' http://localhost:8090/"
          )
          assert output.rstrip() == "421", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' --header 'Host: evil.example:8090' http://localhost:8090/"
          )
          assert output.rstrip() == "421", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' --request POST http://localhost:8090/"
          )
          assert output.rstrip() == "405", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' --path-as-is http://localhost:8090/../issue"
          )
          assert output.rstrip() == "404", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' http://localhost:8090/issue"
          )
          assert output.rstrip() == "404", f"the output is {output!r}"
          output = machine.succeed(
              "curl --silent --max-time 60 --output /dev/null --write-out '%{http_code}' --head http://localhost:8090/?x"
          )
          assert output.rstrip() == "200", f"the output is {output!r}"
          output = machine.succeed("curl --silent --max-time 60 --head http://localhost:8090/")
          assert "Content-Security-Policy: default-src 'none';" in output, f"the output is {output!r}"
          machine.succeed(
              "exec 3<>/dev/tcp/127.0.0.1/8090 && curl --silent --max-time 60 --fail http://localhost:8090/ | grep missing"
          )
          machine.wait_until_succeeds(
              "exec 3<>/dev/tcp/127.0.0.1/8090 && for _ in {1..50}; do pid=$(systemctl show --property=MainPID --value 'domi-nix-shell-page@*' | grep --max-count=1 '[1-9]') && user=$(stat --format=%U \"/proc/$pid\") && test \"$user\" != root && exit 0; sleep 0.1; done; exit 1"
          )
          machine.succeed(
              "systemd-analyze security --no-pager --threshold=20 domi-nix-shell-page@0.service"
          )
          machine.wait_until_succeeds(
              "test -z \"$(systemctl list-units --plain --no-legend 'domi-nix-shell-page@*')\""
          )
          machine.fail("systemctl is-failed 'domi-nix-shell-page@*'")
        '';
      };

  names-a-service-of-another-feature-that-was-stopped = pkgs.testers.runNixOSTest {
    _file = ./domi-nix-shell.nix;
    name = "domi-nix-shell-names-a-service-of-another-feature-that-was-stopped";
    nodes.machine = {
      imports = [ module ] ++ beside [ "feature-x" ];
      domi.ui.domi-nix-shell = {
        enable = true;
        features.greeter.units = [ "feature-x.service" ];
        refreshSeconds = 1;
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.jq
      ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("feature-x.service")
      output = machine.succeed("domi-status")
      assert re.search("(?m)^running  greeter  feature-x\\.service$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^greeter  running$'"
      )
      machine.succeed("systemctl stop feature-x")
      output = machine.succeed("domi-status || test $? = 1")
      assert re.search("(?m)^stopped  greeter  feature-x\\.service$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^greeter  feature-x.service stopped$'"
      )
      machine.succeed("systemctl start feature-x")
      machine.succeed("domi-status")
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^greeter  running$'"
      )
    '';
  };

  takes-other-settings-while-the-machine-runs-and-goes-without-a-trace = pkgs.testers.runNixOSTest {
    _file = ./domi-nix-shell.nix;
    name = "domi-nix-shell-takes-other-settings-while-the-machine-runs-and-goes-without-a-trace";
    nodes.machine = {
      imports = [ module ];
      domi.ui.domi-nix-shell = {
        enable = true;
        features.shell.units = [ "domi-nix-shell.service" ];
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.jq
      ];
      system.switch.enable = true;
      specialisation = {
        changed-1.configuration = {
          domi.ui.domi-nix-shell = {
            features = lib.mkForce {
              shell.units = [
                "domi-nix-shell.service"
                "domi-nix-shell-page.socket"
              ];
            };
            page = {
              enable = true;
            };
          };
        };
        changed-2.configuration = {
          domi.ui.domi-nix-shell = {
            features = lib.mkForce {
              shell.units = [ "none.service" ];
            };
            page = {
              enable = true;
              port = 8091;
            };
          };
        };
        changed-3.configuration = {
          domi.ui.domi-nix-shell.enable = lib.mkForce false;
        };
      };
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("domi-nix-shell.service")
      output = machine.succeed("domi-status")
      assert "All is well." in output, f"the output is {output!r}"
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shell  running$'"
      )
      machine.fail("curl --silent --max-time 60 http://localhost:8090/")
      machine.succeed(
          "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
      )
      output = machine.succeed("domi-status")
      assert re.search("(?m)^waiting  shell  domi-nix-shell-page\\.socket$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8090/ | grep --fixed-strings 'domi-nix-shell-page.socket'"
      )
      machine.succeed(
          "/run/booted-system/specialisation/changed-2/bin/switch-to-configuration test"
      )
      machine.fail("domi-status")
      machine.wait_until_succeeds(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shell  none.service missing$'"
      )
      machine.wait_until_succeeds(
          "curl --silent --max-time 60 --fail http://localhost:8091/ | grep none.service"
      )
      machine.fail("curl --silent --max-time 60 http://localhost:8090/")
      machine.succeed(
          "/run/booted-system/specialisation/changed-3/bin/switch-to-configuration test"
      )
      machine.fail("command -v domi-status")
      machine.fail(
          "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep 'shell'"
      )
      machine.fail("curl --silent --max-time 60 http://localhost:8091/")
    '';
  };

  is-there-again-when-it-is-killed-and-when-the-machine-has-started-again =
    pkgs.testers.runNixOSTest
      {
        _file = ./domi-nix-shell.nix;
        name = "domi-nix-shell-is-there-again-when-it-is-killed-and-when-the-machine-has-started-again";
        nodes.machine = {
          imports = [ module ];
          domi.ui.domi-nix-shell = {
            enable = true;
            features.shop.units = [ "shop.service" ];
            refreshSeconds = 1;
          };
          environment.systemPackages = [
            pkgs.curl
            pkgs.jq
          ];
        };
        testScript = ''
          start_all()
          machine.wait_until_succeeds(
              "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop  shop.service missing$'"
          )
          machine.succeed("systemctl kill --signal=KILL domi-nix-shell")
          machine.wait_until_succeeds(
              "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop  shop.service missing$'"
          )
          machine.shutdown()
          machine.start()
          machine.wait_until_succeeds(
              "script --quiet --command 'agetty --show-issue' /dev/null </dev/null | tr -d '\\r' | grep '^shop  shop.service missing$'"
          )
        '';
      };

  refuses-a-unit-without-its-kind =
    let
      config = evaluate {
        enable = true;
        features.shop.units = [ "shop" ];
      };
    in
    assert lib.assertMsg (refused config.domi.ui.domi-nix-shell.features.shop.units)
      "refuses a unit without its kind: units is accepted";
    pkgs.runCommand "domi-nix-shell-refuses-a-unit-without-its-kind" { } "touch $out";

  refuses-a-template-which-has-no-state =
    let
      config = evaluate {
        enable = true;
        features.shop.units = [ "shop@.service" ];
      };
    in
    assert lib.assertMsg (refused config.domi.ui.domi-nix-shell.features.shop.units)
      "refuses a template, which has no state: units is accepted";
    pkgs.runCommand "domi-nix-shell-refuses-a-template-which-has-no-state" { } "touch $out";

  refuses-to-look-without-a-pause =
    let
      config = evaluate {
        enable = true;
        refreshSeconds = 0;
      };
    in
    assert lib.assertMsg (refused config.domi.ui.domi-nix-shell.refreshSeconds)
      "refuses to look without a pause: refreshSeconds is accepted";
    pkgs.runCommand "domi-nix-shell-refuses-to-look-without-a-pause" { } "touch $out";

  refuses-a-page-that-nobody-finds =
    let
      config = evaluate {
        enable = true;
        page = {
          enable = true;
          port = 0;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a page that nobody finds: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "port 0" a.message
    ) config.assertions) "refuses a page that nobody finds: refused, but not because of port 0";
    pkgs.runCommand "domi-nix-shell-refuses-a-page-that-nobody-finds" { } "touch $out";
}
