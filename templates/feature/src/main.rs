//! Say here in one sentence what this feature is.

use domi::prelude::*;

/// Runs for a while. Say here what the feature does for someone who enables it.
#[derive(Options)]
struct Example {
    /// How long it runs, in seconds.
    #[option(default = 3600, range = 1..)]
    seconds: u32,
}

impl Feature for Example {
    fn software() -> Vec<Software> {
        vec![Software::new("coreutils")]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system
            .service("example")
            .description("A while")
            .wanted_by("multi-user.target")
            .start(argv![package("coreutils").bin("sleep"), cfg.seconds()])
            .dynamic_user()
            .hardened();
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests.it("runs").wait_for_unit("example.service");

        tests
            .it_refuses("to run no time at all")
            .set(cfg.seconds(), 0);
    }
}

domi::main!(Example);
