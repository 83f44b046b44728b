//! The bare shell of a machine: what its features do, at the login prompt, by a command and on a page.

mod options;
mod tests;

use domi::IntoText;
use domi::model::TmpfilesRule;
use domi::prelude::*;

use crate::options::*;

/// The service that looks at the features, and the user that it runs as.
const UNIT: &str = "domi-nix-shell";

/// Where it writes what it sees.
const FOLDER: &str = "/run/domi-nix-shell";

impl Feature for DomiNixShell {
    fn software() -> Vec<Software> {
        vec![
            Software::new("jq"),
            Software::new("util-linux").debian_path("bin/agetty", "/usr/sbin/agetty"),
            Software::new("curl"),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.assert(
            cfg.page().port().ne(0).or(!cfg.page().enable()),
            "nobody finds the page at port 0: give `page.port` another one",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let command = status(cfg);
        prompt(cfg, &command, system);
        system.when(cfg.page().enable(), |system| page(cfg, system));
        system.command(&command);
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests::all(cfg, tests);
    }
}

/// The path of jq.
fn jq() -> Expr<AbsolutePath> {
    package("jq").bin("jq")
}

/// The command, which everybody calls with a PATH of their own.
fn status(cfg: &Expr<DomiNixShell>) -> domi::Script {
    let features = cfg.features().map_values(|_, it| -> Expr<Anything> {
        attrs! { "summary": it.summary(), "units": it.units() }.into_expr()
    });
    script("domi-status", include_str!("scripts/status.sh"))
        .value("jq", jq())
        .value("features", settings_file(Json, "features.json", features))
        .value("program", text_file("status.jq", include_str!("scripts/status.jq")))
        .value("text", text_file("text.jq", include_str!("scripts/text.jq")))
}

/// What stands before the prompt, and what has it drawn again.
fn prompt(cfg: &Expr<DomiNixShell>, command: &domi::Script, system: &mut System) {
    let watch = script("domi-nix-shell", include_str!("scripts/watch.sh"))
        .value("command", command.file())
        .value("jq", jq())
        .value("issue", text_file("issue.jq", include_str!("scripts/issue.jq")))
        .value("page", text_file("page.jq", include_str!("scripts/page.jq")))
        .value("style", text_file("page.css", include_str!("scripts/page.css")))
        .value("with_page", cfg.page().enable())
        .value("seconds", cfg.refresh_seconds());
    system.user(UNIT, "What features of this machine do");
    system
        .service(UNIT)
        .description("What features of this machine do")
        .wanted_by("multi-user.target")
        .after("dbus.socket")
        // NixOS does not open a changed socket again. This one goes and comes with the service.
        .restart_trigger(text_file("page.txt", page_port(cfg)))
        // It is never given up.
        .unit_config("StartLimitIntervalSec", 0)
        .start(watch)
        .config("Type", "exec")
        .restart_on_failure()
        .config("RestartSec", 5)
        .runs_as(UNIT)
        .config("RuntimeDirectory", UNIT)
        // Everybody may read what it writes.
        .config("UMask", "0022")
        .config("PrivateNetwork", true)
        .config("RestrictAddressFamilies", "AF_UNIX")
        .confined();
    // What is gone with the service is shown no more.
    system.tmpfiles(TmpfilesRule {
        kind: "L+".to_owned(),
        path: "/run/issue.d/domi-nix-shell.issue".into_text(),
        mode: None,
        user: None,
        group: None,
        age: None,
        argument: Some(text!("{FOLDER}/issue").into_text()),
        scope: domi::model::Scope::default(),
    });

    system
        .path("domi-nix-shell-prompt")
        .description("Whether login prompts are to be drawn again")
        .wanted_by("multi-user.target")
        .config("PathChanged", text!("{FOLDER}/issue"));
    system
        .service("domi-nix-shell-prompt")
        .description("Draws login prompts again")
        // It is there where somebody could log in.
        .unit_config("ConditionPathExists", "/run/agetty.reload")
        .one_shot()
        .start(argv![package("util-linux").bin("agetty"), "--reload"])
        .config("ReadWritePaths", "/run/agetty.reload")
        .config("PrivateNetwork", true)
        .config("RestrictAddressFamilies", "none")
        .confined();
}

/// The port of the page, where there is one.
fn page_port(cfg: &Expr<DomiNixShell>) -> Expr<String> {
    when(cfg.page().enable(), text!("{}\n", cfg.page().port()), "")
}

/// The page: a process for each request, which has that connection and no other.
fn page(cfg: &Expr<DomiNixShell>, system: &mut System) {
    let answer = script("domi-nix-shell-page", include_str!("scripts/page.sh"))
        .value("folder", FOLDER)
        .value("port", cfg.page().port())
        .value("seconds", cfg.refresh_seconds());
    system
        .socket("domi-nix-shell-page")
        .description("Page of what features of this machine do")
        .part_of("domi-nix-shell.service")
        .wanted_by("domi-nix-shell.service")
        .config("ListenStream", text!("127.0.0.1:{}", cfg.page().port()))
        .config("Accept", true)
        .config("MaxConnections", 16)
        // Who asks often waits, and takes it away from nobody else.
        .config("TriggerLimitIntervalSec", 0);
    system
        .service("domi-nix-shell-page@")
        .description("Page of what features of this machine do")
        // Whoever goes away early leaves no failed unit.
        .unit_config("CollectMode", "inactive-or-failed")
        .start(answer)
        .config("Type", "exec")
        .config("StandardInput", "socket")
        .config("StandardError", "journal")
        .config("RuntimeMaxSec", 30)
        .dynamic_user()
        .config("PrivateNetwork", true)
        .config("RestrictAddressFamilies", "none")
        .confined();
    system.claims_tcp([cfg.page().port()]);
}

domi::main!(DomiNixShell);
