//! Tests: it serves, it refuses, it goes on.

use domi::prelude::*;
use domi::{TEST_CERTIFICATE, TEST_KEY};

use crate::options::*;

/// Another certificate of the key of the tests.
const RENEWED: &str = include_str!("tests/renewed.crt");

/// Once it is active, nginx listens.
const UNIT: &str = "web-gateway.service";

pub(crate) fn all(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    sites(cfg, tests);
    backends(cfg, tests);
    changes(cfg, tests);
    switches(cfg, tests);
    crashes(cfg, tests);
    refusals(cfg, tests);
}

/// A command that asks for a page of a site on the machine itself.
fn ask(url: &str) -> String {
    let name = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let colon = if name.contains(':') { "" } else { ":" };
    format!("curl --silent --max-time 20 --connect-to {name}{colon}:127.0.0.1: {url}")
}

fn sites(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let site = cfg.virtual_hosts().at("site.test");
    let files = cfg.virtual_hosts().at("files");
    tests
        .it("serves sites by their names, and nobody by another")
        .package("curl")
        .file("/srv/files/deep/page.html", "<p>a page")
        .set(site.locations().at("/").serve(), attrs! { "text": "hello from \"$host\"" })
        .set(site.locations().at("= /old").serve(), attrs! { "redirect": "http://site.test/" })
        .set(site.headers(), [("X-Of", "the \"site\"; all of it")])
        .set(files.server_name(), "files.test")
        .set(files.aliases(), ["*.files.test"])
        .set(files.locations().at("/deep/").serve(), attrs! { "files": "/srv/files" })
        .wait_for_unit(UNIT)
        .prints(&ask("http://site.test/any"), "hello from \"site.test\"")
        .prints_match(
            &format!("{} --head", ask("http://site.test/old")),
            "301 [\\s\\S]*Location: http://site.test/",
        )
        .prints_part(
            &format!("{} --head", ask("http://site.test/")),
            "X-Of: the \"site\"; all of it",
        )
        .prints(&ask("http://files.test/deep/page.html"), "<p>a page")
        .prints_part(
            &format!("{} --head", ask("http://www.files.test/deep/page.html")),
            "text/html",
        )
        .prints_part(
            &format!("{} --head --path-as-is", ask("http://files.test/deep/../../etc/passwd")),
            "400",
        )
        .fails(&ask("http://other.test/"))
        .fails("curl --silent --max-time 20 http://127.0.0.1/")
        // Its own user, and few rights.
        .succeeds("test $(stat --format %u /proc/$(cat /run/web-gateway/nginx.pid)) -ge 61184")
        .succeeds("systemd-analyze security --threshold=30 web-gateway.service");

    let secret = cfg.virtual_hosts().at("secret.test");
    tests
        .it("speaks TLS, and sends those who come without it there")
        .package("curl")
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .set(secret.tls(), attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" })
        .set(secret.strict_transport_security(), 31_536_000)
        .set(secret.locations().at("/").serve(), attrs! { "text": "secret" })
        .set(cfg.https_port(), 8443)
        .wait_for_unit(UNIT)
        .prints(&format!("{} --cacert /run/tests.crt", ask("https://secret.test:8443/")), "secret")
        .prints_match(
            &format!("{} --insecure --include", ask("https://secret.test:8443/")),
            "HTTP/2 200[\\s\\S]*max-age=31536000",
        )
        .prints_match(
            &format!("{} --head", ask("http://secret.test/page?a=b")),
            "308 [\\s\\S]*Location: https://secret.test:8443/page\\?a=b",
        )
        .fails(&format!("{} --insecure", ask("https://other.test:8443/")));
}

/// The configuration of a server behind the gateway, and the command that starts it.
fn backend(name: &str, port: u16) -> (String, String) {
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|it| format!("{it}_temp_path /run/{name}-{it};\n"));
    let configuration = format!(
        "user root;\npid /run/{name}.pid;\nworker_processes 1;\nevents {{ }}\nhttp {{\naccess_log \
         off;\n{}server {{\nlisten 127.0.0.1:{port};\nreturn 200 {name};\n}}\n}}\n",
        folders.concat(),
    );
    (configuration, format!("nginx -e stderr -c /etc/{name}.conf"))
}

/// Eight requests, of which each must be answered, and who answered.
fn who(url: &str) -> String {
    format!(
        "for i in 1 2 3 4 5 6 7 8; do {} --fail || echo none; echo; done | sort --unique",
        ask(url)
    )
}

