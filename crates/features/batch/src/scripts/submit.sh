# Hands in a job: the script that comes in.
if test "$#" -gt 0; then
    echo "batch-submit reads the job from what comes in: batch-submit <job.sh" >&2
    exit 2
fi
if ! test -w "$folder/incoming"; then
    echo "batch-submit: only members of the group batch hand jobs in" >&2
    exit 1
fi
if test -n "$notice"; then
    echo "$notice" >&2
fi
echo "$limits" >&2
umask 0027
set -o noclobber
job=$(date +%Y%m%d-%H%M%S)-$$
cat >"$folder/incoming/$job"
if ! test -s "$folder/incoming/$job"; then
    rm "$folder/incoming/$job"
    echo "batch-submit: nothing came in" >&2
    exit 1
fi
# It is on the disk before anybody hears of it.
sync "$folder/incoming/$job"
mv "$folder/incoming/$job" "$folder/new/$job"
sync "$folder/new"
echo "$job"
