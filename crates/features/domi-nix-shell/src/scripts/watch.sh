# Writes what the features of this machine do, for the login prompt and for the page, again and again.
set -uo pipefail
shown=
while true; do
    status=0
    report=$("$command" --json) || status=$?
    # 1: not all is well.
    if ((status > 1)); then
        exit "$status"
    fi
    lines=$("$jq" --raw-output --from-file "$issue" <<<"$report")
    if [[ $lines != "$shown" ]]; then
        # An empty line stands before the prompt.
        printf '%s\n\n' "$lines" >"$RUNTIME_DIRECTORY/issue.new"
        mv "$RUNTIME_DIRECTORY/issue.new" "$RUNTIME_DIRECTORY/issue"
        shown=$lines
    fi
    if [[ $with_page == true ]]; then
        "$jq" --raw-output --from-file "$page" --rawfile style "$style" <<<"$report" \
            >"$RUNTIME_DIRECTORY/page.new"
        printf '%s\n' "$report" >"$RUNTIME_DIRECTORY/status.new"
        mv "$RUNTIME_DIRECTORY/page.new" "$RUNTIME_DIRECTORY/page.html"
        mv "$RUNTIME_DIRECTORY/status.new" "$RUNTIME_DIRECTORY/status.json"
    fi
    sleep "$seconds"
done
