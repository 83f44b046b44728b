# Two writers, the first of which commits last.
set -euo pipefail
shop() {
    PGPASSWORD=$(cat /run/secrets/shop) psql -X -q -A -t -h /run/event-store -U shop -d events "$@"
}
seen() {
    PGPASSWORD=$(cat /run/secrets/report) psql -X -q -A -t -h /run/event-store -U report -d events \
        -c "select coalesce(string_agg(position || ' ' || type, ', ' order by position), 'nothing') from events.read($1)"
}
waiting() {
    runuser -u event-store -- psql -X -q -A -t -h /run/event-store -d events \
        -c "select count(*) from pg_stat_activity where usename = 'shop' and wait_event_type = 'Lock'"
}

coproc FIRST { shop; }
echo "begin; select (events.append('a', 0, 'first', '{}')).position;" >&"${FIRST[1]}"
read -r position <&"${FIRST[0]}"
echo "the first has $position"
shop -c "select (events.append('b', 0, 'second', '{}')).position" >/run/second &
second=$!
until [ "$(waiting)" = 1 ] || ! kill -0 "$second" 2>/dev/null; do sleep 0.1; done
echo "meanwhile there is $(seen 0)"
first=$FIRST_PID
echo 'commit; \q' >&"${FIRST[1]}"
wait "$first"
wait "$second"
echo "the second has $(cat /run/second)"
echo "then there is $(seen 0)"
shop -c "begin" -c "select events.append('a', 1, 'no', '{}')" -c "rollback" >/dev/null
shop -c "select events.append('a', 1, 'third', '{}')" >/dev/null
echo "behind 2 there is $(seen 2)"
