use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use domi_model::{Problem, TestBody};
use domi_nix_command::{Builder, Capabilities, Flake, NO_NIX, Nix};
use serde_json::json;

use domi_runner::{Backend, Backends, Job, Loaded, RunOptions, Selection, Session, plan, weaker};

use super::*;
use crate::Nixos;

/// A computer with a nix that has these system features, and one builder for the other system.
fn with_nix(features: &[&str]) -> Here {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs_err::write(folder.path().join("flake.nix"), "{}").expect("it can be written");
    // Nothing of it is run but the question for its version.
    let program = folder.path().join("nix");
    fs_err::write(&program, "#!/bin/sh\necho 'nix (Nix) 2.30.1'\n").expect("it can be written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&program, mode).expect("it may be run");
    let builder = Builder {
        uri: "ssh://arm".to_owned(),
        systems: vec!["aarch64-linux".to_owned()],
        features: ["kvm", "nixos-test"].map(str::to_owned).into(),
        ..Builder::default()
    };
    let with = WithNix {
        nix: Nix::at(&program, &Interrupt::default()).expect("it says its version"),
        capabilities: Capabilities {
            systems: vec!["x86_64-linux".to_owned()],
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            builders: vec![builder],
            ..Capabilities::default()
        },
        flake: Flake::of(folder.path()).expect("it has one"),
        builders: None,
        no_containers: |_, test| {
            let restarts = || (test.name != "runs").then(|| "it restarts".to_owned());
            test.run().and_then(Run::kernel_reason).or_else(restarts)
        },
        build_limit: Duration::from_secs(1),
    };
    Here { nix: Ok(with), kvm_broken: None, allow_tcg: false }
}

fn feature() -> Loaded {
    let run = json!({ "run": { "machines": { "m": {} }, "steps": [] } });
    let refuse = json!({ "refuse": { "settings": {}, "because": "x" } });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "options": [{
            "name": "port", "type": "port", "description": "Port.", "default": { "literal": 80 },
        }],
        "tests": [
            { "name": "runs", "body": run },
            { "name": "boots", "body": run },
            { "name": "refuses", "body": refuse },
        ],
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    Loaded { manifest, crate_dir: Path::new(".").to_owned() }
}

/// Takes every test that nobody better takes.
#[derive(Debug)]
struct Portable;

impl Backend for Portable {
    fn kind(&self) -> BackendKind {
        BackendKind::PORTABLE
    }

    fn offer(&self, _: &Wanted<'_>) -> Result<Offer, Refused> {
        Ok(Offer::default())
    }

    fn open<'a>(&'a self, _: &'a [Job], _: &'a RunOptions) -> Box<dyn Session + 'a> {
        unreachable!("nothing is run")
    }
}

fn selection(here: Here) -> Selection {
    let backends = Nixos::all(here).into_iter().fold(Backends::default(), Backends::with);
    let systems = vec![Platform::X86_64Linux];
    Selection { systems, backends: backends.with(Portable), ..Selection::default() }
}

/// The backend and the reason of the tests `runs`, `boots` and `refuses`, or the codes of what
/// stands in the way.
#[track_caller]
fn check(selection: &Selection, expected: &[&str]) {
    let got: Vec<String> = match plan(&[feature()], selection) {
        Ok(plan) => plan.jobs.iter().map(|job| format!("{}: {}", job.backend, job.why)).collect(),
        Err(problems) => problems.iter().map(|p| format!("{} {}", p.code, p.message)).collect(),
    };
    assert_eq!(got, expected);
}

#[test]
fn the_strongest_is_chosen_by_default_and_says_why() {
    let missing = Problem::error(NO_NIX, "", "no nix here");
    check(
        &selection(Here { nix: Err(missing), kvm_broken: None, allow_tcg: false }),
        &["portable: no nix here"; 3],
    );
    check(
        &selection(with_nix(&["kvm", "nixos-test"])),
        &[
            "nixos-vm: nix 2.30.1 and KVM",
            "nixos-vm: nix 2.30.1 and KVM",
            "eval: nothing of it runs",
        ],
    );
    let no_kvm = "no KVM for x86_64-linux that nix knows of";
    check(
        &selection(with_nix(&["uid-range", "nixos-test"])),
        &[
            &format!("nixos-container: nix 2.30.1 with uid-range; {no_kvm}"),
            &format!("portable: nix 2.30.1, but {no_kvm}"),
            &format!("portable: nix 2.30.1, but {no_kvm}"),
        ],
    );
}

