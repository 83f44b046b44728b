# A web site with all around it: the gateway, figures and alarms, copies.
#
# Generated from crates/features/site by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/features/site.nix;
  features = import ../nix/features.nix;
  # What the feature requires, with as little set as can be.
  required = lib.concatMap (name: [
    features.${name}.module
    features.${name}.enabled
  ]) features.site.requires;
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
          imports = [ module ] ++ required;
          boot.isContainer = true;
          documentation.enable = false;
          nixpkgs.pkgs = pkgs;
          system.stateVersion = lib.trivial.release;
          domi.features.site = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  is-served-by-the-gateway-and-an-alert-tells-when-it-is-down = pkgs.testers.runNixOSTest {
    _file = ./site.nix;
    name = "site-is-served-by-the-gateway-and-an-alert-tells-when-it-is-down";
    nodes.machine = {
      imports = [ module ] ++ required ++ beside [ "metrics" ];
      domi.features.site = {
        enable = true;
        aliases = [ "*.shop.test" ];
        domain = "shop.test";
        watch = {
          for = "0s";
          seconds = 1;
        };
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /srv/site/index.html 0644 - - - <p>a shop" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "curl --silent --max-time 10 --connect-to ::127.0.0.1: http://shop.test/"
      )
      assert output.rstrip() == "<p>a shop", f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 10 --connect-to ::127.0.0.1: http://www.shop.test/ --head"
      )
      assert "nosniff" in output, f"the output is {output!r}"
      machine.fail("curl --silent --max-time 10 --connect-to ::127.0.0.1: http://other.test/")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_up{domain=\"shop.test\"} 1'"
      )
      machine.succeed(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_status{domain=\"shop.test\"} 200'"
      )
      machine.succeed("mv /srv/site /srv/gone")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_up{domain=\"shop.test\"} 0'"
      )
      machine.succeed(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_status{domain=\"shop.test\"} 40[34]'"
      )
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9090/api/v1/alerts | grep '\"alertname\":\"SiteDown\"'"
      )
      machine.succeed("mv /srv/gone /srv/site")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_up{domain=\"shop.test\"} 1'"
      )
      machine.succeed("systemctl stop web-gateway.service")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_status{domain=\"shop.test\"} 0'"
      )
      machine.succeed("systemd-analyze security --no-pager --threshold=20 site-probe.service")
    '';
  };

  is-open-to-visitors-with-tls-alone-and-passes-them-on-to-a-server = pkgs.testers.runNixOSTest {
    _file = ./site.nix;
    name = "site-is-open-to-visitors-with-tls-alone-and-passes-them-on-to-a-server";
    nodes = {
      visitor = {
        environment.systemPackages = [ pkgs.curl ];
        systemd.tmpfiles.rules = [
          "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
        ];
      };
      web = {
        imports = [ module ] ++ required ++ beside [ "metrics" ];
        domi.features.site = {
          enable = true;
          content.server = "127.0.0.1:8080";
          domain = "site.test";
          openFirewall = true;
          tls = {
            certificate = "/run/tests.crt";
            key = "/run/tests.key";
          };
          watch = {
            seconds = 1;
            trust = "/run/tests.crt";
          };
        };
        environment.systemPackages = [ pkgs.curl ];
        systemd.tmpfiles.rules = [
          "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
          "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
          "f+ /run/systemd/system/shop.socket 0644 - - - [Socket]\\nListenStream=127.0.0.1:8080\\nAccept=yes\\n"
          "f+ /run/systemd/system/shop@.service 0644 - - - [Service]\\nEnvironment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\\nExecStart=/bin/sh /run/shop.sh\\nStandardInput=socket\\n"
          "f+ /run/shop.sh 0644 - - - while read -r line && test \${#line} -gt 1; do :; done\\nprintf 'HTTP/1.0 200 OK\\\\r\\\\n\\\\r\\\\na shop'\\n"
        ];
      };
    };
    testScript = ''
      import re

      start_all()
      web.wait_for_unit("web-gateway.service")
      web.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_status{domain=\"site.test\"} 502'"
      )
      web.succeed("systemctl start shop.socket")
      web.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_up{domain=\"site.test\"} 1'"
      )
      output = visitor.succeed(
          "curl --silent --max-time 10 --cacert /run/tests.crt --connect-to ::web: https://site.test/"
      )
      assert output.rstrip() == "a shop", f"the output is {output!r}"
      output = visitor.succeed(
          "curl --silent --max-time 10 --cacert /run/tests.crt --connect-to ::web: https://site.test/ --head"
      )
      assert "max-age=31536000" in output, f"the output is {output!r}"
      output = visitor.succeed(
          "curl --silent --max-time 10 --cacert /run/tests.crt --connect-to ::web: http://site.test/page --head"
      )
      assert re.search("308 [\\s\\S]*Location: https://site.test/page", output.rstrip(), re.ASCII), f"the output is {output!r}"
      visitor.fail("curl --silent --max-time 3 http://web:9090/")
      visitor.fail("curl --silent --max-time 3 http://web:9100/")
    '';
  };

  is-saved-with-all-else-that-the-machine-saves = pkgs.testers.runNixOSTest {
    _file = ./site.nix;
    name = "site-is-saved-with-all-else-that-the-machine-saves";
    nodes.machine = {
      imports = [ module ] ++ required ++ beside [ "backup" ];
      domi.features.site = {
        enable = true;
        backup.folders = [ "/srv/site" ];
      };
      systemd.tmpfiles.rules = [ "f+ /srv/site/index.html 0644 - - - <p>a shop" ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "systemctl show --property=ExecStart --value backup.service |\n"
          "             sed 's/.* path=\\([^ ;]*\\).*/\\1/' | xargs grep --fixed-strings /srv/site"
      )
    '';
  };

  gets-another-name-while-it-is-served-and-is-there-after-a-start = pkgs.testers.runNixOSTest {
    _file = ./site.nix;
    name = "site-gets-another-name-while-it-is-served-and-is-there-after-a-start";
    nodes.machine = {
      imports = [ module ] ++ required ++ beside [ "metrics" ];
      domi.features.site = {
        enable = true;
        domain = "shop.test";
        watch.seconds = 1;
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /srv/site/index.html 0644 - - - <p>a shop" ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.features.site.domain = lib.mkForce "store.test";
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("web-gateway.service")
      machine.shutdown()
      machine.start()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "curl --silent --max-time 10 --connect-to ::127.0.0.1: http://shop.test/"
      )
      assert output.rstrip() == "<p>a shop", f"the output is {output!r}"
      machine.succeed("systemctl show --property=MainPID web-gateway >/run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_until_succeeds(
          "curl --silent --max-time 10 --connect-to ::127.0.0.1: http://store.test/ | grep shop"
      )
      machine.fail("curl --silent --max-time 10 --connect-to ::127.0.0.1: http://shop.test/")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9100/metrics | grep '^site_up{domain=\"store.test\"} 1'"
      )
      machine.succeed("systemctl show --property=MainPID web-gateway | cmp - /run/before")
    '';
  };

  is-found-by-the-machine-itself-where-that-is-asked-for = pkgs.testers.runNixOSTest {
    _file = ./site.nix;
    name = "site-is-found-by-the-machine-itself-where-that-is-asked-for";
    nodes.machine = {
      imports = [ module ] ++ required;
      domi.features.site = {
        enable = true;
        domain = "shop.test";
        knownHere = true;
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /srv/site/index.html 0644 - - - <p>a shop" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed("curl --silent --max-time 10 http://shop.test/")
      assert output.rstrip() == "<p>a shop", f"the output is {output!r}"
    '';
  };

  refuses-a-name-that-would-be-more-than-one =
    let
      config = evaluate {
        enable = true;
        domain = "a.test b.test";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a name that would be more than one: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.features.site.domain
      || lib.any (a: !a.assertion && lib.hasInfix "domain" a.message) config.assertions
    ) "refuses a name that would be more than one: refused, but not because of domain";
    pkgs.runCommand "site-refuses-a-name-that-would-be-more-than-one" { } "touch $out";

  refuses-a-name-that-stands-twice =
    let
      config = evaluate {
        enable = true;
        aliases = [ "shop.test" ];
        domain = "shop.test";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a name that stands twice: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "stands in `aliases`" a.message)
      config.assertions
    ) "refuses a name that stands twice: refused, but not because of stands in `aliases`";
    pkgs.runCommand "site-refuses-a-name-that-stands-twice" { } "touch $out";

  refuses-a-certificate-without-its-key =
    let
      config = evaluate {
        enable = true;
        tls.certificate = "/run/tests.crt";
      };
    in
    assert lib.assertMsg (refused config.domi.features.site.tls.key)
      "refuses a certificate without its key: key is accepted";
    pkgs.runCommand "site-refuses-a-certificate-without-its-key" { } "touch $out";
}
