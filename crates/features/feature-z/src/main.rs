//! Folders that other machines may read: a feature of the network, tested with several machines.

use domi::prelude::*;

/// Lets other machines read folders, through the daemon of [rsync](https://rsync.samba.org).
///
/// It serves files that everyone on the machine may read, to everyone who reaches its port.
#[derive(Options)]
struct FeatureZ {
    /// rsync, which serves.
    #[option(default = "rsync")]
    package: Package,

    /// TCP port to listen on.
    #[option(default = 873)]
    port: Port,

    /// Whether the firewall lets other machines in.
    #[option(default = false)]
    open_firewall: bool,

    /// The folders to share, by the names that others know them by.
    #[option(default = attrs! {}, example = attrs! { "docs": { "path": "/srv/docs" } })]
    folders: BTreeMap<String, Folder>,
}

/// A folder to share.
#[derive(Options)]
struct Folder {
    /// Where it is.
    #[option(example = "/srv/docs")]
    path: AbsolutePath,

    /// What lists of the folders say of it.
    #[option(default = "", example = "What we know")]
    comment: SingleLineStr,

    /// How many may read it at once; as many as come where it is unset.
    #[option(range = 1.., example = 10)]
    max_connections: Option<u32>,
}

impl Feature for FeatureZ {
    fn software() -> Vec<Software> {
        vec![Software::new("rsync")]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let names = cfg.folders().map_to_list(|name, _| name);
        rules.assert(
            names.all(|name| name.ne("global")),
            "rsync means something else by `global`: give the folder another name",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let sections = cfg.folders().map_values(|_, folder| -> Expr<Anything> {
            attrs! {
                "path": folder.path(),
                "comment": folder.comment(),
                // 0 is how rsync says that there is no limit.
                "max connections": folder.max_connections().or(0),
                "use chroot": false,
            }
            .into_expr()
        });

        system
            .service("feature-z")
            .description("Folders for other machines")
            .wanted_by("multi-user.target")
            .after("network.target")
            .start(argv![
                cfg.package().bin("rsync"),
                "--daemon",
                "--no-detach",
                "--config",
                settings_file(Ini, "rsyncd.conf", sections),
                text!("--port={}", cfg.port()),
            ])
            .dynamic_user()
            .config("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
            .restart_on_failure()
            .hardened();

        system.claims_tcp([cfg.port()]);
        system.allow_tcp([cfg.port()]).when(cfg.open_firewall());
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        let docs = cfg.folders().at("docs");

        tests
            .it("shares a folder, to be read only")
            .package("rsync")
            .file("/srv/docs/page", "first")
            .set(docs.path(), "/srv/docs")
            .set(docs.comment(), "What [we] know; all of it")
            .wait_for_port(873)
            .prints_part("rsync rsync://localhost/", "What [we] know; all of it")
            .prints("rsync rsync://localhost/docs/page /tmp && cat /tmp/page", "first")
            .fails("rsync /tmp/page rsync://localhost/docs/other");

        tests
            .it("is read by other machines only through an open firewall")
            .machine("open")
            .file("/srv/docs/page", "first")
            .set(docs.path(), "/srv/docs")
            .set(cfg.open_firewall(), true)
            .machine("closed")
            .set(docs.path(), "/srv/docs")
            .machine("client")
            .without_feature()
            .package("rsync")
            .on("closed")
            .wait_for_port(873)
            .on("open")
            .wait_for_port(873)
            .on("client")
            .prints("rsync rsync://open/docs/page /tmp && cat /tmp/page", "first")
            .fails("rsync --contimeout=2 rsync://closed/docs/");

        tests
            .it("serves again when the network is there again")
            .machine("server")
            .file("/srv/docs/page", "first")
            .set(docs.path(), "/srv/docs")
            .set(cfg.port(), 8873)
            .set(cfg.open_firewall(), true)
            .machine("client")
            .without_feature()
            .package("rsync")
            .on("server")
            .wait_for_port(8873)
            .cut_network()
            .on("client")
            .fails("rsync --contimeout=2 rsync://server:8873/docs/page /tmp")
            .on("server")
            .heal_network()
            .on("client")
            .eventually("rsync --contimeout=2 rsync://server:8873/docs/page /tmp")
            .prints("cat /tmp/page", "first");

        tests
            .it("serves over a network that is slow and loses packets")
            .machine("server")
            .file("/srv/docs/page", "first")
            .set(docs.path(), "/srv/docs")
            .set(cfg.open_firewall(), true)
            .machine("client")
            .without_feature()
            .package("rsync")
            .delay_network(Duration::from_millis(50))
            .on("server")
            .wait_for_port(873)
            .lose_packets(10)
            .on("client")
            .prints("rsync rsync://server/docs/page /tmp && cat /tmp/page", "first")
            .on("server")
            .lose_packets(100)
            .on("client")
            .fails("rsync --contimeout=2 rsync://server/docs/page /tmp")
            .on("server")
            .heal_network()
            .on("client")
            .eventually("rsync --contimeout=2 rsync://server/docs/page /tmp");

        tests.it_refuses("a relative path").set(docs.path(), "srv/docs");
        tests
            .it_refuses("a comment of two lines")
            .set(docs.path(), "/srv/docs")
            .set(docs.comment(), "one\ntwo")
            .because("comment");
        tests
            .it_refuses("a folder that rsync takes for something else")
            .set(cfg.folders().at("global").path(), "/srv/docs")
            .because("another name");
    }
}

domi::main!(FeatureZ);
