use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// A type of which nobody said what NixOS makes of it.
    address: std::net::IpAddr,
}

fn main() {}
