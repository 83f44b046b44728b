use std::path::PathBuf;
use std::time::Duration;

use domi_evaluate::Nixpkgs;
use domi_nix_command::Nix;
use domi_runner::{BackendKind, Beside, Programs, Realiser, Variant};
use domi_transplant::{FromStore, StorePath, Table};
use serde_json::json;

use super::*;
use crate::Realisers;
use crate::provision::{Case, provisions};

/// A feature with two tests that run something and one refusal. The second test has a feature beside it.
pub(crate) fn manifest(name: &str) -> Manifest {
    let run = |name: &str, port: i64, beside: &[&str]| {
        json!({ "name": name, "body": { "run": {
            "machines": { "machine": { "settings": { "port": port } } },
            "beside": beside,
            "steps": [{ "action": { "succeed": "true" } }],
        } } })
    };
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name,
            "kind": "services",
            "summary": "a feature",
            "maturity": "dev",
            "version": "0.0.0",
            "platforms": ["x86_64-linux"],
        },
        "options": [{
            "name": "port",
            "type": "port",
            "description": "a port",
        }],
        "system": {},
        "tests": [
            run("alone", 81, &[]),
            run("in company", 82, &["other"]),
            { "name": "refuses", "body": { "refuse": { "settings": { "port": -1 }, "because": "port" } } },
        ],
    });
    serde_json::from_value(manifest).expect("it is as a manifest is")
}

fn job(test: usize, beside: &[&str]) -> Job {
    job_of(manifest("web"), test, beside)
}

/// A job of one of a manifest's tests.
pub(crate) fn job_of(manifest: Manifest, test: usize, beside: &[&str]) -> Job {
    let manifest = Arc::new(manifest);
    let beside = beside.iter().map(|name| Beside {
        manifest: Arc::new(self::manifest(name)),
        crate_dir: PathBuf::new(),
        settings: Settings::new(),
        only_on: None,
    });
    Job {
        id: String::new(),
        test: manifest.tests[test].clone(),
        manifest,
        crate_dir: PathBuf::new(),
        set: Vec::new(),
        previous: None,
        beside: beside.collect(),
        together: false,
        machine_systems: domi_runner::MachineSystems::default(),
        system: Platform::X86_64Linux,
        backend: BackendKind::PORTABLE,
        variant: Variant::default(),
        brief: String::new(),
        why: String::new(),
        skip: None,
        not_covered: Vec::new(),
        quarantine: None,
        overdue: false,
        compared_with: None,
    }
}

#[track_caller]
fn check_asked_at_once(one: &Job, other: &Job, expected: bool) {
    assert_eq!(Question::of(one) == Question::of(other), expected);
}

#[test]
fn tests_with_other_features_on_their_machines_are_not_answered_with_the_same() {
    check_asked_at_once(&job(0, &[]), &job(2, &[]), true);
    check_asked_at_once(&job(0, &[]), &job(0, &["other"]), false);
    check_asked_at_once(&job(0, &["other"]), &job(0, &["another"]), false);
    // The first has it because of the run, the second alone.
    check_asked_at_once(&job(0, &["other"]), &job(1, &["other"]), false);
    let elsewhere = Job { system: Platform::Aarch64Linux, ..job(0, &[]) };
    check_asked_at_once(&job(0, &[]), &elsewhere, false);
}

#[track_caller]
fn check_ports(job: &Job, expected: &[i64]) {
    let settings = all_settings(job);
    let ports: Vec<_> = settings.iter().map(|settings| settings["port"].clone()).collect();
    assert_eq!(ports, expected.iter().copied().map(Value::Int).collect::<Vec<_>>());
}

#[test]
fn a_question_is_about_the_settings_of_its_own_tests() {
    check_ports(&job(0, &[]), &[81, -1]);
    check_ports(&job(1, &["other"]), &[82]);
}

#[test]
fn nothing_is_asked_about_tests_that_are_skipped_because_they_switch_a_machine() {
    let mut manifest = manifest("web");
    let TestBody::Run(run) = &mut manifest.tests[0].body else { panic!("it runs") };
    let switch = json!({ "action": { "switch": { "settings": { "port": 83 } } } });
    run.steps.push(serde_json::from_value(switch).expect("a step"));
    check_ports(&job_of(manifest, 2, &[]), &[-1]);
}

#[test]
fn the_options_of_every_feature_on_the_machine_are_forced() {
    let groups = groups(&job(1, &["other"]));
    let forced = |group: &OptionGroup| (group.prefix.join("."), group.force.join(" "));
    let forced: Vec<_> = groups.iter().map(forced).collect();
    let port = |prefix: &str| (prefix.to_owned(), "port".to_owned());
    assert_eq!(forced, [port("domi.services.web"), port("domi.services.other")]);
}

