//! What can be set.

use domi::prelude::*;

/// Keeps services from what they do not need: those of other features, of NixOS's own modules and of
/// packages.
///
/// Each service gets a profile, and exceptions from it. A service without a profile stays as it is.
///
/// ```nix
/// domi.security.sandboxing = {
///   enable = true;
///   services.shop = {
///     network = true;
///     writablePaths = [ "/srv/shop/uploads" ];
///   };
///   services.nightly-report = { };
///   services.mail-relay = {
///     profile = "service";
///     network = true;
///     writablePaths = [ "/var/spool/mail" ];
///     capabilities = [ "CAP_DAC_READ_SEARCH" ];
///   };
/// };
/// ```
///
/// Here `shop` may use the network and write to its uploads, `nightly-report` may do neither, and
/// `mail-relay`, which starts as root and becomes other users, keeps what it needs for that.
///
/// | kept from | `kernel` | `service` | `strict` |
/// | --- | --- | --- | --- |
/// | the network, unless `network` is true | yes | yes | yes |
/// | modules, parameters, log and clock of the kernel, the machine's name, control groups | yes | yes | yes |
/// | calls that debug, mount, start the machine again, or are of another architecture | yes | yes | yes |
/// | namespaces, real-time scheduling, files that give their owner's rights, any new rights | yes | yes | yes |
/// | files: writes only to its own folders (`StateDirectory` and the like) and `writablePaths` | | yes | yes |
/// | homes, unless `homes` is true; devices; what others have in `/tmp`; sockets of rare kinds | | yes | yes |
/// | processes of other users | | yes | yes |
/// | capabilities, but for `capabilities` | those of the kernel | all that a daemon does not need to become another user | all |
/// | other users' names and numbers, where it has no `capabilities` | | | yes |
/// | memory that it writes and then executes, unless `executableMemory` is true | | | yes |
/// | calls for privileges and limits, where it has no `capabilities` | | | yes |
///
/// **A profile only takes away.** What is forbidden is added to what the service itself forbids, and where
/// a list of the service is stricter, it stays so. (Newer versions of systemd know more than `true` of some
/// keys, such as `PrivateTmp=disconnected`: a profile says `true` there.) A capability that is an exception
/// is kept, not given: a service that is not root needs `AmbientCapabilities` of its own.
///
/// **The service must be there.** Its name is that of the unit without `.service`, and an instance has a
/// name of its own: `worker@1`. Names of the system's own units are refused, since no system goes without
/// them. Whether others are there is known to the running machine alone: `sandboxing-check.service` fails,
/// by name, where a service is not there or does not have its profile.
///
/// **Changes** are in force once the service starts again. A path of `writablePaths` must be there then:
/// otherwise the service does not start.
///
/// **What it does not do**: sockets of programs in the file system stay within reach, such as that of
/// D-Bus, and whoever listens there does for the service what it does for others. A program that needs
/// more than the exceptions say takes a milder profile.
#[derive(Options)]
pub(crate) struct Sandboxing {
    /// The services, by their names without `.service`.
    #[option(default = attrs! {}, example = attrs! { "shop": { "network": true } })]
    pub(crate) services: BTreeMap<String, Service>,
}

/// What a service is kept from.
#[derive(Options)]
pub(crate) struct Service {
    /// What it is kept from, beside the exceptions.
    #[option(default = Profile::Strict)]
    pub(crate) profile: Profile,

    /// Whether it needs the network, be it only that within the machine.
    #[option(default = false)]
    pub(crate) network: bool,

    /// Files and folders that it may write to, beside its own folders.
    #[option(default = [], example = ["/srv/shop/uploads"])]
    pub(crate) writable_paths: Vec<AbsolutePath>,

    /// Capabilities that it keeps if it has them.
    #[option(
        default = [],
        example = ["CAP_NET_BIND_SERVICE"],
        matching = "CAP_(AUDIT_WRITE|CHOWN|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|IPC_LOCK|KILL|\
                    LEASE|NET_ADMIN|NET_BIND_SERVICE|NET_RAW|SETFCAP|SETGID|SETPCAP|SETUID|SYS_CHROOT|\
                    SYS_NICE|SYS_RESOURCE)",
    )]
    pub(crate) capabilities: Vec<String>,

    /// Whether it sees homes: `/home`, `/root` and `/run/user`.
    #[option(default = false)]
    pub(crate) homes: bool,

    /// Whether it executes memory that it has written, as programs do that compile while they run:
    /// those in Java and JavaScript.
    #[option(default = false)]
    pub(crate) executable_memory: bool,
}

#[derive(Options)]
pub(crate) enum Profile {
    /// The kernel, and little else: for what works with files of all users, such as a backup.
    Kernel,
    /// What hardly any daemon needs: it may start as root and become other users.
    Service,
    /// All that a program without privileges does not need.
    Strict,
}
