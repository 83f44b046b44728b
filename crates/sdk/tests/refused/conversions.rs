use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Not of the type.
    #[option(default = "yes")]
    a: bool,
    /// Not of the type.
    #[option(default = [])]
    b: BTreeMap<String, String>,
}

fn main() {}
