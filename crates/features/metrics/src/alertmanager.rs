//! Alertmanager: its configuration and its unit.

use domi::Attrs;
use domi::prelude::*;

use crate::confined::{confined, hang_up};
use crate::options::*;

/// Where the configuration is, so that a changed one is read by a reload and no restart.
const CONFIGURATION: &str = "metrics/alertmanager.yml";

/// The unit, and the user that it runs as.
const UNIT: &str = "metrics-alertmanager";

/// The receiver of alerts that nobody gets.
pub(crate) const NOBODY: &str = "nobody";

pub(crate) fn system(part: &Expr<Alertmanager>, system: &mut System) {
    let configuration = configuration(part);
    // It comes with Alertmanager.
    let judge = argv![part.package().bin("amtool"), "check-config", text!("/etc/{CONFIGURATION}")];
    let web = credential_path(UNIT, "web-config");
    let start = argv![
        part.package().bin("alertmanager"),
        text!("--config.file=/etc/{CONFIGURATION}"),
        "--storage.path=/var/lib/metrics-alertmanager",
        text!("--data.retention={}", part.retention_time()),
        text!("--web.listen-address={}:{}", part.listen_address(), part.port()),
        // The address is for links: what stands before this server takes its path away.
        "--web.route-prefix=/",
        // It is alone, and listens to no others of its kind.
        "--cluster.listen-address=",
    ]
    .and_maybe(&part.external_url().map(|url| text!("--web.external-url={url}")))
    .and_when(part.web_config_file().is_set(), argv![text!("--web.config.file={web}")])
    .and_all(part.extra_flags());

    system.user(UNIT, "Alertmanager");
    confined(system.service(UNIT))
        .description("Alerts for people")
        .start_pre(&judge)
        .start(start)
        .reload(judge)
        .reload(hang_up())
        .reload_trigger(settings_file(Yaml, "alertmanager.yml", &configuration))
        .runs_as(UNIT)
        .state(UNIT)
        .config("StateDirectoryMode", "0700")
        .credential("web-config", part.web_config_file())
        .config("LoadCredential", credentials(part))
        .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"]);

    system.etc_settings(CONFIGURATION, Yaml, configuration);
    system.claims_tcp([part.port()]);
    system.allow_tcp([part.port()]).when(part.open_firewall());
}

/// The addresses that are secret, and the secrets that free settings name.
fn credentials(part: &Expr<Alertmanager>) -> Expr<Vec<String>> {
    let secret = part.receivers().filter_values(|_, receiver| {
        let secret = receiver
            .webhook()
            .map(|webhook| webhook.url().cases(|_| true.into_expr(), |_| false.into_expr()));
        secret.or(false)
    });
    let urls = secret.map_to_list(|name, receiver| {
        let file = receiver
            .webhook()
            .map(|webhook| webhook.url().cases(|file| text!("{file}"), |_| "/".into_expr()));
        text!("{name}.url:{}", file.or("/"))
    });
    urls.concat(part.secrets().map_to_list(|_, it| text!("{}.secret:{}", it.name(), it.file())))
}

/// All of `alertmanager.yml`.
fn configuration(part: &Expr<Alertmanager>) -> Attrs {
    let nobody: Expr<Vec<Anything>> = [attrs! { "name": NOBODY }].into_expr();
    let receivers = part.receivers().map_to_list(|_, receiver| receiver_settings(&receiver));
    let route = part.route();
    let routes = route.routes().map(|route| -> Expr<Anything> {
        route
            .settings()
            .merge(attrs! {
                "receiver": route.receiver(),
                "matchers": route.matchers(),
                "continue": route.goes_on(),
            })
            .into_expr()
    });
    part.settings().merge(attrs! {
        "receivers": nobody.concat(receivers),
        "route": {
            "receiver": route.receiver().or(NOBODY),
            "group_by": route.group_by(),
            "group_wait": route.group_wait(),
            "group_interval": route.group_interval(),
            "repeat_interval": route.repeat_interval(),
            "routes": routes,
        },
    })
}

/// One of `receivers`.
fn receiver_settings(receiver: &Expr<Receiver>) -> Expr<Anything> {
    let name = receiver.name();
    let webhooks = receiver.webhook().map(|webhook| -> Expr<Vec<Anything>> {
        let file = text!("{}{name}.url", credential_path(UNIT, ""));
        let secret: Expr<Anything> = attrs! { "url_file": file }.into_expr();
        let url = webhook.url().cases(|_| secret, |plain| attrs! { "url": plain }.into_expr());
        let all = attrs! {
            "send_resolved": webhook.send_resolved(),
            "max_alerts": webhook.max_alerts(),
        };
        [all.merge(url)].into_expr()
    });
    receiver
        .settings()
        .merge(attrs! { "name": &name, "webhook_configs": webhooks }.without_nulls())
        .into_expr()
}
