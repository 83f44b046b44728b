# Says what the units of this machine's features do. Everybody may ask.
set -uo pipefail
usage() {
    cat <<'END'
Usage: domi-status [--json]

Says what the units of this machine's features do, those that do not do what they should first.

Exit code: 0 when all is well, 1 when a unit has failed, is not there, was stopped or starts again
and again, 2 for wrong arguments, 3 when systemd does not answer.
END
}
form=text
case "${1-}" in
    "") ;;
    --json) form=json ;;
    --help | -h)
        usage
        exit
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac
if (($# > 1)); then
    usage >&2
    exit 2
fi

names=$("$jq" --raw-output '[.[].units[]] | unique[]' "$features")
shown=
if [[ -n $names ]]; then
    mapfile -t units <<<"$names"
    properties=LoadState,ActiveState,SubState,Result,Type,ExecMainStatus,Description,TriggeredBy
    properties+=,ConditionResult,ConditionTimestampMonotonic,StateChangeTimestamp
    if ! shown=$(systemctl show --timestamp=unix --property="$properties" -- "${units[@]}"); then
        echo "domi-status: systemd does not say what its units do" >&2
        exit 3
    fi
fi
system=$(sed --quiet 's/^PRETTY_NAME=//p' /etc/os-release)
system=${system#[\"\']}
report=$("$jq" --raw-input --slurp --from-file "$program" --slurpfile features "$features" \
    --arg host "$(uname --nodename)" --arg system "${system%[\"\']}" \
    --arg architecture "$(uname --machine)" <<<"$shown")
if [[ $form == json ]]; then
    printf '%s\n' "$report"
else
    "$jq" --raw-output --from-file "$text" <<<"$report"
fi
[[ $("$jq" .well <<<"$report") == true ]]
