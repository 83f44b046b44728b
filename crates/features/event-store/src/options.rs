//! What can be set.

use domi::prelude::*;

/// A log of events that is only appended to, on [PostgreSQL](https://www.postgresql.org): what
/// happened, in one order, for good.
///
/// Each event is in a stream, such as `account-17`, where it has a version, and in the whole log, where
/// it has a position. Programs append with `events.append`, and read what is behind a position with
/// `events.read`. The server has a cluster of its own, which it makes when it first starts, in
/// `/var/lib/event-store`. It is reached at the socket in `/run/event-store`, and over the network
/// where `listenAddresses` says so.
///
/// ```nix
/// domi.services.event-store = {
///   enable = true;
///   # The user `shop` of this machine appends, and reads.
///   roles.shop.access = [ "append" "read" ];
///   roles.reports = {
///     access = [ "read" ];
///     passwordFile = "/run/secrets/event-store-reports";
///   };
///   readModels.balances = {
///     tables = "create table balance (account text primary key, amount bigint not null);";
///     apply = ''
///       insert into balance as b values (event.stream, (event.data ->> 'amount')::bigint)
///         on conflict (account) do update set amount = b.amount + excluded.amount;
///     '';
///   };
///   backup.folder = "/srv/backup/event-store";
/// };
/// ```
///
/// As the user `shop`:
///
/// ```text
/// $ psql --host=/run/event-store events
/// events=> select * from events.append('account-17', 0, 'opened', '{"amount": 5}');
///  position | version
/// ----------+---------
///         1 |       1
/// events=> select * from events.append('account-17', 0, 'opened', '{"amount": 5}');
/// ERROR:  stream "account-17" is at version 1, and 0 was expected
/// events=> select position, stream, data from events.read(0);
///  position |   stream   |     data
/// ----------+------------+---------------
///         1 | account-17 | {"amount": 5}
/// events=> select read_models.refresh('balances');
/// events=> select * from balances.balance;
///   account   | amount
/// ------------+--------
///  account-17 |      5
/// ```
///
/// | call | who | what it does |
/// | --- | --- | --- |
/// | `events.append(stream, expected, type, data, metadata)` | `append` | appends an event where the stream is at the version `expected`: 0 for a new one, null for any. Otherwise it fails with the code `EV001` |
/// | `events.stream_version(stream)` | all | the version that a stream is at |
/// | `events.read(after, most)` | `read` | events behind a position, in order |
/// | `events.read_stream(stream, after, most)` | `read` | events of a stream behind a version |
/// | `listen events` | all | tells a program of each new position |
/// | `read_models.refresh(name)` | `read` | brings a read model up to the end of the log |
/// | `read_models.rebuild(name)` | `read` | throws a read model away, and makes it again from the whole log |
///
/// **One order.** Transactions that append wait for each other, from the first append to the commit.
/// So positions become visible in their order and without gaps: who has read up to a position
/// misses none when reading on behind it. A transaction that appends should end soon; one that does
/// nothing for a minute is ended. Several events that belong together are appended in one transaction.
///
/// **What is written stays.** Nobody may change or delete events: roles have no right to, and triggers
/// refuse it to the administrator too, who is the user `event-store` of the machine and would have to
/// take the triggers away first. An event is acknowledged when it is on the disk, whatever a client
/// sets. Of what was acknowledged, nothing is lost when the server is killed or the power is cut. Both
/// are tested. When the disk breaks, what was appended since the last backup is lost.
///
/// **Retention** moves old events from the beginning of the log to files, one JSON object in each line.
/// They are removed only in a transaction that records the file in the table `events.archive`, and only
/// if the file's SHA-256 is that of the events. Reading from a position whose events are archived is an
/// error (`EV003`) that says so.
///
/// **Backups** are made by the clock, or by `systemctl start event-store-backup`. A backup is put in the
/// place of an empty log only:
///
/// ```text
/// systemctl stop event-store
/// mv /var/lib/event-store/cluster /var/lib/event-store/cluster.broken
/// systemctl start event-store
/// systemctl start event-store-restore@latest      # or @20261126T000000Z
/// ```
///
/// This is also the way to another major version of PostgreSQL, which cannot read the cluster. Each
/// backup has the whole log, but no archived events: back up the archive's folder too. Archives and
/// backups hold what the events hold, so `event-store` alone may read them.
///
/// **Changes** of these options restart the server. Passwords are read from their files when it starts.
/// A read model whose definition has changed is empty until it is refreshed.
#[derive(Options)]
pub(crate) struct EventStore {
    /// PostgreSQL, 17 or newer, which Debian has since Debian 13. With another major version than the
    /// one that made the cluster, the server does not start.
    #[option(default = "postgresql")]
    pub(crate) package: Package,