/// A realiser of which nothing is run but the question for its version.
fn realiser() -> NixRealiser {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("nix");
    fs_err::write(&program, "#!/bin/sh\necho 'nix (Nix) 2.30.1'\n").expect("it can be written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&program, mode).expect("it may be run");
    NixRealiser {
        nix: Nix::at(&program, &Interrupt::default()).expect("it says its version"),
        nixpkgs: Nixpkgs::Flake("nixpkgs".to_owned()),
        modules: BTreeMap::new(),
        programs: BTreeMap::new(),
        by_hand: BTreeMap::new(),
        nixos_tests: None,
        table: Table::default(),
        store: None,
        usual: Programs::Debian,
        limit: Duration::from_secs(1),
    }
}

/// Whose programs machines have is said where it is not what happens anyway.
#[test]
fn a_test_is_repeated_with_the_programs_that_it_had() {
    let check = |usual: Programs, had: Programs, expected: &str| {
        let (realiser, mut job) = (NixRealiser { usual, ..realiser() }, job(0, &[]));
        job.variant = Variant { realiser: Realiser::Nix, programs: had, ..Variant::default() };
        let interrupt = Interrupt::default();
        let words = Realisers::new(Some(&realiser), None, &interrupt).repeat(&job);
        assert_eq!(words.join(" "), expected);
    };
    check(Programs::Debian, Programs::Debian, "--realiser nix");
    check(Programs::Debian, Programs::Store, "--realiser nix --store real");
    check(Programs::Store, Programs::Store, "--realiser nix");
    check(Programs::Store, Programs::Debian, "--realiser nix --store debian");
}

/// An option of NixOS may change units and files that the feature's module does not name.
#[test]
fn what_exists_without_the_modules_is_compared_where_they_may_reach_it() {
    let realiser = realiser();
    let check = |job: &Job, expected: bool| {
        assert_eq!(ask(&realiser, job).evaluation(&realiser).changed, expected);
    };
    let reaching = |set: bool, extra_nix: bool| {
        let mut manifest = manifest("other");
        manifest.extra_nix = extra_nix;
        let option = json!({
            "option": ["services", "journald", "extraConfig"],
            "value": { "literal": "Storage=none" },
        });
        let options = if set { vec![option] } else { Vec::new() };
        manifest.system = serde_json::from_value(json!({ "nixos": options })).expect("a system");
        manifest
    };
    for (set, extra_nix, expected) in
        [(false, false, false), (true, false, true), (false, true, true)]
    {
        check(&job_of(reaching(set, extra_nix), 0, &[]), expected);
        let other = Beside {
            manifest: Arc::new(reaching(set, extra_nix)),
            crate_dir: PathBuf::new(),
            settings: Settings::new(),
            only_on: None,
        };
        check(&Job { beside: [other].into(), ..job(0, &[]) }, expected);
    }
}

#[test]
fn what_a_portable_machine_cannot_have_was_not_refused() {
    let job = job(2, &[]);
    let TestBody::Refuse(refusal) = &job.test.body else { panic!("it is a refusal") };
    let problem = |message: &str| vec![Problem::error(REFUSED_BY_NIX, "web", message)];
    let check = |made: Result<FeatureSystem, NoSystem>, expected: Verdict, says: &str| {
        let done = refusal_of(&made, &job, refusal);
        assert_eq!(done.verdict, expected);
        let said = done.diagnostics.map(|it| it.message).unwrap_or_default();
        assert!(said.contains(says), "{said}");
    };
    check(Err(NoSystem::Problems(problem("the port is wrong"))), Verdict::Refused, "");
    check(Err(NoSystem::Problems(problem("no"))), Verdict::Failed, "not for the reason");
    check(Err(NoSystem::NotCarried(problem("the port is wrong"))), Verdict::Failed, "are accepted");
    check(Ok(FeatureSystem::default()), Verdict::Failed, "are accepted");
    let unable = Unable::Missing("nix".to_owned());
    check(Err(NoSystem::Unable(unable)), Verdict::Error, "");
}

#[test]
fn what_a_machine_has_of_the_store_is_part_of_the_key_of_a_verdict() {
    let job = job(0, &[]);
    let run = job.test.run().expect("it runs");
    let told = |derivation: Option<&str>| {
        let path = |derivation: &str| StorePath {
            path: "/nix/store/1-a".to_owned(),
            derivation: Some(derivation.to_owned()),
            output: "out".to_owned(),
            name: "a".to_owned(),
        };
        let paths = derivation.map(path).into_iter().collect();
        let store = FromStore { paths, on_path: Vec::new() };
        let make = |_: &str, _: &Settings| {
            Ok(FeatureSystem { store: store.clone(), ..FeatureSystem::default() })
        };
        let provisions = provisions(&Case::of(&job), run, &make).expect("it has machines");
        provisions[0].told()
    };
    let told = [None, Some("/nix/store/x-a.drv"), Some("/nix/store/y-a.drv")].map(told);
    let different: BTreeSet<_> = told.iter().collect();
    assert_eq!(different.len(), told.len(), "{told:?}");
}
