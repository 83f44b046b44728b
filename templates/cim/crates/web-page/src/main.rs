//! A web page of one text.

use domi::prelude::*;

/// Answers every HTTP request with the same text, from the [lighttpd](https://www.lighttpd.net)
/// server.
#[derive(Options)]
struct WebPage {
    /// lighttpd, the server.
    #[option(default = "lighttpd")]
    package: Package,

    /// TCP port to listen on.
    #[option(default = 8080)]
    port: Port,

    /// Text that every request gets.
    #[option(default = "hello", example = "good morning")]
    greeting: String,

    /// Whether the firewall lets requests from other machines in.
    #[option(default = false)]
    open_firewall: bool,

    /// Lines that are added to the configuration of lighttpd.
    #[option(default = "", example = "server.max-connections = 100")]
    extra_config: Lines,
}

impl Feature for WebPage {
    fn software() -> Vec<Software> {
        vec![
            Software::new("lighttpd").debian_path("bin/lighttpd", "/usr/sbin/lighttpd"),
            Software::new("curl"),
        ]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let port = cfg.port();
        let config = text!(
            "server.modules = ( \"mod_rewrite\", \"mod_alias\" )\n\
             server.document-root = \"/var/empty\"\n\
             server.port = {port}\n\
             url.rewrite-once = ( \"\" => \"/page\" )\n\
             alias.url = ( \"/page\" => \"{}\" )\n\
             mimetype.assign = ( \"\" => \"text/plain; charset=utf-8\" )\n\
             {}\n",
            text_file("page.txt", cfg.greeting()),
            cfg.extra_config(),
        );

        system
            .service("web-page")
            .description("Web page")
            .wanted_by("multi-user.target")
            .after("network.target")
            .start(argv![
                cfg.package().bin("lighttpd"),
                "-D",
                "-f",
                text_file("lighttpd.conf", config),
            ])
            .dynamic_user()
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .restart_on_failure()
            .hardened();

        system.claims_tcp([cfg.port()]);
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests
            .it("answers with the greeting")
            .package("curl")
            .set(cfg.port(), 80)
            .set(cfg.greeting(), "fresh bread at seven")
            .wait_for_port(80)
            .prints("curl --silent http://localhost/", "fresh bread at seven");

        tests
            .it_refuses("a port out of range")
            .set(cfg.port(), 65_536);
    }
}

domi::main!(WebPage);
