# Makes the cluster where there is none: completely, or not at all.
set -uo pipefail
cluster=/var/lib/event-store/cluster
if [[ ! -e $cluster ]]; then
    echo "first initialisation of $cluster"
    rm -rf "$cluster.new"
    # The rules of Unicode are PostgreSQL's own, so that no other library of the system changes them.
    initdb --pgdata="$cluster.new" --username=event-store --auth=peer --encoding=UTF8 \
        --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 \
        --data-checksums --no-instructions
    mv "$cluster.new" "$cluster"
    sync /var/lib/event-store
fi
of=$(<"$cluster/PG_VERSION")
is=$(postgres --version)
if [[ $is != *"PostgreSQL) $of"[!0-9]* ]]; then
    echo "$cluster was made by PostgreSQL $of, and this is $is: make a backup with the old one," \
        "move the cluster away, and restore the backup with the new one" >&2
    exit 1
fi
