# A message bus whose streams outlast crashes, on one machine or on several.
#
# Generated from crates/features/message-bus by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/message-bus.nix;

  # The command that writes a file, as a string of Python.
  writes =
    mode: path: text:
    builtins.toJSON "printf %s ${lib.escapeShellArg text} | install -D -m ${mode} /dev/stdin ${path}";

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
          domi.services.message-bus = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;

  busPy = ''
    """A small client of NATS for the tests: the protocol itself, one thing at a time.

    bus.py [--ca FILE] [user:password@]host[:port] COMMAND ARGUMENT...

      publish SUBJECT TEXT     sends a message
      request SUBJECT TEXT     sends a message and prints the answer
      listen SUBJECT           prints the next message
      api CALL JSON            asks JetStream's API and prints the answer
      write STREAM FROM TO     writes numbered messages, and prints each that was acknowledged
      check STREAM FILE        checks that the stream has all messages whose numbers are in a file
      lead STREAM SERVER       makes a server the leader of a stream
    """

    import base64
    import json
    import os
    import socket
    import ssl
    import sys
    import time


    class Bus:
        def __init__(self, url, authority=None):
            login, _, place = url.rpartition("@")
            host, _, port = place.partition(":")
            options = {"verbose": True, "lang": "test", "version": "1", "headers": True, "no_responders": True}
            if login:
                options["user"], _, options["pass"] = login.partition(":")
            connection = socket.create_connection((host, int(port or 4222)), timeout=5)
            self.take(connection)
            self.line()
            if authority:
                context = ssl.create_default_context(cafile=authority)
                self.take(context.wrap_socket(connection, server_hostname=host))
            self.send("CONNECT " + json.dumps(options))
            self.inbox = "_INBOX." + os.urandom(8).hex()
            self.send(f"SUB {self.inbox} 1")

        def take(self, connection):
            self.connection = connection
            self.lines = connection.makefile("rb")

        def line(self):
            line = self.lines.readline()
            if not line:
                raise OSError("the server has hung up")
            line = line.decode().strip()
            if line.startswith("-ERR"):
                raise OSError(line)
            if line == "PING":
                self.connection.sendall(b"PONG\r\n")
                return self.line()
            return line

        def send(self, text):
            """Sends a command, and waits until the server has taken it."""
            self.connection.sendall(text.encode() + b"\r\n")
            while self.line() != "+OK":
                pass

        def publish(self, subject, text):
            self.send(f"PUB {subject} {len(text.encode())}\r\n{text}")

        def message(self):
            while True:
                words = self.line().split()
                if words[0] in ("MSG", "HMSG"):
                    body = self.lines.read(int(words[-1]) + 2)[:-2].decode()
                    if words[0] == "HMSG":
                        headers, body = body[: int(words[-2])], body[int(words[-2]) :]
                        if " 503" in headers.partition("\r\n")[0]:
                            raise OSError("nobody answers")
                    return body

        def request(self, subject, text):
            data = text.encode()
            self.connection.sendall(f"PUB {subject} {self.inbox} {len(data)}\r\n".encode() + data + b"\r\n")
            return self.message()

        def api(self, call, what=None):
            answer = json.loads(self.request("$JS.API." + call, json.dumps(what) if what else ""))
            if "error" in answer:
                raise OSError(json.dumps(answer["error"]))
            return answer


    def write(connect, stream, first, last):
        """Tries each message until it is acknowledged. One may get in twice, none may be missing."""
        bus = None
        for number in range(int(first), int(last) + 1):
            while True:
                try:
                    bus = bus or connect()
                    answer = json.loads(bus.request(stream, str(number)))
                    if "error" in answer:
                        raise OSError(json.dumps(answer))
                    print(number, flush=True)
                    break
                except OSError:
                    bus = None
                    time.sleep(0.1)


    def check(bus, stream, file):
        state = bus.api(f"STREAM.INFO.{stream}")["state"]
        there = set()
        for number in range(state["first_seq"], state["last_seq"] + 1):
            message = bus.api(f"STREAM.MSG.GET.{stream}", {"seq": number})["message"]
            there.add(base64.b64decode(message["data"]).decode())
        with open(file) as acknowledged:
            wanted = set(acknowledged.read().split())
        if not wanted or wanted - there:
            sys.exit(f"of {len(wanted)} messages these are missing: {sorted(wanted - there)}")
        print(len(wanted))


    def lead(bus, stream, server):
        """The next leader is one of those that are furthest, by chance. So all are waited for before it
        is tried again: a server that has just come back would never be chosen, and never catch up. A
        server that is said to be behind for long may be one of which the leader has the wrong idea; then
        another leader helps."""
        begin = time.monotonic()
        changed = begin
        while time.monotonic() < begin + 25:
            cluster = bus.api(f"STREAM.INFO.{stream}")["cluster"]
            if cluster.get("leader") == server:
                return
            caught_up = all(replica["current"] and not replica.get("lag") for replica in cluster["replicas"])
            if caught_up or time.monotonic() > changed + 10:
                bus.api(f"STREAM.LEADER.STEPDOWN.{stream}")
                changed = time.monotonic()
            time.sleep(1)
        sys.exit(f"{server} does not lead: {json.dumps(cluster)}")


    def main():
        arguments = sys.argv[1:]
        authority = None
        if arguments[0] == "--ca":
            authority, arguments = arguments[1], arguments[2:]
        url, command, *rest = arguments

        def connect():
            return Bus(url, authority)

        if command == "write":
            return write(connect, *rest)
        bus = connect()
        if command == "publish":
            bus.publish(*rest)
        elif command == "request":
            print(bus.request(*rest))
        elif command == "listen":
            bus.send(f"SUB {rest[0]} 2")
            print(bus.message())
        elif command == "api":
            print(json.dumps(bus.api(rest[0], json.loads(rest[1]) if rest[1:] else None)))
        elif command == "check":
            check(bus, *rest)
        elif command == "lead":
            lead(bus, *rest)


    try:
        main()
    except OSError as error:
        sys.exit(str(error))
  '';
