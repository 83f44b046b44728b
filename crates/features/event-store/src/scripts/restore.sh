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
    name=${name%.dump}
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
echo "$backup is restored"
