//! Modules as people write them every day: the SDK says them, and NixOS and Rust make the same of them.

use domi::prelude::*;
use domi_conformance::{Outcome, cases, comparable, realised};
use domi_model::{Manifest, Value};
use serde_json::{Value as Json, json};

use crate::asked::{check, compare};

/// Workers that do one thing, as many as there is work for.
#[derive(Options)]
struct Pool {
    /// How many workers there are.
    #[option(default = 2, range = 0..=64)]
    workers: u8,

    /// What each of them does.
    #[option(default = "idle")]
    task: String,

    /// What they do it with, by name.
    #[option(default = attrs! {}, example = attrs! { "QUEUE": "mail" })]
    environment: BTreeMap<String, String>,

    /// Rules, which a worker reads again when it gets a signal.
    #[option(default = "")]
    rules: Lines,
}

impl Feature for Pool {
    fn software() -> Vec<Software> {
        vec![Software::new("coreutils").debian(["coreutils", "procps"])]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let kill = package("coreutils").bin("kill");
        let work = script(
            "work",
            r#"
            trap 'echo "$1 reads its rules"' HUP
            while true; do
                echo "$1: $task"
                sleep 60 & wait $! || true
            done
            "#,
        )
        .value("task", cfg.task());
        let more = environment_file("pool.env", cfg.environment());
        system.etc("pool/rules", cfg.rules());
        system
            .service("worker@")
            .description(text!("Worker {}", specifier("%i")))
            .part_of("workers.target")
            .start(argv![work.file(), specifier("%i")])
            .reload(argv![kill, "-HUP", main_pid()])
            .reload_trigger(cfg.rules())
            .environment_file(more)
            .restart_on_failure()
            .dynamic_user();
        let workers = one_to(cfg.workers()).map(|n| text!("worker@{n}.service"));
        system.target("workers").wanted_by("multi-user.target").wants(workers);
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("works").wait_for_unit("workers.target");
    }
}

/// Fetches a document every night, and raises an alarm where it cannot.
#[derive(Options)]
struct Nightly {
    /// What fetches.
    #[option(default = "curl")]
    curl: Package,

    /// What reads.
    #[option(default = "jq")]
    jq: Package,

    /// Where the document is.
    #[option(default = "http://localhost/")]
    url: String,

    /// What is taken of it.
    #[option(default = ["."])]
    filters: Vec<String>,

    /// When.
    #[option(default = "*-*-* 03:00:00")]
    start_at: String,

    /// How much later at most.
    #[option(default = 3600, range = 0..=86_400)]
    delay: u32,

    /// Whether to say what is done.
    #[option(default = false)]
    verbose: bool,
}

impl Feature for Nightly {
    fn software() -> Vec<Software> {
        vec![Software::new("curl"), Software::new("jq"), Software::new("util-linux")]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let fetch = script(
            "fetch",
            r#"
            exec 9>/run/nightly/lock
            flock --nonblock 9
            "$verbose" && set -x
            curl --fail --silent "$url" >/var/lib/nightly/document
            for filter in "${filters[@]}"; do
                jq "$filter" /var/lib/nightly/document
            done
            "#,
        )
        .value("url", cfg.url())
        .value("verbose", cfg.verbose())
        .list("filters", cfg.filters());
        let alarm = script("alarm", r#"echo "$1 failed: $MONITOR_SERVICE_RESULT""#);
        system
            .service("nightly")
            .one_shot()
            .path(cfg.curl())
            .path(cfg.jq())
            .path(package("util-linux"))
            .start(fetch)
            .state("nightly")
            .config("RuntimeDirectory", "nightly")
            .on_failure("nightly-alarm.service")
            .dynamic_user()
            .hardened();
        system
            .service("nightly-alarm")
            .one_shot()
            .start(argv![alarm.file(), command_variable("MONITOR_UNIT")])
            .if_changed(IfChanged::Stay);
        system
            .timer("nightly")
            .wanted_by("timers.target")
            .on_calendar(cfg.start_at())
            .randomized_delay(cfg.delay())
            .persistent();
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("is planned").wait_for_unit("nightly.timer");
    }
}

/// A shop that keeps its baskets in a Redis, which NixOS sets up.
#[derive(Options)]
struct Shop {
    /// Where that Redis listens.
    #[option(default = 6380)]
    port: Port,

