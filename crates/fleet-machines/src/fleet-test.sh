#!/bin/bash
# What a machine does in a test of a fleet's policies. What it has to know is in files below $at.
set -euo pipefail
at=/run/fleet

# Writes what this machine is told. It is put in here for each of them.
told() { :; }

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# The machine's users, its addresses and the ways to the others, and its firewall as the fleet has it.
begin() {
    mkdir -p "$at"
    told
    SECONDS=0
    local jobs
    while jobs=$(systemctl list-jobs --no-legend --no-pager); [[ -n $jobs && $jobs != 'No jobs'* ]]; do
        ((SECONDS < 60)) || break
        sleep 0.2
    done
    systemd-sysusers "$at/users.conf"
    local user uid
    while read -r user uid; do
        [[ $(id -u "$user") == "$uid" ]] || fail "the user $user has the number $(id -u "$user"), not $uid"
        install -d -m 0700 -o "$user" -g users "/home/$user"
    done <"$at/users"
    local card=lo network
    if [[ -e /sys/class/net/eth1 ]]; then
        card=eth1
        ip address flush dev eth1 scope global
    fi
    network=$(<"$at/network")
    if [[ $network == *:* ]]; then
        [[ -e /proc/sys/net/ipv6/conf/$card ]] || fail "this kernel has no IPv6, which hosts of the fleet have"
        echo 0 >"/proc/sys/net/ipv6/conf/$card/disable_ipv6" || true
    fi
    ip -batch - <<<"${network//CARD/$card}"
    cat "$at/hosts" >/etc/hosts
    # Where it is in effect already, services may have changed it.
    nft list table inet domi >/dev/null 2>&1 || nft -f /etc/nftables.conf
    nft -f "$at/firewall.nft"
    # What is dropped is known by what is not noted, so that noting has to work.
    (exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null || true
    local set
    for set in came passed "by"; do
        [[ $set == by ]] && set -- 0 || set --
        seen "$set" tcp 1 127.0.0.1 127.0.0.1 "$@" || fail "this machine does not note what its firewall does"
    done
    perl "$at/probe.pl" listen <"$at/listen"
}

# All that is tried from here, side by side.
try() {
    setsid perl "$at/probe.pl" try <"$at/tries" >"$at/tried.new" 2>&1 &
}

tried() {
    SECONDS=0
    until [[ -e $at/tried ]]; do
        ((SECONDS < 60)) || fail "the connections are still being tried: $(<"$at/tried.new")"
        sleep 0.1
    done
}

name_of() {
    local address name
    while read -r address name; do
        [[ $address != "$1" ]] || { echo "$name ($address)"; return; }
    done <"$at/names"
    echo "$1"
}

# What else is known of a connection that is otherwise than expected.
beside() {
    local key text
    while IFS=$'\t' read -r key text; do
        [[ $key != "$1 $2 $3 $4" ]] || echo "$text"
    done <"$at/beside"
}

# Whether a set has a connection: protocol, port, from, to; and the mark of a rule, where it has marks.
seen() {
    local set=$1 version=4
    shift
    [[ $3 != *:* ]] || version=6
    nft get element inet fleet_test "$set$version" "{ $3 . $4 . $1 . $2 ${5+. $5 }}" >/dev/null 2>&1
}

# What let a connection in; nothing where it was dropped. Each rule of the fleet gives what it lets in a
# mark of its own.
rule() {
    seen passed "$@" || return 0
    local mark=0 text
    while read -r text; do
        mark=$((mark + 1))
        ! seen by "$@" "$mark" || { echo "$text"; return; }
    done <"$at/rules"
    text=$(nft -n list chain inet domi input | grep -E "$1 dport .*\b$2\b" | grep -v 'mark set' || true)
    echo "no rule of the fleet, but one of a feature: ${text#"${text%%[![:space:]]*}"}"
}

let_in() {
    local rule
    rule=$(rule "$@")
    [[ -z $rule ]] || { echo "$rule"; return; }
    local from to what="nothing of it arrived there"
    from=$(name_of "$3") to=$(name_of "$4")
    ! seen came "$@" || what="its firewall drops it"
    fail "$from does not reach $1 $2 of $to: $what" "$(beside "$@")"
}

dropped() {
    local rule from to
    rule=$(rule "$@")
    from=$(name_of "$3") to=$(name_of "$4")
    [[ -z $rule ]] || fail "$from reaches $1 $2 of $to" "let in by: $rule" "$(beside "$@")"
    # What never came was not dropped by the firewall.
    seen came "$@" || fail "nothing of what $from sent to $1 $2 of $to arrived, so that nobody knows"
}

outcome() {
    local key text
    while IFS=$'\t' read -r key text; do
        [[ $key != "$1 $2 $3 $4" ]] || { echo "$text"; return; }
    done <"$at/tried"
    fail "it was not tried: $(<"$at/tried")"
}

connected() {
    local outcome
    outcome=$(outcome tcp "$@")
    [[ $outcome == connected ]] ||
        fail "no connection to $(name_of "$3") at tcp $1: $outcome" "$(beside tcp "$@")"
}

unconnected() {
    local outcome
    outcome=$(outcome tcp "$@")
    [[ $outcome != connected ]] ||
        fail "$(name_of "$2") is connected with tcp $1 of $(name_of "$3")" "$(beside tcp "$@")"
    echo "$outcome"
}

# An ssh server that knows a key of each person and agent, made for this test.
server() {
    command -v sshd >/dev/null || PATH=$PATH:/usr/sbin
    mkdir -p /run/sshd "$at/keys" /etc/ssh/authorized_keys.d
    chmod 0755 /etc/ssh/authorized_keys.d
    ssh-keygen -q -A
    local who users user
    while read -r who users; do
        ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$at/keys/$who"
        for user in $users; do
            cat "$at/keys/$who.pub" >>"/etc/ssh/authorized_keys.d/$user"
        done
    done <"$at/keyed"
    ssh-keygen -q -t ed25519 -N '' -f "$at/own"
    cat "$at/own.pub" >>/etc/ssh/authorized_keys.d/root
    chmod 0644 /etc/ssh/authorized_keys.d/*
    cat >"$at/sshd_config" <<'CONFIG'
ListenAddress 127.0.0.1
AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM yes
CONFIG
    "$(command -v sshd)" -f "$at/sshd_config" -E "$at/sshd.log"
    # A refusal means something only where the server lets in whom it knows.
    SECONDS=0
    until [[ $(as "$at/own" root id -un) == root ]]; do
        ((SECONDS < 30)) || fail "the server lets nobody in" "$(<"$at/said")" "$(<"$at/sshd.log")"
        sleep 0.1
    done
}

as() {
    ssh -F none -i "$1" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=30 \
        "$2@127.0.0.1" "${@:3}" 2>"$at/said" </dev/null
}

login() {
    [[ $(as "$at/keys/$1" "$2" id -un) == "$2" ]] ||
        fail "$1 does not log in as $2: $(<"$at/said")" "$(<"$at/why")"
}

refused() {
    ! as "$at/keys/$1" "$2" id -un || fail "$1 logs in as $2" "$(<"$at/why")"
    [[ $(<"$at/said") == *'Permission denied'* ]] ||
        fail "$1 was not refused by the server, so that nobody knows: $(<"$at/said")" "$(<"$at/sshd.log")"
}

administers() {
    local groups
    groups=$(as "$at/keys/$1" "$2" id -nG)
    [[ " $groups " == *' wheel '* ]] || fail "$1 logs in as $2, who is not in the group wheel" "$(<"$at/why")"
}

administers_nothing() {
    local groups
    groups=$(as "$at/keys/$1" "$2" id -nG)
    [[ " $groups " != *' wheel '* ]] || fail "$1 logs in as $2, who is in the group wheel" "$(<"$at/why")"
}

case $1 in
begin | try | tried | server | connected | unconnected | login | refused | administers) "$@" ;;
let-in) let_in "${@:2}" ;;
dropped) dropped "${@:2}" ;;
administers-nothing) administers_nothing "${@:2}" ;;
*) fail "nobody knows how to $1" ;;
esac
