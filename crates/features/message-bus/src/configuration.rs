//! The configuration of nats-server, without secrets: where it says `$PASSWORD_…`, the script that
//! prepares the start has written before what that is.

use domi::IntoExpr;
use domi::prelude::*;

use crate::options::*;

/// Where secret files are while the server runs.
const CREDENTIALS: &str = "/run/credentials/message-bus.service";

/// All of it.
pub(crate) fn configuration(cfg: &Expr<MessageBus>) -> Expr<String> {
    let name = cfg.server_name().map(|name| text!("\"{name}\""));
    let tls = cfg.tls().map(|tls| {
        text!(
            "tls {{ cert_file: \"{CREDENTIALS}/tls.crt\", key_file: \"{CREDENTIALS}/tls.key\"{}{} }}\n",
            only(tls.authority().is_set(), text!(", ca_file: \"{CREDENTIALS}/tls-authority.crt\"")),
            only(tls.verify_clients(), ", verify: true"),
        )
    });
    let monitor = cfg.monitor_port().map(|port| text!("http: \"127.0.0.1:{port}\"\n"));
    text!(
        "include \"settings.json\"\n\
         server_name: {}\n\
         host: \"{}\"\n\
         port: {}\n\
         {}\
         pid_file: \"/run/message-bus/nats.pid\"\n\
         max_connections: {}\n\
         max_payload: {}\n\
         lame_duck_duration: \"30s\"\n\
         lame_duck_grace_period: \"2s\"\n\
         {}{}{}{}",
        // The name of the machine, from the environment.
        name.or("$SERVER_NAME"),
        cfg.listen_address(),
        cfg.port(),
        monitor.or(""),
        cfg.max_connections(),
        cfg.max_payload(),
        tls.or(""),
        only(cfg.jetstream().enable(), streams(cfg)),
        when(cfg.anonymous(), "", accounts(cfg)),
        cluster(cfg),
    )
}

fn streams(cfg: &Expr<MessageBus>) -> Expr<String> {
    let streams = cfg.jetstream();
    let folder = streams.store_folder().replace("\\", "\\\\").replace("\"", "\\\"");
    text!(
        "jetstream {{ store_dir: \"{folder}\", sync_interval: \"{}\"{}{} }}\n",
        streams.sync_interval(),
        streams.max_file().map(|size| text!(", max_file_store: {size}")).or(""),
        streams.max_memory().map(|size| text!(", max_memory_store: {size}")).or(""),
    )
}

fn accounts(cfg: &Expr<MessageBus>) -> Expr<String> {
    let accounts = cfg.accounts().map_to_list(|name, account| {
        let users = cfg.users().filter_values(|_, user| user.account().eq(&name));
        text!(
            "  {}: {{\n{}    users: [\n{}    ]\n  }}\n",
            account.name(),
            only(cfg.jetstream().enable(), limits(&account)),
            users.map_to_list(|_, user| login(&user)).join(""),
        )
    });
    text!("accounts {{\n{}}}\n", accounts.join(""))
}

fn limits(account: &Expr<Account>) -> Expr<String> {
    text!(
        "    jetstream {{ max_file: {}, max_mem: {}, max_streams: {}, max_consumers: {} }}\n",
        account.max_file().or("-1"),
        account.max_memory().or("-1"),
        account.max_streams().map(|number| text!("{number}")).or("-1"),
        account.max_consumers().map(|number| text!("{number}")).or("-1"),
    )
}

fn login(user: &Expr<User>) -> Expr<String> {
    let password = user.password().cases(
        |_| text!("$PASSWORD_{}", user.name()),
        |hash| text!("\"{}\"", hash.replace("\\", "\\\\").replace("\"", "\\\"")),
    );
    text!(
        "      {{ user: \"{}\", password: {password}, permissions: {{ publish: {}, subscribe: \
         {}{} }} }}\n",
        user.name(),
        subjects(&user.publish()),
        subjects(&user.subscribe()),
        only(user.answer(), ", allow_responses: true"),
    )
}

/// The subjects that are allowed. An empty list would allow all.
fn subjects(subjects: &Expr<Vec<String>>) -> Expr<String> {
    let allowed = subjects.map(|subject| text!("\"{subject}\"")).join(", ");
    when(subjects.is_empty(), "{ deny: [\">\"] }", text!("{{ allow: [{allowed}] }}"))
}

fn cluster(cfg: &Expr<MessageBus>) -> Expr<String> {
    let cluster = cfg.cluster().map(|cluster| {
        // Within the 2 s of the default, a busy server on a slow computer may not have answered.
        let login =
            "authorization { user: \"route\", password: $CLUSTER_PASSWORD, timeout: 10 }\n  ";
        let tls = text!(
            "tls {{ cert_file: \"{CREDENTIALS}/cluster.crt\", key_file: \
             \"{CREDENTIALS}/cluster.key\", ca_file: \"{CREDENTIALS}/cluster-authority.crt\", \
             verify: true }}\n  ",
        );
        text!(
            "cluster {{\n  name: \"{}\"\n  host: \"{}\"\n  port: {}\n  {}{}routes: $ROUTES\n}}\n",
            cluster.name(),
            cfg.listen_address(),
            cluster.port(),
            only(cluster.password_file().is_set(), login),
            only(cluster.tls().is_set(), tls),
        )
    });
    cluster.or("")
}

/// A text that is there only where a condition is true.
fn only(condition: impl IntoExpr<bool>, text: impl IntoExpr<String>) -> Expr<String> {
    when(condition, text, "")
}
