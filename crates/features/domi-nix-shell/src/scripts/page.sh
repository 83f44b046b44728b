# Answers one request for the page. The connection is standard input and standard output.
set -uo pipefail
# Lengths are those in bytes.
export LC_ALL=C
method=

# The status, the type and the body without the end of its last line.
answer() {
    local allowed="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    allowed+=" form-action 'none'; frame-ancestors 'none'"
    printf '%s\r\n' "HTTP/1.1 $1" "Content-Type: $2; charset=utf-8" \
        "Content-Length: $((${#3} + 1))" 'Connection: close' 'Cache-Control: no-store' \
        'Allow: GET, HEAD' "Content-Security-Policy: $allowed" \
        'Cross-Origin-Resource-Policy: same-origin' 'Referrer-Policy: no-referrer' \
        'X-Content-Type-Options: nosniff' ''
    if [[ $method != HEAD ]]; then
        printf '%s\n' "$3"
    fi
    exit 0
}
refuse() {
    answer "$1" text/plain "$1"
}

IFS= read -r -t 10 -n 4096 request || exit 0
read -r method target _ <<<"${request%$'\r'}" || true
host=
for ((lines = 0; ; lines++)); do
    IFS= read -r -t 10 -n 8192 line || exit 0
    line=${line%$'\r'}
    if [[ -z $line ]]; then
        break
    elif ((lines == 100)); then
        refuse '431 Request Header Fields Too Large'
    elif [[ ${line,,} == host:* ]]; then
        read -r host <<<"${line#*:}" || true
    fi
done
# A page of somebody else, whose name leads here, is not to read this one.
case ${host%":$port"} in
    localhost | 127.0.0.1) ;;
    *) refuse '421 Misdirected Request' ;;
esac
if [[ $method != GET && $method != HEAD ]]; then
    refuse '405 Method Not Allowed'
fi
case ${target%%\?*} in
    /) file=page.html type=text/html ;;
    /status.json) file=status.json type=application/json ;;
    *) refuse '404 Not Found' ;;
esac
# What nobody writes any more is not shown as if it were so. A slow machine has two minutes.
if ! written=$(stat --format=%Y "$folder/$file" 2>/dev/null) ||
    (($(date +%s) - written > 3 * seconds + 120)); then
    answer '503 Service Unavailable' text/plain 'domi-nix-shell.service does not run.'
fi
answer '200 OK' "$type" "$(<"$folder/$file")"
