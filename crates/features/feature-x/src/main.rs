//! An HTTP service that answers every request with a greeting: the smallest feature that has a
//! bit of everything.

use domi::prelude::*;

/// Answers every HTTP request with the same text, from the [lighttpd](https://www.lighttpd.net)
/// server.
///
/// The text may be protected with a password.
#[derive(Options)]
struct FeatureX {
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

    /// File with names and hashed passwords, as `htpasswd` writes it, of those who may read the
    /// greeting. Where there is none, everyone may.
    #[option(example = "/run/secrets/feature-x.htpasswd")]
    password_file: Option<SecretFile>,

    /// Domain under which the feature `web-gateway` passes requests on to the service, where it is
    /// enabled on the same machine.
    #[option(example = "hello.example.org", matching = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    domain: Option<String>,

    /// Lines that are added to the configuration of lighttpd. What follows from the options above
    /// is replaced with `:=`.
    #[option(default = "", example = "server.max-connections = 100")]
    extra_config: Lines,
}

/// The web gateway, where it is on the same machine.
#[derive(Options)]
struct Gateway {
    /// The port for requests without TLS.
    http_port: Port,

    /// The sites.
    virtual_hosts: BTreeMap<String, Site>,

    /// The servers behind it.
    upstreams: BTreeMap<String, Upstream>,
}

impl Neighbour for Gateway {
    const NAME: &str = "web-gateway";
    const KIND: Kind = Kind::Services;
}

/// A site of the gateway.
#[derive(Options)]
struct Site {
    /// The name that clients know it by.
    #[option(matching = "([*][.])?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")]
    server_name: String,

    /// What is where on it.
    locations: BTreeMap<String, Location>,
}

/// A part of a site.
#[derive(Options)]
struct Location {
    /// What is served.
    serve: Serve,
}

/// What a part of a site serves.
#[derive(Options)]
enum Serve {
    /// What an upstream answers.
    Upstream(NonEmptyStr),
}

/// Servers behind the gateway.
#[derive(Options)]
struct Upstream {
    /// The servers.
    servers: NonEmptyVec<Server>,
}

/// A server behind the gateway.
#[derive(Options)]
struct Server {
    /// Its address.
    #[option(matching = "unix:/[A-Za-z0-9/._-]+|([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+[]]):[0-9]+")]
    address: String,
}

impl Feature for FeatureX {
    fn software() -> Vec<Software> {
        vec![
            Software::new("lighttpd").debian_path("bin/lighttpd", "/usr/sbin/lighttpd"),
            Software::new("curl"),
        ]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let ask = text!(
            "auth.backend = \"htpasswd\"\n\
             auth.backend.htpasswd.userfile = \"{}\"\n\
             auth.require = ( \"/\" => ( \"method\" => \"basic\", \"realm\" => \"feature-x\", \
             \"require\" => \"valid-user\" ) )\n",
            credential_path("feature-x", "passwords")
        );
        let port = cfg.port();
        let config = text!(
            "server.modules = ( \"mod_rewrite\", \"mod_alias\", \"mod_auth\", \"mod_authn_file\" )\n\
             server.document-root = \"/var/empty\"\n\
             server.port = {port}\n\
             $SERVER[\"socket\"] == \"[::]:{port}\" {{ }}\n\
             url.rewrite-once = ( \"\" => \"/greeting\" )\n\
             alias.url = ( \"/greeting\" => \"{}\" )\n\
             mimetype.assign = ( \"\" => \"text/plain; charset=utf-8\" )\n\
             {}{}\n",
            text_file("greeting.txt", cfg.greeting()),
            when(cfg.password_file().is_set(), ask, ""),
            cfg.extra_config(),
        );

        let domain = cfg.domain().value();
        let reached_at = neighbour::<Gateway>().read(GatewayOptions::http_port).or(&port);
        let url = text!("http://{domain}:{reached_at}/");

        system
            .service("feature-x")
            .description("Greeting over HTTP")
            .unit_config("Documentation", when(cfg.domain().is_set(), url, "man:lighttpd(8)"))
            .wanted_by("multi-user.target")
            .after("network.target")
            .start(argv![
                cfg.package().bin("lighttpd"),
                "-D",
                "-f",
                text_file("lighttpd.conf", config),
            ])
            .credential("passwords", cfg.password_file())
            .dynamic_user()
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .restart_on_failure()
            .hardened();

        let mut gateway = system.neighbour::<Gateway>();
        let is_site = || cfg.domain().is_set();
        gateway.set(|it| it.virtual_hosts().at("feature-x").server_name(), domain).when(is_site());
        gateway
            .set(
                |it| it.virtual_hosts().at("feature-x").locations().at("/").serve(),
                attrs! { "upstream": "feature-x" },
            )
            .when(is_site());
        gateway
            .set(
                |it| it.upstreams().at("feature-x").servers(),
                [attrs! { "address": text!("127.0.0.1:{port}") }],
            )
            .when(is_site());

        system.claims_tcp([cfg.port()]);
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
            .set(cfg.extra_config(), "server.tag = \"greeter\"")
            .wait_for_port(80)
            .prints("curl --silent --user me:secret http://localhost", greeting)
            .prints_match("curl --silent --head http://localhost", "401 [\\s\\S]*Server: greeter");

        tests
            .it("takes other settings while the machine runs")
            .package("curl")
            .wait_for_port(8080)
            .switch(|to| to.set(cfg.port(), 8081).set(cfg.greeting(), "hello again"))
            .wait_for_port(8081)
            .prints("curl --silent http://localhost:8081/", "hello again")
            .fails("curl --silent http://localhost:8080/");

        tests
            .it("is a site of the web gateway")
            .package("curl")
            .beside::<Gateway>()
            .set(cfg.domain(), "hello.test")
            .wait_for_port(8080)
            .wait_for_port(80)
            .prints("curl --silent --header 'Host: hello.test' http://127.0.0.1/", "hello")
            .fails("curl --silent --header 'Host: other.test' http://127.0.0.1/")
            .prints_part(
                "systemctl show --property=Documentation feature-x",
                "http://hello.test:80/",
            );

        tests.it_refuses("a port out of range").set(cfg.port(), 65_536);

        tests
            .it_refuses("passwords that everyone can read")
            .set(cfg.password_file(), "/nix/store/00000000000000000000000000000000-passwords");
    }
}

domi::main!(FeatureX);
