# Copies certificates and keys to where nginx reads them, and nobody else does. It runs as root.
# Argument: a file with a name and a path in each line.
set -euo pipefail
umask 077

# Nothing is written in a folder of the service, where it could have put links: what is ready is moved
# there.
new=$(mktemp --directory /run/web-gateway-new.XXXXXX)
trap 'rm -r "$new"' EXIT
while read -r name path; do
    cat "$path" >"$new/$name"
    chmod 0400 "$new/$name"
    chown --reference=/run/web-gateway/ "$new/$name"
    mv --no-target-directory "$new/$name" "/run/web-gateway/$name"
done <"$1"
