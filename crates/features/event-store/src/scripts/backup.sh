# Writes a backup of the log, reads all of it again, and removes the oldest ones.
set -uo pipefail
name=$(date --utc +%Y%m%dT%H%M%SZ)
pg_dump --format=custom --file="$folder/new" events
pg_restore --file=/dev/null "$folder/new"
sync "$folder/new"
mv "$folder/new" "$folder/$name.dump"
sync "$folder"
echo "$folder/$name.dump is complete"
find "$folder" -maxdepth 1 -name '*.dump' -printf '%f\n' | sort --reverse | tail --lines="+$((keep + 1))" |
    while read -r old; do
        echo "$folder/$old is removed: there are $keep newer ones"
        rm "$folder/$old"
    done