    /// Whether it is on this machine.
    #[option(default = true)]
    local: bool,
}

impl Feature for Shop {
    fn software() -> Vec<Software> {
        vec![Software::new("redis").debian(["redis-tools"])]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.when(cfg.local(), |system| {
            system.nixos("services.redis.servers.baskets.enable").set(true);
            system.nixos("services.redis.servers.baskets.port").set(cfg.port());
            system.nixos("services.redis.servers.baskets.appendOnly").set(true).by_default();
        });
        system
            .service("shop")
            .wanted_by("multi-user.target")
            .after("redis-baskets.service")
            .start(argv![package("redis").bin("redis-cli"), "-p", cfg.port(), "ping"])
            .one_shot()
            .dynamic_user();
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("sells").wait_for_unit("shop.service");
    }
}

fn manifest<F: Feature>(name: &'static str) -> Manifest {
    let of = domi::Crate {
        name,
        version: "0.1.0",
        description: "For every day",
        authors: "",
        folder: "/nowhere",
        cargo_toml: "package.metadata.domi = { kind = 'services', maturity = 'dev' }",
    };
    let (manifest, problems) = domi::manifest::<F>(&of);
    assert!(problems.is_empty(), "{problems:#?}");
    manifest
}

/// Whether Rust takes settings is compared by the rows; made-up ones need only mean the same.
fn check_more(manifest: &Manifest) {
    let rows: Vec<(Json, bool)> = cases(manifest, 5, 8)
        .into_iter()
        .map(|case| {
            let taken = matches!(realised(&[manifest], &case), Ok(Outcome::System(_)));
            (Value::to_json(&case), taken)
        })
        .collect();
    check(manifest, &rows);
}

#[test]
fn a_pool_has_as_many_workers_as_a_setting_says() {
    let manifest = manifest::<Pool>("pool");
    check(
        &manifest,
        &[
            (json!({}), true),
            (json!({ "workers": 0 }), true),
            (json!({ "workers": 64 }), true),
            (json!({ "workers": 65 }), false),
            (json!({ "task": "it's $(reboot) `x` %i ${MAINPID}\n'\\''", "rules": "a\nb\n" }), true),
            (json!({ "environment": { "A": "\"q\" \\ $b `c` %i '\t\n", "_B1": "" } }), true),
            (json!({ "environment": { "A": "a\rb" } }), false),
            (json!({ "environment": { "A": "\u{7f}" } }), false),
            (json!({ "environment": { "A-B": "" } }), false),
            (json!({ "environment": { "1A": "" } }), false),
        ],
    );
    check_more(&manifest);
}

#[test]
fn a_nightly_job_is_a_script_with_a_lock_and_an_alarm() {
    let manifest = manifest::<Nightly>("nightly");
    check(
        &manifest,
        &[
            (json!({}), true),
            (json!({ "verbose": true, "url": "https://x.org/a?b=c&d" }), true),
            (json!({ "url": "" }), true),
            (json!({ "filters": [] }), true),
            (json!({ "filters": [".a", "", "it's", "a b", "$x"] }), true),
            (json!({ "startAt": "never" }), false),
            (json!({ "delay": 86_401 }), false),
        ],
    );
    check_more(&manifest);
}

#[test]
fn a_shop_has_its_redis_from_nixos_and_rust_says_that_it_does_not_know_it() {
    let whole = manifest::<Shop>("shop");
    let case = |json: Json| Value::from_json(json).unwrap();
    let asked = realised(&[&whole], &case(json!({})));
    let unknown = asked.expect_err("Rust knows nothing of it");
    assert!(unknown.contains("services.redis.servers.baskets.enable"), "{unknown}");
    assert!(realised(&[&whole], &case(json!({ "local": false }))).is_ok());

    let rest = comparable(&whole);
    check(&rest, &[(json!({}), true), (json!({ "port": 65_536 }), false)]);
    check_more(&rest);
    // NixOS has more by the whole module, where the condition holds.
    let cases = [json!({}), json!({ "local": false })].map(case).to_vec();
    let Some(report) = compare(&[&whole], &[&rest], cases) else { return };
    let has_redis = |(_, outcome): &(Value, Outcome)| match outcome {
        Outcome::System(system) => system.units.contains_key("redis-baskets.service"),
        Outcome::Refused { .. } => panic!("{outcome:?}"),
    };
    assert_eq!(report.cases.iter().map(has_redis).collect::<Vec<_>>(), [true, false]);
    assert_eq!(report.differing.len(), 1);
}
