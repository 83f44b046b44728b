//! What can be set.

mod alertmanager;
mod exporter;
mod secret;
mod server;

use domi::prelude::*;

pub(crate) use alertmanager::*;
pub(crate) use exporter::*;
pub(crate) use secret::*;
pub(crate) use server::*;

/// Collects figures of machines and programs over time with [Prometheus](https://prometheus.io),
/// and raises alerts that reach people.
///
/// There are three parts, each of which a machine may have or not: the `server` (Prometheus), which
/// collects and judges; the `exporter` (node exporter), which tells of the machine itself; and the
/// `alertmanager`, which sends alerts on. A machine that is only watched has the exporter alone:
///
/// ```nix
/// domi.services.metrics = {
///   enable = true;
///   server.enable = false;
///   exporter.listenAddress = "0.0.0.0";
///   exporter.openFirewall = true;
/// };
/// ```
///
/// The machine that watches others:
///
/// ```nix
/// domi.services.metrics = {
///   enable = true;
///   server.jobs.machines.targets = [ "web1:9100" "web2:9100" ];
///   server.jobs.shop = {
///     targets = [ "web1:8080" ];
///     interval = "5s";
///     basicAuth.username = "metrics";
///     basicAuth.passwordFile = "/run/secrets/shop-metrics";
///   };
///   server.alerts.MachineDown = {
///     expression = "up == 0";
///     for = "5m";
///     labels.severity = "critical";
///     annotations.summary = "{{ $labels.instance }} does not answer";
///   };
///   alertmanager = {
///     enable = true;
///     receivers.chat.webhook.url.file = "/run/secrets/chat-url";
///     route.receiver = "chat";
///   };
/// };
/// ```
///
/// **Jobs of others.** Another module may add jobs, alerts and records of its own: the sets of all
/// modules become one.
///
/// **A change** of jobs, alerts, records, receivers, routes and free settings is read by a reload, and
/// nothing is lost. What is on the command line, such as a port or how long figures are kept, and
/// another secret file restart the part. `systemctl reload metrics` and
/// `systemctl reload metrics-alertmanager` reload by hand. Before each start and reload, `promtool`
/// and `amtool` judge the files: what is wrong is not read, and the old settings stay.
///
/// **Secrets** are read from files when a part starts: after one has changed, restart it. The files
/// may be root's alone, and are at `/run/credentials/metrics.service`,
/// `/run/credentials/metrics-exporter.service` and `/run/credentials/metrics-alertmanager.service`.
///
/// **What is kept** lies in `/var/lib/metrics` and `/var/lib/metrics-alertmanager`. Figures outlast a
/// restart and a crash of the program; a power cut may cost those of the last minutes.
///
/// **Who may read**: each part listens to the machine itself alone. For other machines, it needs an
/// address to listen at and an open firewall; the server and the alertmanager also need a
/// `webConfigFile`, which says who may use them.
#[derive(Options)]
pub(crate) struct Metrics {
    /// Prometheus, which collects figures and judges them.
    #[option(default = attrs! {}, example = attrs! { "retentionTime": "90d" })]
    pub(crate) server: Server,

    /// Node exporter, which tells of the machine: processors, memory, disks, network.
    #[option(default = attrs! {}, example = attrs! { "enable": false })]
    pub(crate) exporter: Exporter,

    /// Alertmanager, which sends alerts to people.
    #[option(default = attrs! {}, example = attrs! { "enable": true })]
    pub(crate) alertmanager: Alertmanager,
}
