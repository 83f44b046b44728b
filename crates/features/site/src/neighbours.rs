//! The features that a site is made of, as far as it has to do with them.

use domi::prelude::*;

use crate::options::Tls;

/// What serves it.
#[derive(Options)]
pub(crate) struct Gateway {
    /// The port for requests without TLS.
    pub(crate) http_port: Port,

    /// The port for requests with TLS.
    pub(crate) https_port: Port,

    /// The sites.
    pub(crate) virtual_hosts: BTreeMap<String, VirtualHost>,

    /// The servers behind it.
    pub(crate) upstreams: BTreeMap<String, Upstream>,

    /// Whether other machines come in.
    pub(crate) open_firewall: bool,
}

impl Neighbour for Gateway {
    const NAME: &str = "web-gateway";
    const KIND: Kind = Kind::Services;
}

/// A site of the gateway.
#[derive(Options)]
pub(crate) struct VirtualHost {
    /// The name that clients know it by.
    #[option(matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    pub(crate) server_name: String,

    /// Its other names.
    #[option(matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    pub(crate) aliases: Vec<String>,

    /// Its certificate.
    pub(crate) tls: Option<Tls>,

    /// What happens to requests without TLS.
    pub(crate) without_tls: WithoutTls,

    /// For so many seconds browsers come back with TLS only.
    #[option(range = 0..)]
    pub(crate) strict_transport_security: Option<u32>,

    /// Headers that each answer gets.
    pub(crate) headers: BTreeMap<String, SingleLineStr>,

    /// What is where on it.
    pub(crate) locations: BTreeMap<String, Location>,
}

/// What happens to requests without TLS.
#[derive(Options)]
pub(crate) enum WithoutTls {
    /// They are sent to the same address with TLS.
    Redirect,
    /// They are served too.
    Serve,
    /// They get no answer.
    Refuse,
}

/// A part of a site.
#[derive(Options)]
pub(crate) struct Location {
    /// What is served.
    pub(crate) serve: Serve,
}

/// What a part of a site serves.
#[derive(Options)]
pub(crate) enum Serve {
    /// What an upstream answers.
    Upstream(NonEmptyStr),
    /// Files below a folder.
    Files(AbsolutePath),
}

/// Servers behind the gateway.
#[derive(Options)]
pub(crate) struct Upstream {
    /// The servers.
    pub(crate) servers: NonEmptyVec<Server>,
}

/// A server behind the gateway.
#[derive(Options)]
pub(crate) struct Server {
    /// Its address.
    #[option(matching = "unix:/[A-Za-z0-9/._-]+|([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+")]
    pub(crate) address: String,
}

/// What notices that it is down.
#[derive(Options)]
pub(crate) struct Metrics {
    /// What judges.
    pub(crate) server: MetricsServer,

    /// What tells of the machine.
    pub(crate) exporter: Exporter,
}

impl Neighbour for Metrics {
    const NAME: &str = "metrics";
    const KIND: Kind = Kind::Services;
}

/// What judges.
#[derive(Options)]
pub(crate) struct MetricsServer {
    /// When alerts are raised.
    pub(crate) alerts: BTreeMap<String, Alert>,
}

/// What tells of the machine.
#[derive(Options)]
pub(crate) struct Exporter {
    /// Whether the machine has it.
    pub(crate) enable: bool,

    /// Folder of files with further figures.
    pub(crate) text_folder: Option<AbsolutePath>,
}

/// An alert.
#[derive(Options)]
pub(crate) struct Alert {
    /// The expression.
    pub(crate) expression: NonEmptyStr,

    /// How long it must be so.
    #[option(name = "for", matching = "[0-9]+(ms|s|m|h|d|w|y)")]
    pub(crate) hold: String,

    /// By which it is routed.
    #[option(default = attrs! {})]
    pub(crate) labels: BTreeMap<String, String>,

    /// What people are to read.
    #[option(default = attrs! {})]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// What copies it.
#[derive(Options)]
pub(crate) struct Copies {
    /// What is copied.
    pub(crate) save: Option<Save>,
}

impl Neighbour for Copies {
    const NAME: &str = "backup";
    const KIND: Kind = Kind::Security;
}

/// What is copied.
#[derive(Options)]
pub(crate) struct Save {
    /// Folders and files.
    pub(crate) folders: NonEmptyVec<AbsolutePath>,
}
