# Hands a job in again that has failed.
if test "$#" != 1 || ! [[ $1 =~ ^[0-9]+-[0-9]+-[0-9]+$ ]]; then
    echo "usage: batch-retry JOB, as batch-submit has named it" >&2
    exit 2
fi
if ! test -r "$folder/done/$1.job"; then
    echo "batch-retry: no job $1 has failed" >&2
    exit 1
fi
batch-submit <"$folder/done/$1.job"
