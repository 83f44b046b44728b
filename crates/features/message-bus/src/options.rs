//! What can be set.

use domi::prelude::*;

/// A message bus, and streams of messages that outlast crashes: the
/// [NATS](https://docs.nats.io) server with JetStream.
///
/// Users have passwords, which the server reads from files, or knows as hashes. They are in accounts,
/// which see nothing of each other.
///
/// ```nix
/// domi.services.message-bus = {
///   enable = true;
///   openFirewall = true;
///   tls.certificate = "/run/secrets/bus.crt";
///   tls.key = "/run/secrets/bus.key";
///   accounts.shop = { maxFile = "10GiB"; };
///   users.web = {
///     account = "shop";
///     password.file = "/run/secrets/bus-web";
///     publish = [ "orders.>" ];
///     subscribe = [ "_INBOX.>" ];
///   };
///   users.billing = { account = "shop"; password.hash = "$2y$11$…"; };
///   cluster = {
///     routes = [ "bus1:6222" "bus2:6222" "bus3:6222" ];
///     passwordFile = "/run/secrets/bus-cluster";
///   };
/// };
/// ```
///
/// **What an acknowledged message outlasts.** A message is in a stream when JetStream has answered
/// the one who sent it, and only then. What is published without waiting for the answer may be lost.
///
/// | failure | one machine | a cluster, stream with three replicas |
/// | --- | --- | --- |
/// | the server is restarted or killed | kept | kept, and others take over |
/// | the machine is shut down | kept | kept, and others take over |
/// | the power of one machine is cut | kept with `jetstream.syncInterval = "always"`, the default | kept with `"always"`, and others take over |
/// | the power of all is cut at once | | kept with `"always"` |
/// | one machine is cut off the network | nobody reaches it | kept; the one alone acknowledges nothing, and has everything when it is back |
/// | two of three machines are gone | | nothing is acknowledged until one is back; what was is kept |
/// | the disk breaks | lost | kept on the others |
///
/// Tests show what is said of one machine, but for the disk, and of a cluster that its leader is killed
/// and that it is cut off. The rest follows from how NATS works: a message is acknowledged when most of
/// its replicas have it.
///
/// With a longer `syncInterval`, NATS writes messages to the disk only so often: a power cut then loses
/// what was acknowledged since. `"always"` costs speed. A client that waits for each answer got 54
/// messages a second with it and 292 with `"2m"`, on a small and busy virtual machine.
///
/// **A cluster** takes three machines or five, each with the same `cluster` options. Streams have
/// one replica unless their `num_replicas` says more. Who knows the password of the cluster can read
/// and write everything; it goes over the network in the clear unless `cluster.tls` is set.
///
/// **Changes.** A change of these options restarts the server, as NATS reads only some of its
/// settings again; clients go to another server of the cluster meanwhile. Passwords are read from
/// their files when it starts.
#[derive(Options)]
pub(crate) struct MessageBus {
    /// nats-server, the server: 2.10 or newer.
    #[option(default = "nats-server")]
    package: Package,

    /// Name of the server, which is another one on each machine of a cluster. Where it is null, it
    /// is the machine's.
    #[option(example = "bus1", matching = "[A-Za-z0-9_-]+")]
    server_name: Option<String>,

    /// Address to listen on, for clients and for the cluster.
    #[option(
        default = "0.0.0.0",
        matching = "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"
    )]
    listen_address: String,

    /// TCP port for clients.
    #[option(default = 4222)]
    port: Port,

    /// TCP port at which the machine itself can ask how the server is, as `/healthz` and `/jsz`.
    #[option(example = 8222)]
    monitor_port: Option<Port>,

    /// Whether the firewall lets other machines in: at `port`, and in a cluster at `cluster.port`.
    #[option(default = false)]
    open_firewall: bool,

    /// Whether everyone who reaches the port may do everything. Only without `users`.
    #[option(default = false)]
    anonymous: bool,

    /// Accounts, by name. Users of one account share its subjects and streams.
    #[option(default = attrs! { "main": {} }, example = attrs! { "shop": { "maxFile": "10GiB" } })]
    accounts: BTreeMap<String, Account>,

    /// Those who may use the bus, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "web": { "password": { "file": "/run/secrets/bus-web" } } },
    )]
    users: BTreeMap<String, User>,

    /// TLS for clients. Without it, passwords and messages go over the network in the clear.
    tls: Option<Tls>,

    /// Streams, which keep messages.
    #[option(default = attrs! {}, example = attrs! { "storeFolder": "/srv/bus" })]
    jetstream: JetStream,

    /// The cluster that the server is part of.
    cluster: Option<Cluster>,

    /// How many clients may be connected.
    #[option(default = 8192, range = 1..=1_000_000)]
    max_connections: u32,

    /// How large a message may be, 64 MiB at most.
    #[option(default = "1MiB", matching = "[0-9]+([KMGT]iB)?")]
    max_payload: String,

    /// Other settings of nats-server, as [its documentation](https://docs.nats.io) names them. What
    /// follows from the options above wins. Everyone can read it: no secrets.
    #[option(default = attrs! {}, example = attrs! { "max_subscriptions": 1000 })]
    settings: Settings<Json>,
}

