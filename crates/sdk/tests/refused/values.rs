use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Not null.
    #[option(default = None)]
    a: u32,
    /// Of one or the other.
    #[option(default = 5)]
    b: Either<u32, String>,
    /// No integer.
    #[option(default = 1)]
    c: Float,
    /// Beyond what Nix has.
    #[option(default = 9_223_372_036_854_775_808)]
    d: i64,
    /// Nothing to narrow.
    #[option(range = 1..=2)]
    e: Vec<Port>,
    /// Nothing to narrow.
    #[option(matching = "a")]
    f: Option<bool>,
    /// No range.
    #[option(range = 5)]
    g: u32,
}

/// `None` alone is of the type of its option.
#[derive(Options)]
struct Null {
    /// Not null.
    #[option(default = None)]
    a: u32,
}

fn main() {}
