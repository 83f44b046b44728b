//! What can be set of the DNS server.

use domi::prelude::*;

/// Resolves names with [Unbound](https://nlnetlabs.nl/projects/unbound): for this machine, and for
/// the networks that are allowed to ask.
///
/// It asks the servers of the Internet itself, or forwards questions to others, and it answers for
/// zones of its own. Answers are checked with DNSSEC. A server for a network:
///
/// ```nix
/// {
///   domi.services.dns = {
///     enable = true;
///     listen = [ "127.0.0.1" "192.0.2.1" ];
///     openFirewall = true;
///     allow = [ "192.0.2.0/24" ];
///     refuse = [ "192.0.2.128/25" ];
///     forwards.".".servers = [ "9.9.9.9" "149.112.112.112" ];
///     zones."lan".records = [
///       "printer.lan. IN A 192.0.2.7"
///       "printer.lan. IN TXT \"second floor\""
///     ];
///   };
///   networking.nameservers = [ "127.0.0.1" ];
/// }
/// ```
///
/// Names that programs of this machine look up come here only if `/etc/resolv.conf` says so, as
/// `networking.nameservers` does above.
///
/// Another server may hold the port: systemd-resolved has port 53 of 127.0.0.53 and 127.0.0.54,
/// so that `listen` must not be `0.0.0.0` beside it. The service then fails, its journal names the
/// address, and it starts once the port is free.
#[derive(Options)]
pub(crate) struct Dns {
    /// Unbound, the server.
    #[option(default = "unbound")]
    pub(crate) package: Package,

    /// The addresses to listen on; `0.0.0.0` and `::0` are all.
    #[option(
        default = ["127.0.0.1", "::1"],
        example = ["127.0.0.1", "192.0.2.1"],
        matching = "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"
    )]
    pub(crate) listen: NonEmptyVec<String>,

    /// The port to listen on, of UDP and TCP.
    #[option(default = 53)]
    pub(crate) port: Port,

    /// Whether the firewall lets other machines in. They must be allowed to ask as well.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// The networks that may ask, beside this machine itself. All others get the answer that they
    /// may not. Where several networks of this option and of `refuse` hold an address, the smallest
    /// decides.
    #[option(
        default = [],
        example = ["192.0.2.0/24", "2001:db8::/32"],
        matching = "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
    )]
    pub(crate) allow: Vec<String>,

    /// Networks that may not ask, though they are within others that may.
    #[option(
        default = [],
        example = ["192.0.2.128/25"],
        matching = "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
    )]
    pub(crate) refuse: Vec<String>,

    /// Zones for which other servers are asked; `.` is all names.
    #[option(default = attrs! {}, example = attrs! { ".": { "servers": ["9.9.9.9"] } })]
    pub(crate) forwards: BTreeMap<String, Forward>,

    /// Zones of its own, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "lan": { "records": ["printer.lan. IN A 192.0.2.7"] } }
    )]
    pub(crate) zones: BTreeMap<String, Zone>,

    /// Whether answers are checked with DNSSEC. The key of the root zone is followed when it
    /// changes, in `/var/lib/dns`.
    #[option(default = true)]
    pub(crate) dnssec: bool,

    /// Lines that are added to the end of `unbound.conf`; they begin with a clause. Everyone can
    /// read them: no secrets.
    #[option(default = "", example = "server:\n  prefetch: yes")]
    pub(crate) extra_config: Lines,
}

/// Servers that are asked for a zone.
#[derive(Options)]
pub(crate) struct Forward {
    /// The addresses of the servers, each with `@` and a port where it is another than 53.
    #[option(
        example = ["192.0.2.53", "2001:db8::53@5353"],
        matching = "([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(@[0-9]{1,5})?"
    )]
    pub(crate) servers: NonEmptyVec<String>,

    /// Whether answers count without signatures, as those for zones of a private network have to.
    /// For `.`, that is all names, turn `dnssec` off.
    #[option(default = false)]
    pub(crate) insecure: bool,
}

/// A zone of its own.
#[derive(Options)]
pub(crate) struct Zone {
    /// What becomes of names of the zone that have no records here.
    #[option(default = Kind::Static)]
    pub(crate) kind: Kind,

    /// Records, as zone files have them, in one line each and with full names.
    #[option(
        default = [],
        example = ["printer.lan. IN A 192.0.2.7"],
        matching = "([ -&(-Z]|[]^-~]|\\[)+"
    )]
    pub(crate) records: Vec<String>,
}

#[derive(Options)]
pub(crate) enum Kind {
    /// They do not exist.
    Static,
    /// They are asked for elsewhere.
    Transparent,
    /// They have the records of the zone's name.
    Redirect,
    /// Whoever asks for one gets the answer that he may not.
    Refuse,
    /// No name of the zone exists, whatever records it has.
    #[option(name = "always_nxdomain")]
    AlwaysNxdomain,
}
