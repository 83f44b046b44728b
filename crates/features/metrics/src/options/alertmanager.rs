//! What can be set of Alertmanager.

use domi::prelude::*;

use super::secret::GivenSecret;

/// Alertmanager: one alone, not a cluster of them.
#[derive(Options)]
pub(crate) struct Alertmanager {
    /// Whether the machine has this part.
    #[option(default = false)]
    pub(crate) enable: bool,

    /// Alertmanager.
    #[option(default = "prometheus-alertmanager")]
    pub(crate) package: Package,

    /// Address to listen on, IPv6 in brackets.
    #[option(
        default = "127.0.0.1",
        example = "0.0.0.0",
        matching = "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+|\\[[0-9a-fA-F:.]+[]]"
    )]
    pub(crate) listen_address: String,

    /// TCP port to listen on, 1024 or above.
    #[option(default = 9093)]
    pub(crate) port: Port,

    /// Whether the firewall lets other machines in. That needs a `webConfigFile`.
    #[option(default = false)]
    pub(crate) open_firewall: bool,

    /// File that says who may use it, and its certificate, as Prometheus has it. What it names is
    /// among `secrets`, at `/run/credentials/metrics-alertmanager.service`. The server of this
    /// machine then does not know how to reach it: see its `alerting`.
    #[option(example = "/run/secrets/alertmanager-web.yml")]
    pub(crate) web_config_file: Option<SecretFile>,

    /// The address at which people reach it, for links in messages. What
    /// stands before it there takes a path away.
    #[option(example = "https://alerts.example.org/", matching = "https?://[^ ]+")]
    pub(crate) external_url: Option<String>,

    /// How long it remembers what was sent and what was silenced.
    #[option(default = "120h", matching = "[1-9][0-9]*(ms|s|m|h)")]
    pub(crate) retention_time: String,

    /// Those who get alerts, by name.
    #[option(
        default = attrs! {},
        example = attrs! { "chat": { "webhook": { "url": { "file": "/run/secrets/chat-url" } } } },
    )]
    pub(crate) receivers: BTreeMap<String, Receiver>,

    /// Who gets which alert, and when.
    #[option(default = attrs! {}, example = attrs! { "receiver": "chat" })]
    pub(crate) route: Route,

    /// Other settings, as
    /// [`alertmanager.yml`](https://prometheus.io/docs/alerting/latest/configuration/) has them.
    /// `receivers` and `route` have options of their own. Everyone can read it: no secrets.
    #[option(
        default = attrs! {},
        example = attrs! { "global": { "smtp_smarthost": "mail.example.org:587" } },
    )]
    pub(crate) settings: Settings<Yaml>,

    /// Secrets that settings name the file of:
    /// `/run/credentials/metrics-alertmanager.service/NAME.secret`.
    #[option(default = attrs! {}, example = attrs! { "smtp": { "file": "/run/secrets/smtp" } })]
    pub(crate) secrets: BTreeMap<String, GivenSecret>,

    /// Further flags. Everyone can read them.
    #[option(default = [], example = ["--log.level=debug"])]
    pub(crate) extra_flags: Vec<SingleLineStr>,
}

/// Someone who gets alerts.
#[derive(Options)]
pub(crate) struct Receiver {
    /// Their name: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_-]+")]
    pub(crate) name: String,

    /// A program that alerts are sent to, as JSON.
    pub(crate) webhook: Option<Webhook>,

    /// Other ways to reach them, as
    /// [`receiver`](https://prometheus.io/docs/alerting/latest/configuration/#receiver) has them.
    /// Everyone can read it: no secrets.
    #[option(
        default = attrs! {},
        example = attrs! { "email_configs": [attrs! { "to": "admin@example.org" }] },
    )]
    pub(crate) settings: Settings<Yaml>,
}

/// A program that alerts are sent to.
#[derive(Options)]
pub(crate) struct Webhook {
    /// Its address.
    #[option(example = attrs! { "file": "/run/secrets/chat-url" })]
    pub(crate) url: Url,

    /// Whether it hears that an alert is over.
    #[option(default = true)]
    pub(crate) send_resolved: bool,

    /// How many alerts it gets at once at most; 0 for all.
    #[option(default = 0)]
    pub(crate) max_alerts: u32,
}

/// An address.
#[derive(Options)]
pub(crate) enum Url {
    /// File that holds the address, in one line.
    File(SecretFile),
    /// The address itself, which everyone on the machine can read.
    Plain(NonEmptyStr),
}

/// Who gets alerts that no other route takes, and when.
#[derive(Options)]
pub(crate) struct Route {
    /// Who gets them: the name of one of `receivers`. Where it is null, nobody does.
    #[option(example = "chat")]
    pub(crate) receiver: Option<String>,

    /// Alerts of which these labels are the same are sent together.
    #[option(default = ["alertname"], example = ["alertname", "site"])]
    pub(crate) group_by: Vec<String>,

    /// How long to wait for further alerts before the first are sent.
    #[option(default = "30s", example = "5s", matching = "[0-9]+(ms|s|m|h|d)")]
    pub(crate) group_wait: String,

    /// How long to wait before alerts that are new among those that were sent are sent too.
    #[option(default = "5m", example = "1m", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) group_interval: String,

    /// After how long the same is sent again.
    #[option(default = "4h", example = "1d", matching = "[1-9][0-9]*(ms|s|m|h|d)")]
    pub(crate) repeat_interval: String,

    /// Other routes; the first one that an alert matches takes it.
    #[option(
        default = [],
        example = [attrs! { "receiver": "pager", "matchers": ["severity=\"critical\""] }],
    )]
    pub(crate) routes: Vec<SubRoute>,
}

/// Who gets some alerts.
#[derive(Options)]
pub(crate) struct SubRoute {
    /// Who gets them: the name of one of `receivers`.
    #[option(example = "pager")]
    pub(crate) receiver: String,

    /// What the labels of an alert are, all of it.
    #[option(example = ["severity=\"critical\""])]
    pub(crate) matchers: NonEmptyVec<NonEmptyStr>,

    /// Whether the routes that follow are tried too.
    #[option(default = false, name = "continue")]
    pub(crate) goes_on: bool,

    /// Other settings of the route, as
    /// [`route`](https://prometheus.io/docs/alerting/latest/configuration/#route) has them, but
    /// for those that the options above decide.
    #[option(default = attrs! {}, example = attrs! { "repeat_interval": "1h" })]
    pub(crate) settings: Settings<Yaml>,
}