/// Users who share subjects and streams.
#[derive(Options)]
pub(crate) struct Account {
    /// Its name: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_-]+")]
    name: String,

    /// How much its streams may hold on disk; as much as there is where it is null.
    #[option(example = "10GiB", matching = "[0-9]+([KMGT]iB)?")]
    max_file: Option<String>,

    /// How much its streams may hold in memory; as much as there is where it is null.
    #[option(example = "64MiB", matching = "[0-9]+([KMGT]iB)?")]
    max_memory: Option<String>,

    /// How many streams it may have.
    #[option(range = 1.., example = 10)]
    max_streams: Option<u32>,

    /// How many consumers its streams may have.
    #[option(range = 1.., example = 100)]
    max_consumers: Option<u32>,
}

/// Someone who may use the bus.
#[derive(Options)]
pub(crate) struct User {
    /// Their name: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_-]+")]
    name: String,

    /// The account that they are in.
    #[option(default = "main", example = "shop")]
    account: String,

    /// Their password.
    #[option(example = attrs! { "file": "/run/secrets/bus-web" })]
    password: Password,

    /// Subjects that they may send to. Using streams is sending to `$JS.API.>`, too.
    #[option(default = [">"], example = ["orders.>", "$JS.API.>"], matching = "[A-Za-z0-9_.*>$:/@+=-]+")]
    publish: Vec<String>,

    /// Subjects that they may listen to. Answers to requests come at `_INBOX.>`.
    #[option(default = [">"], example = ["orders.>", "_INBOX.>"], matching = "[A-Za-z0-9_.*>$:/@+=-]+")]
    subscribe: Vec<String>,

    /// Whether they may answer any request that they get, whatever `publish` says.
    #[option(default = false)]
    answer: bool,
}

/// A password.
#[derive(Options)]
pub(crate) enum Password {
    /// File with the password, or with its bcrypt hash, in one line.
    File(SecretFile),
    /// Its bcrypt hash, which everyone on the machine can read: only of long passwords made by
    /// chance.
    Hash(NonEmptyStr),
}

/// A certificate and its key, as PEM files.
#[derive(Options)]
pub(crate) struct Tls {
    /// File with the certificate, followed by those of its issuers.
    #[option(example = "/run/secrets/bus.crt")]
    certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/bus.key")]
    key: SecretFile,

    /// File with the certificates of those who issue certificates for clients.
    #[option(example = "/run/secrets/clients.crt")]
    authority: Option<SecretFile>,

    /// Whether clients need a certificate of the `authority`, beside their password.
    #[option(default = false)]
    verify_clients: bool,
}

/// Streams, which keep messages.
#[derive(Options)]
pub(crate) struct JetStream {
    /// Whether there are any.
    #[option(default = true)]
    enable: bool,

    /// The folder that they are in. It is made where it is not there; where it is a mount, the server
    /// waits for that.
    #[option(default = "/var/lib/message-bus", example = "/srv/bus")]
    store_folder: AbsolutePath,

    /// How much all streams together may hold on disk. Where it is null, NATS takes three quarters of
    /// what is free.
    #[option(example = "50GiB", matching = "[0-9]+([KMGT]iB)?")]
    max_file: Option<String>,

    /// How much all streams together may hold in memory. Where it is null, NATS takes three quarters
    /// of what there is.
    #[option(example = "256MiB", matching = "[0-9]+([KMGT]iB)?")]
    max_memory: Option<String>,

    /// How often messages are written to the disk itself: `always` before each is acknowledged, or
    /// after a time span. With a time span, a power cut loses acknowledged messages.
    #[option(default = "always", example = "2m", matching = "always|[0-9]+(ms|s|m|h)")]
    sync_interval: String,
}

/// Servers that stand in for each other.
#[derive(Options)]
pub(crate) struct Cluster {
    /// Its name, the same on all machines.
    #[option(default = "message-bus", matching = "[A-Za-z0-9_-]+")]
    name: String,

    /// TCP port for the other servers.
    #[option(default = 6222)]
    port: Port,

    /// Other servers, as their name or address and the port of their cluster. This machine itself
    /// may be one, so that all have the same list.
    #[option(
        default = [],
        example = ["bus1:6222", "bus2:6222", "bus3:6222"],
        matching = "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+",
    )]
    routes: Vec<String>,

    /// File with the password of the cluster, the same on all machines, in one line.
    #[option(example = "/run/secrets/bus-cluster")]
    password_file: Option<SecretFile>,

    /// TLS between the servers, each of which shows its certificate.
    tls: Option<ClusterTls>,
}

/// Certificates of the servers of a cluster, as PEM files.
#[derive(Options)]
pub(crate) struct ClusterTls {
    /// File with the server's certificate, for servers and for clients, with the names by which
    /// `routes` know the machine.
    #[option(example = "/run/secrets/bus-cluster.crt")]
    certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/bus-cluster.key")]
    key: SecretFile,

    /// File with the certificates of those who issue certificates for the servers, and for nobody
    /// else.
    #[option(example = "/run/secrets/bus-cluster-authority.crt")]
    authority: SecretFile,
}
