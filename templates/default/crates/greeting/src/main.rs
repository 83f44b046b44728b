//! A greeting in a file: the smallest feature that can be tested.

use domi::prelude::*;

/// Writes a greeting to a file when the machine starts.
#[derive(Options)]
struct Greeting {
    /// Whom to greet.
    #[option(default = "world", example = "everyone")]
    name: NonEmptyStr,
}

impl Feature for Greeting {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.etc("greeting", text!("hello {}\n", cfg.name()));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests
            .it("greets the world")
            .prints("cat /etc/greeting", "hello world");

        tests
            .it("greets whom it is told to")
            .set(cfg.name(), "${everyone}")
            .prints("cat /etc/greeting", "hello ${everyone}");

        tests
            .it_refuses("to greet nobody")
            .set(cfg.name(), "")
            .because("name");
    }
}

domi::main!(Greeting);
