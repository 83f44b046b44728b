-- Those who log in. `:roles` is a file with what each may do.
set client_min_messages = error;
select set_config('event_store.roles', pg_read_file(:'roles'), false) \g /dev/null

do $$
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
            if password = '' then
                raise exception 'the first line of the passwordFile of role "%" is empty', given.name;
            end if;
            execute format('alter role %I password %L', given.name, password);
        end if;
    end loop;
end
$$;
