//! The machine that is saved.

use domi::prelude::*;
use domi::{IntoExpr, Service};

use crate::options::*;

pub(crate) fn all(cfg: &Expr<Backup>, save: &Expr<Save>, system: &mut System) {
    let keep = save.keep().map(|keep| {
        [
            text!("--keep-daily={}", keep.daily()),
            text!("--keep-weekly={}", keep.weekly()),
            text!("--keep-monthly={}", keep.monthly()),
        ]
        .into_expr()
    });
    let copy = script("backup", include_str!("scripts/backup.sh"))
        .list("folders", save.folders().list())
        .list("exclude", save.exclude())
        .list("keep", keep.or(Vec::<String>::new()));
    let service = system
        .service("backup")
        .description("Copy of this machine's folders")
        .start(copy)
        .config("CapabilityBoundingSet", "CAP_DAC_READ_SEARCH");
    reader(cfg, save, service);
    timer("backup", save.schedule(), system);

    let service = system
        .service("backup-check")
        .description("Whether copies of this machine are as they were")
        .start(
            script("backup-check", include_str!("scripts/check.sh"))
                .value("percent", save.check_percent()),
        )
        .unit_config("OnFailure", save.on_failure());
    reader(cfg, save, service);
    timer("backup-check", save.check_schedule(), system);

    let restore = script("backup-restore", include_str!("scripts/restore.sh"));
    let service = system
        .service("backup-restore@")
        .description("Copy of this machine's folders that is written to a folder of its own")
        .start(argv![restore.file(), specifier("%i")])
        // Files get their owners and rights back, and devices are files too.
        .config(
            "CapabilityBoundingSet",
            "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_MKNOD CAP_SETFCAP",
        )
        .config("PrivateDevices", false)
        .config("SystemCallFilter", ["@system-service"])
        .config("RestrictSUIDSGID", false);
    reader(cfg, save, service);

    system
        .service("backup-overdue")
        .description("Whether there is a new copy of this machine's folders")
        .start(
            script("backup-overdue", include_str!("scripts/overdue.sh"))
                .value("hours", save.overdue_hours()),
        )
        .unit_config("OnFailure", save.on_failure())
        .one_shot()
        .state("backup")
        .config("StateDirectoryMode", "0700")
        .config("PrivateNetwork", true)
        .config("RestrictAddressFamilies", "none")
        .confined();
    timer("backup-overdue", "hourly", system);
}

fn timer(name: &str, schedule: impl IntoExpr<NonEmptyStr>, system: &mut System) {
    system.timer(name).wanted_by("timers.target").on_calendar(schedule.into_expr()).persistent();
}

/// Whether copies go to a folder of the machine.
fn local(save: &Expr<Save>) -> Expr<bool> {
    save.repository().starts_with("/")
}

/// A program that reads what belongs to others, and has a repository.
fn reader<'a>(cfg: &Expr<Backup>, save: &Expr<Save>, service: Service<'a>) -> Service<'a> {
    service
        .path(cfg.package())
        .one_shot()
        .wants("network-online.target")
        .after("network-online.target")
        .environment("RESTIC_REPOSITORY", save.repository())
        .environment("RESTIC_CACERT", save.certificate())
        .environment_file(save.login_file())
        .credential("password", save.password_file())
        .state("backup")
        .config("StateDirectoryMode", "0700")
        .config("CacheDirectory", "backup")
        .config("CacheDirectoryMode", "0700")
        .unit_config("RequiresMountsFor", when(local(save), save.repository(), ""))
        .config_when(local(save), "ReadWritePaths", save.repository())
        .config("RestrictAddressFamilies", ["AF_INET", "AF_INET6", "AF_UNIX"])
        .confined()
        .config("PrivateTmp", false)
        // Users and their folders are what is copied.
        .config("PrivateUsers", false)
        .config("ProtectHome", "read-only")
        // What other programs share in memory is theirs.
        .config("RemoveIPC", false)
}
