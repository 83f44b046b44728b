//! What can be set.

use domi::prelude::*;

/// The program `domi-wait` for everyone, and services that wait by it.
///
/// `domi-wait` ends when all that it is told is there at one time: units of systemd, servers at TCP
/// ports, files. When the time is over it says what is missing, and how that is instead:
///
/// ```console
/// $ domi-wait --timeout 5 --unit nginx.service --tcp localhost:80 --file /run/site/ready
/// domi-wait: after 5 s, not all is there:
///   unit nginx.service: activating
///   tcp localhost:80: Connection refused (os error 111)
/// ```
///
/// It exits with 0 when all is there, 1 when the time is over, 2 when its command line is wrong, and 3
/// when something cannot be asked for, because systemd does not answer.
///
/// A unit can be kept from starting before something is there that systemd itself knows nothing of, such
/// as a database on another machine:
///
/// ```nix
/// domi.packages.domi-tools = {
///   enable = true;
///   waits.database = {
///     ports = [ "db.example.org:5432" ];
///     files = [ "/run/secrets/database" ];
///     timeout = 120;
///     before = [ "shop.service" ];
///   };
/// };
/// ```
///
/// `domi-wait-database.service` starts with `shop.service`, which starts once all is there. If that takes
/// more than 120 seconds, the wait fails, and `shop.service` is not started; its next start waits again.
///
/// **Once is enough**: what goes away later stops nothing. A wait that was successful is not made again
/// before its service stops.
///
/// The program is a crate of this repository, `crates/wait`, without dependencies. Nix builds it by the
/// Rust of nixpkgs, portable machines have it by that of their Debian. It needs Rust 1.85.
#[derive(Options)]
pub(crate) struct DomiTools {
    /// The package that has `domi-wait`.
    #[option(default = "domi-wait")]
    pub(crate) package: Package,

    /// What services wait for, by names of their own: the service of each is
    /// `domi-wait-<name>.service`.
    #[option(default = attrs! {}, example = attrs! { "database": { "ports": ["db.example.org:5432"] } })]
    pub(crate) waits: BTreeMap<String, Wait>,
}

/// Something that a service waits for.
#[derive(Options)]
pub(crate) struct Wait {
    /// Units that must be active, by their full names.
    #[option(
        default = [],
        example = ["postgresql.service"],
        matching = "[A-Za-z0-9_:.@][A-Za-z0-9_:.@-]*[.](service|socket|target|mount|automount|path|timer|device|slice|swap)",
    )]
    pub(crate) units: Vec<String>,

    /// Servers that must take connections, as `host:port`.
    #[option(
        default = [],
        example = ["localhost:5432", "[::1]:80"],
        matching = "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[1-9][0-9]{0,4}",
    )]
    pub(crate) ports: Vec<String>,

    /// Files and folders that must be there.
    #[option(default = [], example = ["/run/secrets/database"])]
    pub(crate) files: Vec<AbsolutePath>,

    /// How long to wait, in seconds. With 0 it looks once.
    #[option(default = 60, range = 0..=86400)]
    pub(crate) timeout: u32,

    /// Units that start only when all of it is there, by their full names.
    #[option(
        default = [],
        example = ["shop.service"],
        matching = "[A-Za-z0-9_:.@][A-Za-z0-9_:.@-]*[.](service|socket|target|mount|automount|path|timer)",
    )]
    pub(crate) before: Vec<String>,
}
