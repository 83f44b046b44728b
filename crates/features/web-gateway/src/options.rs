//! What can be set.

use domi::prelude::*;

/// Serves the sites of a machine with [nginx](https://nginx.org), and passes requests on to what
/// stands behind them.
///
/// A site answers to its own names only: whoever asks for any other name gets no answer. With a
/// certificate it speaks TLS, and sends those who come without it there. Requests are passed on to
/// the servers of an upstream; one that fails is left out for a while, and the request goes to the
/// next.
///
/// ```nix
/// domi.services.web-gateway = {
///   enable = true;
///   openFirewall = true;
///   upstreams.shop.servers = [
///     { address = "10.0.0.11:8080"; maxFails = 2; failTimeout = "30s"; }
///     { address = "10.0.0.12:8080"; maxFails = 2; failTimeout = "30s"; }
///   ];
///   virtualHosts."shop.example.org" = {
///     tls.certificate = "/run/secrets/shop.crt";
///     tls.key = "/run/secrets/shop.key";
///     strictTransportSecurity = 31536000;
///     headers.X-Content-Type-Options = "nosniff";
///     locations."/".serve.upstream = "shop";
///     locations."/images/".serve.files = "/srv/shop";
///   };
/// };
/// ```
///
/// **A change** of sites and upstreams reloads nginx: old processes finish what they have begun, and
/// no request is lost. The first certificate, another limit of connections and another nginx restart it.
/// `systemctl reload web-gateway` reloads by hand; settings that nginx does not take are refused before, and the old
/// ones stay.
///
/// **Certificates** are read when nginx starts and when it reloads: after one was renewed, run
/// `systemctl reload web-gateway`. Their files may be root's alone; the service gets copies in memory
/// that only it reads.
///
/// **Health checks** are those that nginx itself has: it learns from the requests that it passes on.
/// There are none beside these. The name of a server is looked up when nginx starts, and a name
/// that nobody knows then is an error.
///
/// **What it may**: nginx runs as a user of its own without privileges but that to listen on ports
/// below 1024, sees no home folders, and can write to its own folders only. It does see other files
/// that everyone may read: name as `files` what is meant for everyone.
#[derive(Options)]
pub(crate) struct WebGateway {
    /// nginx, the server: 1.25.1 or newer.
    #[option(default = "nginx")]
    package: Package,

    /// The sites, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "example.org": { "locations": { "/": { "serve": { "text": "hello" } } } } },
    )]
    virtual_hosts: BTreeMap<String, VirtualHost>,

    /// Groups of servers that requests are passed on to, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "shop": { "servers": [attrs! { "address": "10.0.0.11:8080" }] } },
    )]
    upstreams: BTreeMap<String, Upstream>,

    /// TCP port for HTTP.
    #[option(default = 80)]
    http_port: Port,

    /// TCP port for HTTPS. It is used where a virtual host has a certificate.
    #[option(default = 443)]
    https_port: Port,

    /// Addresses of this machine to listen on, IPv6 in brackets.
    #[option(
        default = ["0.0.0.0", "[::]"],
        example = ["192.0.2.1"],
        matching = "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]",
    )]
    listen_addresses: NonEmptyVec<String>,

    /// Whether the firewall lets requests from other machines in.
    #[option(default = false)]
    open_firewall: bool,

    /// How large the body of a request may be.
    #[option(default = "1m", example = "64m", matching = "[0-9]+[kKmMgG]?")]
    max_body_size: String,

    /// How many connections each process of nginx has at most, to clients and to servers together.
    #[option(default = 1024, range = 64..=8192)]
    worker_connections: u32,

    /// How many seconds requests may still take after a reload or stop.
    #[option(default = 60, range = 1..=3600)]
    shutdown_timeout: u32,

    /// Whether each request is written to the journal.
    #[option(default = true)]
    access_log: bool,

    /// Lines that are added to the `http` block of nginx's configuration.
    #[option(default = "", example = "gzip on;")]
    extra_config: Lines,
}

/// A site.
#[derive(Options)]
pub(crate) struct VirtualHost {
    /// The name that clients know it by. A star may stand for its first part.
    #[option(default = instance_name(), matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    server_name: String,

    /// Its other names.
    #[option(default = [], example = ["www.example.org"], matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    aliases: Vec<String>,

    /// Whether requests for names that no site has come here. They get no answer where no site is
    /// the default.
    #[option(default = false)]
    default: bool,

    /// Its certificate. Without one, the site is served without TLS.
    tls: Option<Tls>,

    /// What happens to requests without TLS, where there is a certificate.
    #[option(default = Plain::Redirect)]
    without_tls: Plain,

    /// For so many seconds browsers come back with TLS only, once they were here with it. Only where
    /// there is a certificate.
    #[option(range = 0.., example = 31_536_000)]
    strict_transport_security: Option<u32>,

    /// Headers that each answer gets, errors too. nginx replaces its variables, such as `$host`.
    #[option(default = attrs! {}, example = attrs! { "X-Content-Type-Options": "nosniff" })]
    headers: BTreeMap<String, SingleLineStr>,

    /// What is served, by path. The longest path that a request begins with wins.
    #[option(
        default = attrs! {},
        example = attrs! { "/": { "serve": { "upstream": "shop" } } },
    )]
    locations: BTreeMap<String, Location>,

    /// Lines that are added to the `server` block of nginx's configuration.
    #[option(default = "")]
    extra_config: Lines,
}

