-- Roles that others are members of, and that nobody logs in as. It runs in the database `postgres`.
set client_min_messages = warning;

do $$
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
$$;