#[test]
fn what_needs_a_kernel_of_its_own_runs_in_no_container() {
    let mut needs = feature();
    let TestBody::Run(run) = &mut needs.manifest.tests[0].body else { unreachable!("it runs") };
    run.needs_kernel = Some("reads dmesg".to_owned());
    let chosen = |selection: &Selection| {
        let plan = plan(std::slice::from_ref(&needs), selection).expect("a plan");
        (plan.jobs[0].backend, plan.jobs[0].skip.clone())
    };
    let here = selection(with_nix(&["uid-range", "nixos-test"]));
    assert_eq!(chosen(&here), (BackendKind::PORTABLE, None));
    let asked = Selection { backend: Some(BackendKind::NIXOS_CONTAINER), ..here };
    let why = "it needs a kernel of its own: reads dmesg".to_owned();
    assert_eq!(chosen(&asked), (BackendKind::NIXOS_CONTAINER, Some(why)));
    let kvm = selection(with_nix(&["kvm", "nixos-test"]));
    assert_eq!(chosen(&kvm), (BackendKind::NIXOS_VM, None));
}

#[test]
fn what_may_need_a_kernel_beside_a_test_keeps_it_from_containers() {
    let check = |system: serde_json::Value, extra: bool, expected: Option<&str>| {
        let mut one = feature();
        one.manifest.requires = serde_json::from_value(json!([{ "feature": "b" }])).expect("rules");
        let mut other = feature();
        other.manifest.feature.name = "b".to_owned();
        other.manifest.tests.clear();
        other.manifest.system = serde_json::from_value(system).expect("a system");
        other.manifest.extra_nix = extra;
        let here = selection(with_nix(&["uid-range", "nixos-test"]));
        let chosen = |selection: &Selection| {
            let plan = plan(&[one.clone(), other.clone()], selection).expect("a plan");
            (plan.jobs[0].backend, plan.jobs[0].skip.clone())
        };
        let kind = match expected {
            Some(_) => BackendKind::PORTABLE,
            None => BackendKind::NIXOS_CONTAINER,
        };
        assert_eq!(chosen(&here).0, kind);
        let asked = Selection { backend: Some(BackendKind::NIXOS_CONTAINER), ..here };
        let skip = expected.map(str::to_owned);
        assert_eq!(chosen(&asked), (BackendKind::NIXOS_CONTAINER, skip));
    };
    let why = Some("b, beside it, may need a kernel of its own");
    let option = json!({ "option": ["boot", "kernelModules"], "value": { "literal": [] } });
    check(json!({}), false, None);
    check(json!({}), true, why);
    check(json!({ "nixos": [option] }), false, why);
    let sysctl = json!([{ "name": "vm.swappiness", "value": { "literal": 1 } }]);
    check(json!({ "sysctl": sysctl }), false, why);
}

#[test]
fn a_kvm_that_does_not_work_is_none() {
    let broken = Some("KVM is present but not working".to_owned());
    let here = Here { kvm_broken: broken, ..with_nix(&["kvm", "nixos-test"]) };
    let why = "KVM is present but not working";
    check(&selection(here.clone()), &[&*format!("portable: nix 2.30.1, but {why}"); 3]);
    let forced = Selection { backend: Some(BackendKind::NIXOS_VM), ..selection(here.clone()) };
    check(&forced, &["D0804 KVM is present but not working"]);
    let here = Here { allow_tcg: true, ..here };
    let emulated = Selection { backend: Some(BackendKind::NIXOS_VM), ..selection(here.clone()) };
    check(
        &emulated,
        &["nixos-vm: as asked, emulating", "nixos-vm: as asked, emulating", "eval: as asked"],
    );
    let by_default = selection(here);
    let why = "nixos-vm: nix 2.30.1, emulating; KVM is present but not working";
    check(&by_default, &[why, why, "eval: nothing of it runs"]);
}

