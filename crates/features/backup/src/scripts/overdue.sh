# Fails where there was no new snapshot for too long; where there never was one, since it first looked.
set -uo pipefail
since=$STATE_DIRECTORY/last
if [[ ! -e $since ]]; then
    since=$STATE_DIRECTORY/first-look
    [[ -e $since ]] || touch "$since"
fi
age=$((($(date +%s) - $(stat --format=%Y "$since")) / 3600))
if ((age < 0 || age >= hours)); then
    echo "the last snapshot is $age hours old, and $hours are too many" >&2
    exit 1
fi
