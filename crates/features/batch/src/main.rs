//! A queue of jobs that people hand in, and workers that run them within limits.

mod accounts;
mod options;
mod scratch;
mod tests;
mod workers;

use domi::IntoText;
use domi::model::{Scope, TmpfilesRule};
use domi::prelude::*;

use options::*;

impl Feature for Batch {
    fn software() -> Vec<Software> {
        vec![Software::new("python3"), Software::new("bash")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.assert(
            cfg.memory().gt(cfg.reserved()),
            "`reserved` is all of `memory`, so that no worker has any",
        );
        rules.warn(
            (cfg.memory().to_i64() - cfg.reserved().to_i64()).lt(cfg.workers().to_i64() * 32),
            text!(
                "each of {} workers has 32 MiB, which is more than `memory` has for all: jobs are ended",
                cfg.workers()
            ),
        );
        let parts = cfg.search_path().split(":");
        rules.assert(
            parts.all(|part| part.starts_with("/")),
            "`searchPath` has a part that is no absolute path: jobs would look in their own folder",
        );
        rules.assert(
            cfg.search_path().len().le(4096),
            "`searchPath` is longer than 4096 bytes, more than programs take",
        );
        rules.assert(
            !cfg.folder().has_part("\n").or(cfg.folder().has_part(" ")),
            "`folder` has a blank or a line break in its name: give it another one",
        );
        let folder = folder(cfg);
        let of_others = [
            "",
            "/etc",
            "/home",
            "/nix",
            "/root",
            "/run",
            "/srv",
            "/tmp",
            "/usr",
            "/var",
            "/var/lib",
            "/var/spool",
        ];
        let of_others: Expr<Vec<String>> = of_others.into_expr();
        rules.assert(!of_others.contains(folder), "`folder` belongs to others: name one below it");
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        accounts::all(cfg, system);
        folders(cfg, system);
        files(cfg, system);
        workers::all(cfg, system);
        system.when(cfg.scratch().is_set(), |system| scratch::all(cfg, system));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

fn folders(cfg: &Expr<Batch>, system: &mut System) {
    let folder = folder(cfg);
    // New files get the group of the folder, so that workers may read and take them.
    for (below, mode, age) in [
        ("", "2750", None),
        ("/incoming", "2770", None),
        ("/new", "2770", None),
        ("/running", "2750", None),
        ("/tries", "2750", None),
        ("/done", "2750", Some(cfg.keep())),
    ] {
        system.tmpfiles(TmpfilesRule {
            kind: "d".to_owned(),
            path: text!("{folder}{below}").into_text(),
            mode: Some(mode.to_owned()),
            user: Some(NAME.into_text()),
            group: Some(NAME.into_text()),
            age: age.map(IntoText::into_text),
            argument: None,
            scope: Scope::default(),
        });
    }
    system.claims_path(cfg.folder());
}

fn files(cfg: &Expr<Batch>, system: &mut System) {
    let bash = text!("{}", package("bash").bin("bash"));
    let settings = cfg.settings().merge(attrs! {
        "folder": folder(cfg),
        "workers": cfg.workers(),
        "max_seconds": cfg.max_seconds(),
        "search_path": cfg.search_path(),
        "interpreter": cfg.interpreter().map(|program| text!("{program}")).or(bash),
    });
    system.etc_settings("batch/worker.toml", Toml, settings).mode("0440").owner(NAME).group(NAME);
    system
        .etc("batch/environment", environment_lines(cfg.environment()))
        .mode("0440")
        .owner(NAME)
        .group(NAME);
    system.etc("batch/facts.json", text!("{}\n", cfg.facts().to_json()));

    let seconds = cfg.max_seconds().to_i64();
    let limits = text!(
        "{} at a time, {} MiB and {} h {} min {} s each.",
        cfg.workers(),
        cfg.memory_per_worker(),
        &seconds / 3600,
        &seconds % 3600 / 60,
        &seconds % 60,
    );
    system.command(
        &script("batch-submit", include_str!("scripts/submit.sh"))
            .value("folder", folder(cfg))
            .value("notice", cfg.notice())
            .value("limits", limits),
    );
}

domi::main!(Batch);
