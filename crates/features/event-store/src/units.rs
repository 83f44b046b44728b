//! The units: the server, backups, archives.

use domi::prelude::*;
use domi::{Script, Service};

use crate::configuration::{access, read_models, roles, settings};
use crate::options::*;

/// The user that the cluster belongs to, and its administrator in PostgreSQL.
const USER: &str = "event-store";

/// Makes of the database what the settings say.
fn setup(cfg: &Expr<EventStore>) -> Script {
    script("event-store-setup", include_str!("scripts/setup.sh"))
        .value("groups", text_file("groups.sql", include_str!("sql/groups.sql")))
        .value("log", text_file("log.sql", include_str!("sql/log.sql")))
        .value("derived", text_file("models.sql", include_str!("sql/models.sql")))
        .value("users", text_file("roles.sql", include_str!("sql/roles.sql")))
        .value("models", read_models(cfg))
        .value("roles", roles(cfg))
}

pub(crate) fn server(cfg: &Expr<EventStore>, system: &mut System) {
    let passwords = cfg.roles().filter_values(|_, role| role.password_file().is_set()).map_to_list(
        |name, role| {
            let file = role.password_file().map(|file| text!("{file}")).or("/");
            text!("{name}.password:{file}")
        },
    );
    let alone = || cfg.listen_addresses().is_empty();
    let families: Expr<Vec<String>> =
        when(alone(), ["AF_UNIX"], ["AF_UNIX", "AF_INET", "AF_INET6"]);

    let service = system
        .service("event-store")
        .description("Event store")
        .wanted_by("multi-user.target")
        .wants("network-online.target")
        .after("network-online.target")
        .path(cfg.package())
        .start_pre(script("event-store-prepare", include_str!("scripts/prepare.sh")))
        .start(argv![
            cfg.package().bin("postgres"),
            "-D",
            "/var/lib/event-store/cluster",
            "-c",
            text!("config_file={}", settings(cfg)),
            "-c",
            text!("hba_file={}", access(cfg)),
        ])
        .start_post(setup(cfg))
        .config("Type", "notify")
        .restart_on_failure()
        .config("RestartSec", "1s")
        // A fault that stays, such as an empty password, shows as one.
        .unit_config("StartLimitIntervalSec", 60)
        // It ends what clients do, and writes everything.
        .config("KillSignal", "SIGINT")
        .config("KillMode", "mixed")
        .config("TimeoutStopSec", 120)
        // It may have to write a lot again that was under way when it was killed.
        .config("TimeoutStartSec", "infinity")
        .credential("tls.crt", cfg.tls().map(|tls| tls.certificate()))
        .credential("tls.key", cfg.tls().map(|tls| tls.key()))
        .config("LoadCredential", passwords)
        .state("event-store")
        .config("StateDirectoryMode", "0700")
        .config("RuntimeDirectory", "event-store")
        // Everyone finds the socket; the server says who gets in.
        .config("RuntimeDirectoryMode", "0755")
        .config_when(alone(), "PrivateNetwork", true);
    confined(cfg, service).config("RestrictAddressFamilies", families);
}

/// A program that works for the server, and needs no network.
fn helper<'a>(cfg: &Expr<EventStore>, service: Service<'a>) -> Service<'a> {
    let service = service
        .path(cfg.package())
        .requires("event-store.service")
        .after("event-store.service")
        .one_shot()
        .config("PrivateNetwork", true)
        .config("RestrictAddressFamilies", ["AF_UNIX"]);
    confined(cfg, service)
}

/// Where programs of PostgreSQL find the server, and what none of them needs. `PrivateUsers` would
/// hide from the server who its clients are, and `RemoveIPC` of a helper would take the server's
/// memory away.
fn confined<'a>(cfg: &Expr<EventStore>, service: Service<'a>) -> Service<'a> {
    service
        .environment("PGHOST", "/run/event-store")
        .environment("PGPORT", cfg.port())
        .runs_as(USER)
        .confined()
        .config("PrivateUsers", false)
        .config("RemoveIPC", false)
}

pub(crate) fn backup(cfg: &Expr<EventStore>, system: &mut System) {
    let backup = cfg.backup();
    system.when(backup.is_set(), |system| {
        let backup = backup.value();
        system.folder(backup.folder(), "0700", USER);

        let service = system
            .service("event-store-backup")
            .description("Backup of the event store")
            .start(
                script("event-store-backup", include_str!("scripts/backup.sh"))
                    .value("folder", backup.folder())
                    .value("keep", backup.keep()),
            )
            .config("ReadWritePaths", backup.folder());
        helper(cfg, service);
        system
            .timer("event-store-backup")
            .wanted_by("timers.target")
            .on_calendar(backup.schedule())
            .persistent();

        let restore = script("event-store-restore", include_str!("scripts/restore.sh"))
            .value("folder", backup.folder())
            .value("setup", setup(cfg).file());
        let service = system
            .service("event-store-restore@")
            .description("Backup that is put in the place of an empty event store")
            .start(argv![restore.file(), specifier("%i")]);
        helper(cfg, service);
    });
}

pub(crate) fn archive(cfg: &Expr<EventStore>, system: &mut System) {
    let retention = cfg.retention();
    system.when(retention.is_set(), |system| {
        let retention = retention.value();
        system.folder(retention.folder(), "0700", USER);

        let service = system
            .service("event-store-archive")
            .description("Archive of old events")
            .start(
                script("event-store-archive", include_str!("scripts/archive.sh"))
                    .value("folder", retention.folder())
                    .value("days", retention.keep_days()),
            )
            .config("ReadWritePaths", retention.folder());
        helper(cfg, service);
        system
            .timer("event-store-archive")
            .wanted_by("timers.target")
            .on_calendar(retention.schedule())
            .persistent();
    });
}
