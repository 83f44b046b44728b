# Asks for the site once, and writes what came of it for node exporter.
arguments=(--silent --output /dev/null --max-time 10 --connect-to "::$address:")
if test -n "$trust"; then
    arguments+=(--cacert "$trust")
fi
up=1
answer=$(curl "${arguments[@]}" --fail --write-out '%{http_code} %{time_total}' -- "$url") || up=0
read -r status seconds <<<"${answer:-000 0}"
label="{domain=\"$domain\"}"
{
    echo "site_up$label $up"
    echo "site_status$label $((10#$status))"
    echo "site_seconds$label ${seconds:-0}"
    echo "site_asked$label $(date +%s)"
} >"$RUNTIME_DIRECTORY/site.new"
# Nobody reads half of it.
mv "$RUNTIME_DIRECTORY/site.new" "$RUNTIME_DIRECTORY/site.prom"
if test "$up" = 0; then
    echo "$url does not answer as it should: status $status" >&2
fi
