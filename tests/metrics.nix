# Figures of machines and programs over time, and alerts that reach people.
#
# Generated from crates/features/metrics by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/metrics.nix;

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
          domi.services.metrics = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  reads-its-own-parts-which-run-confined-and-alone = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-reads-its-own-parts-which-run-confined-and-alone";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        alertmanager = {
          enable = true;
          externalUrl = "https://example.org/alerts/";
        };
        server = {
          externalUrl = "https://example.org/prometheus/";
          scrapeInterval = "5s";
        };
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
    };
    testScript = ''
      start_all()
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=sum(up{job=\"self\"})' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"3\"]'"
      )
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=count(node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"})' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"1\"]'"
      )
      output = machine.succeed(
          "ss -Hltn 'sport = :9090 or sport = :9093 or sport = :9094 or sport = :9100' | tr -s ' ' | cut -d ' ' -f 4 | sort"
      )
      assert output.rstrip() == "127.0.0.1:9090\n127.0.0.1:9093\n127.0.0.1:9100", f"the output is {output!r}"
      output = machine.succeed("stat -c %U /proc/$(systemctl show -P MainPID metrics)")
      assert output.rstrip() == "metrics", f"the output is {output!r}"
      output = machine.succeed(
          "stat -c %U /proc/$(systemctl show -P MainPID metrics-alertmanager)"
      )
      assert output.rstrip() == "metrics-alertmanager", f"the output is {output!r}"
      output = machine.succeed("stat -c '%U %a' /var/lib/metrics")
      assert output.rstrip() == "metrics 700", f"the output is {output!r}"
      machine.succeed("systemd-analyze security --no-pager --threshold=20 metrics.service")
      machine.fail(
          "stat -c %U /proc/$(systemctl show -P MainPID metrics) | grep --line-regexp root"
      )
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 metrics-exporter.service"
      )
      machine.fail(
          "stat -c %U /proc/$(systemctl show -P MainPID metrics-exporter) | grep --line-regexp root"
      )
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 metrics-alertmanager.service"
      )
      machine.fail(
          "stat -c %U /proc/$(systemctl show -P MainPID metrics-alertmanager) | grep --line-regexp root"
      )
    '';
  };

  reads-other-machines-which-are-closed-to-it-by-default = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-reads-other-machines-which-are-closed-to-it-by-default";
    nodes = {
      closed = {
        imports = [ module ];
        domi.services.metrics = {
          enable = true;
          exporter.listenAddress = "0.0.0.0";
          server.enable = false;
        };
        environment.systemPackages = [
          pkgs.prometheus
          pkgs.prometheus.cli
          pkgs.prometheus-node-exporter
          pkgs.prometheus-alertmanager
          pkgs.curl
          pkgs.python3
        ];
      };
      open = {
        imports = [ module ];
        domi.services.metrics = {
          enable = true;
          exporter = {
            listenAddress = "0.0.0.0";
            openFirewall = true;
          };
          server.enable = false;
        };
        environment.systemPackages = [
          pkgs.prometheus
          pkgs.prometheus.cli
          pkgs.prometheus-node-exporter
          pkgs.prometheus-alertmanager
          pkgs.curl
          pkgs.python3
        ];
      };
      server = {
        imports = [ module ];
        domi.services.metrics = {
          enable = true;
          server = {
            jobs.machines.targets = [
              "open:9100"
              "closed:9100"
            ];
            scrapeInterval = "5s";
          };
        };
        environment.systemPackages = [
          pkgs.prometheus
          pkgs.prometheus.cli
          pkgs.prometheus-node-exporter
          pkgs.prometheus-alertmanager
          pkgs.curl
          pkgs.python3
        ];
      };
    };
    testScript = ''
      start_all()
      closed.wait_for_open_port(9100)
      closed.succeed("curl --silent --fail http://localhost:9100/metrics | grep node_load1")
      open.wait_for_open_port(9100)
      open.succeed("curl --silent --fail http://localhost:9100/metrics | grep node_load1")
      open.fail("systemctl is-active metrics")
      server.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=up{instance=\"open:9100\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"1\"]'"
      )
      server.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=up{instance=\"closed:9100\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"0\"]'"
      )
      open.block()
      server.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=up{instance=\"open:9100\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"0\"]'"
      )
      open.unblock()
      server.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=up{instance=\"open:9100\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"1\"]'"
      )
    '';
  };

  sends-alerts-to-those-whom-they-are-for-and-tells-when-they-are-over = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-sends-alerts-to-those-whom-they-are-for-and-tells-when-they-are-over";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        alertmanager = {
          enable = true;
          receivers = {
            chat.webhook.url.plain = "http://127.0.0.1:8001/chat";
            pager.webhook.url.file = "/run/secret-url";
          };
          route = {
            groupInterval = "1s";
            groupWait = "0s";
            receiver = "chat";
            routes = [
              {
                matchers = [ "severity=\"critical\"" ];
                receiver = "pager";
              }
            ];
          };
        };
        exporter.enable = false;
        server = {
          alerts = {
            Machines.expression = "self:up:sum == 2";
            "Shop down" = {
              annotations.summary = "{{ $labels.instance }} is \"closed\"";
              expression = "up{job=\"shop\"} == 0";
              for = "1s";
              labels.severity = "critical";
            };
          };
          evaluationInterval = "1s";
          jobs.shop.targets = [ "127.0.0.1:8000" ];
          records."self:up:sum".expression = "sum(up{job=\"self\"})";
          scrapeInterval = "2s";
        };
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
      systemd.tmpfiles.rules = [
        "f+ /etc/shop.py 0644 - - - # A program that has figures, and takes alerts. Each request is written to /run/heard.\\nimport http.server\\nimport os\\nimport sys\\n\\n\\nclass Shop(http.server.BaseHTTPRequestHandler):\\n    def answer(self, status, text=\"\"):\\n        self.send_response(status)\\n        self.send_header(\"Content-Type\", \"text/plain; version=0.0.4; charset=utf-8\")\\n        self.end_headers()\\n        self.wfile.write(text.encode())\\n\\n    def do_GET(self):\\n        allowed = os.environ.get(\"ALLOWED\")\\n        if allowed and self.headers.get(\"Authorization\") != allowed:\\n            self.answer(401)\\n        else:\\n            self.answer(200, \"# TYPE shop_orders gauge\\\\nshop_orders 42\\\\n\")\\n\\n    def do_POST(self):\\n        body = self.rfile.read(int(self.headers[\"Content-Length\"])).decode()\\n        with open(\"/run/heard\", \"a\") as heard:\\n            heard.write(self.path + \" \" + body + \"\\\\n\")\\n        self.answer(200)\\n\\n    def log_message(self, *arguments):\\n        pass\\n\\n\\nhttp.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Shop).serve_forever()\\n"
        "f+ /run/secret-url 0600 - - - http://127.0.0.1:8001/secret\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=people python3 -I /etc/shop.py 8001")
      machine.wait_until_succeeds(
          "grep '^/secret ' /run/heard | grep '\"alertname\":\"Shop down\"' | grep '^[^ ]* {\"receiver\":\"[a-z]*\",\"status\":\"firing\"'"
      )
      machine.succeed("grep --fixed-strings '127.0.0.1:8000 is \\\"closed\\\"' /run/heard")
      machine.wait_until_succeeds(
          "grep '^/chat ' /run/heard | grep '\"alertname\":\"Machines\"' | grep '^[^ ]* {\"receiver\":\"[a-z]*\",\"status\":\"firing\"'"
      )
      machine.fail("grep '^/chat .*Shop down' /run/heard")
      machine.fail("grep -Rqs 8001/secret /etc/metrics /etc/systemd/system/")
      machine.succeed("grep -Rqs 8001/chat /etc/metrics")
      machine.fail(
          "grep '^/secret ' /run/heard | grep '\"alertname\":\"Shop down\"' | grep '^[^ ]* {\"receiver\":\"[a-z]*\",\"status\":\"resolved\"'"
      )
      machine.succeed("systemd-run --quiet --unit=shop  python3 -I /etc/shop.py 8000")
      machine.wait_until_succeeds(
          "grep '^/secret ' /run/heard | grep '\"alertname\":\"Shop down\"' | grep '^[^ ]* {\"receiver\":\"[a-z]*\",\"status\":\"resolved\"'"
      )
    '';
  };

  reads-other-settings-without-a-restart-and-none-that-are-wrong = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-reads-other-settings-without-a-restart-and-none-that-are-wrong";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        alertmanager.enable = true;
        exporter.enable = false;
        server = {
          alerts.First.expression = "up == 7";
          evaluationInterval = "1s";
          scrapeInterval = "2s";
        };
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(9090)
      machine.wait_for_open_port(9093)
      machine.succeed("systemctl show -P MainPID metrics metrics-alertmanager >/run/before")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9090/api/v1/rules | grep First"
      )
      machine.succeed(
          "sed 's/First/Second/' /etc/metrics/rules.yml >/run/new && cp --remove-destination /run/new /etc/metrics/rules.yml"
      )
      machine.succeed("systemctl reload metrics")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9090/api/v1/rules | grep Second"
      )
      machine.succeed(
          "sed 's/up == 7/up ==/' /etc/metrics/rules.yml >/run/new && cp --remove-destination /run/new /etc/metrics/rules.yml"
      )
      machine.fail("systemctl reload metrics")
      output = machine.succeed("journalctl --unit metrics")
      assert "could not parse expression" in output, f"the output is {output!r}"
      output = machine.succeed("curl --silent http://127.0.0.1:9090/api/v1/rules")
      assert "Second" in output, f"the output is {output!r}"
      machine.succeed(
          "sed 's/30s/31s/' /etc/metrics/alertmanager.yml >/run/new && cp --remove-destination /run/new /etc/metrics/alertmanager.yml"
      )
      machine.succeed("systemctl reload metrics-alertmanager")
      machine.wait_until_succeeds(
          "curl --silent http://127.0.0.1:9093/api/v2/status | grep 'group_wait: 31s'"
      )
      machine.succeed(
          "sed 's/31s/never/' /etc/metrics/alertmanager.yml >/run/new && cp --remove-destination /run/new /etc/metrics/alertmanager.yml"
      )
      machine.fail("systemctl reload metrics-alertmanager")
      output = machine.succeed("curl --silent http://127.0.0.1:9093/api/v2/status")
      assert "group_wait: 31s" in output, f"the output is {output!r}"
      machine.succeed(
          "systemctl show -P MainPID metrics metrics-alertmanager | diff - /run/before"
      )
    '';
  };

  keeps-what-it-has-collected-when-it-is-given-other-settings = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-keeps-what-it-has-collected-when-it-is-given-other-settings";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        exporter.enable = false;
        server = {
          evaluationInterval = "1s";
          jobs.shop.targets = [ "127.0.0.1:8000" ];
          scrapeInterval = "2s";
        };
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
      systemd.tmpfiles.rules = [
        "f+ /etc/shop.py 0644 - - - # A program that has figures, and takes alerts. Each request is written to /run/heard.\\nimport http.server\\nimport os\\nimport sys\\n\\n\\nclass Shop(http.server.BaseHTTPRequestHandler):\\n    def answer(self, status, text=\"\"):\\n        self.send_response(status)\\n        self.send_header(\"Content-Type\", \"text/plain; version=0.0.4; charset=utf-8\")\\n        self.end_headers()\\n        self.wfile.write(text.encode())\\n\\n    def do_GET(self):\\n        allowed = os.environ.get(\"ALLOWED\")\\n        if allowed and self.headers.get(\"Authorization\") != allowed:\\n            self.answer(401)\\n        else:\\n            self.answer(200, \"# TYPE shop_orders gauge\\\\nshop_orders 42\\\\n\")\\n\\n    def do_POST(self):\\n        body = self.rfile.read(int(self.headers[\"Content-Length\"])).decode()\\n        with open(\"/run/heard\", \"a\") as heard:\\n            heard.write(self.path + \" \" + body + \"\\\\n\")\\n        self.answer(200)\\n\\n    def log_message(self, *arguments):\\n        pass\\n\\n\\nhttp.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Shop).serve_forever()\\n"
      ];
      system.switch.enable = true;
      specialisation = {
        changed-1.configuration = {
          domi.services.metrics.server = lib.mkForce {
            alerts.Closed.expression = "up{job=\"shop\"} == 0";
            evaluationInterval = "1s";
            jobs.shop.targets = [ "127.0.0.1:8000" ];
            scrapeInterval = "2s";
          };
        };
        changed-2.configuration = {
          domi.services.metrics.server = lib.mkForce {
            evaluationInterval = "1s";
            jobs.shop.targets = [ "127.0.0.1:8000" ];
            retentionTime = "3d";
            scrapeInterval = "2s";
          };
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=shop  python3 -I /etc/shop.py 8000")
      machine.wait_for_open_port(9090)
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.succeed("systemctl show -P MainPID metrics >/run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed-1/bin/switch-to-configuration test"
      )
      machine.succeed("systemctl stop shop")
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=ALERTS{alertname=\"Closed\",alertstate=\"firing\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"1\"]'"
      )
      machine.succeed(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.succeed("systemctl show -P MainPID metrics | cmp - /run/before")
      machine.succeed(
          "/run/booted-system/specialisation/changed-2/bin/switch-to-configuration test"
      )
      machine.wait_for_open_port(9090)
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.fail("systemctl show -P MainPID metrics | cmp - /run/before")
    '';
  };

  keeps-what-it-has-collected-restarted-or-killed = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-keeps-what-it-has-collected-restarted-or-killed";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        exporter.enable = false;
        server = {
          jobs.shop.targets = [ "127.0.0.1:8000" ];
          scrapeInterval = "2s";
        };
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
      systemd.tmpfiles.rules = [
        "f+ /etc/shop.py 0644 - - - # A program that has figures, and takes alerts. Each request is written to /run/heard.\\nimport http.server\\nimport os\\nimport sys\\n\\n\\nclass Shop(http.server.BaseHTTPRequestHandler):\\n    def answer(self, status, text=\"\"):\\n        self.send_response(status)\\n        self.send_header(\"Content-Type\", \"text/plain; version=0.0.4; charset=utf-8\")\\n        self.end_headers()\\n        self.wfile.write(text.encode())\\n\\n    def do_GET(self):\\n        allowed = os.environ.get(\"ALLOWED\")\\n        if allowed and self.headers.get(\"Authorization\") != allowed:\\n            self.answer(401)\\n        else:\\n            self.answer(200, \"# TYPE shop_orders gauge\\\\nshop_orders 42\\\\n\")\\n\\n    def do_POST(self):\\n        body = self.rfile.read(int(self.headers[\"Content-Length\"])).decode()\\n        with open(\"/run/heard\", \"a\") as heard:\\n            heard.write(self.path + \" \" + body + \"\\\\n\")\\n        self.answer(200)\\n\\n    def log_message(self, *arguments):\\n        pass\\n\\n\\nhttp.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Shop).serve_forever()\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("systemd-run --quiet --unit=shop  python3 -I /etc/shop.py 8000")
      machine.wait_for_open_port(9090)
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.succeed("systemctl stop shop")
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=up{job=\"shop\"}' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"0\"]'"
      )
      machine.succeed("systemctl kill --signal=KILL metrics")
      machine.wait_for_open_port(9090)
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.succeed("systemctl restart metrics")
      machine.wait_for_open_port(9090)
      machine.wait_until_succeeds(
          "curl --silent --fail --get --data-urlencode 'query=last_over_time(shop_orders[1h])' http://127.0.0.1:9090/api/v1/query | grep --fixed-strings ',\"42\"]'"
      )
      machine.fail("systemctl is-active shop")
    '';
  };

  asks-for-a-password-and-gives-its-own-to-others-without-anyone-reading-them =
    pkgs.testers.runNixOSTest
      {
        _file = ./metrics.nix;
        name = "metrics-asks-for-a-password-and-gives-its-own-to-others-without-anyone-reading-them";
        nodes.machine = {
          imports = [ module ];
          domi.services.metrics = {
            enable = true;
            exporter.enable = false;
            server = {
              jobs = {
                password = {
                  basicAuth = {
                    passwordFile = "/run/password";
                    username = "metrics";
                  };
                  targets = [ "127.0.0.1:8000" ];
                };
                token = {
                  targets = [ "127.0.0.1:8001" ];
                  tokenFile = "/run/token";
                };
              };
              scrapeInterval = "2s";
              webConfigFile = "/run/web.yml";
            };
          };
          environment.systemPackages = [
            pkgs.prometheus
            pkgs.prometheus.cli
            pkgs.prometheus-node-exporter
            pkgs.prometheus-alertmanager
            pkgs.curl
            pkgs.python3
          ];
          systemd.tmpfiles.rules = [
            "f+ /etc/shop.py 0644 - - - # A program that has figures, and takes alerts. Each request is written to /run/heard.\\nimport http.server\\nimport os\\nimport sys\\n\\n\\nclass Shop(http.server.BaseHTTPRequestHandler):\\n    def answer(self, status, text=\"\"):\\n        self.send_response(status)\\n        self.send_header(\"Content-Type\", \"text/plain; version=0.0.4; charset=utf-8\")\\n        self.end_headers()\\n        self.wfile.write(text.encode())\\n\\n    def do_GET(self):\\n        allowed = os.environ.get(\"ALLOWED\")\\n        if allowed and self.headers.get(\"Authorization\") != allowed:\\n            self.answer(401)\\n        else:\\n            self.answer(200, \"# TYPE shop_orders gauge\\\\nshop_orders 42\\\\n\")\\n\\n    def do_POST(self):\\n        body = self.rfile.read(int(self.headers[\"Content-Length\"])).decode()\\n        with open(\"/run/heard\", \"a\") as heard:\\n            heard.write(self.path + \" \" + body + \"\\\\n\")\\n        self.answer(200)\\n\\n    def log_message(self, *arguments):\\n        pass\\n\\n\\nhttp.server.HTTPServer((\"127.0.0.1\", int(sys.argv[1])), Shop).serve_forever()\\n"
            "f+ /run/web.yml 0600 - - - basic_auth_users:\\n  reader: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\\n"
            "f+ /run/password 0600 - - - it's a secret"
            "f+ /run/token 0600 - - - very-long-token"
          ];
        };
        testScript = ''
          start_all()
          machine.succeed(
              "systemd-run --quiet --unit=shop --setenv=ALLOWED=\"Basic $(printf \"metrics:it's a secret\" | base64)\" python3 -I /etc/shop.py 8000"
          )
          machine.succeed(
              "systemd-run --quiet --unit=bank --setenv=ALLOWED='Bearer very-long-token' python3 -I /etc/shop.py 8001"
          )
          machine.wait_for_open_port(9090)
          machine.wait_until_succeeds(
              "curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query=up%7Bjob=%22password%22%7D' --user reader:secret | grep --fixed-strings ',\"1\"]'"
          )
          machine.wait_until_succeeds(
              "curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query=up%7Bjob=%22token%22%7D' --user reader:secret | grep --fixed-strings ',\"1\"]'"
          )
          machine.fail("curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query=up'")
          machine.fail(
              "curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query=up' --user reader:wrong"
          )
          machine.fail(
              "setpriv --reuid=nobody --clear-groups ls /run/credentials/metrics.service"
          )
          machine.fail("grep -RqsE 'a secret|very-long' /etc/metrics /etc/systemd/system/")
        '';
      };

  tells-of-the-machine-what-it-is-asked-to-and-goes-on-when-it-is-killed = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-tells-of-the-machine-what-it-is-asked-to-and-goes-on-when-it-is-killed";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        exporter = {
          collectors = [ "processes" ];
          disabledCollectors = [ "loadavg" ];
          port = 9101;
          textFolder = "/srv/figures";
        };
        server.enable = false;
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
      systemd.tmpfiles.rules = [ "f+ /srv/figures/backup.prom 0644 - - - backup_age_seconds 7\\n" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(9101)
      machine.succeed(
          "curl --silent --fail http://127.0.0.1:9101/metrics | grep '^backup_age_seconds 7'"
      )
      machine.succeed(
          "curl --silent --fail http://127.0.0.1:9101/metrics | grep '^node_processes_pids '"
      )
      machine.succeed(
          "curl --silent --fail http://127.0.0.1:9101/metrics | grep '^node_memory_MemTotal_bytes '"
      )
      machine.fail("curl --silent --fail http://127.0.0.1:9101/metrics | grep '^node_load1 '")
      machine.fail(
          "curl --silent --fail http://127.0.0.1:9101/metrics | grep '^node_systemd_units'"
      )
      machine.succeed("systemctl kill --signal=KILL metrics-exporter")
      machine.wait_until_succeeds("curl --silent --fail http://127.0.0.1:9101/metrics")
    '';
  };

  tells-how-the-clock-is-kept = pkgs.testers.runNixOSTest {
    _file = ./metrics.nix;
    name = "metrics-tells-how-the-clock-is-kept";
    nodes.machine = {
      imports = [ module ];
      domi.services.metrics = {
        enable = true;
        exporter.port = 9101;
        server.enable = false;
      };
      environment.systemPackages = [
        pkgs.prometheus
        pkgs.prometheus.cli
        pkgs.prometheus-node-exporter
        pkgs.prometheus-alertmanager
        pkgs.curl
        pkgs.python3
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(9101)
      machine.succeed(
          "curl --silent --fail http://127.0.0.1:9101/metrics | grep '^node_timex_sync_status '"
      )
    '';
  };

  refuses-to-do-nothing =
    let
      config = evaluate {
        enable = true;
        exporter.enable = false;
        server.enable = false;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to do nothing: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "no part is enabled" a.message
    ) config.assertions) "refuses to do nothing: refused, but not because of no part is enabled";
    pkgs.runCommand "metrics-refuses-to-do-nothing" { } "touch $out";

  refuses-to-show-everyone-all-figures =
    let
      config = evaluate {
        enable = true;
        server.openFirewall = true;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to show everyone all figures: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "server.webConfigFile" a.message)
      config.assertions
    ) "refuses to show everyone all figures: refused, but not because of server.webConfigFile";
    pkgs.runCommand "metrics-refuses-to-show-everyone-all-figures" { } "touch $out";

  refuses-to-let-everyone-silence-alerts =
    let
      config = evaluate {
        enable = true;
        alertmanager = {
          enable = true;
          openFirewall = true;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to let everyone silence alerts: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "alertmanager.webConfigFile" a.message)
      config.assertions
    ) "refuses to let everyone silence alerts: refused, but not because of alertmanager.webConfigFile";
    pkgs.runCommand "metrics-refuses-to-let-everyone-silence-alerts" { } "touch $out";

  refuses-one-port-for-two-parts =
    let
      config = evaluate {
        enable = true;
        exporter.port = 9090;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses one port for two parts: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "the same port" a.message
    ) config.assertions) "refuses one port for two parts: refused, but not because of the same port";
    pkgs.runCommand "metrics-refuses-one-port-for-two-parts" { } "touch $out";

  refuses-a-port-that-it-has-no-right-to =
    let
      config = evaluate {
        enable = true;
        exporter.port = 80;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a port that it has no right to: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "below 1024" a.message)
      config.assertions
    ) "refuses a port that it has no right to: refused, but not because of below 1024";
    pkgs.runCommand "metrics-refuses-a-port-that-it-has-no-right-to" { } "touch $out";

  refuses-a-collector-that-is-on-and-off =
    let
      config = evaluate {
        enable = true;
        exporter = {
          collectors = [ "wifi" ];
          disabledCollectors = [ "wifi" ];
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a collector that is on and off: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.metrics.exporter.disabledCollectors
      || lib.any (a: !a.assertion && lib.hasInfix "disabledCollectors" a.message) config.assertions
    ) "refuses a collector that is on and off: refused, but not because of disabledCollectors";
    pkgs.runCommand "metrics-refuses-a-collector-that-is-on-and-off" { } "touch $out";

  refuses-a-name-to-listen-on =
    let
      config = evaluate {
        enable = true;
        exporter.listenAddress = "localhost";
      };
    in
    assert lib.assertMsg (refused config.domi.services.metrics.exporter.listenAddress)
      "refuses a name to listen on: exporter.listenAddress is accepted";
    pkgs.runCommand "metrics-refuses-a-name-to-listen-on" { } "touch $out";

  refuses-a-target-without-a-port =
    let
      config = evaluate {
        enable = true;
        server.jobs.shop.targets = [ "web1" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a target without a port: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.metrics.server.jobs.shop.targets
      || lib.any (a: !a.assertion && lib.hasInfix "targets" a.message) config.assertions
    ) "refuses a target without a port: refused, but not because of targets";
    pkgs.runCommand "metrics-refuses-a-target-without-a-port" { } "touch $out";

  refuses-a-job-that-reads-nothing =
    let
      config = evaluate {
        enable = true;
        server.jobs.shop.path = "/";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a job that reads nothing: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "has no `targets`" a.message)
      config.assertions
    ) "refuses a job that reads nothing: refused, but not because of has no `targets`";
    pkgs.runCommand "metrics-refuses-a-job-that-reads-nothing" { } "touch $out";

  refuses-an-interval-that-is-none =
    let
      config = evaluate {
        enable = true;
        server.jobs.shop = {
          interval = "0s";
          targets = [ "web1:80" ];
        };
      };
    in
    assert lib.assertMsg (refused config.domi.services.metrics.server.jobs.shop.interval)
      "refuses an interval that is none: interval is accepted";
    pkgs.runCommand "metrics-refuses-an-interval-that-is-none" { } "touch $out";

  refuses-a-job-that-would-hide-the-machine-s-own =
    let
      config = evaluate {
        enable = true;
        server.jobs.self.targets = [ "web1:80" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a job that would hide the machine's own: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "called `self`" a.message)
      config.assertions
    ) "refuses a job that would hide the machine's own: refused, but not because of called `self`";
    pkgs.runCommand "metrics-refuses-a-job-that-would-hide-the-machine-s-own" { } "touch $out";

  refuses-a-password-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        server.jobs.shop = {
          targets = [ "web1:80" ];
          tokenFile = "/nix/store/00000000000000000000000000000000-token";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a password that everyone can read: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.metrics.server.jobs.shop.tokenFile
      || lib.any (a: !a.assertion && lib.hasInfix "tokenFile" a.message) config.assertions
    ) "refuses a password that everyone can read: refused, but not because of tokenFile";
    pkgs.runCommand "metrics-refuses-a-password-that-everyone-can-read" { } "touch $out";

  refuses-settings-that-another-option-decides =
    let
      config = evaluate {
        enable = true;
        server.settings.scrape_configs = { };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses settings that another option decides: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "decide" a.message)
      config.assertions
    ) "refuses settings that another option decides: refused, but not because of decide";
    pkgs.runCommand "metrics-refuses-settings-that-another-option-decides" { } "touch $out";

  refuses-an-alert-without-an-expression =
    let
      config = evaluate {
        enable = true;
        server.alerts.Down.for = "1m";
      };
    in
    assert lib.assertMsg (refused config.domi.services.metrics.server.alerts.Down.expression)
      "refuses an alert without an expression: expression is accepted";
    pkgs.runCommand "metrics-refuses-an-alert-without-an-expression" { } "touch $out";

  refuses-a-record-whose-name-is-none =
    let
      config = evaluate {
        enable = true;
        server.records.up-sum.expression = "sum(up)";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a record whose name is none: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.metrics.server.records.up-sum.name
      || lib.any (a: !a.assertion && lib.hasInfix "name" a.message) config.assertions
    ) "refuses a record whose name is none: refused, but not because of name";
    pkgs.runCommand "metrics-refuses-a-record-whose-name-is-none" { } "touch $out";

  refuses-a-route-to-nobody =
    let
      config = evaluate {
        enable = true;
        alertmanager = {
          enable = true;
          route.receiver = "chat";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a route to nobody: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "`route.receiver` is not there" a.message)
      config.assertions
    ) "refuses a route to nobody: refused, but not because of `route.receiver` is not there";
    pkgs.runCommand "metrics-refuses-a-route-to-nobody" { } "touch $out";

  refuses-routes-to-nobody =
    let
      config = evaluate {
        enable = true;
        alertmanager = {
          enable = true;
          route.routes = [
            {
              matchers = [ "a=\"b\"" ];
              receiver = "chat";
            }
          ];
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses routes to nobody: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "one of `routes`" a.message
    ) config.assertions) "refuses routes to nobody: refused, but not because of one of `routes`";
    pkgs.runCommand "metrics-refuses-routes-to-nobody" { } "touch $out";
}
