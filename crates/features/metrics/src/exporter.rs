//! Node exporter's unit.

use domi::prelude::*;

use crate::confined::confined;
use crate::options::*;

/// The unit, which runs as a user that exists only while it runs.
const UNIT: &str = "metrics-exporter";

pub(crate) fn system(exporter: &Expr<Exporter>, system: &mut System) {
    let web = credential_path(UNIT, "web-config");
    // Debian's exporter asks systemd unless it is told not to, and that of nixpkgs does not.
    let of_systemd = exporter.collectors().concat(exporter.disabled_collectors());
    let start = argv![
        exporter.package().bin("node_exporter"),
        text!("--web.listen-address={}:{}", exporter.listen_address(), exporter.port()),
    ]
    .and_all(exporter.collectors().map(|name| text!("--collector.{name}")))
    .and_all(exporter.disabled_collectors().map(|name| text!("--no-collector.{name}")))
    .and_when(!of_systemd.contains("systemd"), argv!["--no-collector.systemd"])
    .and_maybe(
        &exporter.text_folder().map(|folder| text!("--collector.textfile.directory={folder}")),
    )
    .and_when(exporter.web_config_file().is_set(), argv![text!("--web.config.file={web}")])
    .and_all(exporter.extra_flags());

    confined(system.service(UNIT))
        .description("Figures of this machine")
        .start(start)
        .dynamic_user()
        .credential("web-config", exporter.web_config_file())
        // It reads how exact the clock is, how full what is mounted under /home, and which processes
        // there are.
        .config("ProtectClock", false)
        .config("ProtectHome", "read-only")
        .config("ProtectProc", "default")
        .config(
            "SystemCallFilter",
            ["@system-service", "~@privileged @resources", "adjtimex clock_adjtime"],
        )
        // Network cards tell about themselves over netlink.
        .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"]);

    system.claims_tcp([exporter.port()]);
    system.allow_tcp([exporter.port()]).when(exporter.open_firewall());
}