fn backends(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let app = cfg.virtual_hosts().at("app.test").locations().at("/");
    let servers = cfg.upstreams().at("app").servers();
    let ((left, start_left), (right, start_right)) =
        (backend("left", 8001), backend("right", 8002));
    tests
        .it("goes on when one of two backends dies or hangs")
        .package("curl")
        .package("nginx")
        .file("/etc/left.conf", &left)
        .file("/etc/right.conf", &right)
        .set(
            servers,
            [
                attrs! { "address": "127.0.0.1:8001", "failTimeout": "2s" },
                attrs! { "address": "127.0.0.1:8002", "failTimeout": "2s" },
            ],
        )
        .set(app.serve(), attrs! { "upstream": "app" })
        .set(app.read_timeout(), "2s")
        .succeeds(&start_left)
        .succeeds(&start_right)
        .wait_for_unit(UNIT)
        .prints(&who("http://app.test/"), "left\nright")
        .succeeds("kill $(cat /run/left.pid)")
        // It may still answer until it has ended.
        .eventually("test ! -e /run/left.pid")
        .prints(&who("http://app.test/"), "right")
        .succeeds(&start_left)
        .eventually(&format!("{} | grep left", who("http://app.test/")))
        // It still takes connections, and says nothing.
        .succeeds("kill -STOP $(cat /proc/$(cat /run/right.pid)/task/*/children)")
        .prints(&who("http://app.test/"), "left")
        .succeeds("kill -CONT $(cat /proc/$(cat /run/right.pid)/task/*/children)")
        .succeeds("kill $(cat /run/left.pid) $(cat /run/right.pid)")
        .eventually(&format!("{} --head | grep ' 502 '", ask("http://app.test/")));

    let (app, site) = (cfg.virtual_hosts().at("app.test"), cfg.virtual_hosts().at("here"));
    let text = |name: &str| attrs! { "text": name };
    let machines = tests
        .it("goes on when the machine of a backend is cut off, and is closed to others by default")
        .machine("left")
        .package("curl")
        .set(site.default(), true)
        .set(site.locations().at("/").serve(), text("left"))
        .set(cfg.open_firewall(), true)
        .machine("right")
        .package("curl")
        .set(site.default(), true)
        .set(site.locations().at("/").serve(), text("right"))
        .set(cfg.open_firewall(), true)
        .machine("front")
        .package("curl")
        .set(
            cfg.upstreams().at("app").servers(),
            [attrs! { "address": "left:80" }, attrs! { "address": "right:80" }],
        )
        .set(app.locations().at("/").serve(), attrs! { "upstream": "app" })
        .set(app.locations().at("/").connect_timeout(), "2s")
        // A connection that was kept says nothing when the other machine is cut off.
        .set(app.locations().at("/").read_timeout(), "2s");
    machines
        .on("left")
        .wait_for_unit(UNIT)
        .on("right")
        .wait_for_unit(UNIT)
        .on("front")
        .wait_for_unit(UNIT)
        .prints(&who("http://app.test/"), "left\nright")
        .on("left")
        .fails("curl --silent --max-time 3 http://front/")
        .cut_network()
        .on("front")
        .prints(&who("http://app.test/"), "right")
        .on("left")
        .heal_network()
        .on("front")
        .eventually(&format!("{} | grep left", who("http://app.test/")));
}

