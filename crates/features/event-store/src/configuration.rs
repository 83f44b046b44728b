//! What the server reads: its settings, and who gets in. No secrets are in it.

use domi::prelude::*;

use crate::options::*;

/// Settings that follow from options, or that what the feature promises rests on.
pub(crate) const DECIDED: [&str; 27] = [
    "config_file",
    "data_directory",
    "external_pid_file",
    "fsync",
    "full_page_writes",
    "hba_file",
    "ident_file",
    "include",
    "include_dir",
    "include_if_exists",
    "jit",
    "listen_addresses",
    "log_destination",
    "logging_collector",
    "max_connections",
    "password_encryption",
    "port",
    "session_replication_role",
    "shared_buffers",
    "ssl",
    "ssl_cert_file",
    "ssl_key_file",
    "synchronous_commit",
    "unix_socket_directories",
    "unix_socket_permissions",
    "wal_sync_method",
    "zero_damaged_pages",
];

/// Where secret files are while the server runs.
const CREDENTIALS: &str = "/run/credentials/event-store.service";

/// The file with its settings.
pub(crate) fn settings(cfg: &Expr<EventStore>) -> Expr<AbsolutePath> {
    let tls = cfg.tls().is_set();
    let addresses = cfg.listen_addresses().join(",");
    let settings = attrs! {
        "fsync": true,
        "full_page_writes": true,
        "idle_in_transaction_session_timeout": "'60s'",
        // What it makes would be memory that is written and run.
        "jit": false,
        "listen_addresses": text!("'{addresses}'"),
        "log_destination": "stderr",
        "log_line_prefix": "'%q%u: '",
        "logging_collector": false,
        "max_connections": cfg.max_connections(),
        "password_encryption": "'scram-sha-256'",
        "port": cfg.port(),
        "shared_buffers": text!("{}MB", cfg.shared_buffers()),
        "ssl": &tls,
        "ssl_cert_file": file(&tls, "tls.crt"),
        "ssl_key_file": file(&tls, "tls.key"),
        "synchronous_commit": true,
        "timezone": "UTC",
        "unix_socket_directories": "'/run/event-store'",
        "unix_socket_permissions": "0777",
    };
    settings_file(KeyValue, "postgresql.conf", settings.merge(cfg.settings()))
}

fn file(there: &Expr<bool>, name: &str) -> Expr<String> {
    when(there, format!("'{CREDENTIALS}/{name}'"), "''")
}

/// The file that says who gets in, and how. Who is not in it does not.
pub(crate) fn access(cfg: &Expr<EventStore>) -> Expr<AbsolutePath> {
    let by_socket = cfg.roles().map_to_list(|_, role| {
        let how: Expr<String> = when(role.password_file().is_set(), "scram-sha-256", "peer");
        text!("local events \"{}\" {how}\n", role.name())
    });
    let kind: Expr<String> = when(cfg.tls().is_set(), "hostssl", "host");
    let by_network = cfg.roles().filter_values(|_, role| role.password_file().is_set());
    let by_network = by_network
        .map_to_list(|_, role| text!("{kind} events \"{}\" all scram-sha-256\n", role.name()));
    text_file(
        "pg_hba.conf",
        text!("local all \"event-store\" peer\n{}{}", by_socket.join(""), by_network.join("")),
    )
}

/// The file with what each role may do.
pub(crate) fn roles(cfg: &Expr<EventStore>) -> Expr<AbsolutePath> {
    let roles = cfg.roles().map_values(|_, role| -> Expr<Anything> {
        attrs! {
            "access": role.access(),
            "password": role.password_file().is_set(),
        }
        .into_expr()
    });
    settings_file(Json, "roles.json", roles)
}

/// The file with the read models.
pub(crate) fn read_models(cfg: &Expr<EventStore>) -> Expr<AbsolutePath> {
    let models = cfg.read_models().map_values(|_, model| -> Expr<Anything> {
        attrs! { "tables": model.tables(), "apply": model.apply() }.into_expr()
    });
    settings_file(Json, "read-models.json", models)
}
