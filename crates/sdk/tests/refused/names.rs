use domi::prelude::*;

#[derive(Options)]
struct Refused {
    /// Begins with an underscore.
    _a: bool,
    /// A word begins with a digit.
    port_1: Port,
    /// Not camelCase.
    #[option(name = "listen-ipv4")]
    b: bool,
    no_description: bool,
}

#[derive(Options)]
struct Twice {
    /// One.
    open_firewall: bool,
    /// The same, otherwise written.
    #[option(name = "openFirewall")]
    open: bool,
}

#[derive(Options)]
enum TwiceAgain {
    OnFailure,
    #[option(name = "on-failure")]
    Failing,
}

fn main() {}