fn changes(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let site = cfg.virtual_hosts().at("site.test");
    let page = "http://site.test/page?[1-10]";
    // Each request has a connection of its own.
    let load = format!(
        "(while ! test -e /run/stop; do {} --fail --header 'Connection: close' >>/run/answers || echo \
         lost >>/run/lost; sleep 0.1; done; touch /run/ended) >/dev/null 2>&1 &",
        ask(page).replace(page, &format!("'{page}'")),
    );
    // A request that takes until the end.
    let slow = "(exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET /large HTTP/1.0\\r\\nHost: \
                site.test\\r\\n\\r\\n' >&3; head --bytes=1000 <&3 >/run/large; while ! test -e \
                /run/stop; do sleep 0.2; done; cat <&3 >>/run/large; touch /run/slow) >/dev/null 2>&1 &";
    let serves = |file: &str| format!("{} --cacert {file} --fail", ask("https://site.test/text"));
    let change = |from: &str, to: &str| {
        format!(
            "sed 's/{from}/{to}/' /etc/web-gateway/nginx.conf >/run/new.conf && cp \
             --remove-destination /run/new.conf /etc/web-gateway/nginx.conf"
        )
    };
    tests
        .it("reads other settings under load, and loses no request")
        .package("curl")
        .file("/srv/site/page", "page\n")
        .set(site.locations().at("/").serve(), attrs! { "files": "/srv/site" })
        .set(site.locations().at("= /text").serve(), attrs! { "text": "first" })
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .set(site.tls(), attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" })
        .set(site.without_tls(), Plain::Serve)
        .set(cfg.shutdown_timeout(), 600)
        .set(cfg.extra_config(), "send_timeout 600s;")
        .wait_for_unit(UNIT)
        .succeeds("head --bytes=12M /dev/zero >/srv/site/large")
        .succeeds(&load)
        .succeeds(slow)
        .wait_for_file("/run/answers")
        .wait_for_file("/run/large")
        .prints(&ask("http://site.test/text"), "first")
        .succeeds(&change("first", "second"))
        .succeeds("systemctl reload web-gateway")
        .eventually(&format!("{} | grep second", ask("http://site.test/text")))
        // A certificate that was renewed; this one has the same key.
        .succeeds(&serves("/run/tests.crt"))
        .write("/run/tests.crt", RENEWED)
        .fails(&serves("/run/tests.crt"))
        .succeeds("systemctl reload web-gateway")
        .succeeds("systemctl reload web-gateway")
        .eventually(&serves("/run/tests.crt"))
        // What nginx does not take changes nothing.
        .succeeds(&change("second", "third\";; \""))
        .fails("systemctl reload web-gateway")
        .prints(&ask("http://site.test/text"), "second")
        .succeeds("touch /run/stop")
        .wait_for_file("/run/ended")
        // What had begun before all this is complete.
        .wait_for_file("/run/slow")
        .succeeds("tail --bytes=12M /run/large | cmp - /srv/site/large")
        .fails("test -e /run/lost")
        .prints("sort --unique /run/answers", "page")
        .succeeds("test $(wc --lines </run/answers) -ge 20");
}

/// The same, where the machine itself is switched to other settings.
fn switches(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let (site, other) = (cfg.virtual_hosts().at("site.test"), cfg.virtual_hosts().at("new.test"));
    let text = |text: &str| attrs! { "text": text };
    let load = format!(
        "(while ! test -e /run/stop; do {} --fail >>/run/answers || echo lost >>/run/lost; sleep 0.05; \
         done; touch /run/ended) >/dev/null 2>&1 &",
        ask("http://site.test/"),
    );
    let process = "systemctl show --property=MainPID web-gateway";
    tests
        .it("reloads when the machine is switched to other sites, and loses no request")
        .package("curl")
        .set(site.locations().at("/").serve(), text("page"))
        .set(site.locations().at("= /text").serve(), text("first"))
        .wait_for_unit(UNIT)
        .succeeds(&format!("{process} >/run/before"))
        .succeeds(&load)
        .wait_for_file("/run/answers")
        .switch(|to| {
            to.set(site.locations().at("= /text").serve(), text("second"))
                .set(other.locations().at("/").serve(), text("new"))
        })
        .eventually(&format!("{} | grep second", ask("http://site.test/text")))
        .prints(&ask("http://new.test/"), "new")
        .succeeds(&format!("{process} | cmp - /run/before"))
        .switch(|to| to)
        .eventually(&format!("{} | grep first", ask("http://site.test/text")))
        .fails(&ask("http://new.test/"))
        .succeeds(&format!("{process} | cmp - /run/before"))
        .succeeds("touch /run/stop")
        .wait_for_file("/run/ended")
        .fails("test -e /run/lost");
}

fn crashes(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let site = cfg.virtual_hosts().at("site.test");
    tests
        .it("serves again after it was killed, and when the machine starts again")
        .package("curl")
        .set(site.locations().at("/").serve(), attrs! { "text": "hello" })
        .wait_for_unit(UNIT)
        .succeeds("systemctl kill --signal=KILL web-gateway")
        .eventually(&ask("http://site.test/"))
        .succeeds("kill -KILL $(cat /run/web-gateway/nginx.pid)")
        .eventually(&format!("{} | grep hello", ask("http://site.test/")))
        .reboot()
        .wait_for_unit(UNIT)
        .prints(&ask("http://site.test/"), "hello");
}

fn refusals(cfg: &Expr<WebGateway>, tests: &mut Tests) {
    let site = cfg.virtual_hosts().at("site.test");
    let serve = site.locations().at("/").serve();
    tests
        .it_refuses("an upstream that is not there")
        .set(&serve, attrs! { "upstream": "app" })
        .because("names an upstream");
    tests
        .it_refuses("a name of a site that would be more than one")
        .set(cfg.virtual_hosts().at("a.test b.test").default(), false)
        .because("serverName");
    tests
        .it_refuses("a path that would end the block")
        .set(site.locations().at("/ { }").serve(), attrs! { "text": "x" })
        .because("path");
    tests
        .it_refuses("two sites of one name")
        .set(site.server_name(), "other.test")
        .set(cfg.virtual_hosts().at("other.test").default(), false)
        .because("the same `serverName`");
    tests
        .it_refuses("two default sites")
        .set(site.default(), true)
        .set(cfg.virtual_hosts().at("other.test").default(), true)
        .because("several virtual hosts are the default");
    tests
        .it_refuses("a key that everyone can read")
        .set(site.tls().value().certificate(), "/run/tests.crt")
        .set(site.tls().value().key(), "/nix/store/00000000000000000000000000000000-key")
        .because("key");
    tests
        .it_refuses("a backup where nginx has none")
        .set(cfg.upstreams().at("app").balance(), Balance::IpHash)
        .set(
            cfg.upstreams().at("app").servers(),
            [
                attrs! { "address": "127.0.0.1:8001" },
                attrs! { "address": "127.0.0.1:8002", "backup": true },
            ],
        )
        .because("no `backup`");
    tests
        .it_refuses("a server without a port")
        .set(cfg.upstreams().at("app").servers(), [attrs! { "address": "127.0.0.1" }]);
}
