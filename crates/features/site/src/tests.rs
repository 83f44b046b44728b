//! Tests: visitors are served, somebody hears when they are not, and what it is made of is saved.

use domi::prelude::*;
use domi::{TEST_CERTIFICATE, TEST_KEY};

use crate::neighbours::*;
use crate::options::*;

const GATEWAY: &str = "web-gateway.service";

/// A server behind the gateway: a socket, and a process for each request.
const SOCKET: &str = "[Socket]\nListenStream=127.0.0.1:8080\nAccept=yes\n";
const SERVER: &str = "\
[Service]
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
ExecStart=/bin/sh /run/shop.sh
StandardInput=socket
";
const ANSWER: &str = "while read -r line && test ${#line} -gt 1; do :; done\n\
                      printf 'HTTP/1.0 200 OK\\r\\n\\r\\na shop'\n";

/// A visitor's request to this machine, by the site's name.
fn visit(url: &str) -> String {
    format!("curl --silent --max-time 10 --connect-to ::127.0.0.1: {url}")
}

/// Whether node exporter has a line.
fn figure(line: &str) -> String {
    format!("curl --silent http://127.0.0.1:9100/metrics | grep '^{line}'")
}

pub(crate) fn all(cfg: &Expr<Site>, tests: &mut Tests) {
    tests
        .it("is served by the gateway, and an alert tells when it is down")
        .beside::<Metrics>()
        .package("curl")
        .file("/srv/site/index.html", "<p>a shop")
        .set(cfg.domain(), "shop.test")
        .set(cfg.aliases(), ["*.shop.test"])
        .set(cfg.watch().seconds(), 1)
        .set(cfg.watch().hold(), "0s")
        .wait_for_unit(GATEWAY)
        .prints(&visit("http://shop.test/"), "<p>a shop")
        .prints_part(&format!("{} --head", visit("http://www.shop.test/")), "nosniff")
        .fails(&visit("http://other.test/"))
        .eventually(&figure("site_up{domain=\"shop.test\"} 1"))
        .succeeds(&figure("site_status{domain=\"shop.test\"} 200"))
        .succeeds("mv /srv/site /srv/gone")
        .eventually(&figure("site_up{domain=\"shop.test\"} 0"))
        .succeeds(&figure("site_status{domain=\"shop.test\"} 40[34]"))
        .eventually(
            "curl --silent http://127.0.0.1:9090/api/v1/alerts | grep '\"alertname\":\"SiteDown\"'",
        )
        .succeeds("mv /srv/gone /srv/site")
        .eventually(&figure("site_up{domain=\"shop.test\"} 1"))
        // Nobody at all answers.
        .stop(GATEWAY)
        .eventually(&figure("site_status{domain=\"shop.test\"} 0"))
        .succeeds("systemd-analyze security --no-pager --threshold=20 site-probe.service");

    let machines = tests
        .it("is open to visitors with TLS alone, and passes them on to a server")
        .beside::<Metrics>()
        .machine("web")
        .package("curl")
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .file("/run/systemd/system/shop.socket", SOCKET)
        .file("/run/systemd/system/shop@.service", SERVER)
        .file("/run/shop.sh", ANSWER)
        .set(cfg.domain(), "site.test")
        .set(cfg.tls(), attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" })
        .set(cfg.content(), attrs! { "server": "127.0.0.1:8080" })
        .set(cfg.watch().trust(), "/run/tests.crt")
        .set(cfg.watch().seconds(), 1)
        .set(cfg.open_firewall(), true)
        .machine("visitor")
        .without_feature()
        .package("curl")
        .file("/run/tests.crt", TEST_CERTIFICATE);
    let ask = |url: &str| {
        format!("curl --silent --max-time 10 --cacert /run/tests.crt --connect-to ::web: {url}")
    };
    machines
        .on("web")
        .wait_for_unit(GATEWAY)
        .eventually(&figure("site_status{domain=\"site.test\"} 502"))
        .start("shop.socket")
        .eventually(&figure("site_up{domain=\"site.test\"} 1"))
        .on("visitor")
        .prints(&ask("https://site.test/"), "a shop")
        .prints_part(&format!("{} --head", ask("https://site.test/")), "max-age=31536000")
        .prints_match(
            &format!("{} --head", ask("http://site.test/page")),
            "308 [\\s\\S]*Location: https://site.test/page",
        )
        // What the machine knows of itself is for nobody else.
        .fails("curl --silent --max-time 3 http://web:9090/")
        .fails("curl --silent --max-time 3 http://web:9100/");

    copied(cfg, tests);
    changes(cfg, tests);
    refusals(cfg, tests);
}

fn copied(cfg: &Expr<Site>, tests: &mut Tests) {
    tests
        .it("is saved with all else that the machine saves")
        .beside::<Copies>()
        .file("/srv/site/index.html", "<p>a shop")
        .set(cfg.backup().value().folders(), ["/srv/site"])
        .succeeds(
            "systemctl show --property=ExecStart --value backup.service |
             sed 's/.* path=\\([^ ;]*\\).*/\\1/' | xargs grep --fixed-strings /srv/site",
        );
}

fn changes(cfg: &Expr<Site>, tests: &mut Tests) {
    tests
        .it("gets another name while it is served, and is there after a start")
        .beside::<Metrics>()
        .package("curl")
        .file("/srv/site/index.html", "<p>a shop")
        .set(cfg.domain(), "shop.test")
        .set(cfg.watch().seconds(), 1)
        .wait_for_unit(GATEWAY)
        .reboot()
        .wait_for_unit(GATEWAY)
        .prints(&visit("http://shop.test/"), "<p>a shop")
        .succeeds("systemctl show --property=MainPID web-gateway >/run/before")
        .switch(|to| to.set(cfg.domain(), "store.test"))
        .eventually(&format!("{} | grep shop", visit("http://store.test/")))
        .fails(&visit("http://shop.test/"))
        .eventually(&figure("site_up{domain=\"store.test\"} 1"))
        .succeeds("systemctl show --property=MainPID web-gateway | cmp - /run/before");

    tests
        .it("is found by the machine itself, where that is asked for")
        .package("curl")
        .file("/srv/site/index.html", "<p>a shop")
        .set(cfg.domain(), "shop.test")
        .set(cfg.known_here(), true)
        .wait_for_unit(GATEWAY)
        .prints("curl --silent --max-time 10 http://shop.test/", "<p>a shop");
}

fn refusals(cfg: &Expr<Site>, tests: &mut Tests) {
    tests.it_refuses("a name that would be more than one").set(cfg.domain(), "a.test b.test");
    tests
        .it_refuses("a name that stands twice")
        .set(cfg.domain(), "shop.test")
        .set(cfg.aliases(), ["shop.test"])
        .because("stands in `aliases`");
    tests
        .it_refuses("a certificate without its key")
        .set(cfg.tls(), attrs! { "certificate": "/run/tests.crt" })
        .because("key");
}
