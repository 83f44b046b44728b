//! What is said twice becomes a list, or a problem that names both places. The last one never wins
//! unnoticed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use domi::model::{Problem, TestBody, Value};
use domi::prelude::*;
use serde_json::json;

/// Options of all kinds that builders take.
#[derive(Options)]
struct Thing {
    /// Whether.
    on: bool,
    /// A word.
    word: String,
    /// Words.
    words: Vec<String>,
    /// A secret.
    secret: SecretFile,
    /// Instances.
    instances: BTreeMap<String, Instance>,
}

/// An instance.
#[derive(Options)]
struct Instance {
    /// A name.
    name: String,
    /// A port.
    port: Port,
}

fn cfg() -> Expr<Thing> {
    Expr::from_model(domi::model::Expr::Option(domi::model::OptionPath::default()))
}

/// The lines of this file that a problem names: where it is, and where the first was.
fn lines(problem: &Problem) -> Vec<u32> {
    let at = problem.place.as_ref().map(|place| place.line);
    let first = problem.message.rsplit_once("twice.rs:").map(|(_, line)| line.parse().unwrap());
    first.into_iter().chain(at).collect()
}

/// Saying this is one problem of these words, at both lines.
#[track_caller]
fn check_twice(say: impl FnOnce(&Expr<Thing>), expected: &str) {
    let ((), problems) = domi::private::noted(|| say(&cfg()));
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{said:?}");
    assert_eq!(problems[0].code.0, "D0112", "{said:?}");
    assert!(said[0].contains(&format!("{expected} is said twice")), "{said:?}");
    let lines = lines(&problems[0]);
    assert!(matches!(lines[..], [first, second] if first <= second), "{said:?}");
}

