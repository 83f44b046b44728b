use domi::prelude::*;

#[derive(Options)]
struct Hidden {
    /// What `git` does.
    clone: bool,
    /// Where to.
    into: String,
    /// As text.
    to_json: String,
    /// The same.
    eq: bool,
}

fn main() {}
