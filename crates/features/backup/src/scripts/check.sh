# Reads some of the copies, picked at random, and compares them with what they were.
set -uo pipefail
export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
export TMPDIR=$CACHE_DIRECTORY
restic unlock
restic check --retry-lock=2h --read-data-subset="$percent%"
