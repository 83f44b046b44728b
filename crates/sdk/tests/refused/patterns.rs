use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// A class that POSIX does not have.
    #[option(matching = r"\d+")]
    a: String,
    /// A group that POSIX does not have.
    #[option(matching = "(?:a|b)")]
    b: String,
    /// A group without end.
    #[option(matching = "(a")]
    c: String,
}

fn main() {}
