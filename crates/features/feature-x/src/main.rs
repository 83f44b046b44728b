//! An HTTP service that answers every request with a greeting: the smallest feature that has a
//! bit of everything.

use domi::prelude::*;

/// Answers every HTTP request with the same text, from the [H2O](https://h2o.examp1e.net) server.
///
/// The text may be protected with a password.
#[derive(Options)]
struct FeatureX {
    /// H2O, the server.
    #[option(default = "h2o")]
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

    /// File with names and hashed passwords, as `htpasswd` writes it, of those who may read the
    /// greeting. Where there is none, everyone may.
    #[option(example = "/run/secrets/feature-x.htpasswd")]
    password_file: Option<SecretFile>,

    /// Other settings of H2O; they win over those that follow from the options above.
    #[option(default = attrs! {}, example = attrs! { "access-log": "/dev/stdout" })]
    settings: Settings<Yaml>,
}

impl Feature for FeatureX {
    fn software() -> Vec<Software> {
        vec![Software::new("h2o"), Software::new("curl")]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let answer = attrs! { "file.file": text_file("greeting.txt", cfg.greeting()) };
        let ask = text!(
            "require 'htpasswd.rb'\nHtpasswd.new('{}', 'feature-x')",
            credential_path("feature-x", "passwords")
        );
        let ask = attrs! { "mruby.handler": ask };
        let handlers: Expr<Vec<Anything>> =
            when(cfg.password_file().is_set(), [ask, answer.clone()], [answer]);
        let settings = attrs! {
            "listen": cfg.port(),
            "num-threads": 1,
            "hosts": { "default": { "paths": { "/": handlers } } },
        };
        let config = settings_file(Yaml, "h2o.yaml", settings.merge(cfg.settings()));

        system
            .service("feature-x")
            .description("Greeting over HTTP")
            .wanted_by("multi-user.target")
            .after("network.target")
            .start(argv![cfg.package().bin("h2o"), "--conf", config])
            .credential("passwords", cfg.password_file())
            .dynamic_user()
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .restart_on_failure()
            .hardened();

        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests
            .it("answers with the greeting")
            .package("curl")
            .wait_for_port(8080)
            .prints("curl --silent http://localhost:8080/", "hello");

        let greeting = "100 % of ${people} say \"grüezi\", don't they?";
        tests
            .it("follows its settings")
            .package("curl")
            .secret_file("/run/passwords", "me:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
            .set(cfg.port(), 80)
            .set(cfg.greeting(), greeting)
            .set(cfg.password_file(), "/run/passwords")
            .set(cfg.settings(), attrs! { "server-name": "greeter" })
            .wait_for_port(80)
            .prints("curl --silent --user me:secret http://localhost", greeting)
            .prints_match("curl --silent --head http://localhost", "401 [\\s\\S]*Server: greeter");

        tests.it_refuses("a port out of range").set(cfg.port(), 65_536);

        tests
            .it_refuses("passwords that everyone can read")
            .set(cfg.password_file(), "/nix/store/00000000000000000000000000000000-passwords");
    }
}

domi::main!(FeatureX);
