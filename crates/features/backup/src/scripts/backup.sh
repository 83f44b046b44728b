# Makes a snapshot, in a new repository where there never was one.
set -uo pipefail
export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
export TMPDIR=$CACHE_DIRECTORY
known=$STATE_DIRECTORY/repository
status=0
restic cat config >/dev/null || status=$?
# 10: there is no repository.
if ((status == 10)); then
    if [[ -e $known && $(<"$known") == "$RESTIC_REPOSITORY" ]]; then
        echo "the repository is gone, with all snapshots: see whether its disk is there" >&2
        echo "to begin a new one, remove $known" >&2
        exit 1
    fi
    restic init
elif ((status != 0)); then
    exit "$status"
fi
printf '%s\n' "$RESTIC_REPOSITORY" >"$known"
# A program that was cut off leaves its lock.
restic unlock
restic backup --retry-lock=2h --exclude-caches --exclude="$STATE_DIRECTORY/restored" \
    "${exclude[@]/#/--exclude=}" -- "${folders[@]}"
touch "$STATE_DIRECTORY/last"
if ((${#keep[@]} > 0)); then
    restic forget --retry-lock=2h --prune "${keep[@]}"
fi
