//! NixOS tests on another computer, as `--builders` names it: planned, built there, reported here.
//! With two real computers of `nix`, and checks that need nothing but a shell.

#[path = "../../../nix-command/tests/pair/mod.rs"]
mod pair;

use std::collections::BTreeMap;
use std::time::Duration;

use domi_backend_nixos::{Here, Nixos, WithNix};
use domi_event::{Body, Diagnostics, JobFinished, Verdict};
use domi_host::Interrupt;
use domi_nix_command::Flake;
use domi_runner::{BackendKind, Backends, Loaded, RunOptions, Selection, host_system, plan};
use pair::Pair;
use serde_json::json;

/// They want what NixOS tests want, which the other computer alone has.
const FLAKE: &str = r#"
{
  outputs = _: let
    built = name: script: derivation {
      inherit name;
      system = "SYSTEM";
      builder = "/bin/sh";
      args = [ "-c" script ];
      requiredSystemFeatures = [ "nixos-test" "kvm" ];
    };
  in {
    checks."SYSTEM" = {
      a-passes = built "passes" "echo yes > $out" // { driver = built "driver" "echo yes > $out"; };
      a-fails = built "fails" "echo a reason; exit 3";
    };
  };
}
"#;

struct Ran {
    whys: Vec<String>,
    finished: BTreeMap<String, JobFinished>,
    failures: BTreeMap<String, Diagnostics>,
}

fn feature() -> Loaded {
    let body = json!({
        "run": { "machines": { "m": {} }, "steps": [{ "action": { "waitForPort": 1 } }] },
    });
    let test = |name: &str| json!({ "name": name, "body": body });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": [host_system()],
        },
        "tests": [test("passes"), test("fails")],
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    Loaded { manifest, crate_dir: ".".into() }
}

fn go(pair: &Pair, builders: &str) -> Ran {
    let capabilities = pair.nix.capabilities(Some(builders), &Interrupt::default());
    let with = WithNix {
        nix: pair.nix.clone(),
        capabilities: capabilities.expect("a configuration"),
        flake: Flake::of(&pair.folder.path().join("flake")).expect("it has one"),
        builders: Some(builders.to_owned()),
        no_containers: |_, _| Some("it has none".to_owned()),
        build_limit: Duration::from_secs(120),
    };
    let here = Here { nix: Ok(with), kvm_broken: None, allow_tcg: false };
    let backends = Nixos::all(here).into_iter().fold(Backends::default(), Backends::with);
    let backend = Some(BackendKind::NIXOS_VM);
    let selection = Selection { backends, backend, ..Selection::default() };
    let plan = plan(&[feature()], &selection).expect("a plan");
    let whys = plan.jobs.iter().map(|job| job.why.clone()).collect();
    let at = |name: &str| pair.folder.path().join(name);
    let options = RunOptions::new(at("runs"), at("cache"));
    let (mut finished, mut failures) = (BTreeMap::new(), BTreeMap::new());
    let name = |job: &str| job.split('/').nth(1).unwrap_or_default().to_owned();
    domi_runner::run(&plan, &options, &mut |event| match &event.body {
        Body::JobFinished(job) => drop(finished.insert(name(&job.job), job.clone())),
        Body::Diagnostics(failure) => {
            drop(failures.insert(name(&failure.job), (**failure).clone()));
        }
        _ => {}
    })
    .expect("a run");
    Ran { whys, finished, failures }
}

#[test]
fn tests_run_at_the_builder_that_the_plan_names() {
    let Some(pair) = pair::pair(FLAKE, "a-passes") else { return };
    let ran = go(&pair, &pair.machines("ssh-ng"));
    let at = format!("as asked, with KVM at {}", pair.builder("ssh-ng", "builder"));
    assert_eq!(ran.whys, [at.clone(), at]);
    assert_eq!(ran.finished["passes"].verdict, Verdict::Passed, "{:?}", ran.finished["passes"]);
    assert_eq!(ran.finished["fails"].verdict, Verdict::Failed, "{:?}", ran.finished["fails"]);
    let failure = &ran.failures["fails"];
    assert_eq!((&*failure.message, &*failure.said), ("the test fails on NixOS", "a reason"));
    pair.nothing_is_left();
}

#[test]
fn a_builder_that_is_gone_is_no_failure_of_the_tests() {
    let Some(pair) = pair::pair(FLAKE, "a-passes") else { return };
    let machines = pair.machines("ssh-ng").replace("//builder", "//gone");
    let ran = go(&pair, &machines);
    for (name, finished) in &ran.finished {
        assert_eq!(finished.verdict, Verdict::Error, "{name}: {finished:?}");
        assert!(finished.reason.contains("[D0808]"), "{finished:?}");
        assert!(finished.reason.contains("Connection refused"), "{finished:?}");
    }
    assert_eq!(ran.finished.len(), 2);
    pair.nothing_is_left();
}
