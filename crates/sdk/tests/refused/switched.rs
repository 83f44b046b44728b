use domi::prelude::*;

/// A feature whose tests switch to what cannot be.
#[derive(Options)]
struct Feature1 {
    /// A port.
    #[option(default = 1)]
    port: Port,
}

impl Feature for Feature1 {
    fn system(_: &Expr<Self>, _: &mut System) {}

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests.it("a").switch(|to| to.set(cfg.port(), "80"));
        tests.it("b").switch(|to| to.crash());
        tests.it("c").switch(cfg.port());
    }
}

domi::main!(Feature1);
