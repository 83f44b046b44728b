//! The machine that has the copies.

use domi::credential_path;
use domi::prelude::*;

use crate::options::*;

const UNIT: &str = "backup-store";

pub(crate) fn all(store: &Expr<Store>, system: &mut System) {
    let host: Expr<String> = when(store.tls().is_set(), "", "localhost");
    let start = argv![
        store.package().bin("rclone"),
        "serve",
        "restic",
        // It has no settings of its own.
        "--config=/dev/null",
        text!("--addr={host}:{}", store.port()),
        text!("--htpasswd={}", credential_path(UNIT, "logins")),
        "--private-repos",
    ]
    .and_when(store.append_only(), argv!["--append-only"])
    .and_when(
        store.tls().is_set(),
        argv![
            text!("--cert={}", credential_path(UNIT, "tls.crt")),
            text!("--key={}", credential_path(UNIT, "tls.key")),
        ],
    )
    .and(argv![store.folder()]);

    system.user(UNIT, "Copies of other machines");
    system.folder(store.folder(), "0700", UNIT);
    system
        .service(UNIT)
        .description("Copies of other machines")
        .wanted_by("multi-user.target")
        .wants("network-online.target")
        .after("network-online.target")
        .unit_config("RequiresMountsFor", store.folder())
        .start(start)
        .restart_on_failure()
        .runs_as(UNIT)
        .credential("logins", store.logins_file())
        .credential("tls.crt", store.tls().map(|tls| tls.certificate()))
        .credential("tls.key", store.tls().map(|tls| tls.key()))
        .config("ReadWritePaths", store.folder())
        .config("RestrictAddressFamilies", ["AF_INET", "AF_INET6", "AF_UNIX"])
        .confined();
    system.claims_tcp([store.port()]);
    system.allow_tcp([store.port()]).when(store.open_firewall());
}
