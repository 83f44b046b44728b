//! What authors write becomes the manifest that they mean.

mod everything;

use domi::model::{Manifest, TmpfilesRule};
use domi::prelude::*;
use everything::{
    DeeperOptions, Everything, EverythingOptions, InnerOptions, Level, Store, StoreCases,
};

const CRATE: domi::Crate = domi::Crate {
    name: "everything",
    version: "1.2.3",
    description: "Uses everything",
    authors: "Ann <ann@example.org>:Bob",
    folder: "/nowhere",
    cargo_toml: "package.metadata.domi = { kind = 'features', maturity = 'prod' }",
};

impl Feature for Everything {
    fn software() -> Vec<Software> {
        vec![
            Software::new("tool")
                .nixpkgs("set.tool")
                .debian(["tool", "tool-data"])
                .debian_path("bin/tool", "/usr/sbin/tool"),
        ]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.assert(!cfg.boolean().and(cfg.few().gt(3)), "not both");
        rules.assert(cfg.list().all(|word| word.ne(cfg.word())), text!("{} is a word", cfg.word()));
        rules.requires("store").when(cfg.boolean());
        rules.wants("metrics");
        rules.conflicts("other-everything");
        rules.warn(cfg.level().eq(Level::Low).or(cfg.store_path().is_set()), "low");
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        expressions(cfg, system);
        units(cfg, system);
        changes(cfg, system);
        scripts(cfg, system);
        others(cfg, system);
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests.it("has no steps");
        tests
            .it("takes every step")
            .needs_kernel("reads dmesg")
            .machine("one")
            .set(cfg.port(), 9090)
            .set(cfg.inner().path(), "/a")
            .set(cfg.inner().name(), "b")
            .set(cfg.instances().at("i").path(), "/i")
            .file("/f", "content")
            .secret_file("/s", "secret")
            .machine("two")
            .without_feature()
            .package("tool")
            .wait_for_unit("a.service")
            .on("one")
            .wait_for_port(1)
            .wait_for_file("/f")
            .succeeds("true")
            .fails("false")
            .eventually("true")
            .prints("echo a", "a")
            .prints_part("echo ab", "a")
            .prints_match("echo ab", "^a")
            .start("a")
            .stop("a")
            .restart("a")
            .write("/w", "content")
            .crash()
            .reboot()
            .cut_network()
            .delay_network(Duration::from_millis(250))
            .lose_packets(10)
            .heal_network()
            .switch(|to| to.set(cfg.inner().path(), "/b").set(cfg.few(), 3))
            .switch(domi::Switched::without_feature)
            .switch(|to| to)
            .python("pass");
        tests.it("is updated").from_previous_release().switch(|to| to);
        tests.it_refuses("a wrong port").set(cfg.port(), 65_536);
        tests.it_refuses("both").set(cfg.boolean(), true).set(cfg.few(), 4).because("not both");
    }
}

/// Files that show expressions of every kind.
fn expressions(cfg: &Expr<Everything>, system: &mut System) {
    let secret = cfg.secret_file().map(|file| text!("secret {file}")).or("no secret");
    system.etc("everything/option", secret);
    system.etc("everything/when", when(cfg.number().le(0.5), "small", cfg.string()));
    system.etc("everything/join", cfg.list().concat(["last"]).map(|w| text!("<{w}>")).join(","));
    let deeper = cfg.inner().deeper();
    system
        .etc("everything/deeper", text!("{}", deeper.map(|d| d.level()).or(Level::Medium)))
        .when(deeper.is_set());
    let store =
        cfg.store().cases(|size| text!("{size} MiB"), |folder| text!("in {}", folder.path()));
    system.etc("everything/store", store);
    system.etc("everything/nested", {
        let names = cfg.instances().map_to_list(|name, instance| {
            let all = cfg.list().any(|word| word.eq(&name));
            when(all, text!("{name}"), text!("{{{}}}", instance.backup()))
        });
        names.join(" ")
    });
    system.etc("everything/json", cfg.map().to_json());
    let merged = attrs! {
        "port": cfg.port(),
        "plain": { "a": [1, true, 0.5, "x"], "b": {} },
        "mapped": cfg.instances().map_values(|_, instance| instance.path()),
    };
    let merged = merged.merge(cfg.toml()).merge(attrs! { "low": 1 }.when(cfg.boolean()));
    system.etc_settings("everything/settings.toml", Toml, merged);
}

