# Fails where there was no new snapshot for too long; where there never was one, since it first looked.
set -uo pipefail
since=$STATE_DIRECTORY/last
if [[ ! -e $since ]]; then
    since=$STATE_DIRECTORY/first-look
    [[ -e $since ]] || touch "$since"
fi
age=$((($(date +%s) - $(stat --format=%Y "$since")) / 3600))
if ((age >= hours)); then
    echo "no snapshot of this machine for $age hours, and at most $hours are allowed" >&2
    exit 1
fi