/// A certificate and its key, as PEM files.
#[derive(Options)]
pub(crate) struct Tls {
    /// File with the certificate, followed by those of its issuers.
    #[option(example = "/run/secrets/example.org.crt")]
    certificate: SecretFile,

    /// File with its private key.
    #[option(example = "/run/secrets/example.org.key")]
    key: SecretFile,
}

#[derive(Options)]
pub(crate) enum Plain {
    /// They are sent to the same address with TLS.
    Redirect,
    /// They are served too.
    Serve,
    /// They get no answer.
    Refuse,
}

/// What is served below a path.
#[derive(Options)]
pub(crate) struct Location {
    /// The path that requests begin with; after `= `, the path that they have.
    #[option(default = instance_name(), matching = "(= )?/[A-Za-z0-9/._~!*+,:@%=&-]*")]
    path: String,

    /// What is served.
    #[option(example = attrs! { "upstream": "shop" })]
    serve: Serve,

    /// How long to wait until a server of the upstream takes the connection.
    #[option(default = "5s", matching = "[0-9]+(ms|s|m|h)")]
    connect_timeout: String,

    /// How long to wait for more of a server's answer, and for the server to take more of a request.
    /// A server whose machine is suddenly gone is noticed only then where a connection was kept.
    #[option(default = "60s", matching = "[0-9]+(ms|s|m|h)")]
    read_timeout: String,

    /// For what a request is given to the next server of the upstream. One that may have had an
    /// effect, such as a `POST`, is given to no other once it was sent.
    #[option(default = [Trouble::Error, Trouble::Timeout])]
    next_server_on: Vec<Trouble>,

    /// Lines that are added to the `location` block of nginx's configuration. An `add_header` or
    /// `proxy_set_header` there replaces all those of the site.
    #[option(default = "", example = "proxy_buffering off;")]
    extra_config: Lines,
}

/// What a location serves.
#[derive(Options)]
pub(crate) enum Serve {
    /// What the upstream of this name answers. Connections may become WebSockets.
    Upstream(NonEmptyStr),
    /// Files: what is asked for is looked up below this folder, with its whole path.
    Files(AbsolutePath),
    /// A redirect for good to this address, where nginx replaces its variables.
    Redirect(SingleLineStr),
    /// This text, where nginx replaces its variables.
    Text(SingleLineStr),
}

/// What can go wrong with a server.
#[derive(Options)]
pub(crate) enum Trouble {
    /// No connection, or one that breaks.
    Error,
    /// An answer that does not come in time.
    Timeout,
    /// An answer that is none.
    #[option(name = "invalid_header")]
    InvalidHeader,
    /// An answer with the status 500.
    #[option(name = "http_500")]
    Http500,
    /// An answer with the status 502.
    #[option(name = "http_502")]
    Http502,
    /// An answer with the status 503.
    #[option(name = "http_503")]
    Http503,
    /// An answer with the status 504.
    #[option(name = "http_504")]
    Http504,
}

/// Servers that do the same.
#[derive(Options)]
pub(crate) struct Upstream {
    /// Its name, as locations know it: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z][A-Za-z0-9_-]*")]
    name: String,

    /// The servers.
    #[option(example = [attrs! { "address": "10.0.0.11:8080" }])]
    servers: NonEmptyVec<Server>,

    /// Which server gets a request.
    #[option(default = Balance::RoundRobin)]
    balance: Balance,

    /// How many connections to servers each process of nginx keeps for further requests.
    #[option(default = 16, range = 1..=1024)]
    keep_connections: u32,
}

/// A server behind the gateway.
#[derive(Options)]
pub(crate) struct Server {
    /// Its address or name with a port, or `unix:` and the path of its socket.
    #[option(
        example = "10.0.0.11:8080",
        matching = "unix:/[A-Za-z0-9/._-]+|([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+"
    )]
    address: String,

    /// How many requests it gets, compared with others.
    #[option(default = 1, range = 1..=1000)]
    weight: u32,

    /// After so many requests that failed within `failTimeout` it gets none for as long. It always
    /// gets some where this is 0.
    #[option(default = 1)]
    max_fails: u32,

    /// See `maxFails`.
    #[option(default = "10s", matching = "[0-9]+(ms|s|m|h)")]
    fail_timeout: String,

    /// Whether it gets requests only while none of the others is well.
    #[option(default = false)]
    backup: bool,
}

/// Which server gets a request.
#[derive(Options)]
pub(crate) enum Balance {
    /// Each in its turn.
    RoundRobin,
    /// The one with the fewest connections.
    LeastConn,
    /// The same one for all requests from an address.
    IpHash,
    /// The better one of two taken by chance.
    Random,
}

/// What nginx can do with a way to choose servers.
pub(crate) trait Choosing {
    /// Whether some servers can be a backup.
    fn supports_backup(&self) -> Expr<bool>;

    /// What nginx is told; nothing for its own way.
    fn directive(&self) -> Expr<String>;
}

impl Choosing for Expr<Balance> {
    fn supports_backup(&self) -> Expr<bool> {
        self.eq(Balance::RoundRobin).or(self.eq(Balance::LeastConn))
    }

    fn directive(&self) -> Expr<String> {
        let random = when(self.eq(Balance::Random), "    random two least_conn;\n", "");
        let hash = when(self.eq(Balance::IpHash), "    ip_hash;\n", random);
        when(self.eq(Balance::LeastConn), "    least_conn;\n", hash)
    }
}