    /// Addresses to listen on, beside the socket. Roles with a password are let in there.
    #[option(
        default = [],
        example = ["127.0.0.1", "192.0.2.7"],
        matching = "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|\\*"
    )]
    pub(crate) listen_addresses: Vec<String>,

    /// TCP port, 1024 or above, and the number in the name of the socket.
    #[option(default = 5432)]
    pub(crate) port: Port,

    /// Whether the firewall lets other machines in. They need TLS and a password.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// TLS. Where it is set, nobody is let in over the network without it. Where it is null, events go
    /// over the network in the clear; passwords never do.
    pub(crate) tls: Option<Tls>,

    /// Those who may use the log, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "shop": { "access": ["append", "read"] } },
    )]
    pub(crate) roles: BTreeMap<String, Role>,

    /// Tables that follow from the log, by the name of their schema.
    #[option(
        default = attrs! {},
        example = attrs! {
            "seen": {
                "tables": "create table seen (type text);",
                "apply": "insert into seen values (event.type);",
            }
        },
    )]
    pub(crate) read_models: BTreeMap<String, ReadModel>,

    /// When events leave the log. They stay for ever where it is null.
    #[option(example = attrs! { "keepDays": 365, "folder": "/srv/archive" })]
    pub(crate) retention: Option<Retention>,

    /// Backups. There are none where it is null.
    #[option(example = attrs! { "folder": "/srv/backup/event-store" })]
    pub(crate) backup: Option<Backup>,

    /// How many programs may be connected.
    #[option(default = 100, range = 10..=10_000)]
    pub(crate) max_connections: u32,

    /// Memory in which the server keeps what it reads and writes, in MiB.
    #[option(default = 128, range = 1..=1_048_576, example = 1024)]
    pub(crate) shared_buffers: u32,

    /// Further settings, as `postgresql.conf` has them: a text that is not one word is in single quotes.
    /// What the feature or an option decides cannot be set here. Everyone can read it: no secrets.
    #[option(default = attrs! {}, example = attrs! { "work_mem": "16MB", "max_wal_size": "'2 GB'" })]
    pub(crate) settings: Settings<KeyValue>,
}

/// A certificate and its key, as PEM files.
#[derive(Options)]
pub(crate) struct Tls {
    /// File with the certificate, followed by those of its issuers.
    #[option(example = "/run/secrets/event-store.crt")]
    pub(crate) certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/event-store.key")]
    pub(crate) key: SecretFile,
}

/// Someone who may use the log.
#[derive(Options)]
pub(crate) struct Role {
    /// Its name: small letters, digits and `_`.
    #[option(default = instance_name(), read_only, matching = "[a-z][a-z0-9_]{0,62}")]
    pub(crate) name: String,

    /// What it may do.
    #[option(default = [Access::Read], example = [Access::Append, Access::Read])]
    pub(crate) access: NonEmptyVec<Access>,

    /// File whose first line is the password. Where it is null, the role is that of the machine's user
    /// with its name, who needs no password at the socket; nobody else has it.
    #[option(example = "/run/secrets/event-store-shop")]
    pub(crate) password_file: Option<SecretFile>,
}

#[derive(Options)]
pub(crate) enum Access {
    /// Append events.
    Append,
    /// Read events and read models.
    Read,
}

/// Tables that follow from the log.
#[derive(Options)]
pub(crate) struct ReadModel {
    /// Its name, which is that of its schema: small letters, digits and `_`.
    #[option(default = instance_name(), read_only, matching = "[a-z][a-z0-9_]{0,62}")]
    pub(crate) name: String,

    /// SQL that makes its tables.
    #[option(example = "create table seen (type text);")]
    pub(crate) tables: Lines,

    /// PL/pgSQL that changes them for an event: `event.position`, `stream`, `version`, `type`, `data`,
    /// `metadata` and `time`.
    #[option(example = "insert into seen values (event.type);")]
    pub(crate) apply: Lines,
}

/// When events leave the log.
#[derive(Options)]
pub(crate) struct Retention {
    /// How many days events stay. With 0, all those that are there when it runs are archived.
    #[option(example = 365, range = 0..=100_000)]
    pub(crate) keep_days: u32,

    /// Folder for the files with archived events, which are never removed.
    #[option(example = "/srv/archive")]
    pub(crate) folder: AbsolutePath,

    /// When to archive, in the form of {manpage}`systemd.time(7)`.
    #[option(default = "daily", example = "Mon 04:00")]
    pub(crate) schedule: NonEmptyStr,
}

/// Backups.
#[derive(Options)]
pub(crate) struct Backup {
    /// Folder for backups, best on another disk.
    #[option(example = "/srv/backup/event-store")]
    pub(crate) folder: AbsolutePath,

    /// When to make one, in the form of {manpage}`systemd.time(7)`.
    #[option(default = "daily", example = "hourly")]
    pub(crate) schedule: NonEmptyStr,

    /// How many are kept: the newest.
    #[option(default = 14, range = 1..=10_000)]
    pub(crate) keep: u32,
}