fn units(cfg: &Expr<Everything>, system: &mut System) {
    let config = settings_file(Json, "config.json", attrs! { "port": cfg.port() });
    system
        .service("everything")
        .description("Everything")
        .wanted_by("multi-user.target")
        .after("network.target")
        .requires("everything.socket")
        .start_pre(argv![cfg.package().bin("tool"), "check"].prefix("-").when(cfg.boolean()))
        .start(
            argv![cfg.package().bin("tool"), "--config", config, cfg.port()]
                .and_when(cfg.boolean(), argv!["-v"])
                .and_all(cfg.list())
                .and_maybe(&cfg.secret_file().map(|file| text!("--key={file}")))
                .and(argv!["last"]),
        )
        .environment("PORT", cfg.port())
        .environment("KEY", cfg.secret_file())
        .path(cfg.package())
        .config("Nice", 5)
        .config("ReadWritePaths", ["/a", "/b"])
        .config("SupplementaryGroups", cfg.list())
        .config_when(cfg.boolean(), "MemoryMax", "1G")
        .unit_config("StartLimitBurst", 3)
        .credential("key", cfg.secret_file())
        .credential("other", cfg.secret_file())
        .dynamic_user()
        .state("everything");
    system.socket("everything").wanted_by("sockets.target").config("ListenStream", cfg.port());
    system.path("everything").config("PathChanged", cfg.path());
    system.slice("everything").config("MemoryMax", "1G");
    system.target("everything").wants("everything.service");
    system.each(cfg.instances(), |system, name, instance| {
        let unit = text!("everything-{name}");
        system.when(instance.deeper().is_set(), |system| {
            system.service(&unit).one_shot().start(argv![package("tool").bin("tool"), &name]);
        });
        system.timer(&unit).on_calendar("daily").persistent().when(cfg.boolean());
        system.folder(text!("/srv/{name}"), "0750", "root");
        system.claims_path(instance.path());
    });
}

fn changes(cfg: &Expr<Everything>, system: &mut System) {
    system
        .service("changing")
        .start(argv![cfg.package().bin("tool")])
        .reload(argv![cfg.package().bin("tool"), "reload"])
        .restart_trigger(cfg.port())
        .restart_trigger(text_file("rules", cfg.string()))
        .reload_trigger(cfg.list().to_json());
    system
        .service("worker@")
        .part_of("workers.target")
        .start(argv![cfg.package().bin("tool"), specifier("%i")])
        .reload(argv![cfg.package().bin("tool"), "--pid", main_pid()])
        .stop_post(argv![cfg.package().bin("tool"), text!("{}!", command_variable("EXIT_STATUS"))]);
    let workers = one_to(cfg.few()).map(|n| text!("worker@{n}.service"));
    system.target("workers").wanted_by("multi-user.target").wants(&workers).after(workers);
    system
        .service("lasting")
        .start(argv![cfg.package().bin("tool")])
        .if_changed(IfChanged::Restart);
}

fn scripts(cfg: &Expr<Everything>, system: &mut System) {
    let job = script(
        "job",
        r#"
        for word in "${words[@]}"; do
            echo "$word" "$port"
        done
        "#,
    )
    .value("port", cfg.port())
    .value("greeting", "it's")
    .list("words", cfg.list());
    let variables = environment_file("job.env", attrs! { "PORT": cfg.port(), "NAME": "a b" });
    system
        .service("job")
        .one_shot()
        .environment_file(variables)
        .start_pre(script("check", "true"))
        .start(&job)
        .start(argv![job.file(), "again"]);
    system.etc("job.env", environment_lines(cfg.map()));
}

