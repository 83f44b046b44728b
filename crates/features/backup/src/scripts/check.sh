# Reads a part of the copies, another one each time, and compares it with what it was.
set -uo pipefail
export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/password RESTIC_CACHE_DIR=$CACHE_DIRECTORY
restic check --read-data-subset=5%
