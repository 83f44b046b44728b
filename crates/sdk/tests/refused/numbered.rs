use domi::prelude::*;

#[derive(Options)]
enum Some {
    /// With a number.
    One = 1,
    /// Without.
    Two,
}

#[derive(Options)]
enum Named {
    /// With both.
    #[option(name = "one")]
    One = 1,
}

#[derive(Options)]
struct Separated {
    /// No string.
    #[option(separator = ",")]
    a: u32,
}

fn main() {}