#[test]
fn another_system_is_built_where_a_builder_is() {
    let arm = Selection { systems: vec![Platform::Aarch64Linux], ..selection(with_nix(&[])) };
    let why = "nixos-vm: nix 2.30.1 and KVM at ssh://arm";
    check(&arm, &[why, why, "eval: nothing of it runs"]);
    let container = Selection { backend: Some(BackendKind::NIXOS_CONTAINER), ..arm };
    check(&container, &["D0805 no builder for aarch64-linux with the system feature uid-range"]);
}

#[test]
fn what_only_the_portable_guest_can_do_is_done_there_or_refused() {
    let here = with_nix(&["kvm", "nixos-test"]);
    let set = Selection { set: vec!["port=81".to_owned()], ..selection(here.clone()) };
    check(&set, &["portable: --set is for the portable guest"; 3]);
    let forced = Selection { backend: Some(BackendKind::NIXOS_VM), ..set };
    check(&forced, &["D0704 --set is for the portable guest, not for nixos-vm"]);
    let cold = Selection { portable_only: Some("--cold"), ..selection(here) };
    check(&cold, &["portable: --cold is for the portable guest"; 3]);
}

#[test]
fn what_is_weaker_than_required_is_said_once_for_each_reason() {
    let strong = plan(&[feature()], &selection(with_nix(&["kvm", "nixos-test"]))).expect("a plan");
    assert_eq!(weaker(&strong, BackendKind::NIXOS_VM), []);
    let mixed = plan(&[feature()], &selection(with_nix(&["uid-range", "nixos-test"])));
    let mixed = mixed.expect("a plan");
    assert_eq!(weaker(&mixed, BackendKind::NIXOS_VM).len(), 2);
    assert_eq!(weaker(&mixed, BackendKind::NIXOS_CONTAINER).len(), 1);
    assert_eq!(weaker(&mixed, BackendKind::PORTABLE), []);
}

#[test]
fn who_allows_emulation_still_has_kvm() {
    let broken = Some("/dev/kvm cannot be opened".to_owned());
    let kvm = || with_nix(&["kvm", "nixos-test"]);
    let none = "no KVM for x86_64-linux that nix knows of";
    for (here, system, expected) in [
        (kvm(), Platform::X86_64Linux, ("kvm", "")),
        (with_nix(&[]), Platform::X86_64Linux, ("tcg", none)),
        (with_nix(&[]), Platform::Aarch64Linux, ("kvm", "")),
        (
            Here { kvm_broken: broken, ..kvm() },
            Platform::X86_64Linux,
            ("tcg", "/dev/kvm cannot be opened"),
        ),
    ] {
        let allowed = Here { allow_tcg: true, ..here.clone() };
        let (accelerator, why) = allowed.vm_accelerator(system);
        assert_eq!((accelerator, &*why), expected);
        assert_eq!(here.vm_accelerator(system), ("kvm", String::new()));
    }
}

#[test]
fn a_reason_is_short_where_it_is_shown() {
    let brief = |here: Here| {
        let plan = plan(&[feature()], &selection(here)).expect("a plan");
        plan.jobs[0].brief.clone()
    };
    let old = Problem::error(TOO_OLD, "", "nixpkgs needs Nix 2.18.0 or newer");
    assert_eq!(brief(Here { nix: Err(old), kvm_broken: None, allow_tcg: false }), "Nix is too old");
    let kvm = || with_nix(&["kvm", "nixos-test"]);
    assert_eq!(brief(kvm()), "KVM");
    assert_eq!(
        brief(Here { kvm_broken: Some("KVM … MSR 0x10a".to_owned()), ..kvm() }),
        "KVM does not work"
    );
    assert_eq!(brief(with_nix(&["uid-range", "nixos-test"])), "uid-range");
    assert_eq!(brief(with_nix(&[])), "Nix without KVM");
}
