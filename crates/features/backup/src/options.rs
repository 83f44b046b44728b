//! What can be set.

use domi::prelude::*;

/// Keeps encrypted copies of a machine's folders on another machine, with
/// [restic](https://restic.net), and raises an alarm where none was made in time.
///
/// The machine that is saved, and the one that has the copies:
///
/// ```nix
/// {
///   domi.security.backup = {
///     enable = true;
///     save = {
///       folders = [ "/home" "/var/lib" ];
///       repository = "rest:https://store.example.org:8443/web";
///       passwordFile = "/run/secrets/backup";
///       loginFile = "/run/secrets/backup-login";
///       onFailure = [ "tell-me.service" ];
///     };
///   };
/// }
/// {
///   domi.security.backup = {
///     enable = true;
///     store = {
///       folder = "/srv/backup";
///       loginsFile = "/run/secrets/backup-logins";
///       tls = { certificate = "/run/secrets/store.crt"; key = "/run/secrets/store.key"; };
///       openFirewall = true;
///     };
///   };
/// }
/// ```
///
/// **Restore.** `systemctl start backup-restore@latest.service` puts the newest snapshot below
/// `/var/lib/backup/restored/latest`, with owners and rights, and touches nothing else;
/// `backup-restore@1a2b3c4d.service` does it with that one. Where something could not be restored, the
/// unit fails, and what could be is in `latest.part`. Keep the password elsewhere too: without it there
/// is nothing to restore.
///
/// **What is promised.** A snapshot counts when each file could be read; where one could not, the unit
/// fails, and the alarm comes when the time is over. A repository that was there and is gone, as when a
/// disk is not mounted, is not begun again. The other machine reads nothing of what it keeps.
/// By default it lets nobody change or remove what is there, so that whoever takes the saved machine
/// over cannot destroy the copies; then `save.keep` cannot be used, and the store grows.
///
/// **What is not.** A database that is written to while it is copied may be copied half-way: save what
/// its own tool has written, such as the backups of event-store. A new certificate of the store counts
/// once `backup-store.service` is started again.
#[derive(Options)]
pub(crate) struct Backup {
    /// restic, which copies.
    #[option(default = "restic")]
    pub(crate) package: Package,

    /// What is copied from this machine. Where it is null, nothing is.
    pub(crate) save: Option<Save>,

    /// Copies of other machines that are kept here. Where it is null, none are.
    pub(crate) store: Option<Store>,
}

/// What is copied from a machine.
#[derive(Options)]
pub(crate) struct Save {
    /// Folders and files. Other file systems that are mounted within count too.
    #[option(example = ["/home", "/var/lib"])]
    pub(crate) folders: NonEmptyVec<AbsolutePath>,

    /// Patterns of what is left out, as restic's `--exclude` takes them. What has a `CACHEDIR.TAG` is
    /// left out anyway.
    #[option(default = [], example = ["*.tmp", "/home/*/.cache"])]
    pub(crate) exclude: Vec<NonEmptyStr>,

    /// Where copies go, as restic names it; or a folder of this machine that is there, such as that of
    /// another disk. Everyone can read it: no passwords.
    #[option(
        example = "rest:https://store.example.org:8443/web",
        matching = "((azure|b2|gs|rest|s3|swift):|/)[^[:cntrl:] ]+"
    )]
    pub(crate) repository: String,

    /// File with the password that copies are encrypted with.
    #[option(example = "/run/secrets/backup")]
    pub(crate) password_file: SecretFile,

    /// File with what the repository's server asks for, as lines of environment variables:
    /// `RESTIC_REST_USERNAME=…` and `RESTIC_REST_PASSWORD=…`.
    #[option(example = "/run/secrets/backup-login")]
    pub(crate) login_file: Option<SecretFile>,

    /// File with the certificate that the server's is issued by. Where it is null, the server has one
    /// that the machine trusts.
    #[option(example = "/etc/store.crt")]
    pub(crate) certificate: Option<AbsolutePath>,

    /// When to copy, in the form of {manpage}`systemd.time(7)`. What was missed while the machine was
    /// off is done when it is on again.
    #[option(default = "daily", example = "hourly")]
    pub(crate) schedule: NonEmptyStr,

    /// When to read a part of the copies again and compare it, in the form of
    /// {manpage}`systemd.time(7)`.
    #[option(default = "Sun 04:00", example = "Sat 12:00")]
    pub(crate) check_schedule: NonEmptyStr,

    /// How much of the copies is read then, in percent.
    #[option(default = 5, range = 1..=100)]
    pub(crate) check_percent: u32,

    /// Which snapshots are kept; the others are removed. Where it is null, all are kept.
    pub(crate) keep: Option<Keep>,

    /// After how many hours without a new snapshot the unit `backup-overdue` fails.
    #[option(default = 48, range = 1..=100_000)]
    pub(crate) overdue_hours: u32,

    /// Units that are started when `backup-overdue` fails, or when copies are not what they were: those
    /// that tell somebody.
    #[option(default = [], example = ["tell-me.service"], matching = "[a-z][a-z0-9_-]*\\.service")]
    pub(crate) on_failure: Vec<String>,
}

/// Which snapshots are kept.
#[derive(Options)]
pub(crate) struct Keep {
    /// The newest of each of so many days.
    #[option(default = 14, range = 1..=10_000)]
    pub(crate) daily: u32,

    /// The newest of each of so many weeks.
    #[option(default = 8, range = 0..=10_000)]
    pub(crate) weekly: u32,

    /// The newest of each of so many months.
    #[option(default = 24, range = 0..=10_000)]
    pub(crate) monthly: u32,
}

/// Copies that are kept for others.
#[derive(Options)]
pub(crate) struct Store {
    /// rclone, which serves them.
    #[option(default = "rclone")]
    pub(crate) package: Package,

    /// Folder for them, best on a disk of its own.
    #[option(example = "/srv/backup")]
    pub(crate) folder: AbsolutePath,

    /// File with who may come, as `htpasswd -B` writes it. Each has the folder of its own name.
    #[option(example = "/run/secrets/backup-logins")]
    pub(crate) logins_file: SecretFile,

    /// TCP port to listen on.
    #[option(default = 8443)]
    pub(crate) port: Port,

    /// Whether what is there may be added to only, and never changed or removed.
    #[option(default = true)]
    pub(crate) append_only: bool,

    /// Certificate of the server. Where it is null, it listens to this machine alone.
    pub(crate) tls: Option<Tls>,

    /// Whether the firewall lets other machines in.
    #[option(default = false)]
    pub(crate) open_firewall: bool,
}

/// A certificate and its key, as PEM files.
#[derive(Options)]
pub(crate) struct Tls {
    /// File with the certificate, followed by those of its issuers.
    #[option(example = "/run/secrets/store.crt")]
    pub(crate) certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/store.key")]
    pub(crate) key: SecretFile,
}
