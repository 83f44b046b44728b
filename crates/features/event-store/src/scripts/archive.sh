# Writes old events to files, and removes them from the log once they are on the disk.
set -uo pipefail
ask() {
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=events \
        --tuples-only --no-align --set=folder="$folder" "$@"
}
while :; do
    range=$(ask --field-separator=' ' --command="select * from events.due($days, 10000)")
    if [[ -z $range ]]; then
        break
    fi
    read -r first last <<<"$range"
    file=$folder/$first-$last.jsonl
    ask --command="select events.lines($first, $last)" >"$file.new"
    sync "$file.new"
    mv "$file.new" "$file"
    sync "$folder"
    # What the disk has is compared with the log, by the transaction that removes it there.
    digest=$(sha256sum <"$file")
    ask --set=file="$file" --set=digest="${digest%% *}" --set=first="$first" --set=last="$last" \
        <<<"select events.discard(:first, :last, :'file', :'digest')" >/dev/null
    echo "the events from $first to $last are in $file, and no longer in the log"
done
