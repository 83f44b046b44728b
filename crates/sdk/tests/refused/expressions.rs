use domi::prelude::*;

#[derive(Options)]
struct Feature {
    /// A port.
    port: Port,
    /// A part of a whole.
    ratio: f64,
    /// A name, or none.
    name: Option<String>,
}

fn system(cfg: &Expr<Feature>, system: &mut System) {
    // No such option.
    let _ = cfg.prot();
    // A float has no agreed text.
    let _ = text!("{}", cfg.ratio());
    // Nobody says what null means.
    let _ = text!("{}", cfg.name());
    // Not the type of the other side.
    let _ = cfg.port().eq("http");
    // `each` goes over instances.
    system.each(cfg.port(), |_, _, _| {});
}

fn tests(cfg: &Expr<Feature>, tests: &mut Tests) {
    tests.it("works").set(cfg.port(), "http");
}

fn formats(port: &Expr<Port>) {
    let _ = text!("{}");
    let _ = text!("{", port);
    let _ = text!("none", port);
    let _ = attrs! { "a": 1, "a": 2 };
}

fn main() {}
