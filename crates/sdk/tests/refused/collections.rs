use domi::prelude::*;

#[derive(Options)]
struct Feature {
    /// A part of a whole.
    ratio: f64,
    /// An amount.
    amount: u32,
    /// Words.
    words: Vec<String>,
    /// A program's package.
    tool: Package,
}

fn system(cfg: &Expr<Feature>) {
    // A number has no length.
    let _ = cfg.amount().len();
    // A number has no beginning.
    let _ = cfg.amount().starts_with("1");
    // A package is at another place on each machine.
    let _ = cfg.tool().starts_with("/nix");
    // Not of the type of the elements.
    let _ = cfg.words().contains(1);
    // A list has no names.
    let _ = cfg.words().contains_key("a");
    // A condition is a boolean.
    let _ = cfg.words().filter(|word| word.len());
}

fn main() {}
