# Writes the configuration of nats-server with the secrets in it, where only the service reads it.
# Arguments: the configuration without secrets, settings, and `cluster`,
# user=<name> or route=<address> each.
set -euo pipefail
export LC_ALL=C
umask 077

# Prints what a credential holds, without white space at its end.
secret() {
    local text
    text=$(<"$credentials/$1")
    while [[ $text == *[[:space:]] ]]; do text=${text%?}; done
    if [[ -z $text || $text == *[[:cntrl:]]* ]]; then
        echo "the file for $1 does not hold one line with a password" >&2
        return 1
    fi
    printf %s "$text"
}

# Prints a text in quotes, as nats-server reads it.
quoted() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# Prints a text as a part of an address.
encoded() {
    local text=$1 character
    while [[ -n $text ]]; do
        character=${text:0:1}
        text=${text:1}
        case $character in
        [A-Za-z0-9_-]) printf %s "$character" ;;
        *) printf '%%%02X' $(($(printf %d "'$character") & 255)) ;;
        esac
    done
}

credentials=${CREDENTIALS_DIRECTORY:-/run/credentials/message-bus.service}
configuration=$1
settings=$2
shift 2

login=
new=$RUNTIME_DIRECTORY/nats.conf.new
: >"$new"
if [[ -e $credentials/cluster-password ]]; then
    password=$(secret cluster-password)
    printf 'CLUSTER_PASSWORD: %s\n' "$(quoted "$password")" >>"$new"
    login=route:$(encoded "$password")@
fi
is_cluster=
routes=
for argument; do
    name=${argument#*=}
    case $argument in
    user=*)
        password=$(secret "$name.password")
        printf 'PASSWORD_%s: %s\n' "$name" "$(quoted "$password")" >>"$new"
        ;;
    cluster) is_cluster=yes ;;
    route=*) routes+="${routes:+, }$(quoted "nats://$login$name")" ;;
    esac
done
if [[ -n $is_cluster ]]; then
    printf 'ROUTES: [ %s ]\n' "$routes" >>"$new"
fi
cat "$configuration" >>"$new"
cat "$settings" >"$RUNTIME_DIRECTORY/settings.json"
mv "$new" "$RUNTIME_DIRECTORY/nats.conf"
