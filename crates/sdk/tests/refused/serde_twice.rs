use domi::prelude::*;
use domi::private::serde;

#[derive(Options, serde::Deserialize)]
struct Refused {
    /// Read in two ways.
    a: bool,
}

fn main() {}