in
{
  lets-users-in-by-their-passwords-each-to-their-own = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-lets-users-in-by-their-passwords-each-to-their-own";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        accounts = {
          main = {
            maxFile = "1MiB";
            maxStreams = 1;
          };
          others = { };
        };
        monitorPort = 8222;
        settings = {
          max_subscriptions = 10;
          port = 1;
        };
        users = {
          other = {
            account = "others";
            password.file = "/run/other";
          };
          shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
          web-1 = {
            password.file = "/run/web";
            publish = [ "orders.>" ];
            subscribe = [ "_INBOX.>" ];
          };
        };
      };
      environment.systemPackages = [ pkgs.python3 ];
      systemd.tmpfiles.rules = [
        "f+ /run/web 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/other 0600 - - - $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
      ];
    };
    testScript = ''
      import re

      start_all()
      machine.succeed(${writes "0644" "/etc/bus.py" busPy})
      machine.wait_for_open_port(4222)
      machine.succeed(
          "python3 -I -c 'import urllib.request as http; print(http.urlopen(\"http://127.0.0.1:8222/healthz\").read().decode())'"
      )
      output = machine.succeed(
          "python3 -I -c 'import urllib.request as http; print(http.urlopen(\"http://127.0.0.1:8222/varz\").read().decode())'"
      )
      assert '"max_connections": 8192' in output, f"the output is {output!r}"
      output = machine.succeed(
          "python3 -I -c 'import urllib.request as http; print(http.urlopen(\"http://127.0.0.1:8222/varz\").read().decode())'"
      )
      assert '"max_subscriptions": 10' in output, f"the output is {output!r}"
      output = machine.succeed(
          "(python3 -I /etc/bus.py shop:secret@localhost listen 'orders.>' >/run/heard) & sleep 2; python3 -I /etc/bus.py \"web-1:it's a \\\"pass\\\\word\\\"@localhost\" publish orders.1 'a book'; wait; cat /run/heard"
      )
      assert re.search("^a book$", output.rstrip(), re.ASCII), f"the output is {output!r}"
      machine.fail(
          "python3 -I /etc/bus.py \"web-1:it's a \\\"pass\\\\word\\\"@localhost\" publish bills.1 'a book'"
      )
      machine.fail("python3 -I /etc/bus.py web-1:wrong@localhost publish orders.1 x")
      machine.fail("python3 -I /etc/bus.py localhost publish orders.1 x")
      machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.one '{\"name\": \"one\", \"subjects\": [\"one\"], \"num_replicas\": 1}'"
      )
      machine.fail(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.two '{\"name\": \"two\", \"subjects\": [\"two\"], \"num_replicas\": 1}'"
      )
      machine.succeed(
          "python3 -I /etc/bus.py other:secret@localhost api STREAM.CREATE.one '{\"name\": \"one\", \"subjects\": [\"one\"], \"num_replicas\": 1}'"
      )
      output = machine.succeed("python3 -I /etc/bus.py shop:secret@localhost request one x")
      assert '"seq":1' in output, f"the output is {output!r}"
      output = machine.succeed(
          "python3 -I /etc/bus.py other:secret@localhost api STREAM.INFO.one"
      )
      assert '"messages": 0' in output, f"the output is {output!r}"
      output = machine.succeed(
          "for i in $(seq 13); do python3 -I /etc/bus.py shop:secret@localhost request one \"$(head --bytes=100000 /dev/zero | tr '\\0' x)\"; done"
      )
      assert "resource limits exceeded for account" in output, f"the output is {output!r}"
      machine.succeed(
          "test $(stat --format %U /proc/$(cat /run/message-bus/nats.pid)) = message-bus"
      )
      machine.fail(
          "grep --recursive --silent pass.word /etc/systemd /proc/$(cat /run/message-bus/nats.pid)/cmdline"
      )
      machine.succeed("systemd-analyze security --threshold=30 message-bus.service")
    '';
  };

  speaks-tls-and-nothing-else-then = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-speaks-tls-and-nothing-else-then";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        tls = {
          certificate = "/run/tests.crt";
          key = "/run/tests.key";
        };
        users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
      environment.systemPackages = [ pkgs.python3 ];
      systemd.tmpfiles.rules = [
        "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
        "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed(${writes "0644" "/etc/bus.py" busPy})
      machine.wait_for_open_port(4222)
      machine.succeed(
          "python3 -I /etc/bus.py --ca /run/tests.crt shop:secret@localhost publish orders.1 x"
      )
      machine.fail(
          "python3 -I /etc/bus.py --ca /run/tests.crt shop:wrong@localhost publish orders.1 x"
      )
      machine.fail("python3 -I /etc/bus.py shop:secret@localhost publish orders.1 x")
    '';
  };

  does-not-start-with-a-password-that-is-none = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-does-not-start-with-a-password-that-is-none";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        users.shop.password.file = "/run/empty";
      };
      environment.systemPackages = [ pkgs.python3 ];
      systemd.tmpfiles.rules = [ "f+ /run/empty 0600 - - - \\n" ];
    };
    testScript = ''
      start_all()
      machine.wait_until_succeeds(
          "journalctl --unit=message-bus | grep 'shop.password does not hold one line'"
      )
      machine.fail("systemctl is-active message-bus")
    '';
  };

  keeps-what-it-has-acknowledged-restarted-or-killed = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-keeps-what-it-has-acknowledged-restarted-or-killed";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
      environment.systemPackages = [ pkgs.python3 ];
    };
    testScript = ''
      start_all()
      machine.succeed(${writes "0644" "/etc/bus.py" busPy})
      machine.wait_for_open_port(4222)
      machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.orders '{\"name\": \"orders\", \"subjects\": [\"orders\"], \"num_replicas\": 1}'"
      )
      machine.succeed(
          "timeout 100 python3 -I /etc/bus.py shop:secret@localhost write orders 1 20 >>/root/acknowledged"
      )
      machine.succeed("systemctl restart message-bus")
      machine.wait_for_open_port(4222)
      output = machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /root/acknowledged"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
      machine.succeed(
          "(timeout 100 python3 -I /etc/bus.py shop:secret@localhost write orders 21 60 >>/root/acknowledged; touch /run/written) >/dev/null 2>&1 &"
      )
      machine.wait_until_succeeds("test $(wc --lines </root/acknowledged) -ge 25")
      machine.succeed("systemctl kill --signal=KILL message-bus")
      machine.wait_for_file("/run/written")
      machine.succeed("systemctl kill --signal=KILL message-bus")
      machine.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /root/acknowledged | grep '^60$'"
      )
      machine.shutdown()
      machine.start()
      machine.wait_for_open_port(4222)
      output = machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /root/acknowledged"
      )
      assert output.rstrip() == "60", f"the output is {output!r}"
    '';
  };

  keeps-its-streams-when-it-is-given-other-settings = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-keeps-its-streams-when-it-is-given-other-settings";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
      environment.systemPackages = [ pkgs.python3 ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.message-bus = {
          port = 4223;
          users = lib.mkForce {
            report.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
            shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
          };
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed(${writes "0644" "/etc/bus.py" busPy})
      machine.wait_for_open_port(4222)
      machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.orders '{\"name\": \"orders\", \"subjects\": [\"orders\"], \"num_replicas\": 1}'"
      )
      machine.succeed(
          "timeout 100 python3 -I /etc/bus.py shop:secret@localhost write orders 1 20 >>/root/acknowledged"
      )
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_open_port(4223)
      machine.fail("bash -c '</dev/tcp/127.0.0.1/4222'")
      output = machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost:4223 check orders /root/acknowledged"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
      machine.succeed(
          "python3 -I /etc/bus.py report:secret@localhost:4223 api STREAM.CREATE.reports '{\"name\": \"reports\", \"subjects\": [\"reports\"], \"num_replicas\": 1}'"
      )
      machine.succeed("/run/booted-system/bin/switch-to-configuration test")
      machine.wait_for_open_port(4222)
      machine.fail("python3 -I /etc/bus.py report:secret@localhost api INFO")
      output = machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /root/acknowledged"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
    '';
  };

  keeps-what-it-has-acknowledged-when-the-power-is-cut = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-keeps-what-it-has-acknowledged-when-the-power-is-cut";
    nodes.machine = {
      imports = [ module ];
      domi.services.message-bus = {
        enable = true;
        jetstream.storeFolder = "/var/bus";
        users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
      environment.systemPackages = [ pkgs.python3 ];
    };
    testScript = ''
      start_all()
      machine.succeed(${writes "0644" "/etc/bus.py" busPy})
      machine.wait_for_open_port(4222)
      machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.orders '{\"name\": \"orders\", \"subjects\": [\"orders\"], \"num_replicas\": 1}'"
      )
      machine.succeed("sync")
      machine.succeed(
          "timeout 100 python3 -I /etc/bus.py shop:secret@localhost write orders 1 20 >>/root/acknowledged"
      )
      machine.succeed("sync /root/acknowledged")
      machine.crash()
      machine.start()
      machine.wait_for_open_port(4222)
      output = machine.succeed(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /root/acknowledged"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
    '';
  };

  loses-nothing-when-the-leader-of-a-stream-is-killed = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-loses-nothing-when-the-leader-of-a-stream-is-killed";
    nodes = {
      a = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
      b = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
      c = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
    };
    testScript = ''
      start_all()
      a.succeed(${writes "0644" "/etc/bus.py" busPy})
      a.wait_for_open_port(4222)
      b.succeed(${writes "0644" "/etc/bus.py" busPy})
      b.wait_for_open_port(4222)
      c.succeed(${writes "0644" "/etc/bus.py" busPy})
      c.wait_for_open_port(4222)
      a.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.orders '{\"name\": \"orders\", \"subjects\": [\"orders\"], \"num_replicas\": 3}'"
      )
      c.fail("python3 -I /etc/bus.py shop:wrong@a publish orders x")
      a.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders a")
      b.succeed(
          "(timeout 200 python3 -I /etc/bus.py shop:secret@localhost write orders 1 40 >>/run/acknowledged; touch /run/written) >/dev/null 2>&1 &"
      )
      b.wait_until_succeeds("test $(wc --lines </run/acknowledged) -ge 5")
      a.succeed("systemctl kill --signal=KILL message-bus && systemctl stop message-bus")
      b.wait_for_file("/run/written")
      output = b.succeed("wc --lines </run/acknowledged")
      assert output.rstrip() == "40", f"the output is {output!r}"
      a.succeed("systemctl start message-bus")
      a.wait_for_open_port(4222)
      a.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders a")
      a.succeed("seq 40 >/run/numbers")
      a.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /run/numbers | grep '^40$'"
      )
      b.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders b")
      b.succeed("seq 40 >/run/numbers")
      b.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /run/numbers | grep '^40$'"
      )
      c.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders c")
      c.succeed("seq 40 >/run/numbers")
      c.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /run/numbers | grep '^40$'"
      )
    '';
  };

  loses-nothing-when-the-leader-of-a-stream-is-cut-off = pkgs.testers.runNixOSTest {
    _file = ./message-bus.nix;
    name = "message-bus-loses-nothing-when-the-leader-of-a-stream-is-cut-off";
    nodes = {
      a = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
      b = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
      c = {
        imports = [ module ];
        domi.services.message-bus = {
          enable = true;
          cluster = {
            passwordFile = "/run/cluster";
            routes = [
              "a:6222"
              "b:6222"
              "c:6222"
            ];
          };
          openFirewall = true;
          users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
        environment.systemPackages = [ pkgs.python3 ];
        systemd.tmpfiles.rules = [ "f+ /run/cluster 0600 - - - a password: \"of\" the\\\\cluster\\n" ];
      };
    };
    testScript = ''
      start_all()
      a.succeed(${writes "0644" "/etc/bus.py" busPy})
      a.wait_for_open_port(4222)
      b.succeed(${writes "0644" "/etc/bus.py" busPy})
      b.wait_for_open_port(4222)
      c.succeed(${writes "0644" "/etc/bus.py" busPy})
      c.wait_for_open_port(4222)
      a.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost api STREAM.CREATE.orders '{\"name\": \"orders\", \"subjects\": [\"orders\"], \"num_replicas\": 3}'"
      )
      a.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders a")
      b.succeed(
          "timeout 200 python3 -I /etc/bus.py shop:secret@localhost write orders 1 20 >>/run/acknowledged"
      )
      a.block()
      a.succeed(
          "(timeout 30 python3 -I /etc/bus.py shop:secret@localhost write orders 1000 1000 >/run/alone) || true; test ! -s /run/alone"
      )
      b.succeed(
          "timeout 200 python3 -I /etc/bus.py shop:secret@localhost write orders 21 40 >>/run/acknowledged"
      )
      a.unblock()
      b.succeed(
          "timeout 200 python3 -I /etc/bus.py shop:secret@localhost write orders 41 60 >>/run/acknowledged"
      )
      output = b.succeed("wc --lines </run/acknowledged")
      assert output.rstrip() == "60", f"the output is {output!r}"
      a.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders a")
      a.succeed("seq 60 >/run/numbers")
      a.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /run/numbers | grep '^60$'"
      )
      c.wait_until_succeeds("python3 -I /etc/bus.py shop:secret@localhost lead orders c")
      c.succeed("seq 60 >/run/numbers")
      c.wait_until_succeeds(
          "python3 -I /etc/bus.py shop:secret@localhost check orders /run/numbers | grep '^60$'"
      )
    '';
  };

  refuses-a-bus-for-nobody =
    let
      config = evaluate { enable = true; };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a bus for nobody: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "nobody may use the bus" a.message
    ) config.assertions) "refuses a bus for nobody: refused, but not because of nobody may use the bus";
    pkgs.runCommand "message-bus-refuses-a-bus-for-nobody" { } "touch $out";

  refuses-users-beside-an-open-door =
    let
      config = evaluate {
        enable = true;
        anonymous = true;
        users.shop.password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses users beside an open door: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "nobody is anonymous" a.message)
      config.assertions
    ) "refuses users beside an open door: refused, but not because of nobody is anonymous";
    pkgs.runCommand "message-bus-refuses-users-beside-an-open-door" { } "touch $out";

  refuses-a-user-without-a-password =
    let
      config = evaluate {
        enable = true;
        users.shop.publish = [ "orders" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a user without a password: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.message-bus.users.shop.password
      || lib.any (a: !a.assertion && lib.hasInfix "password" a.message) config.assertions
    ) "refuses a user without a password: refused, but not because of password";
    pkgs.runCommand "message-bus-refuses-a-user-without-a-password" { } "touch $out";

  refuses-a-password-in-the-open =
    let
      config = evaluate {
        enable = true;
        users.shop.password.hash = "secret";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a password in the open: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "no bcrypt hash" a.message
    ) config.assertions) "refuses a password in the open: refused, but not because of no bcrypt hash";
    pkgs.runCommand "message-bus-refuses-a-password-in-the-open" { } "touch $out";

  refuses-an-account-that-is-not-there =
    let
      config = evaluate {
        enable = true;
        users.shop = {
          account = "shop";
          password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses an account that is not there: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "an account that is not there" a.message)
      config.assertions
    ) "refuses an account that is not there: refused, but not because of an account that is not there";
    pkgs.runCommand "message-bus-refuses-an-account-that-is-not-there" { } "touch $out";

  refuses-a-name-that-would-be-more-than-one =
    let
      config = evaluate {
        enable = true;
        users."a b".password.hash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a name that would be more than one: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.message-bus.users."a b".name
      || lib.any (a: !a.assertion && lib.hasInfix "name" a.message) config.assertions
    ) "refuses a name that would be more than one: refused, but not because of name";
    pkgs.runCommand "message-bus-refuses-a-name-that-would-be-more-than-one" { } "touch $out";

  refuses-a-password-file-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        users.shop.password.file = "/nix/store/00000000000000000000000000000000-password";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a password file that everyone can read: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.message-bus.users.shop.password
      || lib.any (a: !a.assertion && lib.hasInfix "password" a.message) config.assertions
    ) "refuses a password file that everyone can read: refused, but not because of password";
    pkgs.runCommand "message-bus-refuses-a-password-file-that-everyone-can-read" { } "touch $out";

  refuses-a-cluster-that-anyone-could-join =
    let
      config = evaluate {
        enable = true;
        anonymous = true;
        cluster.routes = [ "a:6222" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a cluster that anyone could join: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "anyone could join" a.message)
      config.assertions
    ) "refuses a cluster that anyone could join: refused, but not because of anyone could join";
    pkgs.runCommand "message-bus-refuses-a-cluster-that-anyone-could-join" { } "touch $out";

  refuses-certificates-of-clients-that-nobody-checks =
    let
      config = evaluate {
        enable = true;
        anonymous = true;
        tls = {
          certificate = "/run/a";
          key = "/run/b";
          verifyClients = true;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses certificates of clients that nobody checks: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "authority" a.message)
      config.assertions
    ) "refuses certificates of clients that nobody checks: refused, but not because of authority";
    pkgs.runCommand "message-bus-refuses-certificates-of-clients-that-nobody-checks" { } "touch $out";

  refuses-one-port-for-two-things =
    let
      config = evaluate {
        enable = true;
        anonymous = true;
        monitorPort = 4222;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses one port for two things: the settings are accepted";
    assert lib.assertMsg (lib.any (
      a: !a.assertion && lib.hasInfix "differ" a.message
    ) config.assertions) "refuses one port for two things: refused, but not because of differ";
    pkgs.runCommand "message-bus-refuses-one-port-for-two-things" { } "touch $out";
}
