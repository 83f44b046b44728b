# Puts a snapshot into a folder of its own. Argument: its number, or `latest`.
set -uo pipefail
export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
export TMPDIR=$CACHE_DIRECTORY
target=$STATE_DIRECTORY/restored/$1
if [[ -e $target ]]; then
    echo "$target is there already: move it away first" >&2
    exit 1
fi
mkdir --parents "$STATE_DIRECTORY/restored"
rm --recursive --force "$target.part"
restic restore "$1" --target "$target.part"
mv "$target.part" "$target"
echo "$target has snapshot $1"
