//! What can be set of node exporter.

use domi::prelude::*;

/// Node exporter.
#[derive(Options)]
pub(crate) struct Exporter {
    /// Whether the machine has this part.
    #[option(default = true)]
    pub(crate) enable: bool,

    /// Node exporter.
    #[option(default = "prometheus-node-exporter")]
    pub(crate) package: Package,

    /// Address to listen on, IPv6 in brackets.
    #[option(
        default = "127.0.0.1",
        example = "0.0.0.0",
        matching = "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]"
    )]
    pub(crate) listen_address: String,

    /// TCP port to listen on, 1024 or above.
    #[option(default = 9100)]
    pub(crate) port: Port,

    /// Whether the firewall lets other machines in. They can read what it tells, and no more.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// File that says who may read, and its certificate, as Prometheus has it.
    #[option(example = "/run/secrets/exporter-web.yml")]
    pub(crate) web_config_file: Option<SecretFile>,

    /// [Collectors](https://github.com/prometheus/node_exporter#collectors) that tell something
    /// beside the usual ones.
    #[option(default = [], example = ["systemd", "processes"], matching = "[a-z0-9_]+")]
    pub(crate) collectors: Vec<String>,

    /// Usual collectors that tell nothing.
    #[option(default = [], example = ["wifi"], matching = "[a-z0-9_]+")]
    pub(crate) disabled_collectors: Vec<String>,

    /// Folder in which other programs leave figures of their own, in files that end with `.prom`
    /// and that everyone may read.
    #[option(example = "/var/lib/figures")]
    pub(crate) text_folder: Option<AbsolutePath>,

    /// Further flags. Everyone can read them.
    #[option(default = [], example = ["--collector.disable-defaults"])]
    pub(crate) extra_flags: Vec<SingleLineStr>,
}
