//! The backends that use Nix, with the real Nix and a flake whose checks need nothing but a shell.
//! Where there is no nix that may build, every test says so and is skipped.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domi_backend_nixos::{Here, Nixos, WithNix};
use domi_event::{Body, Diagnostics, JobFinished, Verdict};
use domi_host::Interrupt;
use domi_nix_command::{Flake, Nix};
use domi_runner::{
    BackendKind, Backends, Ending, Loaded, RunOptions, Selection, host_system, plan,
};
use serde_json::json;

/// Every check is a shell script; `mark` makes its build another one in every run.
const FLAKE: &str = r#"
{
  outputs = { self }: let
    built = name: script: derivation {
      inherit name;
      system = "SYSTEM";
      builder = "/bin/sh";
      args = [ "-c" script ];
      mark = self.narHash;
    };
    never = built "never" "exit 9";
  in {
    checks."SYSTEM" = {
      a-passes = built "passes" "echo fine; echo yes > $out";
      a-fails = built "fails" "echo a reason; echo seen > file; exit 3";
      a-hangs = built "hangs" "echo begun; kill -STOP $$";
      a-lacks = built "lacks" "echo yes > $out" // { driver = never; };
      a-refuses = built "refuses" "echo yes > $out";
      b-kills = built "kills" "kill -KILL $PPID; kill -STOP $$";
      c-throws = throw "The option `domi.services.c.prot' does not exist.";
      e-emulates = built "emulates" ''
        echo 'machine # [ 1.9] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI'
        [ -e BEGUN ] && echo yes > $out || { echo begun > BEGUN; exit 1; }
      '';
      d-breaks = built (1 + "") "exit 9";
      d-passes = built "passes-too" "echo yes > $out";
    };
  };
}
"#;

struct Fixture {
    folder: tempfile::TempDir,
    with: WithNix,
}

fn fixture() -> Option<Fixture> {
    let found = Nix::find(&Interrupt::default()).expect("nix is asked for its version");
    let nix = found.inspect_err(|problem| eprintln!("skipped: {problem}")).ok()?;
    // As root without a daemon there are no build users, and no shell for the sandbox.
    let nix = ["build-users-group", "substituters"]
        .into_iter()
        .fold(nix.with_option("sandbox", "false"), |nix, name| nix.with_option(name, ""));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("repository");
    fs_err::create_dir(&root).expect("it can be made");
    let begun = folder.path().join("begun").display().to_string();
    let flake = FLAKE.replace("SYSTEM", host_system()?.as_str()).replace("BEGUN", &begun);
    fs_err::write(root.join("flake.nix"), flake).expect("it can be written");
    fs_err::write(root.join("mark"), root.display().to_string()).expect("it can be written");
    let flake = Flake::of(&root)?;
    let words = flake.words(&format!("checks.{}.a-passes", host_system()?.as_str()));
    let limit = Duration::from_secs(60);
    if let Err(failed) = nix.build(words, limit, &Interrupt::default(), |_| ()).built {
        eprintln!("skipped: this nix may not build here: {failed}");
        return None;
    }
    // What was built to see whether it can be is built again.
    fs_err::write(root.join("mark"), format!("{} again", root.display()))
        .expect("it can be written");
    let capabilities = nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    let with = WithNix {
        nix,
        capabilities,
        flake,
        builders: None,
        no_containers: |_, _| Some("it has none".to_owned()),
        build_limit: limit,
    };
    Some(Fixture { folder, with })
}

fn feature(name: &str, tests: &[&str]) -> Loaded {
    let test = |name: &&str| {
        let place = json!({ "file": "src/main.rs", "line": 7 });
        let body = if *name == "refuses" {
            json!({ "refuse": { "settings": {}, "because": "x" } })
        } else {
            json!({ "run": { "machines": { "m": {} }, "steps": [{ "action": { "waitForPort": 1 } }] } })
        };
        json!({ "name": name, "body": body, "place": place })
    };
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": [host_system()],
        },
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    Loaded { manifest, crate_dir: ".".into() }
}

fn options(folder: &Path) -> RunOptions {
    RunOptions {
        jobs: Some(2),
        test_limit: Duration::from_secs(5),
        repeat: vec!["test".to_owned()],
        ..RunOptions::new(folder.join("runs"), folder.join("cache"))
    }
}

struct Ran {
    ending: Ending,
    folder: std::path::PathBuf,
    finished: BTreeMap<String, JobFinished>,
    failures: BTreeMap<String, Diagnostics>,
}

fn go(fixture: &Fixture, backend: BackendKind, features: &[Loaded]) -> Ran {
    go_here(fixture, backend, features, None)
}

fn go_here(
    fixture: &Fixture,
    backend: BackendKind,
    features: &[Loaded],
    kvm_broken: Option<&str>,
) -> Ran {
    let kvm_broken = kvm_broken.map(str::to_owned);
    let here = Here { nix: Ok(fixture.with.clone()), kvm_broken, allow_tcg: true };
    let backends = Nixos::all(here).into_iter().fold(Backends::default(), Backends::with);
    let selection = Selection { backends, backend: Some(backend), ..Selection::default() };
    let plan = plan(features, &selection).expect("a plan");
    let (mut finished, mut failures) = (BTreeMap::new(), BTreeMap::new());
    let name = |job: &str| job.split('/').take(2).collect::<Vec<_>>().join("/");
    let options = options(fixture.folder.path());
    let summary = domi_runner::run(&plan, &options, &mut |event| match &event.body {
        Body::JobFinished(job) => drop(finished.insert(name(&job.job), job.clone())),
        Body::Diagnostics(failure) => {
            drop(failures.insert(name(&failure.job), (**failure).clone()));
        }
        _ => {}
    });
    let summary = summary.expect("a run");
    Ran { ending: summary.ending, folder: summary.folder, finished, failures }
}

