use domi::prelude::*;

fn scripts(cfg: &Expr<Vec<u16>>, float: &Expr<f64>, system: &mut System) {
    let job = script("job", "true");
    system.service("a").start("true");
    system.service("a").start(job.clone().value("ports", cfg));
    system.service("a").start(job.clone().value("part", float));
    system.service("a").start(job.clone().list("ports", 5));
    system.service("a").start(job.list("maybe", [None::<String>]));
}

fn main() {}
