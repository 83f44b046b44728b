# A log of events that is only appended to, on PostgreSQL.
#
# Generated from crates/features/event-store by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/event-store.nix;

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
          domi.services.event-store = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  appends-for-some-reads-for-others-and-changes-for-nobody = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-appends-for-some-reads-for-others-and-changes-for-nobody";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        roles = {
          nobody.access = [ "read" ];
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = "start_all()\nmachine.wait_for_unit(\"event-store.service\")\nmachine.wait_until_succeeds(\n    \"journalctl --unit=event-store | grep 'first initialisation'\"\n)\noutput = machine.succeed(\n    \"stat -c '%U %a' /var/lib/event-store /var/lib/event-store/cluster\"\n)\nassert output.rstrip() == \"event-store 700\\nevent-store 700\", f\"the output is {output!r}\"\nmachine.fail(\"ls /run/postgresql/.s.PGSQL.*\")\nmachine.succeed(\n    \"systemd-analyze security --no-pager --threshold=20 event-store.service\"\n)\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\\\''a'\\\\'', 0, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 5}'\\\\'')).position'\"\n)\nassert output.rstrip() == \"1\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\\\''a'\\\\'', 0, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 5}'\\\\'')).position' 2>&1; then echo taken; fi\"\n)\nassert 'stream \"a\" is at version 1, and 0 was expected' in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\\\''a'\\\\'', 1, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 7}'\\\\'')).position'\"\n)\nassert output.rstrip() == \"2\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\\\''b'\\\\'', null, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 1}'\\\\'')).position'\"\n)\nassert output.rstrip() == \"3\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select events.stream_version('\\\\''a'\\\\'')'\"\n)\nassert output.rstrip() == \"2\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select position, stream, version, type, data from events.read(1)'\"\n)\nassert output.rstrip() == '2|a|2|added|{\"amount\": 7}\\n3|b|1|added|{\"amount\": 1}', f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"runuser -u nobody -- psql -X -q -A -t -h /run/event-store -d events -c 'select position from events.read_stream('\\\\''a'\\\\'', 1)'\"\n)\nassert output.rstrip() == \"2\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select events.read(0)' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select (events.append('\\\\''a'\\\\'', 2, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 1}'\\\\'')).position' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'insert into events.head values (false, 9)' 2>&1; then echo taken; fi\"\n)\nassert \"denied\" in output, f\"the output is {output!r}\"\nmachine.fail(\n    \"PGPASSWORD=wrong psql -X -q -A -t -h /run/event-store -U report -d events -c 'select 1'\"\n)\nmachine.fail(\n    \"runuser -u nobody -- psql -U report -w -X -q -A -t -h /run/event-store -d events -c 'select 1'\"\n)\nmachine.fail(\n    \"runuser -u nobody -- psql -U event-store -X -q -A -t -h /run/event-store -d events -c 'select 1'\"\n)\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'update events.event set type = '\\\\''other'\\\\''' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'delete from events.event' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'truncate events.event' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'update events.event set type = '\\\\''other'\\\\''' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'delete from events.event' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'truncate events.event' 2>&1; then echo taken; fi\"\n)\nassert \"permission denied\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'update events.event set type = '\\\\''other'\\\\''' 2>&1; then echo taken; fi\"\n)\nassert \"is refused\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'delete from events.event where position = 1' 2>&1; then echo taken; fi\"\n)\nassert \"is refused\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'truncate events.event' 2>&1; then echo taken; fi\"\n)\nassert \"is refused\" in output, f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'\"\n)\nassert output.rstrip() == \"3|3|2\", f\"the output is {output!r}\"\noutput = machine.succeed(\n    \"PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'set synchronous_commit = off; begin; select (events.append('\\\\''a'\\\\'', 2, '\\\\''added'\\\\'', '\\\\''{\\\"amount\\\": 1}'\\\\'')).position; show synchronous_commit; rollback'\"\n)\nassert output.rstrip() == \"4\\non\", f\"the output is {output!r}\"\nmachine.fail(\"bash -c '</dev/tcp/127.0.0.1/5432'\")\n";
  };

  puts-two-writers-in-one-order-so-that-no-reader-skips-an-event = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-puts-two-writers-in-one-order-so-that-no-reader-skips-an-event";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed(
          "printf %s '# Two writers, the first of which commits last.\n"
          "set -euo pipefail\n"
          "shop() {\n"
          '    PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events "$@"\n'
          "}\n"
          "seen() {\n"
          "    PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events \\\n"
          "        -c \"select coalesce(string_agg(position || '\\''' '\\''' || type, '\\''', '\\''' order by position), '\\'''nothing'\\''') from events.read($1)\"\n"
          "}\n"
          "waiting() {\n"
          "    runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events \\\n"
          "        -c \"select count(*) from pg_stat_activity where usename = '\\'''shop'\\''' and wait_event_type = '\\'''Lock'\\'''\"\n"
          "}\n"
          "\n"
          "coproc FIRST { shop; }\n"
          "echo \"begin; select (events.append('\\'''a'\\''', 0, '\\'''first'\\''', '\\'''{}'\\''')).position;\" >&\"''${FIRST[1]}\"\n"
          'read -r position <&"''${FIRST[0]}"\n'
          'echo "the first has $position"\n'
          "shop -c \"select (events.append('\\'''b'\\''', 0, '\\'''second'\\''', '\\'''{}'\\''')).position\" >/run/second &\n"
          "second=$!\n"
          'until [ "$(waiting)" = 1 ] || ! kill -0 "$second" 2>/dev/null; do sleep 0.1; done\n'
          'echo "meanwhile there is $(seen 0)"\n'
          "first=$FIRST_PID\n"
          "echo '\\'''commit; \\q'\\''' >&\"''${FIRST[1]}\"\n"
          'wait "$first"\n'
          'wait "$second"\n'
          'echo "the second has $(cat /run/second)"\n'
          'echo "then there is $(seen 0)"\n'
          "shop -c \"begin\" -c \"select events.append('\\'''a'\\''', 1, '\\'''no'\\''', '\\'''{}'\\''')\" -c \"rollback\" >/dev/null\n"
          "shop -c \"select events.append('\\'''a'\\''', 1, '\\'''third'\\''', '\\'''{}'\\''')\" >/dev/null\n"
          'echo "behind 2 there is $(seen 2)"\n'
          "' | install -D -m 0644 /dev/stdin /run/order.sh"
      )
      machine.wait_for_unit("event-store.service")
      output = machine.succeed("bash /run/order.sh")
      assert output.rstrip() == "the first has 1\nmeanwhile there is nothing\nthe second has 2\nthen there is 1 first, 2 second\nbehind 2 there is 3 third", f"the output is {output!r}"
    '';
  };

  keeps-what-it-has-acknowledged-when-it-is-killed-and-over-a-restart = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-keeps-what-it-has-acknowledged-when-it-is-killed-and-over-a-restart";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "seq 0 19 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
      machine.succeed("systemctl kill --signal=KILL event-store")
      machine.wait_until_succeeds(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)' | grep --line-regexp '20|20|20'"
      )
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "seq 20 24 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "5", f"the output is {output!r}"
      machine.succeed("systemctl restart event-store.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "25|25|25", f"the output is {output!r}"
      output = machine.succeed(
          "journalctl --unit=event-store | grep --count 'first initialisation'"
      )
      assert output.rstrip() == "1", f"the output is {output!r}"
      machine.succeed("echo >/run/secrets/report")
      machine.fail("systemctl restart event-store")
      machine.wait_until_succeeds(
          "journalctl --unit=event-store | grep 'passwordFile of role \"report\" is empty'"
      )
      machine.fail(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select 1'"
      )
    '';
  };

  keeps-its-events-when-it-is-given-other-settings = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-keeps-its-events-when-it-is-given-other-settings";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.services.event-store = {
          maxConnections = 30;
          roles = lib.mkForce {
            nobody.access = [ "read" ];
            report.passwordFile = "/run/secrets/report";
            shop = {
              access = [ "append" ];
              passwordFile = "/run/secrets/shop";
            };
          };
        };
      };
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "seq 0 4 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "5", f"the output is {output!r}"
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "5|5|5", f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'show max_connections'"
      )
      assert output.rstrip() == "30", f"the output is {output!r}"
      output = machine.succeed(
          "runuser -u nobody -- psql -X -q -A -t -h /run/event-store -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "5|5|5", f"the output is {output!r}"
      output = machine.succeed(
          "seq 5 6 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "2", f"the output is {output!r}"
      machine.succeed("/run/booted-system/bin/switch-to-configuration test")
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "if runuser -u nobody -- psql -X -q -A -t -h /run/event-store -d events -c 'select count(*), max(position), max(version) from events.read(0)' 2>&1; then echo taken; fi"
      )
      assert "FATAL" in output, f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "7|7|7", f"the output is {output!r}"
    '';
  };

  keeps-what-it-has-acknowledged-when-the-power-is-cut = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-keeps-what-it-has-acknowledged-when-the-power-is-cut";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      machine.succeed("sync")
      output = machine.succeed(
          "seq 0 19 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "20", f"the output is {output!r}"
      machine.crash()
      machine.start()
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "20|20|20", f"the output is {output!r}"
    '';
  };

  throws-a-read-model-away-and-makes-it-again-from-the-log = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-throws-a-read-model-away-and-makes-it-again-from-the-log";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        readModels.balances = {
          apply = ''
            insert into balance as b values (event.stream, (event.data ->> 'amount')::bigint)
            on conflict (account) do update set amount = b.amount + excluded.amount;'';
          tables = "create table balance (account text primary key, amount bigint not null);";
        };
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''a'\\''', 0, '\\'''added'\\''', '\\'''{\"amount\": 5}'\\''')).position'"
      )
      machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''b'\\''', 0, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position'"
      )
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select read_models.refresh('\\'''balances'\\'''); select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance'"
      )
      assert output.rstrip() == "2\na 5, b 1", f"the output is {output!r}"
      machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''a'\\''', 1, '\\'''added'\\''', '\\'''{\"amount\": 7}'\\''')).position'"
      )
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select read_models.refresh('\\'''balances'\\'''); select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance'"
      )
      assert output.rstrip() == "3\na 12, b 1", f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select read_models.refresh('\\'''balances'\\'''); select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance'"
      )
      assert output.rstrip() == "3\na 12, b 1", f"the output is {output!r}"
      machine.succeed(
          "runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'update balances.balance set amount = 0'"
      )
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select read_models.rebuild('\\'''balances'\\'''); select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance' 2>/dev/null"
      )
      assert output.rstrip() == "3\na 12, b 1", f"the output is {output!r}"
      machine.succeed(
          "runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'drop schema balances cascade'"
      )
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select read_models.rebuild('\\'''balances'\\'''); select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance' 2>/dev/null"
      )
      assert output.rstrip() == "3\na 12, b 1", f"the output is {output!r}"
      machine.succeed("systemctl restart event-store.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select string_agg(account || '\\''' '\\''' || amount, '\\''', '\\''' order by account) from balances.balance'"
      )
      assert output.rstrip() == "a 12, b 1", f"the output is {output!r}"
      output = machine.succeed(
          "if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'delete from balances.balance' 2>&1; then echo taken; fi"
      )
      assert "denied" in output, f"the output is {output!r}"
    '';
  };

  archives-old-events-before-it-removes-them-and-says-so-to-readers = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-archives-old-events-before-it-removes-them-and-says-so-to-readers";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        retention = {
          folder = "/srv/archive";
          keepDays = 0;
        };
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      output = machine.succeed(
          "seq 0 2 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "3", f"the output is {output!r}"
      output = machine.succeed(
          "if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'select events.discard(1, 3, '\\'''x'\\''', '\\'''y'\\''')' 2>&1; then echo taken; fi"
      )
      assert "none is removed" in output, f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "3|3|3", f"the output is {output!r}"
      machine.succeed("mkdir /srv/archive/1-3.jsonl.new")
      machine.fail("systemctl start event-store-archive")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "3|3|3", f"the output is {output!r}"
      machine.succeed("rmdir /srv/archive/1-3.jsonl.new")
      machine.succeed("systemctl start event-store-archive.service")
      output = machine.succeed("wc --lines </srv/archive/1-3.jsonl")
      assert output.rstrip() == "3", f"the output is {output!r}"
      output = machine.succeed("head --lines=1 /srv/archive/1-3.jsonl")
      assert '{"position" : 1,' in output, f"the output is {output!r}"
      output = machine.succeed(
          "if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)' 2>&1; then echo taken; fi"
      )
      assert "events up to position 3 are archived, and 1 was asked for" in output, f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select first, last, file from events.archive'"
      )
      assert output.rstrip() == "1|3|/srv/archive/1-3.jsonl", f"the output is {output!r}"
      machine.succeed(
          "test $(PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select digest from events.archive') = $(sha256sum </srv/archive/1-3.jsonl | head --bytes=64)"
      )
      output = machine.succeed(
          "if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''many'\\''', 0, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position' 2>&1; then echo taken; fi"
      )
      assert "is at version 3" in output, f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''many'\\''', 3, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position'"
      )
      assert output.rstrip() == "4", f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select position, version from events.read(3)'"
      )
      assert output.rstrip() == "4|4", f"the output is {output!r}"
      output = machine.succeed(
          "if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'delete from events.event' 2>&1; then echo taken; fi"
      )
      assert "is refused" in output, f"the output is {output!r}"
      machine.succeed("systemctl start event-store-archive.service")
      output = machine.succeed("ls /srv/archive")
      assert output.rstrip() == "1-3.jsonl\n4-4.jsonl", f"the output is {output!r}"
      machine.succeed(
          "systemd-analyze security --no-pager --threshold=20 event-store-archive.service"
      )
    '';
  };

  is-restored-from-a-backup-after-its-cluster-was-destroyed = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-is-restored-from-a-backup-after-its-cluster-was-destroyed";
    nodes.machine = {
      imports = [ module ];
      domi.services.event-store = {
        enable = true;
        backup = {
          folder = "/srv/backup";
          keep = 1;
        };
        roles = {
          report.passwordFile = "/run/secrets/report";
          shop = {
            access = [ "append" ];
            passwordFile = "/run/secrets/shop";
          };
        };
      };
      environment.systemPackages = [ pkgs.postgresql_17 ];
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/shop 0600 - - - it's a \"pass\\\\word\"\\n"
        "f+ /run/secrets/report 0600 - - - another\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.wait_for_unit("event-store.service")
      machine.succeed("test ! -e /srv/backup/*.dump")
      machine.fail("systemctl start event-store-restore@latest.service")
      machine.wait_until_succeeds(
          "journalctl --unit='event-store-restore@*' | grep 'there is no backup in'"
      )
      output = machine.succeed(
          "seq 0 2 | sed \"s/.*/select (events.append('many', &, 'added', '{\\\"amount\\\": 1}')).position;/\" | PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events | wc --lines"
      )
      assert output.rstrip() == "3", f"the output is {output!r}"
      machine.succeed("touch /srv/backup/20200101T000000Z.dump")
      machine.succeed("systemctl start event-store-backup.service")
      output = machine.succeed("ls /srv/backup | grep --count --invert-match 20200101")
      assert output.rstrip() == "1", f"the output is {output!r}"
      machine.fail("test -e /srv/backup/20200101T000000Z.dump")
      output = machine.succeed("stat -c '%U %a' /srv/backup")
      assert output.rstrip() == "event-store 700", f"the output is {output!r}"
      machine.fail("systemctl start event-store-restore@latest.service")
      machine.wait_until_succeeds(
          "journalctl --unit='event-store-restore@*' | grep 'a restore would lose'"
      )
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "3|3|3", f"the output is {output!r}"
      machine.succeed("systemctl stop event-store.service")
      machine.succeed("rm --recursive /var/lib/event-store/*")
      machine.succeed("systemctl start event-store.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "0||", f"the output is {output!r}"
      machine.succeed("systemctl start event-store-restore@latest.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "3|3|3", f"the output is {output!r}"
      output = machine.succeed(
          "if PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''many'\\''', 0, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position' 2>&1; then echo taken; fi"
      )
      assert "is at version 3" in output, f"the output is {output!r}"
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events -c 'select (events.append('\\'''many'\\''', 3, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position'"
      )
      assert output.rstrip() == "4", f"the output is {output!r}"
      output = machine.succeed(
          "if runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events -c 'truncate events.event' 2>&1; then echo taken; fi"
      )
      assert "is refused" in output, f"the output is {output!r}"
      output = machine.succeed(
          "if PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select (events.append('\\'''many'\\''', 4, '\\'''added'\\''', '\\'''{\"amount\": 1}'\\''')).position' 2>&1; then echo taken; fi"
      )
      assert "permission denied" in output, f"the output is {output!r}"
      machine.succeed("systemctl restart event-store.service")
      output = machine.succeed(
          "PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events -c 'select count(*), max(position), max(version) from events.read(0)'"
      )
      assert output.rstrip() == "4|4|4", f"the output is {output!r}"
    '';
  };

  lets-other-machines-in-with-tls-and-a-password = pkgs.testers.runNixOSTest {
    _file = ./event-store.nix;
    name = "event-store-lets-other-machines-in-with-tls-and-a-password";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.postgresql_17 ];
        systemd.tmpfiles.rules = [
          "f+ /run/store.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
        ];
      };
      store = {
        imports = [ module ];
        domi.services.event-store = {
          enable = true;
          listenAddresses = [ "*" ];
          openFirewall = true;
          roles = {
            report.access = [ "read" ];
            shop = {
              access = [
                "append"
                "read"
              ];
              passwordFile = "/run/secrets/shop";
            };
          };
          tls = {
            certificate = "/run/tests.crt";
            key = "/run/tests.key";
          };
        };
        systemd.tmpfiles.rules = [
          "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
          "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
          "f+ /run/secrets/shop 0600 - - - secret\\n"
        ];
      };
    };
    testScript = ''
      start_all()
      store.wait_for_unit("event-store.service")
      output = client.succeed(
          "PGPASSWORD=secret psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 'host=store user=shop dbname=events connect_timeout=5 sslmode=verify-full sslrootcert=/run/store.crt'"
      )
      assert output.rstrip() == "t", f"the output is {output!r}"
      output = client.succeed(
          "if PGPASSWORD=wrong psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 'host=store user=shop dbname=events connect_timeout=5 sslmode=verify-full sslrootcert=/run/store.crt' 2>&1; then echo taken; fi"
      )
      assert "password authentication failed" in output, f"the output is {output!r}"
      output = client.succeed(
          "if PGPASSWORD=secret psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 'host=store user=shop dbname=events connect_timeout=5 sslmode=disable' 2>&1; then echo taken; fi"
      )
      assert "no encryption" in output, f"the output is {output!r}"
      output = client.succeed(
          "if PGPASSWORD=secret psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 'host=store user=report dbname=events connect_timeout=5 sslmode=verify-full sslrootcert=/run/store.crt' 2>&1; then echo taken; fi"
      )
      assert "no pg_hba.conf entry" in output, f"the output is {output!r}"
      output = client.succeed(
          "if PGPASSWORD=secret psql -X -q -A -t -w -c 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' 'host=store user=event-store dbname=events connect_timeout=5 sslmode=verify-full sslrootcert=/run/store.crt' 2>&1; then echo taken; fi"
      )
      assert "no pg_hba.conf entry" in output, f"the output is {output!r}"
    '';
  };

  refuses-events-that-go-over-the-network-in-the-clear =
    let
      config = evaluate {
        enable = true;
        listenAddresses = [ "*" ];
        openFirewall = true;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses events that go over the network in the clear: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "in the clear" a.message)
      config.assertions
    ) "refuses events that go over the network in the clear: refused, but not because of in the clear";
    pkgs.runCommand "event-store-refuses-events-that-go-over-the-network-in-the-clear" { } "touch $out";

  refuses-an-open-firewall-before-nobody =
    let
      config = evaluate {
        enable = true;
        openFirewall = true;
        tls = {
          certificate = "/run/a";
          key = "/run/b";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses an open firewall before nobody: the settings are accepted";
    assert lib.assertMsg
      (lib.any (
        a: !a.assertion && lib.hasInfix "listens to this machine alone" a.message
      ) config.assertions)
      "refuses an open firewall before nobody: refused, but not because of listens to this machine alone";
    pkgs.runCommand "event-store-refuses-an-open-firewall-before-nobody" { } "touch $out";

  refuses-a-setting-that-what-is-promised-rests-on =
    let
      config = evaluate {
        enable = true;
        settings.FSYNC = false;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a setting that what is promised rests on: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "decides" a.message)
      config.assertions
    ) "refuses a setting that what is promised rests on: refused, but not because of decides";
    pkgs.runCommand "event-store-refuses-a-setting-that-what-is-promised-rests-on" { } "touch $out";

  refuses-a-role-that-the-feature-has-itself =
    let
      config = evaluate {
        enable = true;
        roles.event_owner.access = [ "append" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a role that the feature has itself: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "a role has a name" a.message)
      config.assertions
    ) "refuses a role that the feature has itself: refused, but not because of a role has a name";
    pkgs.runCommand "event-store-refuses-a-role-that-the-feature-has-itself" { } "touch $out";

  refuses-a-role-whose-name-would-be-more-than-one =
    let
      config = evaluate {
        enable = true;
        roles."a b".access = [ "append" ];
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a role whose name would be more than one: the settings are accepted";
    assert lib.assertMsg (
      refused config.domi.services.event-store.roles."a b".name
      || lib.any (a: !a.assertion && lib.hasInfix "name" a.message) config.assertions
    ) "refuses a role whose name would be more than one: refused, but not because of name";
    pkgs.runCommand "event-store-refuses-a-role-whose-name-would-be-more-than-one" { } "touch $out";

  refuses-a-password-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        roles.shop.passwordFile = "/nix/store/00000000000000000000000000000000-password";
      };
    in
    assert lib.assertMsg (refused config.domi.services.event-store.roles.shop.passwordFile)
      "refuses a password that everyone can read: passwordFile is accepted";
    pkgs.runCommand "event-store-refuses-a-password-that-everyone-can-read" { } "touch $out";

  refuses-a-read-model-of-a-log-without-its-beginning =
    let
      config = evaluate {
        enable = true;
        readModels.seen = {
          apply = "";
          tables = "";
        };
        retention = {
          folder = "/srv/archive";
          keepDays = 30;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a read model of a log without its beginning: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "the whole log" a.message)
      config.assertions
    ) "refuses a read model of a log without its beginning: refused, but not because of the whole log";
    pkgs.runCommand "event-store-refuses-a-read-model-of-a-log-without-its-beginning" { } "touch $out";

  refuses-a-read-model-in-the-place-of-the-log =
    let
      config = evaluate {
        enable = true;
        readModels.events = {
          apply = "";
          tables = "";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a read model in the place of the log: the settings are accepted";
    assert lib.assertMsg
      (lib.any (
        a: !a.assertion && lib.hasInfix "a schema that is there already" a.message
      ) config.assertions)
      "refuses a read model in the place of the log: refused, but not because of a schema that is there already";
    pkgs.runCommand "event-store-refuses-a-read-model-in-the-place-of-the-log" { } "touch $out";

  refuses-backups-in-a-folder-that-is-everybody-s =
    let
      config = evaluate {
        enable = true;
        backup.folder = "/";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses backups in a folder that is everybody's: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "would belong" a.message)
      config.assertions
    ) "refuses backups in a folder that is everybody's: refused, but not because of would belong";
    pkgs.runCommand "event-store-refuses-backups-in-a-folder-that-is-everybody-s" { } "touch $out";

  refuses-to-keep-no-backup =
    let
      config = evaluate {
        enable = true;
        backup = {
          folder = "/srv/backup";
          keep = 0;
        };
      };
    in
    assert lib.assertMsg (refused config.domi.services.event-store.backup.keep)
      "refuses to keep no backup: keep is accepted";
    pkgs.runCommand "event-store-refuses-to-keep-no-backup" { } "touch $out";

  refuses-a-port-that-it-has-no-right-to =
    let
      config = evaluate {
        enable = true;
        port = 79;
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a port that it has no right to: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "below 1024" a.message)
      config.assertions
    ) "refuses a port that it has no right to: refused, but not because of below 1024";
    pkgs.runCommand "event-store-refuses-a-port-that-it-has-no-right-to" { } "touch $out";
}
