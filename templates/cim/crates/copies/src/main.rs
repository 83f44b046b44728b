//! Copies of folders, made by the clock.

use domi::prelude::*;

/// Keeps copies of folders below `/var/lib/copies`, with [rsync](https://rsync.samba.org).
#[derive(Options)]
struct Copies {
    /// rsync, which copies.
    #[option(default = "rsync")]
    package: Package,

    /// The folders to copy, by name; the copy of each is `/var/lib/copies/<name>`.
    #[option(default = attrs! {}, example = attrs! { "docs": { "source": "/srv/docs" } })]
    folders: BTreeMap<String, Folder>,
}

/// A folder to copy.
#[derive(Options)]
struct Folder {
    /// The folder to copy.
    #[option(example = "/srv/docs")]
    source: AbsolutePath,

    /// When to copy, in the form of {manpage}`systemd.time(7)`.
    #[option(default = "daily", example = "Mon 04:00")]
    schedule: NonEmptyStr,

    /// Patterns of files to leave out.
    #[option(default = [], example = ["*.tmp"])]
    exclude: Vec<NonEmptyStr>,
}

impl Feature for Copies {
    fn software() -> Vec<Software> {
        vec![Software::new("rsync")]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.each(cfg.folders(), |system, name, folder| {
            let unit = text!("copies-{name}");
            let (from, to) = (
                text!("{}/", folder.source()),
                text!("/var/lib/copies/{name}/"),
            );
            let rsync = argv![
                cfg.package().bin("rsync"),
                "--archive",
                "--delete",
                from,
                to
            ]
            .and_all(folder.exclude().map(|files| text!("--exclude={files}")));

            system
                .service(&unit)
                .description(text!("Copy of {}", folder.source()))
                .start(rsync)
                .one_shot()
                .state(text!("copies/{name}"))
                .hardened()
                .config("ProtectHome", "read-only");

            system
                .timer(&unit)
                .wanted_by("timers.target")
                .on_calendar(folder.schedule())
                .persistent();
        });
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        let docs = cfg.folders().at("docs");

        tests
            .it("copies a folder, but for what is left out")
            .file("/srv/docs/page", "first")
            .file("/srv/docs/page.tmp", "scribble")
            .set(docs.source(), "/srv/docs")
            .set(docs.exclude(), ["*.tmp"])
            .wait_for_unit("copies-docs.timer")
            .start("copies-docs.service")
            .prints("ls /var/lib/copies/docs", "page");

        tests
            .it_refuses("a relative folder")
            .set(docs.source(), "srv/docs");
    }
}

domi::main!(Copies);
