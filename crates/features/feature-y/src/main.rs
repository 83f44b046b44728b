//! Copies of folders, made by the clock: a feature with any number of instances, whose state
//! outlives the machine's uptime.

use domi::prelude::*;

/// Keeps copies of folders below `/var/lib/feature-y`, with [rsync](https://rsync.samba.org).
#[derive(Options)]
struct FeatureY {
    /// rsync, which copies.
    #[option(default = "rsync")]
    package: Package,

    /// The folders to copy, by name; the copy of each is `/var/lib/feature-y/<name>`.
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

    /// What becomes of copies whose originals are gone.
    #[option(default = Gone::Delete)]
    gone: Gone,

    /// Patterns of files to leave out.
    #[option(default = [], example = ["*.tmp"])]
    exclude: Vec<NonEmptyStr>,

    /// How much to copy in a second at most, in KiB.
    #[option(range = 1.., example = 1024)]
    speed_limit: Option<u32>,
}

#[derive(Options)]
enum Gone {
    Keep,
    Delete,
}

impl Feature for FeatureY {
    fn software() -> Vec<Software> {
        vec![Software::new("rsync")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let sources = cfg.folders().map_to_list(|_, folder| folder.source());
        rules.assert(
            sources.all(|source| source.ne("/")),
            "a copy of / would hold itself: name the folders to copy",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.each(cfg.folders(), |system, name, folder| {
            let unit = text!("feature-y-{name}");
            let (from, to) = (text!("{}/", folder.source()), text!("/var/lib/feature-y/{name}/"));
            let rsync = argv![cfg.package().bin("rsync"), "--archive", from, to]
                .and_when(folder.gone().eq(Gone::Delete), argv!["--delete"])
                .and_maybe(&folder.speed_limit().map(|limit| text!("--bwlimit={limit}")))
                .and_all(folder.exclude().map(|files| text!("--exclude={files}")));

            system
                .service(&unit)
                .description(text!("Copy of {}", folder.source()))
                .start(rsync)
                .one_shot()
                .state(text!("feature-y/{name}"))
                .hardened()
                .config("ProtectHome", "read-only")
                .config("PrivateTmp", false);

            system
                .timer(&unit)
                .wanted_by("timers.target")
                .on_calendar(folder.schedule())
                .config("AccuracySec", "1s")
                .persistent();
        });
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        let docs = cfg.folders().at("docs");
        let notes = cfg.folders().at("notes");

        tests
            .it("copies a folder")
            .file("/srv/docs/sub/page", "first")
            .set(docs.source(), "/srv/docs")
            .wait_for_unit("feature-y-docs.timer")
            .start("feature-y-docs.service")
            .prints("cat /var/lib/feature-y/docs/sub/page", "first")
            .succeeds("rm /srv/docs/sub/page")
            .start("feature-y-docs.service")
            .fails("test -e /var/lib/feature-y/docs/sub/page");

        tests
            .it("copies several folders, each as it is told")
            .file("/srv/docs/page", "first")
            .set(docs.source(), "/srv/docs")
            .set(docs.schedule(), "*:*:0/2")
            .set(docs.gone(), Gone::Keep)
            .file("/srv/my notes/a.txt", "note")
            .file("/srv/my notes/b.tmp", "scribble")
            .set(notes.source(), "/srv/my notes")
            .set(notes.exclude(), ["*.tmp"])
            .set(notes.speed_limit(), 1024)
            .eventually("test -e /var/lib/feature-y/docs/page")
            .stop("feature-y-docs.timer")
            .succeeds("rm /srv/docs/page")
            .start("feature-y-docs.service")
            .prints("cat /var/lib/feature-y/docs/page", "first")
            .start("feature-y-notes.service")
            .prints("ls /var/lib/feature-y/notes", "a.txt");

        tests
            .it("keeps the copies when the machine starts again")
            .set(docs.source(), "/run/docs")
            .succeeds("mkdir /run/docs && echo kept > /run/docs/page")
            .start("feature-y-docs.service")
            .reboot()
            .fails("test -e /run/docs")
            .wait_for_unit("feature-y-docs.timer")
            .prints("cat /var/lib/feature-y/docs/page", "kept");

        tests
            .it("copies another folder after a switch, and leaves the copies when it is gone")
            .set(docs.source(), "/srv/docs")
            .file("/srv/docs/page", "kept")
            .file("/srv/notes/page", "note")
            .start("feature-y-docs.service")
            .wait_for_unit("feature-y-docs.timer")
            .succeeds("systemctl show --property=InvocationID feature-y-docs.timer >/run/before")
            .switch(|to| to.set(notes.source(), "/srv/notes"))
            .succeeds(
                "systemctl show --property=InvocationID feature-y-docs.timer | cmp - /run/before",
            )
            .wait_for_unit("feature-y-notes.timer")
            .start("feature-y-notes.service")
            .prints("cat /var/lib/feature-y/notes/page", "note")
            .switch(|to| to)
            .fails("systemctl is-active feature-y-notes.timer")
            .switch(domi::Switched::without_feature)
            .fails("systemctl cat feature-y-docs.timer")
            .prints("cat /var/lib/feature-y/docs/page", "kept")
            .prints("cat /var/lib/feature-y/notes/page", "note");

        tests.it_refuses("a relative folder").set(docs.source(), "srv/docs");
        tests.it_refuses("a copy without a source").set(docs.schedule(), "daily").because("source");
        tests.it_refuses("a copy of everything").set(docs.source(), "/").because("hold itself");
    }
}

domi::main!(FeatureY);
