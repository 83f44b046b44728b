//! What can be set of Prometheus.

use domi::prelude::*;

use super::secret::GivenSecret;

/// Prometheus.
#[derive(Options)]
pub(crate) struct Server {
    /// Whether the machine has this part.
    #[option(default = true)]
    pub(crate) enable: bool,

    /// Prometheus, the server.
    #[option(default = "prometheus")]
    pub(crate) package: Package,

    /// Address to listen on, IPv6 in brackets.
    #[option(
        default = "127.0.0.1",
        example = "0.0.0.0",
        matching = "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]"
    )]
    pub(crate) listen_address: String,

    /// TCP port to listen on, 1024 or above.
    #[option(default = 9090)]
    pub(crate) port: Port,

    /// Whether the firewall lets other machines in. That needs a `webConfigFile`.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// File that says who may use the server, and its certificate, as
    /// [Prometheus has it](https://prometheus.io/docs/prometheus/latest/configuration/https/).
    /// What it names is among `secrets`, at `/run/credentials/metrics.service`.
    #[option(example = "/run/secrets/prometheus-web.yml")]
    pub(crate) web_config_file: Option<SecretFile>,

    /// The address at which people reach it, for links in alerts. What
    /// stands before it there takes a path away.
    #[option(example = "https://metrics.example.org/", matching = "https?://[^ ]+")]
    pub(crate) external_url: Option<String>,

    /// How long figures are kept.
    #[option(default = "15d", example = "1y", matching = "[1-9][0-9]*(ms|s|m|h|d|w|y)")]
    pub(crate) retention_time: String,

    /// How much figures may take on the disk: the oldest go when it is more. As much as there is
    /// where it is null.
    #[option(example = "20GB", matching = "[1-9][0-9]*(B|KB|MB|GB|TB|PB|EB)")]
    pub(crate) retention_size: Option<String>,

    /// Whether the parts on this machine are read too, as the job `self`: all that are enabled and
    /// have no `webConfigFile`.
    #[option(default = true)]
    pub(crate) scrape_self: bool,

    /// What is read, by name of the job.
    #[option(
        default = attrs! {},
        example = attrs! { "machines": { "targets": ["web1:9100", "web2:9100"] } },
    )]
    pub(crate) jobs: BTreeMap<String, Job>,

    /// When alerts are raised, by name.
    #[option(default = attrs! {}, example = attrs! { "Down": { "expression": "up == 0" } })]
    pub(crate) alerts: BTreeMap<String, Alert>,

    /// Figures that are made of others, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "job:up:sum": { "expression": "sum by (job) (up)" } },
    )]
    pub(crate) records: BTreeMap<String, Record>,

    /// Further files with rules, which everyone may read. A change of one is read by the next reload.
    #[option(default = [], example = ["/etc/alerts.yml"])]
    pub(crate) rule_files: Vec<AbsolutePath>,

    /// Alertmanagers that alerts are sent to, beside that of this machine.
    #[option(
        default = [],
        example = ["alerts1:9093"],
        matching = "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+"
    )]
    pub(crate) alertmanagers: Vec<String>,

    /// How often targets are read.
    #[option(default = "15s", example = "1m", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) scrape_interval: String,

    /// How often alerts and records are judged.
    #[option(default = "15s", example = "1m", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) evaluation_interval: String,

    /// Other settings of
    /// [`global`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/), which
    /// hold for all jobs and rules.
    #[option(default = attrs! {}, example = attrs! { "external_labels": { "site": "berlin" } })]
    pub(crate) global: Settings<Yaml>,

    /// Other settings of `alerting`. Where they name `alertmanagers`, no other option does.
    #[option(
        default = attrs! {},
        example = attrs! { "alert_relabel_configs": [attrs! { "action": "labeldrop", "regex": "replica" }] },
    )]
    pub(crate) alerting: Settings<Yaml>,

    /// Other settings, as
    /// [`prometheus.yml`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/)
    /// has them, but for those that other options decide. Everyone can read it: no secrets.
    #[option(
        default = attrs! {},
        example = attrs! { "remote_write": [attrs! { "url": "https://metrics.example.org/write" }] },
    )]
    pub(crate) settings: Settings<Yaml>,

    /// Secrets that settings name the file of: `/run/credentials/metrics.service/NAME.secret`.
    #[option(default = attrs! {}, example = attrs! { "key": { "file": "/run/secrets/key.pem" } })]
    pub(crate) secrets: BTreeMap<String, GivenSecret>,

    /// Further flags. Everyone can read them.
    #[option(default = [], example = ["--web.enable-remote-write-receiver"])]
    pub(crate) extra_flags: Vec<SingleLineStr>,
}

