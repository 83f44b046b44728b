use domi::prelude::*;

#[derive(Options)]
struct Feature {
    /// A part of a whole.
    ratio: f64,
    /// An amount.
    amount: u32,
    /// Another.
    other: i64,
    /// A word.
    word: String,
}

fn system(cfg: &Expr<Feature>) {
    // A float is not the same everywhere.
    let _ = cfg.ratio() * 2.0;
    // A text is put together by `text!`.
    let _ = cfg.word() + "x";
    // Not of one type.
    let _ = cfg.amount() + cfg.other();
    // Not what a `u32` holds.
    let _ = cfg.amount() * 1.5;
    // Two words have no lesser one.
    let _ = cfg.word().min("x");
}

fn main() {}
