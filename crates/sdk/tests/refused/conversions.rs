use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Not of the type.
    #[option(default = "yes")]
    a: bool,
    /// Not of the type.
    #[option(default = [])]
    b: BTreeMap<String, String>,
    /// Nothing to narrow.
    #[option(range = 1..=2)]
    c: String,
    /// Nothing to narrow.
    #[option(matching = "a")]
    d: i32,
}

fn main() {}
