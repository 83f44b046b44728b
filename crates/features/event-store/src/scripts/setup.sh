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
    --file="$log" --file="$derived" --file="$users"
