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
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Brings a model up to the end of the log, and returns the position that it is at.
create or replace function read_models.refresh(name text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Throws a model away and makes it again from the whole log. Others see the old one until then.
create or replace function read_models.rebuild(name text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from read_models.model as m where m.name = rebuild.name for update;
    if not found then
        raise exception using
            errcode = 'EV005', message = format('there is no read model "%s"', rebuild.name);
    end if;
    perform read_models.make(rebuild.name);
    return read_models.refresh(rebuild.name);
end
$$;

do $$
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
$$;

revoke execute on all functions in schema read_models from public;
grant usage on schema read_models to event_read;
grant execute on function read_models.refresh, read_models.rebuild to event_read;
grant select on read_models.model to event_read;

reset role;
