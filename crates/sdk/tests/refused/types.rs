use std::collections::HashMap;
use std::path::PathBuf;

use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Too wide for Nix.
    a: u64,
    /// Of no fixed width.
    b: usize,
    /// Of no fixed width.
    c: isize,
    /// Too wide for Nix.
    d: Option<i128>,
    /// Not a number of Nix.
    e: f32,
    /// Not a type of NixOS.
    f: char,
    /// Borrowed.
    g: &'static str,
    /// Nothing to set.
    h: (),
    /// Not a type of NixOS.
    i: Vec<(String, String)>,
    /// Without an order.
    j: HashMap<String, String>,
    /// Any path at all.
    k: PathBuf,
    /// Of fixed length.
    l: [u8; 4],
    /// Without end.
    m: Box<String>,
    /// Within itself.
    o: Vec<Refused>,
    /// Of unknown shape.
    n: domi::model::Value,
}

fn main() {}
