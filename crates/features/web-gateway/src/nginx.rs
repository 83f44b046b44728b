//! The configuration of nginx.

use domi::IntoExpr;
use domi::prelude::*;

use crate::options::*;

/// Whether any site has a certificate.
pub(crate) fn any_tls(cfg: &Expr<WebGateway>) -> Expr<bool> {
    cfg.virtual_hosts().map_to_list(|_, host| host.tls().is_set()).any(|it| it)
}

/// Which files are copied for nginx: a name and a path in each line.
pub(crate) fn certificates(cfg: &Expr<WebGateway>) -> Expr<String> {
    let each = cfg.virtual_hosts().map_to_list(|_, host| {
        let name = host.server_name();
        let files = host
            .tls()
            .map(|tls| text!("{name}.crt {}\n{name}.key {}\n", tls.certificate(), tls.key()));
        files.or("")
    });
    each.join("")
}

/// All of it.
pub(crate) fn configuration(cfg: &Expr<WebGateway>) -> Expr<String> {
    let journal = "    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx;\n";
    let log: Expr<String> = when(cfg.access_log(), journal, "    access_log off;\n");
    text!(
        "worker_processes auto;\n\
         pid /run/web-gateway/nginx.pid;\n\
         error_log stderr;\n\
         worker_shutdown_timeout {}s;\n\
         \n\
         events {{\n    worker_connections {};\n}}\n\
         \n\
         http {{\n    \
             include {};\n    \
             default_type text/plain;\n    \
             types_hash_max_size 4096;\n    \
             server_names_hash_bucket_size 256;\n    \
             client_body_temp_path /var/cache/web-gateway/body;\n    \
             proxy_temp_path /var/cache/web-gateway/proxy;\n    \
             fastcgi_temp_path /var/cache/web-gateway/fastcgi;\n    \
             uwsgi_temp_path /var/cache/web-gateway/uwsgi;\n    \
             scgi_temp_path /var/cache/web-gateway/scgi;\n\
         {}    \
             server_tokens off;\n    \
             sendfile on;\n    \
             client_max_body_size {};\n    \
             ssl_protocols TLSv1.2 TLSv1.3;\n    \
             ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n    \
             ssl_session_cache shared:sessions:4m;\n    \
             ssl_session_tickets off;\n    \
             map $http_upgrade $connection_upgrade {{\n        default upgrade;\n        '' '';\n    }}\n    \
             proxy_http_version 1.1;\n    \
             proxy_set_header Host $host;\n    \
             proxy_set_header Upgrade $http_upgrade;\n    \
             proxy_set_header Connection $connection_upgrade;\n    \
             proxy_set_header X-Real-IP $remote_addr;\n    \
             proxy_set_header X-Forwarded-For $remote_addr;\n    \
             proxy_set_header X-Forwarded-Host $host;\n    \
             proxy_set_header X-Forwarded-Proto $scheme;\n\
         {}\n{}{}{}}}\n",
        cfg.shutdown_timeout(),
        cfg.worker_connections(),
        cfg.package().path("conf/mime.types"),
        log,
        cfg.max_body_size(),
        cfg.extra_config(),
        cfg.upstreams().map_to_list(|_, upstream| upstream_block(&upstream)).join(""),
        nobodys(cfg),
        cfg.virtual_hosts().map_to_list(|_, host| host_blocks(cfg, &host)).join(""),
    )
}

/// Servers that do the same. Their state is shared, so that one that failed for one process has
/// failed for all.
fn upstream_block(upstream: &Expr<Upstream>) -> Expr<String> {
    let servers = upstream.servers().list().map(|server| {
        text!(
            "    server {} weight={} max_fails={} fail_timeout={}{};\n",
            server.address(),
            server.weight(),
            server.max_fails(),
            server.fail_timeout(),
            only(server.backup(), " backup"),
        )
    });
    text!(
        "upstream {} {{\n    zone upstream-{} 64k;\n{}{}    keepalive {};\n}}\n",
        upstream.name(),
        upstream.name(),
        upstream.balance().directive(),
        servers.join(""),
        upstream.keep_connections(),
    )
}

/// Where it is listened: on each address, at a port.
fn listen(cfg: &Expr<WebGateway>, port: &Expr<Port>, more: &Expr<String>) -> Expr<String> {
    let addresses = cfg.listen_addresses().list();
    addresses.map(|address| text!("    listen {address}:{port}{more};\n")).join("")
}

