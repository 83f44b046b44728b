#!/bin/sh
# System users and groups as adduser and addgroup make them, by the programs below those.
# Anything but the plain requests of maintainer scripts goes to the real one.
self=${0##*/}
real() {
    exec "/usr/sbin/$self" "$@"
}
system= group= ingroup= home= shell=/usr/sbin/nologin comment= create=yes
name=
parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --system) system=yes ;;
            --group) group=yes ;;
            --quiet | --disabled-password | --disabled-login | --force-badname | --allow-badname) ;;
            --no-create-home) create= ;;
            --home) home=$2 && shift ;;
            --shell) shell=$2 && shift ;;
            --gecos | --comment) comment=$2 && shift ;;
            --ingroup) ingroup=$2 && shift ;;
            -*) return 1 ;;
            *)
                [ -z "$name" ] || return 1
                name=$1
                ;;
        esac
        shift
    done
    [ -n "$system" ] && [ -n "$name" ]
}
parse "$@" || real "$@"

if [ "$self" = addgroup ]; then
    [ -z "$home$ingroup" ] || real "$@"
    getent group "$name" >/dev/null || groupadd --system "$name"
    exit
fi
[ -z "$group" ] || [ -z "$ingroup" ] || real "$@"
! getent passwd "$name" >/dev/null || exit 0
if [ -n "$group" ]; then
    getent group "$name" >/dev/null || groupadd --system "$name" || exit
    ingroup=$name
fi
[ -n "$home" ] || create=
useradd --system --no-create-home --no-log-init --no-user-group --gid "${ingroup:-nogroup}" \
    --home-dir "${home:-/nonexistent}" --shell "$shell" --comment "$comment" "$name" || exit
if [ -n "$create" ] && ! [ -d "$home" ]; then
    mkdir -p "$home" && chown "$name:${ingroup:-nogroup}" "$home"
fi
