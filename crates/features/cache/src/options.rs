//! What can be set of the cache.

use domi::prelude::*;

/// Keeps values in memory for other programs, with [Valkey](https://valkey.io), which speaks the
/// protocol of Redis.
///
/// Programs of the machine reach it at TCP port 6379 and at the socket `/run/cache/valkey.sock`,
/// which is open to members of the group `cache`. Other machines reach it once there is a
/// password, an address to listen at, and an open firewall:
///
/// ```nix
/// {
///   domi.services.cache = {
///     enable = true;
///     bind = [ "127.0.0.1" "192.0.2.7" ];
///     openFirewall = true;
///     passwordFile = "/run/secrets/cache";
///     maxMemory = 1024;
///     evictionPolicy = "allkeys-lfu";
///     persistence = "log";
///     settings = {
///       loglevel = "warning";
///       client-output-buffer-limit = [ "normal 0 0 0" "pubsub 64mb 16mb 60" ];
///     };
///   };
/// }
/// ```
///
/// What is kept lies in `/var/lib/cache`. Valkey reads files that Redis up to 7.2 has written, and
/// none of later versions. Debian has it since Debian 13.
#[derive(Options)]
pub(crate) struct Cache {
    /// Valkey, the server.
    #[option(default = "valkey")]
    pub(crate) package: Package,

    /// TCP port to listen on: 0 for none, or 1024 and above.
    #[option(default = 6379)]
    pub(crate) port: Port,

    /// The addresses to listen on. One with `-` before it may be missing on the machine.
    #[option(
        default = ["127.0.0.1", "-::1"],
        example = ["127.0.0.1", "192.0.2.7"],
        matching = "-?([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|\\*)"
    )]
    pub(crate) bind: NonEmptyVec<String>,

    /// Whether the firewall lets other machines in. They need the password.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// File whose first line is the password that every program must give. Where there is none,
    /// every program of the machine is let in.
    #[option(example = "/run/secrets/cache")]
    pub(crate) password_file: Option<SecretFile>,

    /// How much memory values may take, in MiB; as much as there is where it is null.
    #[option(default = 256, range = 1..=16_777_216, example = 1024)]
    pub(crate) max_memory: Option<u32>,

    /// What happens when a value is written and the memory is full. Of the least used, the
    /// policies find good candidates, not always the very least.
    #[option(default = Policy::AllkeysLru)]
    pub(crate) eviction_policy: Policy,

    /// What is still there after the service starts again.
    #[option(default = Persistence::Snapshots)]
    pub(crate) persistence: Persistence,

    /// How many connections there may be at once.
    #[option(default = 10_000, range = 1..=1_000_000)]
    pub(crate) max_clients: u32,

    /// Further settings, as `valkey.conf` has them: a value is all that stands behind its name.
    /// A boolean becomes `yes` or `no`, and a list several lines. What the feature or an option
    /// decides cannot be set here, and no password can: everyone can read it in the Nix store.
    #[option(default = attrs! {}, example = attrs! { "databases": 4, "loglevel": "warning" })]
    pub(crate) settings: Settings<KeyValue>,
}

#[derive(Options)]
pub(crate) enum Policy {
    /// Nothing is thrown out: writing fails.
    Noeviction,
    /// The value that was not used for the longest time goes.
    AllkeysLru,
    /// The value that is used least often goes.
    AllkeysLfu,
    /// Any value goes.
    AllkeysRandom,
    /// As `allkeys-lru`, of those that expire; where none does, writing fails.
    VolatileLru,
    /// As `allkeys-lfu`, of those that expire.
    VolatileLfu,
    /// As `allkeys-random`, of those that expire.
    VolatileRandom,
    /// The value that expires first goes.
    VolatileTtl,
}

#[derive(Options)]
pub(crate) enum Persistence {
    /// Nothing.
    None,
    /// Everything after an orderly stop; after a crash what was there some minutes before, up to an
    /// hour if little is written.
    Snapshots,
    /// Everything; after a power cut all but the last second or two.
    Log,
    /// Everything that was acknowledged, after a power cut too. Each write waits for the disk.
    EveryWrite,
}