/// What is done with names that no site has, where none is the default.
fn nobodys(cfg: &Expr<WebGateway>) -> Expr<String> {
    let is_there = |condition: &dyn Fn(Expr<VirtualHost>) -> Expr<bool>| {
        cfg.virtual_hosts().map_to_list(|_, host| host.default().and(condition(host))).any(|it| it)
    };
    let plain = text!(
        "server {{\n{}    server_name _;\n    return 444;\n}}\n",
        listen(cfg, &cfg.http_port(), &" default_server".into_expr()),
    );
    let tls = text!(
        "server {{\n{}    server_name _;\n    ssl_reject_handshake on;\n}}\n",
        listen(cfg, &cfg.https_port(), &" ssl default_server".into_expr()),
    );
    text!(
        "{}{}",
        when(
            is_there(&|host| (!host.tls().is_set()).or(host.without_tls().ne(Plain::Refuse))),
            "",
            plain
        ),
        only(any_tls(cfg).and(!is_there(&|host| host.tls().is_set())), tls),
    )
}

/// A site: one server, and another one where requests without TLS are sent to the first.
fn host_blocks(cfg: &Expr<WebGateway>, host: &Expr<VirtualHost>) -> Expr<String> {
    let default = only(host.default(), " default_server");
    let names = text!(
        "    server_name {}{};\n",
        host.server_name(),
        host.aliases().map(|alias| text!(" {alias}")).join(""),
    );
    let plain = listen(cfg, &cfg.http_port(), &default);
    let name = host.server_name();
    let tls = text!(
        "{}    http2 on;\n    \
         ssl_certificate /run/web-gateway/{name}.crt;\n    \
         ssl_certificate_key /run/web-gateway/{name}.key;\n",
        listen(cfg, &cfg.https_port(), &text!(" ssl{default}")),
    );
    let has_tls = host.tls().is_set();
    let is_plain = (!host.tls().is_set()).or(host.without_tls().eq(Plain::Serve));
    let hsts = host.strict_transport_security().map(|seconds| {
        text!("    add_header Strict-Transport-Security \"max-age={seconds}\" always;\n")
    });
    let headers = host.headers().map_to_list(|name, value| {
        text!("    add_header {} {} always;\n", quoted(&name), quoted(&value))
    });
    let served = text!(
        "server {{\n{}{}{names}{}{}{}{}\n}}\n",
        only(is_plain, plain.clone()),
        only(has_tls.clone(), tls),
        only(has_tls.clone(), hsts.or("")),
        headers.join(""),
        host.locations().map_to_list(|_, location| location_block(&location)).join(""),
        host.extra_config(),
    );
    let port = when(cfg.https_port().eq(443), "", text!(":{}", cfg.https_port()));
    let redirect =
        text!("server {{\n{plain}{names}    return 308 https://$host{port}$request_uri;\n}}\n",);
    let redirects = has_tls.and(host.without_tls().eq(Plain::Redirect));
    text!("{served}{}", only(redirects, redirect))
}

fn location_block(location: &Expr<Location>) -> Expr<String> {
    let serve: Expr<Serve> = location.serve();
    let upstream = |name: Expr<NonEmptyStr>| {
        let (next, read) = (location.next_server_on(), location.read_timeout());
        text!(
            "        proxy_pass http://{name};\n        \
             proxy_connect_timeout {};\n        \
             proxy_read_timeout {read};\n        \
             proxy_send_timeout {read};\n        \
             proxy_next_upstream{};\n",
            location.connect_timeout(),
            when(next.is_empty(), " off", next.map(|trouble| text!(" {trouble}")).join("")),
        )
    };
    let served = serve.cases(
        upstream,
        |folder| text!("        root {};\n", quoted(&folder)),
        |address| text!("        return 301 {};\n", quoted(&address)),
        |text| text!("        return 200 {};\n", quoted(&text)),
    );
    text!("    location {} {{\n{served}{}\n    }}\n", location.path(), location.extra_config())
}

/// A text as nginx reads it between quotes.
fn quoted<T: domi::Text>(text: &Expr<T>) -> Expr<String> {
    text!("\"{}\"", text.replace("\\", "\\\\").replace("\"", "\\\""))
}

/// A text that is there only where a condition is true.
fn only(condition: impl IntoExpr<bool>, text: impl IntoExpr<String>) -> Expr<String> {
    when(condition, text, "")
}
