# A log of events that is only appended to, on PostgreSQL.
#
# Generated from crates/features/event-store by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    calendar
    credentialPath
    escapeSpecifiers
    fitting
    freeTmpfilesPath
    keyValues
    plainData
    plainPath
    rulePath
    unitText
    unitWord
    ;
  cfg = config.domi.services.event-store;
  jsonFormat = pkgs.formats.json { };

  eventStoreSetup = pkgs.writeShellScript "event-store-setup" ''
    set -e
    derived=${pkgs.writeText "models.sql" ''
      -- Read models: tables that follow from the log, so that they can be thrown away. `:models` is the
      -- file that defines them.
      set client_min_messages = warning;
      select set_config('event_store.models', pg_read_file(:'models'), false) \g /dev/null

      create schema if not exists read_models authorization event_models;
      set role event_models;

      create table if not exists read_models.model (
          name text primary key,
          tables text not null,
          apply text not null,
          position bigint not null default 0
      );

      -- Makes the tables of a model, empty, in place of those that are there.
      create or replace function read_models.make(name text) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as ''$$
      declare
          model read_models.model;
      begin
          select * into strict model from read_models.model as m where m.name = make.name;
          execute format('drop schema if exists %I cascade', model.name);
          execute format('create schema %I', model.name);
          perform set_config('search_path', format('%I, pg_catalog, pg_temp', model.name), true);
          execute model.tables;
          execute format(
              'create function %I.apply(event events.event) returns void language plpgsql set search_path = %I, pg_catalog, pg_temp as %L',
              model.name, model.name, E'begin\n' || model.apply || E'\nend');
          execute format('grant usage on schema %I to event_read', model.name);
          execute format('grant select on all tables in schema %I to event_read', model.name);
          update read_models.model as m set position = 0 where m.name = make.name;
      end
      ''$$;

      -- Brings a model up to the end of the log, and returns the position that it is at.
      create or replace function read_models.refresh(name text) returns bigint
      language plpgsql security definer set search_path = pg_catalog, pg_temp as ''$$
      declare
          reached bigint;
          event events.event;
      begin
          select m.position into reached from read_models.model as m where m.name = refresh.name for update;
          if not found then
              raise exception using
                  errcode = 'EV005', message = format('there is no read model "%s"', refresh.name);
          end if;
          for event in select * from events.read(reached) loop
              execute format('select %I.apply($1)', refresh.name) using event;
              reached := event.position;
          end loop;
          update read_models.model as m set position = reached where m.name = refresh.name;
          return reached;
      end
      ''$$;

      -- Throws a model away and makes it again from the whole log. Others see the old one until then.
      create or replace function read_models.rebuild(name text) returns bigint
      language plpgsql security definer set search_path = pg_catalog, pg_temp as ''$$
      begin
          perform from read_models.model as m where m.name = rebuild.name for update;
          if not found then
              raise exception using
                  errcode = 'EV005', message = format('there is no read model "%s"', rebuild.name);
          end if;
          perform read_models.make(rebuild.name);
          return read_models.refresh(rebuild.name);
      end
      ''$$;

      do ''$$
      declare
          wanted jsonb := current_setting('event_store.models');
          given record;
          former text;
      begin
          for former in select m.name from read_models.model as m where not wanted ? m.name loop
              execute format('drop schema if exists %I cascade', former);
              delete from read_models.model as m where m.name = former;
          end loop;
          for given in select w.key as name, w.value ->> 'tables' as tables, w.value ->> 'apply' as apply
              from jsonb_each(wanted) as w
          loop
              if not exists (
                  select from read_models.model as m
                  where (m.name, m.tables, m.apply) = (given.name, given.tables, given.apply)
              ) then
                  insert into read_models.model (name, tables, apply)
                      values (given.name, given.tables, given.apply)
                      on conflict (name) do update set tables = excluded.tables, apply = excluded.apply;
                  perform read_models.make(given.name);
              end if;
          end loop;
      end
      ''$$;

      revoke execute on all functions in schema read_models from public;
      grant usage on schema read_models to event_read;
      grant execute on function read_models.refresh, read_models.rebuild to event_read;
      grant select on read_models.model to event_read;

      reset role;
    ''}
    groups=${pkgs.writeText "groups.sql" ''
      -- Roles that others are members of, and that nobody logs in as. It runs in the database `postgres`.
      set client_min_messages = warning;

      do ''$$
      declare
          name text;
      begin
          foreach name in array array[
              'event_owner',   -- has the log
              'event_models',  -- has the read models, and reads the log
              'event_append',  -- may append
              'event_read',    -- may read
              'event_user'     -- was made for an entry of `roles`
          ] loop
              if not exists (select from pg_roles where rolname = name) then
                  execute format('create role %I nologin', name);
              end if;
          end loop;
      end
      ''$$;
    ''}
    log=${pkgs.writeText "log.sql" ''
      -- The log. Whatever is here already stays: this runs whenever the server has started.
      set client_min_messages = warning;

      alter database events owner to event_owner;
      revoke all on database events from public;
      grant connect on database events to event_append, event_read;
      grant create on database events to event_models;

      create schema if not exists events authorization event_owner;
      set role event_owner;

      -- The last position that was given away: one row, which every append changes.
      create table if not exists events.head (
          one boolean primary key default true check (one),
          position bigint not null
      );
      insert into events.head (position) values (0) on conflict do nothing;

      -- How far each stream is, also when its events are archived.
      create table if not exists events.stream (
          name text primary key check (name <> '''),
          version bigint not null check (version > 0)
      );

      create table if not exists events.event (
          position bigint primary key,
          stream text not null,
          version bigint not null check (version > 0),
          type text not null check (type <> '''),
          data jsonb not null,
          metadata jsonb not null,
          time timestamptz not null,
          unique (stream, version)
      );

      -- What was removed from the log, and the file that has it.
      create table if not exists events.archive (
          first bigint primary key,
          last bigint not null unique check (last >= first),
          file text not null,
          digest text not null,
          time timestamptz not null default clock_timestamp()
      );

      -- Appends an event. `expected` is the version that the stream has: 0 where it must be new, null
      -- where any will do.
      --
      -- The row of `head` stays locked until the transaction ends. So transactions that append end in the
      -- order of their positions: who sees a position sees all those before it. A sequence would not do,
      -- as its order is not that of commits. Positions have no gaps: one that is rolled back is given
      -- away again.
      create or replace function events.append(
          stream text,
          expected bigint,
          type text,
          data jsonb,
          metadata jsonb default '{}',
          out "position" bigint,
          out version bigint
      )
      language plpgsql security definer set search_path = pg_catalog, pg_temp as ''$$
      begin
          -- Whatever the client has set: what is acknowledged is on the disk.
          perform set_config('synchronous_commit', 'on', true);

          update events.head as h set position = h.position + 1 returning h.position into append.position;
          select s.version into append.version from events.stream as s where s.name = append.stream;
          append.version := coalesce(append.version, 0);
          if append.expected <> append.version then
              raise exception using
                  errcode = 'EV001',
                  message = format('stream "%s" is at version %s, and %s was expected',
                      append.stream, append.version, append.expected);
          end if;

          append.version := append.version + 1;
          insert into events.stream (name, version) values (append.stream, append.version)
              on conflict (name) do update set version = excluded.version;
          insert into events.event (position, stream, version, type, data, metadata, time)
              values (append.position, append.stream, append.version, append.type, append.data,
                  append.metadata, clock_timestamp());
          perform pg_notify('events', append.position::text);
      end
      ''$$;

      -- The version of a stream, 0 where there is none.
      create or replace function events.stream_version(stream text) returns bigint
      language sql stable security definer set search_path = pg_catalog, pg_temp as ''$$
          select coalesce((select s.version from events.stream as s where s.name = stream_version.stream), 0);
      ''$$;

      -- Events behind a position, in their order. Archived ones are no reason to skip some unnoticed.
      create or replace function events.read(after bigint, most bigint default null)
      returns setof events.event
      language plpgsql stable set search_path = pg_catalog, pg_temp as ''$$
      declare
          gone events.archive;
      begin
          select * into gone from events.archive as a order by a.last desc limit 1;
          if read.after < gone.last then
              raise exception using
                  errcode = 'EV003',
                  message = format('events up to position %s are archived, and %s was asked for',
                      gone.last, read.after + 1),
                  hint = 'The table events.archive has the names of the files.';
          end if;
          return query select * from events.event as e
              where e.position > read.after order by e.position limit read.most;
      end
      ''$$;

      -- Events of a stream behind a version, in their order.
      create or replace function events.read_stream(stream text, after bigint, most bigint default null)
      returns setof events.event
      language plpgsql stable set search_path = pg_catalog, pg_temp as ''$$
      declare
          there bigint;
      begin
          select min(e.version) into there from events.event as e where e.stream = read_stream.stream;
          there := coalesce(there, events.stream_version(read_stream.stream) + 1);
          if read_stream.after + 1 < there then
              raise exception using
                  errcode = 'EV003',
                  message = format('stream "%s" is archived up to version %s, and %s was asked for',
                      read_stream.stream, there - 1, read_stream.after + 1),
                  hint = 'The table events.archive has the names of the files.';
          end if;
          return query select * from events.event as e
              where e.stream = read_stream.stream and e.version > read_stream.after
              order by e.version limit read_stream.most;
      end
      ''$$;

      -- Nobody changes what was written, not even who has the tables.
      create or replace function events.refuse() returns trigger
      language plpgsql set search_path = pg_catalog, pg_temp as ''$$
      begin
          raise exception using
              errcode = 'EV002',
              message = format('%s of events.%s is refused: the log is only appended to',
                  tg_op, tg_table_name);
      end
      ''$$;

      -- An event may go when an archive is recorded that has it.
      create or replace function events.refuse_unless_archived() returns trigger
      language plpgsql set search_path = pg_catalog, pg_temp as ''$$
      begin
          if not exists (
              select from events.archive as a where old.position between a.first and a.last
          ) then
              raise exception using
                  errcode = 'EV002',
                  message = format('DELETE of events.event is refused: position %s is not archived',
                      old.position);
          end if;
          return old;
      end
      ''$$;

      create or replace trigger keep before update or truncate on events.event
          for each statement execute function events.refuse();
      create or replace trigger keep_row before delete on events.event
          for each row execute function events.refuse_unless_archived();
      create or replace trigger keep before update or delete or truncate on events.archive
          for each statement execute function events.refuse();
      create or replace trigger keep before delete or truncate on events.stream
          for each statement execute function events.refuse();
      create or replace trigger keep before delete or truncate on events.head
          for each statement execute function events.refuse();

      -- The first positions whose events are older than so many days, `most` of them at once.
      create or replace function events.due(days integer, most bigint, out first bigint, out last bigint)
      returns setof record
      language plpgsql stable set search_path = pg_catalog, pg_temp as ''$$
      declare
          young bigint;
      begin
          select min(e.position), max(e.position) into due.first, due.last from events.event as e;
          select e.position into young from events.event as e
              where e.time >= now() - make_interval(days => due.days) order by e.position limit 1;
          due.last := least(due.last, young - 1, due.first + due.most - 1);
          if due.last >= due.first then
              return next;
          end if;
      end
      ''$$;

      -- Events as lines of JSON: the same ones each time.
      create or replace function events.lines(first bigint, last bigint) returns setof text
      language sql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC' as ''$$
          select json_build_object('position', e.position, 'stream', e.stream, 'version', e.version,
                  'type', e.type, 'data', e.data, 'metadata', e.metadata, 'time', e.time)::text
              from events.event as e
              where e.position between lines.first and lines.last order by e.position;
      ''$$;

      -- Removes events that a file has, whose SHA-256 is given. It must be that of the lines which the
      -- events make now.
      create or replace function events.discard(first bigint, last bigint, file text, digest text)
      returns void
      language plpgsql set search_path = pg_catalog, pg_temp as ''$$
      declare
          number bigint;
          expected text;
      begin
          select count(*), encode(sha256(convert_to(string_agg(l.line || E'\n', ''' order by l.number), 'UTF8')), 'hex')
              into number, expected
              from events.lines(discard.first, discard.last) with ordinality as l (line, number);
          if number <> discard.last - discard.first + 1 or expected is distinct from discard.digest then
              raise exception using
                  errcode = 'EV004',
                  message = format('%s does not hold the events from %s to %s: none is removed',
                      discard.file, discard.first, discard.last);
          end if;
          insert into events.archive (first, last, file, digest)
              values (discard.first, discard.last, discard.file, discard.digest);
          delete from events.event as e where e.position between discard.first and discard.last;
      end
      ''$$;

      revoke execute on all functions in schema events from public;
      grant usage on schema events to event_append, event_read, event_models;
      grant execute on function events.append to event_append;
      grant execute on function events.stream_version to event_append, event_read, event_models;
      grant execute on function events.read, events.read_stream to event_read, event_models;
      grant select on events.event, events.stream, events.archive to event_read, event_models;

      reset role;
    ''}
    models=${
      jsonFormat.generate "read-models.json" (
        plainData (lib.mapAttrs (_: readModel: { inherit (readModel) apply tables; }) cfg.readModels)
      )
    }
    roles=${
      jsonFormat.generate "roles.json" (
        plainData (
          lib.mapAttrs (_: role: {
            inherit (role) access;
            password = role.passwordFile != null;
          }) cfg.roles
        )
      )
    }
    users=${pkgs.writeText "roles.sql" ''
      -- Those who log in. `:roles` is a file with what each may do.
      set client_min_messages = error;
      select set_config('event_store.roles', pg_read_file(:'roles'), false) \g /dev/null

      do ''$$
      declare
          wanted jsonb := current_setting('event_store.roles');
          given record;
          access text;
          password text;
      begin
          -- What was said of a role before holds no more.
          for given in
              select r.rolname as name from pg_roles as r where pg_has_role(r.oid, 'event_user', 'member')
                  and not r.rolsuper and r.rolname <> 'event_user'
          loop
              execute format('alter role %I nologin password null', given.name);
              execute format('revoke event_append, event_read, event_user from %I', given.name);
          end loop;

          for given in select w.key as name, w.value from jsonb_each(wanted) as w loop
              if not exists (select from pg_roles as r where r.rolname = given.name) then
                  execute format('create role %I', given.name);
              end if;
              execute format('alter role %I login', given.name);
              execute format('grant event_user to %I', given.name);
              for access in select jsonb_array_elements_text(given.value -> 'access') loop
                  execute format('grant %I to %I', 'event_' || access, given.name);
              end loop;
              if (given.value ->> 'password')::boolean then
                  password := split_part(
                      pg_read_file('/run/credentials/event-store.service/' || given.name || '.password'),
                      E'\n', 1);
                  if password = ''' then
                      raise exception 'the first line of the passwordFile of role "%" is empty', given.name;
                  end if;
                  execute format('alter role %I password %L', given.name, password);
              end if;
          end loop;
      end
      ''$$;
    ''}
    # Makes of the database what the settings say, whatever it was before.
    set -uo pipefail
    on() {
        psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname "$@"
    }
    on postgres --single-transaction --file="$groups"
    databases=$(on postgres --tuples-only --no-align --command='select datname from pg_database')
    if ! grep --quiet --line-regexp events <<<"$databases"; then
        if grep --quiet --line-regexp events_before <<<"$databases"; then
            # A restore was cut off before it had an effect.
            on postgres --command='alter database events_before rename to events'
        else
            on postgres --command='create database events template template0'
        fi
    fi
    on events --single-transaction --set=models="$models" --set=roles="$roles" \
        --file="$log" --file="$derived" --file="$users"'';

  commonServiceConfig = {
    CapabilityBoundingSet = "";
    Group = "event-store";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    PrivateUsers = false;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    RemoveIPC = false;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
    UMask = "0077";
    User = "event-store";
  };
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.services.event-store = {
    enable = lib.mkEnableOption "event-store, a log of events that is only appended to, on PostgreSQL";

    package = lib.mkPackageOption pkgs "postgresql_17" {
      extraDescription = ''
        PostgreSQL, 17 or newer, which Debian has since Debian 13. With another major version than the
        one that made the cluster, the server does not start.
      '';
    };

    listenAddresses = lib.mkOption {
      type = lib.types.listOf (
        lib.types.strMatching "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|\\*"
      );
      default = [ ];
      example = [
        "127.0.0.1"
        "192.0.2.7"
      ];
      description = "Addresses to listen on, beside the socket. Roles with a password are let in there.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 5432;
      description = "TCP port, 1024 or above, and the number in the name of the socket.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets other machines in. They need TLS and a password.";
    };

    tls = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            certificate = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/event-store.crt";
              description = "File with the certificate, followed by those of its issuers.";
            };

            key = lib.mkOption {
              type = lib.types.externalPath;
              example = "/run/secrets/event-store.key";
              description = "File with its private key.";
            };
          };
        }
      );
      default = null;
      description = ''
        TLS. Where it is set, nobody is let in over the network without it. Where it is null, events go
        over the network in the clear; passwords never do.
      '';
    };

    roles = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }: {
            options = {
              name = lib.mkOption {
                type = lib.types.strMatching "[a-z][a-z0-9_]{0,62}";
                readOnly = true;
                default = name;
                defaultText = lib.literalExpression "name";
                description = "Its name: small letters, digits and `_`.";
              };

              access = lib.mkOption {
                type = lib.types.nonEmptyListOf (
                  lib.types.enum [
                    "append"
                    "read"
                  ]
                );
                default = [ "read" ];
                example = [
                  "append"
                  "read"
                ];
                description = ''
                  What it may do.

                  - `append`: Append events.
                  - `read`: Read events and read models.
                '';
              };

              passwordFile = lib.mkOption {
                type = lib.types.nullOr lib.types.externalPath;
                default = null;
                example = "/run/secrets/event-store-shop";
                description = ''
                  File whose first line is the password. Where it is null, the role is that of the machine's user
                  with its name, who needs no password at the socket; nobody else has it.
                '';
              };
            };
          }
        )
      );
      default = { };
      example = {
        shop.access = [
          "append"
          "read"
        ];
      };
      description = "Those who may use the log, by name.";
    };

    readModels = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }: {
            options = {
              name = lib.mkOption {
                type = lib.types.strMatching "[a-z][a-z0-9_]{0,62}";
                readOnly = true;
                default = name;
                defaultText = lib.literalExpression "name";
                description = "Its name, which is that of its schema: small letters, digits and `_`.";
              };

              tables = lib.mkOption {
                type = lib.types.lines;
                example = "create table seen (type text);";
                description = "SQL that makes its tables.";
              };

              apply = lib.mkOption {
                type = lib.types.lines;
                example = "insert into seen values (event.type);";
                description = ''
                  PL/pgSQL that changes them for an event: `event.position`, `stream`, `version`, `type`, `data`,
                  `metadata` and `time`.
                '';
              };
            };
          }
        )
      );
      default = { };
      example = {
        seen = {
          apply = "insert into seen values (event.type);";
          tables = "create table seen (type text);";
        };
      };
      description = "Tables that follow from the log, by the name of their schema.";
    };

    retention = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            keepDays = lib.mkOption {
              type = lib.types.ints.between 0 100000;
              example = 365;
              description = "How many days events stay. With 0, all those that are there when it runs are archived.";
            };

            folder = lib.mkOption {
              type = lib.types.path;
              example = "/srv/archive";
              description = "Folder for the files with archived events, which are never removed.";
            };

            schedule = lib.mkOption {
              type = lib.types.nonEmptyStr;
              default = "daily";
              example = "Mon 04:00";
              description = "When to archive, in the form of {manpage}`systemd.time(7)`.";
            };
          };
        }
      );
      default = null;
      example = {
        folder = "/srv/archive";
        keepDays = 365;
      };
      description = "When events leave the log. They stay for ever where it is null.";
    };

    backup = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.submodule {
          options = {
            folder = lib.mkOption {
              type = lib.types.path;
              example = "/srv/backup/event-store";
              description = "Folder for backups, best on another disk.";
            };

            schedule = lib.mkOption {
              type = lib.types.nonEmptyStr;
              default = "daily";
              example = "hourly";
              description = "When to make one, in the form of {manpage}`systemd.time(7)`.";
            };

            keep = lib.mkOption {
              type = lib.types.ints.between 1 10000;
              default = 14;
              description = "How many are kept: the newest.";
            };
          };
        }
      );
      default = null;
      example = {
        folder = "/srv/backup/event-store";
      };
      description = "Backups. There are none where it is null.";
    };

    maxConnections = lib.mkOption {
      type = lib.types.ints.between 10 10000;
      default = 100;
      description = "How many programs may be connected.";
    };

    sharedBuffers = lib.mkOption {
      type = lib.types.ints.between 1 1048576;
      default = 128;
      example = 1024;
      description = "Memory in which the server keeps what it reads and writes, in MiB.";
    };

    settings = lib.mkOption {
      type = lib.types.submodule {
        freeformType = lib.types.attrsOf (
          lib.types.oneOf [
            lib.types.bool
            lib.types.int
            lib.types.float
            lib.types.str
            (lib.types.listOf (
              lib.types.oneOf [
                lib.types.bool
                lib.types.int
                lib.types.float
                lib.types.str
              ]
            ))
          ]
        );
      };
      default = { };
      example = {
        max_wal_size = "'2 GB'";
        work_mem = "16MB";
      };
      description = ''
        Further settings, as `postgresql.conf` has them: a text that is not one word is in single quotes.
        What the feature or an option decides cannot be set here. Everyone can read it: no secrets.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (
          item:
          !lib.elem item [
            "config_file"
            "data_directory"
            "external_pid_file"
            "fsync"
            "full_page_writes"
            "hba_file"
            "ident_file"
            "include"
            "include_dir"
            "include_if_exists"
            "jit"
            "listen_addresses"
            "log_destination"
            "logging_collector"
            "max_connections"
            "password_encryption"
            "port"
            "session_replication_role"
            "shared_buffers"
            "ssl"
            "ssl_cert_file"
            "ssl_key_file"
            "synchronous_commit"
            "unix_socket_directories"
            "unix_socket_permissions"
            "wal_sync_method"
            "zero_damaged_pages"
          ]
        ) (lib.mapAttrsToList (name: _: lib.toLower name) cfg.settings);
        message = "`settings` sets what the feature or an option of its own decides";
      }
      {
        assertion = lib.all (
          item:
          !(item == "public" || item == "none" || lib.hasPrefix "pg_" item || lib.hasPrefix "event_" item)
        ) (lib.mapAttrsToList (_: role: role.name) cfg.roles);
        message = "a role has a name that PostgreSQL or the feature uses: `public`, `none`, `pg_…` or `event_…`";
      }
      {
        assertion = lib.all (
          item:
          !(
            lib.hasPrefix "pg_" item
            || item == "events"
            || item == "public"
            || item == "read_models"
            || item == "information_schema"
          )
        ) (lib.mapAttrsToList (_: readModel: readModel.name) cfg.readModels);
        message = "a read model has the name of a schema that is there already";
      }
      {
        assertion = cfg.retention == null || lib.length (lib.attrNames cfg.readModels) == 0;
        message = "a read model is made from the whole log, of which `retention` removes the beginning";
      }
      {
        assertion = if cfg.backup != null then cfg.backup.folder != "/" else true;
        message = "`/` would belong to the event store: give backups and archives a folder of their own";
      }
      {
        assertion = if cfg.retention != null then cfg.retention.folder != "/" else true;
        message = "`/` would belong to the event store: give backups and archives a folder of their own";
      }
      {
        assertion = !cfg.openFirewall || cfg.tls != null;
        message = "events would go over the network in the clear: set `tls` where `openFirewall` is true";
      }
      {
        assertion = cfg.port >= 1024;
        message = "the server has no right to a `port` below 1024";
      }
      {
        assertion =
          !cfg.openFirewall
          || !lib.all (
            listenAddresse: lib.hasPrefix "127." listenAddresse || listenAddresse == "::1"
          ) cfg.listenAddresses;
        message = "the firewall is open, but the server listens to this machine alone: see `listenAddresses`";
      }
    ];

    systemd = {
      services = {
        event-store = {
          description = "Event store";
          wantedBy = [ "multi-user.target" ];
          after = [ "network-online.target" ];
          wants = [ "network-online.target" ];
          unitConfig.StartLimitIntervalSec = 60;
          environment = {
            PGHOST = "/run/event-store";
            PGPORT = toString cfg.port;
          };
          path = [ cfg.package ];
          serviceConfig = commonServiceConfig // {
            ExecStart = utils.escapeSystemdExecArgs [
              (lib.getExe' cfg.package "postgres")
              "-D"
              "/var/lib/event-store/cluster"
              "-c"
              "config_file=${
                pkgs.writeText "postgresql.conf" (
                  keyValues (
                    lib.recursiveUpdate {
                      fsync = true;
                      full_page_writes = true;
                      idle_in_transaction_session_timeout = "'60s'";
                      jit = false;
                      listen_addresses = "'${lib.concatStringsSep "," cfg.listenAddresses}'";
                      log_destination = "stderr";
                      log_line_prefix = "'%q%u: '";
                      logging_collector = false;
                      max_connections = cfg.maxConnections;
                      password_encryption = "'scram-sha-256'";
                      inherit (cfg) port;
                      shared_buffers = "${toString cfg.sharedBuffers}MB";
                      ssl = cfg.tls != null;
                      ssl_cert_file = if cfg.tls != null then "'/run/credentials/event-store.service/tls.crt'" else "''";
                      ssl_key_file = if cfg.tls != null then "'/run/credentials/event-store.service/tls.key'" else "''";
                      synchronous_commit = true;
                      timezone = "UTC";
                      unix_socket_directories = "'/run/event-store'";
                      unix_socket_permissions = "0777";
                    } cfg.settings
                  )
                )
              }"
              "-c"
              "hba_file=${pkgs.writeText "pg_hba.conf" ''
                local all "event-store" peer
                ${
                  lib.concatStrings (
                    lib.mapAttrsToList (_: role: ''
                      local events "${role.name}" ${if role.passwordFile != null then "scram-sha-256" else "peer"}
                    '') cfg.roles
                  )
                }${
                  lib.concatStrings (
                    lib.mapAttrsToList (_: item: ''
                      ${if cfg.tls != null then "hostssl" else "host"} events "${item.name}" all scram-sha-256
                    '') (lib.filterAttrs (_: role: role.passwordFile != null) cfg.roles)
                  )
                }''}"
            ];
            ExecStartPost = utils.escapeSystemdExecArgs [ eventStoreSetup ];
            ExecStartPre = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "event-store-prepare" ''
                set -e
                # Makes the cluster where there is none: completely, or not at all.
                set -uo pipefail
                cluster=/var/lib/event-store/cluster
                if [[ ! -e $cluster ]]; then
                    echo "first initialisation of $cluster"
                    rm -rf "$cluster.new"
                    # The rules of Unicode are PostgreSQL's own, so that no other library of the system changes them.
                    initdb --pgdata="$cluster.new" --username=event-store --auth=peer --encoding=UTF8 \
                        --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 \
                        --data-checksums --no-instructions
                    mv "$cluster.new" "$cluster"
                    sync /var/lib/event-store
                fi
                of=$(<"$cluster/PG_VERSION")
                is=$(postgres --version)
                if [[ $is != *"PostgreSQL) $of"[!0-9]* ]]; then
                    echo "$cluster was made by PostgreSQL $of, and this is $is: make a backup with the old one," \
                        "move the cluster away, and restore the backup with the new one" >&2
                    exit 1
                fi'')
            ];
            KillMode = "mixed";
            KillSignal = "SIGINT";
            LoadCredential =
              lib.optional (
                cfg.tls != null && cfg.tls.certificate != null
              ) "tls.crt:${unitText (credentialPath cfg.tls.certificate)}"
              ++ lib.optional (
                cfg.tls != null && cfg.tls.key != null
              ) "tls.key:${unitText (credentialPath cfg.tls.key)}"
              ++ lib.mapAttrsToList (
                name: item:
                "${unitText (fitting "[^:/[:space:]]+" name)}.password:${
                  if item.passwordFile != null then unitText (credentialPath item.passwordFile) else "/"
                }"
              ) (lib.filterAttrs (_: role: role.passwordFile != null) cfg.roles);
            PrivateNetwork = lib.mkIf (lib.length cfg.listenAddresses == 0) true;
            Restart = "on-failure";
            RestartSec = "1s";
            RestrictAddressFamilies =
              if lib.length cfg.listenAddresses == 0 then
                [ "AF_UNIX" ]
              else
                [
                  "AF_UNIX"
                  "AF_INET"
                  "AF_INET6"
                ];
            RuntimeDirectory = "event-store";
            RuntimeDirectoryMode = "0755";
            StateDirectory = "event-store";
            StateDirectoryMode = "0700";
            TimeoutStartSec = "infinity";
            TimeoutStopSec = 120;
            Type = "notify";
          };
        };
        event-store-backup = lib.mkIf (cfg.backup != null) {
          description = "Backup of the event store";
          after = [ "event-store.service" ];
          requires = [ "event-store.service" ];
          environment = {
            PGHOST = "/run/event-store";
            PGPORT = toString cfg.port;
          };
          path = [ cfg.package ];
          serviceConfig = commonServiceConfig // {
            ExecStart = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "event-store-backup" ''
                set -e
                folder=${lib.escapeShellArg cfg.backup.folder}
                keep=${toString cfg.backup.keep}
                # Writes a backup of the log, reads all of it again, and removes the oldest ones.
                set -uo pipefail
                name=$(date --utc +%Y%m%dT%H%M%SZ)
                pg_dump --format=custom --file="$folder/new" events
                pg_restore --file=/dev/null "$folder/new"
                sync "$folder/new"
                mv "$folder/new" "$folder/$name.dump"
                sync "$folder"
                echo "$folder/$name.dump is complete"
                find "$folder" -maxdepth 1 -name '*.dump' -printf '%f\n' | sort --reverse | tail --lines="+$((keep + 1))" |
                    while read -r old; do
                        echo "$folder/$old is removed: there are $keep newer ones"
                        rm "$folder/$old"
                    done'')
            ];
            PrivateNetwork = true;
            ReadWritePaths = unitWord (fitting "/.*" cfg.backup.folder);
            RestrictAddressFamilies = [ "AF_UNIX" ];
            Type = "oneshot";
          };
        };
        "event-store-restore@" = lib.mkIf (cfg.backup != null) {
          description = "Backup that is put in the place of an empty event store";
          after = [ "event-store.service" ];
          requires = [ "event-store.service" ];
          environment = {
            PGHOST = "/run/event-store";
            PGPORT = toString cfg.port;
          };
          path = [ cfg.package ];
          serviceConfig = commonServiceConfig // {
            ExecStart = lib.concatStringsSep " " [
              (utils.escapeSystemdExecArg (
                pkgs.writeShellScript "event-store-restore" ''
                  set -e
                  folder=${lib.escapeShellArg cfg.backup.folder}
                  setup=${eventStoreSetup}
                  # Puts a backup in the place of an empty log. Argument: its name, or `latest`.
                  set -uo pipefail
                  on() {
                      psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname "$@"
                  }
                  is_empty() {
                      local used
                      used=$(on "$1" --tuples-only --no-align --command='select position from events.head where position > 0')
                      if [[ -n $used ]]; then
                          echo "the log has events, which a restore would lose: move the cluster away first" >&2
                          return 1
                      fi
                  }
                  name=$1
                  if [[ $name = latest ]]; then
                      name=$(find "$folder" -maxdepth 1 -name '*.dump' -printf '%f\n' | sort | tail --lines=1)
                      if [[ -z $name ]]; then
                          echo "there is no backup in $folder" >&2
                          exit 1
                      fi
                      name=''${name%.dump}
                  fi
                  backup=$folder/$name.dump
                  if [[ ! -f $backup ]]; then
                      echo "there is no backup $backup" >&2
                      exit 1
                  fi
                  is_empty events

                  # From here on nobody appends: there is no database of this name.
                  on postgres --command="select pg_terminate_backend(pid) from pg_stat_activity where datname = 'events'" \
                      >/dev/null
                  on postgres --command='alter database events rename to events_before'
                  put_back() {
                      on postgres --command='alter database events_before rename to events'
                  }
                  trap put_back EXIT
                  is_empty events_before
                  on postgres --command='drop database if exists events_restored'
                  on postgres --command='create database events_restored template template0'
                  pg_restore --dbname=events_restored --exit-on-error \
                      --single-transaction "$backup"
                  on postgres --command='alter database events_restored rename to events'
                  trap - EXIT
                  on postgres --command='drop database events_before'
                  "$setup"
                  echo "$backup is restored"''
              ))
              "\"%i\""
            ];
            PrivateNetwork = true;
            RestrictAddressFamilies = [ "AF_UNIX" ];
            Type = "oneshot";
          };
        };
        event-store-archive = lib.mkIf (cfg.retention != null) {
          description = "Archive of old events";
          after = [ "event-store.service" ];
          requires = [ "event-store.service" ];
          environment = {
            PGHOST = "/run/event-store";
            PGPORT = toString cfg.port;
          };
          path = [ cfg.package ];
          serviceConfig = commonServiceConfig // {
            ExecStart = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "event-store-archive" ''
                set -e
                days=${toString cfg.retention.keepDays}
                folder=${lib.escapeShellArg cfg.retention.folder}
                # Writes old events to files, and removes them from the log once they are on the disk.
                set -uo pipefail
                ask() {
                    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=events \
                        --tuples-only --no-align --set=folder="$folder" "$@"
                }
                while :; do
                    range=$(ask --field-separator=' ' --command="select * from events.due($days, 10000)")
                    if [[ -z $range ]]; then
                        break
                    fi
                    read -r first last <<<"$range"
                    file=$folder/$first-$last.jsonl
                    ask --command="select events.lines($first, $last)" >"$file.new"
                    sync "$file.new"
                    mv "$file.new" "$file"
                    sync "$folder"
                    # What the disk has is compared with the log, by the transaction that removes it there.
                    digest=$(sha256sum <"$file")
                    ask --set=file="$file" --set=digest="''${digest%% *}" --set=first="$first" --set=last="$last" \
                        <<<"select events.discard(:first, :last, :'file', :'digest')" >/dev/null
                    echo "the events from $first to $last are in $file, and no longer in the log"
                done'')
            ];
            PrivateNetwork = true;
            ReadWritePaths = unitWord (fitting "/.*" cfg.retention.folder);
            RestrictAddressFamilies = [ "AF_UNIX" ];
            Type = "oneshot";
          };
        };
      };
      timers = {
        event-store-backup = lib.mkIf (cfg.backup != null) {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = calendar cfg.backup.schedule;
            Persistent = true;
          };
        };
        event-store-archive = lib.mkIf (cfg.retention != null) {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = calendar cfg.retention.schedule;
            Persistent = true;
          };
        };
      };
      tmpfiles.settings."10-event-store" = lib.mkMerge (
        lib.optional (cfg.backup != null) {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath cfg.backup.folder))}.d = {
            mode = "0700";
            user = "event-store";
            group = "event-store";
          };
        }
        ++ lib.optional (cfg.retention != null) {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath cfg.retention.folder))}.d = {
            mode = "0700";
            user = "event-store";
            group = "event-store";
          };
        }
      );
    };

    users = {
      users.event-store = {
        isSystemUser = true;
        group = "event-store";
        description = "Event store";
      };
      groups.event-store = { };
    };

    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];

    domi.together.event-store.claims = [
      { what = "unit event-store.service"; }
      { what = "path /run/event-store"; }
      { what = "path /var/lib/event-store"; }
      { what = "user event-store"; }
      { what = "group event-store"; }
    ]
    ++ lib.optional (lib.length cfg.listenAddresses != 0) {
      what = "TCP port ${toString cfg.port}";
      options = [ "domi.services.event-store.port" ];
    }
    ++ lib.optional (cfg.backup != null) { what = "unit event-store-backup.service"; }
    ++ lib.optional (cfg.backup != null) { what = "unit event-store-backup.timer"; }
    ++ lib.optional (cfg.backup != null) { what = "unit event-store-restore@.service"; }
    ++ lib.optional (cfg.retention != null) { what = "unit event-store-archive.service"; }
    ++ lib.optional (cfg.retention != null) { what = "unit event-store-archive.timer"; }
    ++ lib.optional (cfg.backup != null) {
      what = "path ${plainPath "${cfg.backup.folder}"}";
      options = [ "domi.services.event-store.backup.folder" ];
    }
    ++ lib.optional (cfg.retention != null) {
      what = "path ${plainPath "${cfg.retention.folder}"}";
      options = [ "domi.services.event-store.retention.folder" ];
    };
  };
}