/// Targets that are read in the same way.
#[derive(Options)]
pub(crate) struct Job {
    /// Its name: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_-]+")]
    pub(crate) name: String,

    /// The targets, as their name or address and a port.
    #[option(
        default = [],
        example = ["web1:9100", "[2001:db8::1]:9100"],
        matching = "([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+"
    )]
    pub(crate) targets: Vec<String>,

    /// Labels that all figures of the targets get.
    #[option(default = attrs! {}, example = attrs! { "site": "berlin" })]
    pub(crate) labels: BTreeMap<String, String>,

    /// How often they are read; as often as all others where it is null.
    #[option(example = "5s", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) interval: Option<String>,

    /// How long to wait for an answer, no longer than the interval.
    #[option(example = "2s", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) timeout: Option<String>,

    /// The protocol.
    #[option(default = Scheme::Http)]
    pub(crate) scheme: Scheme,

    /// The path of the figures.
    #[option(default = "/metrics", matching = "/[A-Za-z0-9/._~%:@+-]*")]
    pub(crate) path: String,

    /// The user that Prometheus is to the targets.
    pub(crate) basic_auth: Option<BasicAuth>,

    /// File with the token that Prometheus shows to the targets.
    #[option(example = "/run/secrets/shop-token")]
    pub(crate) token_file: Option<SecretFile>,

    /// Other settings of the job, as
    /// [`scrape_config`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config)
    /// has them, but for those that the options above decide. Everyone can read it: no secrets.
    #[option(
        default = attrs! {},
        example = attrs! { "dns_sd_configs": [attrs! { "names": ["_metrics._tcp.example.org"] }] },
    )]
    pub(crate) settings: Settings<Yaml>,
}

#[derive(Options)]
pub(crate) enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

/// A user and a password.
#[derive(Options)]
pub(crate) struct BasicAuth {
    /// The user.
    #[option(example = "metrics")]
    pub(crate) username: NonEmptyStr,

    /// File with the password.
    #[option(example = "/run/secrets/shop-metrics")]
    pub(crate) password_file: SecretFile,
}

/// An alert.
#[derive(Options)]
pub(crate) struct Alert {
    /// Its name.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_: .-]+")]
    pub(crate) name: String,

    /// The expression, in PromQL: there is an alert for each of its results.
    #[option(example = "up == 0")]
    pub(crate) expression: NonEmptyStr,

    /// How long it must be so before the alert is raised.
    #[option(default = "0s", example = "5m", name = "for", matching = "[0-9]+(ms|s|m|h|d|w|y)")]
    pub(crate) hold: String,

    /// How long the alert stays when it is no longer so.
    #[option(default = "0s", example = "5m", matching = "[0-9]+(ms|s|m|h|d|w|y)")]
    pub(crate) keep_firing_for: String,

    /// Labels that the alert gets, by which it is routed.
    #[option(default = attrs! {}, example = attrs! { "severity": "critical" })]
    pub(crate) labels: BTreeMap<String, String>,

    /// What people are to read.
    #[option(
        default = attrs! {},
        example = attrs! { "summary": "{{ $labels.instance }} does not answer" },
    )]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// A figure that is made of others.
#[derive(Options)]
pub(crate) struct Record {
    /// Its name.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z_:][A-Za-z0-9_:]*")]
    pub(crate) name: String,

    /// The expression, in PromQL.
    #[option(example = "sum by (job) (up)")]
    pub(crate) expression: NonEmptyStr,

    /// Labels that it gets.
    #[option(default = attrs! {}, example = attrs! { "team": "shop" })]
    pub(crate) labels: BTreeMap<String, String>,
}