fn others(cfg: &Expr<Everything>, system: &mut System) {
    system.package(cfg.package()).when(cfg.boolean());
    system.user("everything", "Everything").when(cfg.boolean());
    system.group("others").gid(500);
    accounts(cfg, system);
    system.claims_tcp([cfg.port(), cfg.fallback_port()]);
    system.claims_udp([53]).when(cfg.boolean());
    system.sysctl("net.core.somaxconn", cfg.few());
    system.when(cfg.boolean(), |system| {
        system.allow_tcp([cfg.port(), cfg.fallback_port()]);
        system.allow_udp([53]).when(cfg.few().lt(5));
        system.tmpfiles(TmpfilesRule {
            kind: "L+".to_owned(),
            path: domi::IntoText::into_text("/link"),
            mode: None,
            user: None,
            group: None,
            age: None,
            argument: Some(domi::IntoText::into_text(cfg.path())),
            scope: domi::model::Scope::default(),
        });
    });
}

fn accounts(cfg: &Expr<Everything>, system: &mut System) {
    system.user("own", "Own").uid(501).gid(502).create_home("/srv/own").extra_group("others");
    system.user("shared", "Shared").primary_group("others").home(cfg.path()).when(cfg.boolean());
    system
        .user("person", "Person")
        .normal()
        .uid(1000)
        .shell(cfg.package().bin("tool"))
        .extra_group("video");
    system.etc("owned", "text").mode("0440").owner("own").group("others");
    system
        .mount("/srv/a-b", cfg.path())
        .file_system("none")
        .options("bind")
        .required_by("everything.service");
    system.automount("/srv/a-b").idle_timeout("1min").wanted_by("multi-user.target");
    let broken = system.target("broken").alias("failed.target").on_failure("everything.service");
    broken.on_success("everything.socket").requires(domi::mount_unit("/srv/a-b"));
}

