use domi::prelude::*;

#[derive(Options)]
struct Hinted {
    /// Whether.
    on: bool,
    /// A number.
    count: u32,
    /// Words.
    words: Vec<String>,
}

fn expressions(cfg: &Expr<Hinted>) {
    let _ = cfg.count() == 5;
    let _ = cfg.count() != cfg.count();
    let _ = cfg.count() < 5;
    let _ = format!("{}", cfg.count());
    let _ = format!("{:?}", cfg.count());
    let _ = cfg.words().eq(["a"]);
    let _ = argv![];
    let count: u8 = 5;
    let _ = cfg.count().eq(count);
}

fn system(cfg: &Expr<Hinted>, system: &mut System) {
    system.service("a").start("/bin/true").credential("a", cfg.words());
}

fn main() {}
