# A web server in front of others: sites by name, TLS, backends that may fail.
#
# Generated from crates/features/web-gateway by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/web-gateway.nix;

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
          domi.services.web-gateway = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  serves-sites-by-their-names-and-nobody-by-another = pkgs.testers.runNixOSTest {
    _file = ./web-gateway.nix;
    name = "web-gateway-serves-sites-by-their-names-and-nobody-by-another";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-gateway = {
        enable = true;
        virtualHosts = {
          files = {
            aliases = [ "*.files.test" ];
            locations."/deep/".serve.files = "/srv/files";
            serverName = "files.test";
          };
          "site.test" = {
            headers.X-Of = "the \"site\"; all of it";
            locations = {
              "/".serve.text = "hello from \"$host\"";
              "= /old".serve.redirect = "http://site.test/";
            };
          };
        };
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /srv/files/deep/page.html 0644 - - - <p>a page" ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/any"
      )
      assert output.rstrip() == 'hello from "site.test"', f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/old --head"
      )
      assert re.search("301 [\\s\\S]*Location: http://site.test/", output.rstrip(), re.ASCII), f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/ --head"
      )
      assert 'X-Of: the "site"; all of it' in output, f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to files.test::127.0.0.1: http://files.test/deep/page.html"
      )
      assert output.rstrip() == "<p>a page", f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to www.files.test::127.0.0.1: http://www.files.test/deep/page.html --head"
      )
      assert "text/html" in output, f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to files.test::127.0.0.1: http://files.test/deep/../../etc/passwd --head --path-as-is"
      )
      assert "400" in output, f"the output is {output!r}"
      machine.fail(
          "curl --silent --max-time 20 --connect-to other.test::127.0.0.1: http://other.test/"
      )
      machine.fail("curl --silent --max-time 20 http://127.0.0.1/")
      machine.succeed(
          "test $(stat --format %u /proc/$(cat /run/web-gateway/nginx.pid)) -ge 61184"
      )
      machine.succeed("systemd-analyze security --threshold=30 web-gateway.service")
    '';
  };

  speaks-tls-and-sends-those-who-come-without-it-there = pkgs.testers.runNixOSTest {
    _file = ./web-gateway.nix;
    name = "web-gateway-speaks-tls-and-sends-those-who-come-without-it-there";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-gateway = {
        enable = true;
        httpsPort = 8443;
        virtualHosts."secret.test" = {
          locations."/".serve.text = "secret";
          strictTransportSecurity = 31536000;
          tls = {
            certificate = "/run/tests.crt";
            key = "/run/tests.key";
          };
        };
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [
        "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
        "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
      ];
    };
    testScript = ''
      import re

      start_all()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to secret.test:8443:127.0.0.1: https://secret.test:8443/ --cacert /run/tests.crt"
      )
      assert output.rstrip() == "secret", f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to secret.test:8443:127.0.0.1: https://secret.test:8443/ --insecure --include"
      )
      assert re.search("HTTP/2 200[\\s\\S]*max-age=31536000", output.rstrip(), re.ASCII), f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to secret.test::127.0.0.1: http://secret.test/page?a=b --head"
      )
      assert re.search("308 [\\s\\S]*Location: https://secret.test:8443/page\\?a=b", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.fail(
          "curl --silent --max-time 20 --connect-to other.test:8443:127.0.0.1: https://other.test:8443/ --insecure"
      )
    '';
  };

  goes-on-when-one-of-two-backends-dies-or-hangs = pkgs.testers.runNixOSTest {
    _file = ./web-gateway.nix;
    name = "web-gateway-goes-on-when-one-of-two-backends-dies-or-hangs";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-gateway = {
        enable = true;
        upstreams.app.servers = [
          {
            address = "127.0.0.1:8001";
            failTimeout = "2s";
          }
          {
            address = "127.0.0.1:8002";
            failTimeout = "2s";
          }
        ];
        virtualHosts."app.test".locations."/" = {
          readTimeout = "2s";
          serve.upstream = "app";
        };
      };
      environment.systemPackages = [
        pkgs.curl
        pkgs.nginx
      ];
      systemd.tmpfiles.rules = [
        "f+ /etc/left.conf 0644 - - - user root;\\npid /run/left.pid;\\nworker_processes 1;\\nevents { }\\nhttp {\\naccess_log off;\\nclient_body_temp_path /run/left-client_body;\\nproxy_temp_path /run/left-proxy;\\nfastcgi_temp_path /run/left-fastcgi;\\nuwsgi_temp_path /run/left-uwsgi;\\nscgi_temp_path /run/left-scgi;\\nserver {\\nlisten 127.0.0.1:8001;\\nreturn 200 left;\\n}\\n}\\n"
        "f+ /etc/right.conf 0644 - - - user root;\\npid /run/right.pid;\\nworker_processes 1;\\nevents { }\\nhttp {\\naccess_log off;\\nclient_body_temp_path /run/right-client_body;\\nproxy_temp_path /run/right-proxy;\\nfastcgi_temp_path /run/right-fastcgi;\\nuwsgi_temp_path /run/right-uwsgi;\\nscgi_temp_path /run/right-scgi;\\nserver {\\nlisten 127.0.0.1:8002;\\nreturn 200 right;\\n}\\n}\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("nginx -e stderr -c /etc/left.conf")
      machine.succeed("nginx -e stderr -c /etc/right.conf")
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique"
      )
      assert output.rstrip() == "left\nright", f"the output is {output!r}"
      machine.succeed("kill $(cat /run/left.pid)")
      machine.wait_until_succeeds("test ! -e /run/left.pid")
      output = machine.succeed(
          "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique"
      )
      assert output.rstrip() == "right", f"the output is {output!r}"
      machine.succeed("nginx -e stderr -c /etc/left.conf")
      machine.wait_until_succeeds(
          "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique | grep left"
      )
      machine.succeed("kill -STOP $(cat /proc/$(cat /run/right.pid)/task/*/children)")
      output = machine.succeed(
          "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique"
      )
      assert output.rstrip() == "left", f"the output is {output!r}"
      machine.succeed("kill -CONT $(cat /proc/$(cat /run/right.pid)/task/*/children)")
      machine.succeed("kill $(cat /run/left.pid) $(cat /run/right.pid)")
      machine.wait_until_succeeds(
          "curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --head | grep ' 502 '"
      )
    '';
  };

  goes-on-when-the-machine-of-a-backend-is-cut-off-and-is-closed-to-others-by-default =
    pkgs.testers.runNixOSTest
      {
        _file = ./web-gateway.nix;
        name = "web-gateway-goes-on-when-the-machine-of-a-backend-is-cut-off-and-is-closed-to-others-by-default";
        nodes = {
          front = {
            imports = [ module ];
            domi.services.web-gateway = {
              enable = true;
              upstreams.app.servers = [
                { address = "left:80"; }
                { address = "right:80"; }
              ];
              virtualHosts."app.test".locations."/" = {
                connectTimeout = "2s";
                readTimeout = "2s";
                serve.upstream = "app";
              };
            };
            environment.systemPackages = [ pkgs.curl ];
          };
          left = {
            imports = [ module ];
            domi.services.web-gateway = {
              enable = true;
              openFirewall = true;
              virtualHosts.here = {
                default = true;
                locations."/".serve.text = "left";
              };
            };
            environment.systemPackages = [ pkgs.curl ];
          };
          right = {
            imports = [ module ];
            domi.services.web-gateway = {
              enable = true;
              openFirewall = true;
              virtualHosts.here = {
                default = true;
                locations."/".serve.text = "right";
              };
            };
            environment.systemPackages = [ pkgs.curl ];
          };
        };
        testScript = ''
          start_all()
          left.wait_for_unit("web-gateway.service")
          right.wait_for_unit("web-gateway.service")
          front.wait_for_unit("web-gateway.service")
          output = front.succeed(
              "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique"
          )
          assert output.rstrip() == "left\nright", f"the output is {output!r}"
          left.fail("curl --silent --max-time 3 http://front/")
          left.block()
          output = front.succeed(
              "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique"
          )
          assert output.rstrip() == "right", f"the output is {output!r}"
          left.unblock()
          front.wait_until_succeeds(
              "for i in 1 2 3 4 5 6 7 8; do curl --silent --max-time 20 --connect-to app.test::127.0.0.1: http://app.test/ --fail || echo none; echo; done | sort --unique | grep left"
          )
        '';
      };

  reads-other-settings-under-load-and-loses-no-request = pkgs.testers.runNixOSTest {
    _file = ./web-gateway.nix;
    name = "web-gateway-reads-other-settings-under-load-and-loses-no-request";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-gateway = {
        enable = true;
        extraConfig = "send_timeout 600s;";
        shutdownTimeout = 600;
        virtualHosts."site.test" = {
          locations = {
            "/".serve.files = "/srv/site";
            "= /text".serve.text = "first";
          };
          tls = {
            certificate = "/run/tests.crt";
            key = "/run/tests.key";
          };
          withoutTls = "serve";
        };
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [
        "f+ /srv/site/page 0644 - - - page\\n"
        "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
        "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("web-gateway.service")
      machine.succeed("head --bytes=12M /dev/zero >/srv/site/large")
      machine.succeed(
          "(while ! test -e /run/stop; do curl --silent --max-time 20 --connect-to site.test::127.0.0.1: 'http://site.test/page?[1-10]' --fail --header 'Connection: close' >>/run/answers || echo lost >>/run/lost; sleep 0.1; done; touch /run/ended) >/dev/null 2>&1 &"
      )
      machine.succeed(
          "(exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET /large HTTP/1.0\\r\\nHost: site.test\\r\\n\\r\\n' >&3; head --bytes=1000 <&3 >/run/large; while ! test -e /run/stop; do sleep 0.2; done; cat <&3 >>/run/large; touch /run/slow) >/dev/null 2>&1 &"
      )
      machine.wait_for_file("/run/answers")
      machine.wait_for_file("/run/large")
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/text"
      )
      assert output.rstrip() == "first", f"the output is {output!r}"
      machine.succeed(
          "sed 's/first/second/' /etc/web-gateway/nginx.conf >/run/new.conf && cp --remove-destination /run/new.conf /etc/web-gateway/nginx.conf"
      )
      machine.succeed("systemctl reload web-gateway")
      machine.wait_until_succeeds(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/text | grep second"
      )
      machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: https://site.test/text --cacert /run/tests.crt --fail"
      )
      machine.succeed(
          "printf %s '-----BEGIN CERTIFICATE-----\n"
          "MIIBuDCCAV+gAwIBAgIUK103DvpZtU5TBW0jQy+dsV4Tx/kwCgYIKoZIzj0EAwIw\n"
          "EjEQMA4GA1UEAwwHcmVuZXdlZDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw\n"
          "MDAwMFowEjEQMA4GA1UEAwwHcmVuZXdlZDBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
          "A0IABNE01VDJxR/GkR3t+G8KbuCBb6F9VoPb+3nbrfpfd34bBfEG4qIfmdSNYUBW\n"
          "/9/ynyPtbkdhYCWW0DlIrf3/9qijgZAwgY0wWwYDVR0RBFQwUoIJc2l0ZS50ZXN0\n"
          "ggtzZWNyZXQudGVzdIIBYYIBYoIBY4IGY2xpZW50ggdtYWNoaW5lggZzZXJ2ZXKC\n"
          "BXN0b3Jlgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4E\n"
          "FgQUdqioNJ5ydgWuWXE+Bw9jzIBavPUwCgYIKoZIzj0EAwIDRwAwRAIgBZiGP2sv\n"
          "H0VJLt1prKAN6PRglQvnq3kQyI7nBK+pZesCIGGtnBoLKRDcDRtwAuIyQGy7SJ9H\n"
          "aK5phycNTWg3V/bL\n"
          "-----END CERTIFICATE-----\n"
          "' | install -D -m 0644 /dev/stdin /run/tests.crt"
      )
      machine.fail(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: https://site.test/text --cacert /run/tests.crt --fail"
      )
      machine.succeed("systemctl reload web-gateway")
      machine.succeed("systemctl reload web-gateway")
      machine.wait_until_succeeds(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: https://site.test/text --cacert /run/tests.crt --fail"
      )
      machine.succeed(
          "sed 's/second/third\";; \"/' /etc/web-gateway/nginx.conf >/run/new.conf && cp --remove-destination /run/new.conf /etc/web-gateway/nginx.conf"
      )
      machine.fail("systemctl reload web-gateway")
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/text"
      )
      assert output.rstrip() == "second", f"the output is {output!r}"
      machine.succeed("touch /run/stop")
      machine.wait_for_file("/run/ended")
      machine.wait_for_file("/run/slow")
      machine.succeed("tail --bytes=12M /run/large | cmp - /srv/site/large")
      machine.fail("test -e /run/lost")
      output = machine.succeed("sort --unique /run/answers")
      assert output.rstrip() == "page", f"the output is {output!r}"
      machine.succeed("test $(wc --lines </run/answers) -ge 20")
    '';
  };

  reloads-when-the-machine-is-switched-to-other-sites-and-loses-no-request =
    pkgs.testers.runNixOSTest
      {
        _file = ./web-gateway.nix;
        name = "web-gateway-reloads-when-the-machine-is-switched-to-other-sites-and-loses-no-request";
        nodes.machine = {
          imports = [ module ];
          domi.services.web-gateway = {
            enable = true;
            virtualHosts."site.test".locations = {
              "/".serve.text = "page";
              "= /text".serve.text = "first";
            };
          };
          environment.systemPackages = [ pkgs.curl ];
          system.switch.enable = true;
          specialisation.changed.configuration = {
            domi.services.web-gateway.virtualHosts = lib.mkForce {
              "new.test".locations."/".serve.text = "new";
              "site.test".locations = {
                "/".serve.text = "page";
                "= /text".serve.text = "second";
              };
            };
          };
        };
        testScript = ''
          start_all()
          machine.wait_for_unit("web-gateway.service")
          machine.succeed("systemctl show --property=MainPID web-gateway >/run/before")
          machine.succeed(
              "(while ! test -e /run/stop; do curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/ --fail >>/run/answers || echo lost >>/run/lost; sleep 0.05; done; touch /run/ended) >/dev/null 2>&1 &"
          )
          machine.wait_for_file("/run/answers")
          machine.succeed(
              "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
          )
          machine.wait_until_succeeds(
              "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/text | grep second"
          )
          output = machine.succeed(
              "curl --silent --max-time 20 --connect-to new.test::127.0.0.1: http://new.test/"
          )
          assert output.rstrip() == "new", f"the output is {output!r}"
          machine.succeed("systemctl show --property=MainPID web-gateway | cmp - /run/before")
          machine.succeed("/run/booted-system/bin/switch-to-configuration test")
          machine.wait_until_succeeds(
              "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/text | grep first"
          )
          machine.fail(
              "curl --silent --max-time 20 --connect-to new.test::127.0.0.1: http://new.test/"
          )
          machine.succeed("systemctl show --property=MainPID web-gateway | cmp - /run/before")
          machine.succeed("touch /run/stop")
          machine.wait_for_file("/run/ended")
          machine.fail("test -e /run/lost")
        '';
      };

  serves-again-after-it-was-killed-and-when-the-machine-starts-again = pkgs.testers.runNixOSTest {
    _file = ./web-gateway.nix;
    name = "web-gateway-serves-again-after-it-was-killed-and-when-the-machine-starts-again";
    nodes.machine = {
      imports = [ module ];
      domi.services.web-gateway = {
        enable = true;
        virtualHosts."site.test".locations."/".serve.text = "hello";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("web-gateway.service")
      machine.succeed("systemctl kill --signal=KILL web-gateway")
      machine.wait_until_succeeds(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/"
      )
      machine.succeed("kill -KILL $(cat /run/web-gateway/nginx.pid)")
      machine.wait_until_succeeds(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/ | grep hello"
      )
      machine.shutdown()
      machine.start()
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed(
          "curl --silent --max-time 20 --connect-to site.test::127.0.0.1: http://site.test/"
      )
      assert output.rstrip() == "hello", f"the output is {output!r}"
    '';
  };

  refuses-an-upstream-that-is-not-there =
    let
      config = evaluate {
        enable = true;
        virtualHosts."site.test".locations."/".serve.upstream = "app";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses an upstream that is not there: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "names an upstream" a.message)
      config.assertions
    ) "refuses an upstream that is not there: refused, but not because of names an upstream";
    pkgs.runCommand "web-gateway-refuses-an-upstream-that-is-not-there" { } "touch $out";

  refuses-a-name-of-a-site-that-would-be-more-than-one =
    let
      config = evaluate {
        enable = true;
        virtualHosts."a.test b.test".default = false;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a name of a site that would be more than one: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.web-gateway.virtualHosts."a.test b.test".serverName
      || lib.any (a: !a.assertion && lib.hasInfix "serverName" a.message) config.assertions
    ) "refuses a name of a site that would be more than one: refused, but not because of serverName";
    pkgs.runCommand "web-gateway-refuses-a-name-of-a-site-that-would-be-more-than-one" { } "touch $out";

  refuses-a-path-that-would-end-the-block =
    let
      config = evaluate {
        enable = true;
        virtualHosts."site.test".locations."/ { }".serve.text = "x";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a path that would end the block: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.web-gateway.virtualHosts."site.test".locations."/ { }".path
      || lib.any (a: !a.assertion && lib.hasInfix "path" a.message) config.assertions
    ) "refuses a path that would end the block: refused, but not because of path";
    pkgs.runCommand "web-gateway-refuses-a-path-that-would-end-the-block" { } "touch $out";

  refuses-two-sites-of-one-name =
    let
      config = evaluate {
        enable = true;
        virtualHosts = {
          "other.test".default = false;
          "site.test".serverName = "other.test";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses two sites of one name: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "the same `serverName`" a.message)
      config.assertions
    ) "refuses two sites of one name: refused, but not because of the same `serverName`";
    pkgs.runCommand "web-gateway-refuses-two-sites-of-one-name" { } "touch $out";

  refuses-two-default-sites =
    let
      config = evaluate {
        enable = true;
        virtualHosts = {
          "other.test".default = true;
          "site.test".default = true;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses two default sites: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "several virtual hosts are the default" a.message)
      config.assertions
    ) "refuses two default sites: refused, but not because of several virtual hosts are the default";
    pkgs.runCommand "web-gateway-refuses-two-default-sites" { } "touch $out";

  refuses-a-key-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        virtualHosts."site.test".tls = {
          certificate = "/run/tests.crt";
          key = "/nix/store/00000000000000000000000000000000-key";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a key that everyone can read: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.web-gateway.virtualHosts."site.test".tls.key
      || lib.any (a: !a.assertion && lib.hasInfix "key" a.message) config.assertions
    ) "refuses a key that everyone can read: refused, but not because of key";
    pkgs.runCommand "web-gateway-refuses-a-key-that-everyone-can-read" { } "touch $out";

  refuses-a-backup-where-nginx-has-none =
    let
      config = evaluate {
        enable = true;
        upstreams.app = {
          balance = "ip-hash";
          servers = [
            { address = "127.0.0.1:8001"; }
            {
              address = "127.0.0.1:8002";
              backup = true;
            }
          ];
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a backup where nginx has none: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "no `backup`" a.message)
      config.assertions
    ) "refuses a backup where nginx has none: refused, but not because of no `backup`";
    pkgs.runCommand "web-gateway-refuses-a-backup-where-nginx-has-none" { } "touch $out";

  refuses-a-server-without-a-port =
    let
      config = evaluate {
        enable = true;
        upstreams.app.servers = [ { address = "127.0.0.1"; } ];
      };
    in
    assert lib.assertMsg (refused config.domi.services.web-gateway.upstreams.app.servers)
      "refuses a server without a port: upstreams.app.servers is accepted";
    pkgs.runCommand "web-gateway-refuses-a-server-without-a-port" { } "touch $out";
}
