# Makes a snapshot, in a new repository where there is none.
set -uo pipefail
export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
status=0
restic cat config >/dev/null || status=$?
case $status in
    0) ;;
    # There is no repository.
    10) restic init ;;
    *) exit "$status" ;;
esac
restic backup --exclude-caches "${exclude[@]/#/--exclude=}" -- "${folders[@]}"
touch "$STATE_DIRECTORY/last"
if ((${#keep[@]} > 0)); then
    restic forget --prune "${keep[@]}"
fi
