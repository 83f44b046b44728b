# A DNS server that resolves names for a network and knows names of its own.
#
# Generated from crates/features/dns by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/dns.nix;

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
          domi.services.dns = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  answers-for-zones-of-its-own = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-answers-for-zones-of-its-own";
    nodes.machine = {
      imports = [ module ];
      domi.services.dns = {
        enable = true;
        zones = {
          "ads.example" = {
            kind = "redirect";
            records = [ "ads.example. IN AAAA ::" ];
          };
          "closed.example" = {
            kind = "refuse";
            records = [ "a.closed.example. IN A 192.0.2.9" ];
          };
          lan.records = [
            "printer.lan. IN A 192.0.2.7"
            "printer.lan. IN TXT \"second [floor] $x\""
          ];
          "none.example" = {
            kind = "always_nxdomain";
            records = [ "a.none.example. IN A 192.0.2.9" ];
          };
          "open.example" = {
            kind = "transparent";
            records = [ "a.open.example. IN A 192.0.2.9" ];
          };
        };
      };
      environment.systemPackages = [ pkgs.bind.dnsutils ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("dns.service")
      output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 printer.lan")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 printer.lan txt")
      assert output.rstrip() == '"second [floor] $x"', f"the output is {output!r}"
      output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 printer.lan +tcp")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      output = machine.succeed("dig +short +tries=1 @::1 printer.lan")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      output = machine.succeed(
          "dig +noall +comments +tries=1 +time=5 @127.0.0.1 scanner.lan | grep -o 'status: [A-Z]*'"
      )
      assert output.rstrip() == "status: NXDOMAIN", f"the output is {output!r}"
      output = machine.succeed(
          "dig +short +tries=1 +time=5 @127.0.0.1 any.name.ads.example aaaa"
      )
      assert output.rstrip() == "::", f"the output is {output!r}"
      output = machine.succeed(
          "dig +noall +comments +tries=1 +time=5 @127.0.0.1 a.none.example | grep -o 'status: [A-Z]*'"
      )
      assert output.rstrip() == "status: NXDOMAIN", f"the output is {output!r}"
      output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 a.closed.example")
      assert output.rstrip() == "192.0.2.9", f"the output is {output!r}"
      output = machine.succeed(
          "dig +noall +comments +tries=1 +time=5 @127.0.0.1 b.closed.example | grep -o 'status: [A-Z]*'"
      )
      assert output.rstrip() == "status: REFUSED", f"the output is {output!r}"
      output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 a.open.example")
      assert output.rstrip() == "192.0.2.9", f"the output is {output!r}"
    '';
  };

  asks-others-for-what-it-does-not-know-and-believes-only-what-is-signed = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-asks-others-for-what-it-does-not-know-and-believes-only-what-is-signed";
    nodes = {
      believing = {
        imports = [ module ];
        domi.services.dns = {
          enable = true;
          forwards."shop.example" = {
            insecure = true;
            servers = [ "192.168.1.3" ];
          };
        };
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
      checking = {
        imports = [ module ];
        domi.services.dns = {
          enable = true;
          forwards.".".servers = [ "192.168.1.3" ];
        };
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
      upstream = {
        imports = [ module ];
        domi.services.dns = {
          enable = true;
          allow = [ "192.168.1.0/24" ];
          listen = [ "0.0.0.0" ];
          openFirewall = true;
          zones = {
            ".".kind = "static";
            "shop.example".records = [
              "www.shop.example. IN A 192.0.2.8"
              "api.shop.example. IN A 192.0.2.9"
            ];
          };
        };
      };
    };
    testScript = ''
      start_all()
      upstream.wait_for_unit("dns.service")
      believing.wait_for_unit("dns.service")
      output = believing.succeed("dig +short +tries=1 +time=5 @127.0.0.1 www.shop.example")
      assert output.rstrip() == "192.0.2.8", f"the output is {output!r}"
      checking.wait_for_unit("dns.service")
      output = checking.succeed(
          "dig +noall +comments +tries=1 +time=5 @127.0.0.1 www.shop.example | grep -o 'status: [A-Z]*'"
      )
      assert output.rstrip() == "status: SERVFAIL", f"the output is {output!r}"
      output = checking.succeed("journalctl --unit dns.service")
      assert "failed to prime trust anchor" in output, f"the output is {output!r}"
      upstream.block()
      output = believing.succeed("dig +short +tries=1 +time=5 @127.0.0.1 www.shop.example")
      assert output.rstrip() == "192.0.2.8", f"the output is {output!r}"
      believing.fail(
          "dig +short +tries=1 +time=5 @127.0.0.1 api.shop.example +time=1 | grep ."
      )
      upstream.unblock()
      believing.wait_until_succeeds(
          "dig +short +tries=1 +time=5 @127.0.0.1 api.shop.example | grep -x 192.0.2.9"
      )
    '';
  };

  answers-those-who-may-ask-and-refuses-all-others = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-answers-those-who-may-ask-and-refuses-all-others";
    nodes = {
      allowed = {
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
      server = {
        imports = [ module ];
        domi.services.dns = {
          enable = true;
          allow = [ "192.168.1.0/31" ];
          listen = [ "0.0.0.0" ];
          openFirewall = true;
          refuse = [ "127.0.0.2/32" ];
          zones.lan.records = [ "printer.lan. IN A 192.0.2.7" ];
        };
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
      stranger = {
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
    };
    testScript = ''
      start_all()
      server.wait_for_unit("dns.service")
      output = server.succeed("dig +short +tries=1 +time=5 @127.0.0.1 printer.lan")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      output = server.succeed(
          "dig +noall +comments +tries=1 +time=5 @127.0.0.1 printer.lan -b 127.0.0.2 | grep -o 'status: [A-Z]*'"
      )
      assert output.rstrip() == "status: REFUSED", f"the output is {output!r}"
      output = allowed.succeed("dig -4 +tries=1 +time=2 @server printer.lan +short")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      output = stranger.succeed("dig -4 +tries=1 +time=2 @server printer.lan")
      assert "status: REFUSED" in output, f"the output is {output!r}"
    '';
  };

  is-not-reached-through-a-closed-firewall = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-is-not-reached-through-a-closed-firewall";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
      server = {
        imports = [ module ];
        domi.services.dns = {
          enable = true;
          allow = [ "192.168.1.0/24" ];
          listen = [ "0.0.0.0" ];
          zones.lan.records = [ "printer.lan. IN A 192.0.2.7" ];
        };
        environment.systemPackages = [ pkgs.bind.dnsutils ];
      };
    };
    testScript = ''
      start_all()
      server.wait_for_unit("dns.service")
      output = server.succeed("dig +short +tries=1 +time=5 @127.0.0.1 printer.lan")
      assert output.rstrip() == "192.0.2.7", f"the output is {output!r}"
      client.fail("dig -4 +tries=1 +time=2 @server printer.lan +short")
      client.fail("dig -4 +tries=1 +time=2 @server printer.lan +short +tcp")
    '';
  };

  runs-confined-as-a-user-of-its-own = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-runs-confined-as-a-user-of-its-own";
    nodes.machine = {
      imports = [ module ];
      domi.services.dns.enable = true;
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("dns.service")
      machine.succeed("systemd-analyze security --no-pager --threshold=20 dns.service")
      output = machine.succeed(
          "stat -c '%U %G' \"/proc/$(systemctl show -P MainPID dns.service)\""
      )
      assert output.rstrip() == "dns dns", f"the output is {output!r}"
      output = machine.succeed("stat -c '%U %a' /var/lib/dns /var/lib/dns/root.key")
      assert output.rstrip() == "dns 700\ndns 600", f"the output is {output!r}"
    '';
  };

  says-that-its-port-is-taken-and-starts-when-it-is-free = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-says-that-its-port-is-taken-and-starts-when-it-is-free";
    nodes.machine = {
      imports = [ module ];
      domi.services.dns = {
        enable = true;
        zones.lan.records = [ "printer.lan. IN A 192.0.2.7" ];
      };
      environment.systemPackages = [ pkgs.bind.dnsutils ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("dns.service")
      machine.succeed("systemctl stop dns.service")
      machine.succeed(
          "systemd-run --unit=other-server systemd-socket-activate --listen=127.0.0.1:53 cat"
      )
      machine.wait_until_succeeds("ss -ltn | grep 127.0.0.1:53")
      machine.fail("systemctl start dns.service")
      output = machine.succeed("journalctl --unit dns.service")
      assert "can't bind socket: Address already in use for 127.0.0.1 port 53" in output, f"the output is {output!r}"
      machine.succeed("systemctl stop other-server.service")
      machine.wait_until_succeeds(
          "dig +short +tries=1 +time=5 @127.0.0.1 printer.lan | grep -x 192.0.2.7"
      )
    '';
  };

  has-other-names-after-a-switch-and-keeps-what-it-learned-of-the-root-s-key =
    pkgs.testers.runNixOSTest
      {
        _file = ./dns.nix;
        name = "dns-has-other-names-after-a-switch-and-keeps-what-it-learned-of-the-root-s-key";
        nodes.machine = {
          imports = [ module ];
          domi.services.dns = {
            enable = true;
            zones.lan.records = [
              "printer.lan. IN A 192.0.2.7"
              "old.lan. IN A 192.0.2.6"
            ];
          };
          environment.systemPackages = [ pkgs.bind.dnsutils ];
          system.switch.enable = true;
          specialisation.changed.configuration = {
            domi.services.dns.zones = lib.mkForce {
              lan.records = [
                "printer.lan. IN A 192.0.2.8"
                "new.lan. IN A 192.0.2.9"
              ];
            };
          };
        };
        testScript = ''
          start_all()
          machine.wait_for_unit("dns.service")
          output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 old.lan")
          assert output.rstrip() == "192.0.2.6", f"the output is {output!r}"
          machine.succeed("echo ';; kept' >> /var/lib/dns/root.key")
          machine.succeed(
              "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
          )
          machine.wait_until_succeeds(
              "dig +short +tries=1 +time=5 @127.0.0.1 printer.lan | grep -x 192.0.2.8"
          )
          output = machine.succeed("dig +short +tries=1 +time=5 @127.0.0.1 new.lan")
          assert output.rstrip() == "192.0.2.9", f"the output is {output!r}"
          output = machine.succeed(
              "dig +noall +comments +tries=1 +time=5 @127.0.0.1 old.lan | grep -o 'status: [A-Z]*'"
          )
          assert output.rstrip() == "status: NXDOMAIN", f"the output is {output!r}"
          machine.succeed("grep -x ';; kept' /var/lib/dns/root.key")
        '';
      };

  starts-again-when-it-is-killed = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-starts-again-when-it-is-killed";
    nodes.machine = {
      imports = [ module ];
      domi.services.dns = {
        enable = true;
        zones.lan.records = [ "printer.lan. IN A 192.0.2.7" ];
      };
      environment.systemPackages = [ pkgs.bind.dnsutils ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("dns.service")
      machine.succeed("systemctl kill --signal=KILL dns.service")
      machine.wait_until_succeeds(
          "dig +short +tries=1 +time=5 @127.0.0.1 printer.lan | grep -x 192.0.2.7"
      )
    '';
  };

  keeps-what-it-learns-of-the-key-of-the-root-zone = pkgs.testers.runNixOSTest {
    _file = ./dns.nix;
    name = "dns-keeps-what-it-learns-of-the-key-of-the-root-zone";
    nodes.machine = {
      imports = [ module ];
      domi.services.dns.enable = true;
      environment.systemPackages = [ pkgs.bind.dnsutils ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("dns.service")
      machine.succeed("systemctl stop dns.service")
      machine.succeed("echo ';; kept' >> /var/lib/dns/root.key")
      machine.succeed("systemctl start dns.service")
      machine.shutdown()
      machine.start()
      machine.wait_for_unit("dns.service")
      machine.succeed("grep -x ';; kept' /var/lib/dns/root.key")
    '';
  };

  refuses-a-network-without-a-size =
    let
      config = evaluate {
        enable = true;
        allow = [ "192.0.2.1" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a network without a size: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.dns.allow
      || lib.any (a: !a.assertion && lib.hasInfix "allow" a.message) config.assertions
    ) "refuses a network without a size: refused, but not because of allow";
    pkgs.runCommand "dns-refuses-a-network-without-a-size" { } "touch $out";

  refuses-a-network-of-too-many-bits =
    let
      config = evaluate {
        enable = true;
        refuse = [ "192.0.2.0/33" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a network of too many bits: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.dns.refuse
      || lib.any (a: !a.assertion && lib.hasInfix "refuse" a.message) config.assertions
    ) "refuses a network of too many bits: refused, but not because of refuse";
    pkgs.runCommand "dns-refuses-a-network-of-too-many-bits" { } "touch $out";

  refuses-a-name-to-listen-on =
    let
      config = evaluate {
        enable = true;
        listen = [ "localhost" ];
      };
    in
    assert lib.assertMsg (refused config.domi.services.dns.listen)
      "refuses a name to listen on: listen is accepted";
    pkgs.runCommand "dns-refuses-a-name-to-listen-on" { } "touch $out";

  refuses-a-network-that-may-and-may-not-ask =
    let
      config = evaluate {
        enable = true;
        allow = [ "192.0.2.0/24" ];
        refuse = [ "192.0.2.0/24" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a network that may and may not ask: the settings are accepted";
    assert lib.assertMsg
      (lib.any (a: !a.assertion && lib.hasInfix "in `allow` and in `refuse`" a.message) config.assertions)
      "refuses a network that may and may not ask: refused, but not because of in `allow` and in `refuse`";
    pkgs.runCommand "dns-refuses-a-network-that-may-and-may-not-ask" { } "touch $out";

  refuses-to-believe-everything-and-to-check-it =
    let
      config = evaluate {
        enable = true;
        forwards."." = {
          insecure = true;
          servers = [ "192.0.2.53" ];
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to believe everything and to check it: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "dnssec" a.message)
      config.assertions
    ) "refuses to believe everything and to check it: refused, but not because of dnssec";
    pkgs.runCommand "dns-refuses-to-believe-everything-and-to-check-it" { } "touch $out";

  refuses-a-zone-that-nobody-is-asked-for =
    let
      config = evaluate {
        enable = true;
        forwards.lan.servers = [ ];
      };
    in
    assert lib.assertMsg (refused config.domi.services.dns.forwards.lan.servers)
      "refuses a zone that nobody is asked for: servers is accepted";
    pkgs.runCommand "dns-refuses-a-zone-that-nobody-is-asked-for" { } "touch $out";

  refuses-a-zone-whose-name-is-none =
    let
      config = evaluate {
        enable = true;
        zones."lan\" static\nx: \"".records = [ "x. IN A 192.0.2.1" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a zone whose name is none: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "is no name" a.message
    ) config.assertions) "refuses a zone whose name is none: refused, but not because of is no name";
    pkgs.runCommand "dns-refuses-a-zone-whose-name-is-none" { } "touch $out";

  refuses-a-record-of-two-lines =
    let
      config = evaluate {
        enable = true;
        zones.lan.records = [ "x.lan. IN A 192.0.2.1\n'" ];
      };
    in
    assert lib.assertMsg (refused config.domi.services.dns.zones.lan.records)
      "refuses a record of two lines: records is accepted";
    pkgs.runCommand "dns-refuses-a-record-of-two-lines" { } "touch $out";

  refuses-a-record-that-ends-its-quotes =
    let
      config = evaluate {
        enable = true;
        zones.lan.records = [ "x.lan. IN TXT it's" ];
      };
    in
    assert lib.assertMsg (refused config.domi.services.dns.zones.lan.records)
      "refuses a record that ends its quotes: records is accepted";
    pkgs.runCommand "dns-refuses-a-record-that-ends-its-quotes" { } "touch $out";
}