#[track_caller]
fn check(ran: &Ran, expected: &[(&str, Verdict)]) {
    let got: Vec<_> = ran.finished.iter().map(|(job, it)| (&**job, it.verdict)).collect();
    assert_eq!(got, expected, "{:#?}", ran.finished);
}

#[test]
fn whatever_happens_to_one_test_the_others_have_their_verdicts() {
    let Some(fixture) = fixture() else { return };
    let features = [
        feature("a", &["passes", "fails", "hangs", "lacks", "refuses", "forgotten"]),
        feature("b", &["kills"]),
        feature("c", &["throws"]),
        feature("d", &["breaks", "passes"]),
    ];
    let ran = go(&fixture, BackendKind::NIXOS_VM, &features);
    let expected = [
        ("a/fails", Verdict::Failed),
        ("a/forgotten", Verdict::Error),
        ("a/hangs", Verdict::Failed),
        ("a/lacks", Verdict::Error),
        ("a/passes", Verdict::Passed),
        ("a/refuses", Verdict::Refused),
        ("b/kills", Verdict::Error),
        ("c/throws", Verdict::Failed),
        ("d/breaks", Verdict::Failed),
        ("d/passes", Verdict::Passed),
    ];
    check(&ran, &expected);
    assert_eq!(ran.ending, Ending::Failed);

    let failure = &ran.failures["a/fails"];
    assert_eq!((&*failure.message, &*failure.said), ("the test fails on NixOS", "a reason"));
    assert!(failure.repeat.contains("--backend nixos-vm"), "{}", failure.repeat);
    let kept = |file: &str| {
        let path = ran
            .folder
            .join(format!("a.fails.{}.nixos-vm/{file}", host_system().expect("a system").as_str()));
        fs_err::read_to_string(path).expect("it is kept")
    };
    assert_eq!(kept("build/file"), "seen\n");
    assert!(kept("nix.log").contains("exit code 3"));

    assert!(ran.failures["a/hangs"].message.contains("longer than 5 seconds"));
    assert!(ran.finished["b/kills"].reason.contains("signal 9"), "{:?}", ran.finished["b/kills"]);
    let thrown = &ran.failures["c/throws"];
    assert_eq!(thrown.message, "there is no option prot");
    assert_eq!(thrown.place.as_ref().map(|place| place.line), Some(7));
    assert!(ran.finished["a/forgotten"].reason.contains("no a-forgotten"));
}

#[test]
fn a_pass_is_not_run_again_while_nothing_changes() {
    let Some(fixture) = fixture() else { return };
    let features = [feature("a", &["passes"])];
    check(&go(&fixture, BackendKind::NIXOS_VM, &features), &[("a/passes", Verdict::Passed)]);
    check(&go(&fixture, BackendKind::NIXOS_VM, &features), &[("a/passes", Verdict::Cached)]);
    // Nix has it, even where we have forgotten.
    fs_err::remove_dir_all(fixture.folder.path().join("cache")).expect("it is there");
    check(&go(&fixture, BackendKind::NIXOS_VM, &features), &[("a/passes", Verdict::Cached)]);
}

#[test]
fn a_test_is_run_again_where_the_emulation_of_its_machine_failed_and_only_there() {
    let Some(mut fixture) = fixture() else { return };
    fixture.with.capabilities.features.insert("kvm".to_owned());
    fixture.with.capabilities.features.insert("nixos-test".to_owned());
    let features = [feature("e", &["emulates"])];
    let with_kvm = go(&fixture, BackendKind::NIXOS_VM, &features);
    check(&with_kvm, &[("e/emulates", Verdict::Failed)]);
    fs_err::remove_file(fixture.folder.path().join("begun")).expect("it was begun");
    let emulated = go_here(&fixture, BackendKind::NIXOS_VM, &features, Some("it is off"));
    check(&emulated, &[("e/emulates", Verdict::Passed)]);
}

#[test]
fn what_is_only_evaluated_says_what_it_does_not_cover() {
    let Some(fixture) = fixture() else { return };
    let features = [feature("a", &["fails", "refuses"]), feature("d", &["breaks", "passes"])];
    let ran = go(&fixture, BackendKind::EVAL, &features);
    let expected = [
        ("a/evaluates-with-the-trunk", Verdict::Error),
        ("a/fails", Verdict::Passed),
        ("a/refuses", Verdict::Refused),
        ("d/breaks", Verdict::Failed),
        ("d/evaluates-with-the-trunk", Verdict::Error),
        ("d/passes", Verdict::Passed),
    ];
    check(&ran, &expected);
    assert_eq!(ran.finished["a/fails"].not_covered, ["its 1 steps: nothing runs"]);
}
