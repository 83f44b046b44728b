use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Beyond the last port.
    #[option(default = 65_536)]
    a: Port,
    /// Below zero.
    #[option(default = -1)]
    b: u32,
    /// Beyond the type.
    #[option(example = 300)]
    c: Option<u8>,
    /// Beyond the range.
    #[option(default = 11, range = 1..=10)]
    d: i32,
    /// Beyond the range.
    #[option(default = 1.5, range = 0..=1)]
    e: f64,
    /// Not of the pattern.
    #[option(default = "Upper", matching = "[a-z]+")]
    f: String,
    /// Empty.
    #[option(default = " ")]
    g: NonEmptyStr,
    /// Of two lines.
    #[option(default = "a\nb")]
    h: SingleLineStr,
    /// Relative.
    #[option(default = "etc/passwd")]
    i: AbsolutePath,
}

fn main() {}