fn everything() -> (Manifest, Vec<String>) {
    let (manifest, problems) = domi::manifest::<Everything>(&CRATE);
    (manifest, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn everything_is_sound() {
    let (_, problems) = everything();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn everything_becomes_its_manifest() {
    let mut json = serde_json::to_value(everything().0).unwrap();
    without_places(&mut json);
    insta::assert_json_snapshot!(json);
}

fn without_places(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_places),
        serde_json::Value::Object(attrs) => {
            attrs.remove("place");
            attrs.values_mut().for_each(without_places);
        }
        _ => {}
    }
}

#[test]
fn a_manifest_survives_being_printed() {
    let (manifest, _) = everything();
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
}

#[test]
fn the_program_answers_by_the_protocol() {
    let check = |of: &domi::Crate, arguments: &[&str], code, stdout_lines, stderr: &str| {
        let answer = domi::respond::<Everything>(of, arguments);
        assert_eq!(answer.code, code, "{arguments:?}");
        assert_eq!(answer.stdout.lines().count() > 1, stdout_lines > 1, "{arguments:?}");
        assert_eq!(answer.stdout.is_empty(), stdout_lines == 0, "{arguments:?}");
        assert!(answer.stderr.contains(stderr), "{}", answer.stderr);
        assert_eq!(answer.stderr.is_empty(), stderr.is_empty(), "{}", answer.stderr);
        if code == 0 {
            serde_json::from_str::<Manifest>(&answer.stdout).unwrap();
        }
    };
    check(&CRATE, &[], 0, 1, "");
    check(&CRATE, &["--pretty"], 0, 2, "");
    check(&CRATE, &["--help"], 2, 0, "usage: everything [--pretty]");
    check(&CRATE, &["--pretty", "--pretty"], 2, 0, "usage:");
    check(&domi::Crate { name: "Not Kebab", ..CRATE }, &[], 1, 0, "error[D0101]: Not Kebab");
}

#[test]
fn places_are_those_of_the_source() {
    let (manifest, _) = everything();
    let here = include_str!("manifest.rs").lines().collect::<Vec<_>>();
    let check = |place: &Option<domi::model::Place>, expected: &str| {
        let place = place.as_ref().unwrap();
        assert!(place.file.ends_with("tests/manifest.rs"), "{place}");
        let line = here[place.line as usize - 1];
        assert!(line.contains(expected), "{place} is {line:?}, not {expected:?}");
    };
    check(&manifest.assertions[0].place, "rules.assert(");
    check(&manifest.warnings[0].place, "rules.warn(");
    check(&manifest.requires[0].place, "rules.requires(");
    check(&manifest.system.claims[0].place, "system.claims_");
    check(&manifest.system.units[1].place, "system.socket(\"everything\")");
    check(&manifest.tests[0].place, "tests.it(\"has no steps\")");
    check(&manifest.tests[3].place, "tests.it_refuses(\"a wrong port\")");
    let domi::model::TestBody::Run(run) = &manifest.tests[1].body else { panic!("it runs") };
    check(&run.steps[0].place, ".wait_for_unit(");
    let port = manifest.options.iter().find(|option| option.name == "port").unwrap();
    let options = include_str!("everything/mod.rs").lines().collect::<Vec<_>>();
    let line = options[port.place.as_ref().unwrap().line as usize - 1];
    assert!(line.contains("port: Port"), "{line}");
}

#[test]
fn wrong_metadata_is_a_problem_and_hides_no_other() {
    let check = |cargo_toml, expected: &str| {
        let of = domi::Crate { cargo_toml, description: "Ends with a stop.", ..CRATE };
        let (_, problems) = domi::manifest::<Everything>(&of);
        let codes: Vec<_> = problems.iter().map(|problem| problem.code.0).collect();
        assert_eq!(codes, ["D0110", "D0105"]);
        assert!(problems[0].message.contains(expected), "{}", problems[0]);
    };
    check("", "missing field `package`");
    check("package.metadata.domi = {}", "missing field `kind`");
    check("package.metadata.domi = { kind = 'nonsense' }", "unknown variant `nonsense`");
    check("package.metadata.domi = { kind = 'ui', colour = 1 }", "unknown field `colour`");
}

#[test]
fn the_metadata_may_give_the_feature_another_name() {
    let cargo_toml = "package.metadata.domi = { kind = 'ui', name = 'other' }";
    let (manifest, _) = domi::manifest::<Everything>(&domi::Crate { cargo_toml, ..CRATE });
    assert_eq!(manifest.feature.name, "other");
}

#[test]
fn bound_names_differ_where_bodies_nest() {
    let cfg: Expr<Everything> =
        Expr::from_model(domi::model::Expr::Option(domi::model::OptionPath::default()));
    let nested = cfg.list().map(|outer| {
        let inner = cfg.list().map(|inner| text!("{outer}{inner}"));
        inner.join("")
    });
    let json = serde_json::to_string(nested.as_model()).unwrap();
    assert!(
        json.contains(r#"[{"variable":{"name":"item"}},{"variable":{"name":"item2"}}]"#),
        "{json}"
    );
}

#[test]
fn stores_have_a_case_for_each_tag() {
    // The names of the variants are those of the tags, in their order.
    let domi::model::Type::AttrTag(variants) = <Store as domi::OptionType>::ty() else {
        panic!("a tagged union")
    };
    let names: Vec<_> = variants.iter().map(|variant| &*variant.name).collect();
    assert_eq!(names, ["memory", "localFolder"]);
}

#[test]
fn the_manifest_that_the_documentation_shows_is_sound() {
    let page = include_str!("../../../docs/plugins.md");
    let json = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let manifest: Manifest = serde_json::from_str(json).unwrap();
    assert_eq!(domi::model::validate(&manifest), []);
}
