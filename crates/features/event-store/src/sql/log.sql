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
    name text primary key check (name <> ''),
    version bigint not null check (version > 0)
);

create table if not exists events.event (
    position bigint primary key,
    stream text not null,
    version bigint not null check (version > 0),
    type text not null check (type <> ''),
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
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- The version of a stream, 0 where there is none.
create or replace function events.stream_version(stream text) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce((select s.version from events.stream as s where s.name = stream_version.stream), 0);
$$;

-- Events behind a position, in their order. Archived ones are no reason to skip some unnoticed.
create or replace function events.read(after bigint, most bigint default null)
returns setof events.event
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Events of a stream behind a version, in their order.
create or replace function events.read_stream(stream text, after bigint, most bigint default null)
returns setof events.event
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Nobody changes what was written, not even who has the tables.
create or replace function events.refuse() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception using
        errcode = 'EV002',
        message = format('%s of events.%s is refused: the log is only appended to',
            tg_op, tg_table_name);
end
$$;

-- An event may go when an archive is recorded that has it.
create or replace function events.refuse_unless_archived() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
$$;

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
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Events as lines of JSON: the same ones each time.
create or replace function events.lines(first bigint, last bigint) returns setof text
language sql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
    select json_build_object('position', e.position, 'stream', e.stream, 'version', e.version,
            'type', e.type, 'data', e.data, 'metadata', e.metadata, 'time', e.time)::text
        from events.event as e
        where e.position between lines.first and lines.last order by e.position;
$$;

-- Removes events that a file has, whose SHA-256 is given. It must be that of the lines which the
-- events make now.
create or replace function events.discard(first bigint, last bigint, file text, digest text)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    number bigint;
    expected text;
begin
    select count(*), encode(sha256(convert_to(string_agg(l.line || E'\n', '' order by l.number), 'UTF8')), 'hex')
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
$$;

revoke execute on all functions in schema events from public;
grant usage on schema events to event_append, event_read, event_models;
grant execute on function events.append to event_append;
grant execute on function events.stream_version to event_append, event_read, event_models;
grant execute on function events.read, events.read_stream to event_read, event_models;
grant select on events.event, events.stream, events.archive to event_read, event_models;

reset role;
