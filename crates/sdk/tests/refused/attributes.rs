use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// An attribute that does not exist.
    #[option(defualt = 1)]
    a: i32,
    /// The same twice.
    #[option(default = 1, default = 2)]
    b: i32,
    /// Exclusive.
    #[option(range = 0..10)]
    c: i32,
    /// Boundless.
    #[option(range = ..)]
    d: i32,
    /// Never to be set.
    #[option(read_only)]
    e: i32,
    /// Narrowed in two ways, of which one would count.
    #[option(matching = "a+", separator = " ")]
    f: String,
    /// The same of a number.
    #[option(range = 0.., separator = " ")]
    g: i32,
}

#[derive(Options)]
#[options(renamed("a", "b"))]
struct Unknown {
    /// Fine.
    a: i32,
}

fn main() {}
