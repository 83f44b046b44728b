use domi::prelude::*;

fn units(cfg: &Expr<Vec<u16>>, number: &Expr<f64>, system: &mut System) {
    system.target("a").wants(["b.service"]);
    system.target("a").wants(cfg);
    system.target("a").wants(one_to(number));
    system.target("a").wants(one_to(5));
}

fn main() {}