#[test]
fn what_can_be_said_once_only_is_a_problem() {
    let unit = |add: fn(domi::Service<'_>) -> domi::Service<'_>, expected: &str| {
        check_twice(|_| drop(add(System::default().service("a"))), expected);
    };
    unit(|unit| unit.description("a").description("b"), "a.service: its description");
    unit(|unit| unit.config("Nice", 1).config("Nice", 2), "a.service: `Nice`");
    unit(|unit| unit.one_shot().config("Type", "simple"), "a.service: `Type`");
    unit(|unit| unit.restart_on_failure().restart_on_failure(), "a.service: `Restart`");
    unit(|unit| unit.dynamic_user().config("DynamicUser", false), "a.service: `DynamicUser`");
    unit(
        |unit| unit.config("MemoryMax", "1G").config_when(cfg().on(), "MemoryMax", "2G"),
        "a.service: `MemoryMax`",
    );
    unit(
        |unit| unit.hardened().config("UMask", "0027").config("UMask", "0022"),
        "a.service: `UMask`",
    );
    unit(
        |unit| unit.unit_config("StartLimitBurst", 1).unit_config("StartLimitBurst", 2),
        "a.service: `StartLimitBurst`",
    );
    unit(
        |unit| unit.environment("A", "1").environment("A", "2"),
        "a.service: the environment variable `A`",
    );
    unit(
        |unit| unit.credential("a", cfg().secret()).credential("a", cfg().secret()),
        "a.service: the credential `a`",
    );
    check_twice(
        |_| drop(System::default().timer("a").persistent().config("Persistent", false)),
        "a.timer: `Persistent`",
    );
    check_twice(
        |cfg| drop(System::default().service(cfg.word()).description("a").description("b")),
        "a service: its description",
    );
    check_twice(
        |_| drop(Software::new("a").nixpkgs("a").nixpkgs("b")),
        "software `a`: its path in nixpkgs",
    );
    check_twice(
        |_| drop(Software::new("a").debian(["a"]).debian(["b"])),
        "software `a`: its packages in Debian",
    );
    check_twice(
        |_| {
            drop(
                Software::new("a")
                    .debian_path("bin/a", "/sbin/a")
                    .debian_path("bin/a", "/usr/sbin/a"),
            );
        },
        "the place of its `bin/a` in Debian",
    );
}

#[test]
fn what_a_test_says_twice_is_a_problem() {
    let it = |add: fn(domi::Machines<'_>) -> domi::Machines<'_>, expected: &str| {
        check_twice(|_| drop(add(Tests::default().it("x"))), expected);
    };
    it(|it| it.set(cfg().word(), "a").set(cfg().word(), "b"), "x: `word`");
    it(
        |it| it.machine("m").set(cfg().word(), "a").machine("n").on("m").set(cfg().word(), "b"),
        "x: `word` of the machine `m`",
    );
    it(
        |it| it.set(cfg().instances(), attrs! {}).set(cfg().instances().at("a").port(), 1),
        "x: `instances.a.port`",
    );
    it(
        |it| it.set(cfg().instances().at("a").port(), 1).set(cfg().instances(), attrs! {}),
        "x: `instances`",
    );
    it(|it| it.machine("m").machine("m"), "x: the machine `m`");
    it(|it| it.needs_kernel("a").needs_kernel("b"), "x: why it needs a kernel of its own");
    it(|it| it.file("/a", "1").secret_file("/a", "2"), "x: the file `/a`");
    check_twice(
        |cfg| drop(Tests::default().it_refuses("x").set(cfg.word(), 1).set(cfg.word(), 2)),
        "refuses x: `word`",
    );
    check_twice(
        |_| drop(Tests::default().it_refuses("x").because("a").because("b")),
        "refuses x: what the refusal names",
    );
}

/// The manifest of a feature with this system.
fn unit(add: impl FnOnce(domi::Service<'_>, &Expr<Thing>)) -> serde_json::Value {
    let mut system = System::default();
    let ((), problems) = domi::private::noted(|| add(system.service("a"), &cfg()));
    assert_eq!(problems, []);
    serde_json::to_value(domi::private::model(system)).unwrap()["units"][0].clone()
}

#[test]
fn both_places_are_named() {
    let ((), problems) = domi::private::noted(|| {
        let mut system = System::default();
        let unit = system.service("a").config("Nice", 1);
        let _ = unit.config("Nice", 2);
    });
    let lines = lines(&problems[0]);
    assert_eq!(lines[1], lines[0] + 1, "{problems:?}");
}

#[test]
fn what_systemd_reads_as_a_list_gets_longer() {
    let check = |add: fn(domi::Service<'_>, &Expr<Thing>), key: &str, expected| {
        assert_eq!(unit(add)["config"][key], expected);
    };
    let text = |text: &str| json!({ "literal": text });
    check(
        |unit, _| drop(unit.config("ReadWritePaths", "/a").config("ReadWritePaths", "/b")),
        "ReadWritePaths",
        json!({ "value": { "list": [text("/a"), text("/b")] } }),
    );
    check(
        |unit, _| {
            drop(
                unit.config("ReadWritePaths", ["/a", "/b"])
                    .config("ReadWritePaths", "/c")
                    .state("x"),
            );
        },
        "ReadWritePaths",
        json!({ "value": { "list": [text("/a"), text("/b"), text("/c")] } }),
    );
    check(
        |unit, cfg| {
            let unit = unit.config("ReadWritePaths", cfg.words());
            drop(unit.config_when(cfg.on(), "ReadWritePaths", "/b").config("ReadWritePaths", "/c"));
        },
        "ReadWritePaths",
        json!({ "value": { "concat": [
            { "option": ["words"] },
            { "if": {
                "condition": { "option": ["on"] },
                "then": { "list": [text("/b")] },
                "otherwise": { "list": [] },
            } },
            { "list": [text("/c")] },
        ] } }),
    );
    check(
        |unit, _| drop(unit.state("a").state("b")),
        "StateDirectory",
        json!({ "value": { "list": [text("a"), text("b")] } }),
    );
    check(
        |unit, _| drop(unit.hardened().config("UMask", "0027").hardened()),
        "UMask",
        json!({ "value": text("0027") }),
    );
    check(
        |unit, _| drop(unit.config("SystemCallFilter", ["@basic-io"]).confined()),
        "SystemCallFilter",
        json!({ "value": { "literal": ["@basic-io"] } }),
    );
    check(
        |unit, _| drop(unit.confined().config("SystemCallFilter", ["@basic-io"])),
        "SystemCallFilter",
        json!({ "value": { "literal": ["@basic-io"] } }),
    );
    check(
        |unit, _| drop(unit.config("UMask", "0027").hardened()),
        "UMask",
        json!({ "value": text("0027") }),
    );
}

#[test]
fn prefixes_and_conditions_of_a_command_come_together() {
    let add = |unit: domi::Service<'_>, cfg: &Expr<Thing>| {
        let command = argv!["/bin/a"].and(argv!["b"].when(cfg.on())).prefix("-").prefix("+-");
        drop(unit.start(command.when(cfg.on()).when(cfg.word().eq("x"))));
    };
    let command = unit(add)["commands"]["ExecStart"][0].clone();
    assert_eq!(command["prefix"], "-+");
    assert_eq!(command["when"]["and"].as_array().unwrap().len(), 2, "{command}");
    let more = &command["argv"]["concat"][1]["if"];
    assert_eq!(more["condition"], json!({ "option": ["on"] }), "{command}");
}

#[test]
fn kernel_parameters_are_set_once_unless_it_depends() {
    let check = |add: fn(&mut System), problems: usize| {
        let ((), noted) = domi::private::noted(|| {
            let mut system = System::default();
            add(&mut system);
            domi::private::model(system);
        });
        assert_eq!(noted.len(), problems, "{noted:?}");
    };
    check(
        |system| {
            system.sysctl("vm.swappiness", 1);
            system.sysctl("vm.swappiness", 2);
        },
        1,
    );
    check(
        |system| {
            system.sysctl("vm.swappiness", 1).when(cfg().on());
            system.sysctl("vm.swappiness", 2).when(!cfg().on());
            system.sysctl("vm.overcommit_memory", 2);
        },
        0,
    );
}

#[test]
fn parts_of_settings_may_be_set_one_after_the_other() {
    let mut tests = Tests::default();
    let ((), problems) = domi::private::noted(|| {
        let instances = cfg().instances();
        tests
            .it("x")
            .machine("a")
            .set(instances.at("i").port(), 1)
            .set(instances.at("i").name(), "n")
            .set(instances.at("j").port(), 2)
            .machine("b")
            .set(instances.at("i").port(), 3)
            .file("/a", "")
            .on("a")
            .file("/a", "");
    });
    assert_eq!(problems, []);
    let tests = domi::private::tests(tests);
    let TestBody::Run(run) = &tests[0].body else { panic!("it runs") };
    let Value::Attrs(instances) = &run.machines["a"].settings["instances"] else { panic!("attrs") };
    assert_eq!(instances.len(), 2);
}

#[test]
fn an_attribute_that_is_given_twice_is_a_problem() {
    let (_, problems) = domi::private::noted(|| -> Expr<BTreeMap<String, u32>> {
        [("a", 1), ("a", 2)].into_expr()
    });
    assert!(problems[0].message.contains("the attribute `a` is said twice"), "{problems:?}");
}
