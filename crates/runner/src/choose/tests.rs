use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use domi_model::Problem;
use domi_nix_command::{Builder, Capabilities, Flake, NO_NIX, Nix};
use serde_json::json;

use super::*;
use crate::here::{Here, WithNix};
use crate::plan::{Loaded, plan};

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
        containers: |_| vec!["runs".to_owned()],
        build_limit: Duration::from_secs(1),
    };
    Here { nix: Ok(with), kvm_broken: None }
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

fn selection(here: Here) -> Selection {
    Selection { systems: vec![Platform::X86_64Linux], here, ..Selection::default() }
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
fn the_strongest_is_chosen_by_itself_and_says_why() {
    let missing = Problem::error(NO_NIX, "", "no nix here");
    check(&selection(Here { nix: Err(missing), kvm_broken: None }), &["portable: no nix here"; 3]);
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
fn a_kvm_that_does_not_work_is_none() {
    let broken = Some("KVM is present but not working".to_owned());
    let here = Here { kvm_broken: broken, ..with_nix(&["kvm", "nixos-test"]) };
    let why = "KVM is present but not working";
    check(&selection(here.clone()), &[&*format!("portable: nix 2.30.1, but {why}"); 3]);
    let forced = Selection { backend: Some(BackendKind::NixosVm), ..selection(here.clone()) };
    check(&forced, &["D0804 KVM is present but not working"]);
    let emulated = Selection { allow_tcg: true, ..forced };
    check(
        &emulated,
        &["nixos-vm: as asked, emulating", "nixos-vm: as asked, emulating", "eval: as asked"],
    );
    let by_itself = Selection { allow_tcg: true, ..selection(here) };
    let why = "nixos-vm: nix 2.30.1, emulating; KVM is present but not working";
    check(&by_itself, &[why, why, "eval: nothing of it runs"]);
}

#[test]
fn another_system_is_built_where_a_builder_is() {
    let arm = Selection { systems: vec![Platform::Aarch64Linux], ..selection(with_nix(&[])) };
    let why = "nixos-vm: nix 2.30.1 and KVM at ssh://arm";
    check(&arm, &[why, why, "eval: nothing of it runs"]);
    let container = Selection { backend: Some(BackendKind::NixosContainer), ..arm };
    check(&container, &["D0805 no builder for aarch64-linux with the system feature uid-range"]);
}

#[test]
fn what_only_the_portable_guest_can_do_is_done_there_or_refused() {
    let here = with_nix(&["kvm", "nixos-test"]);
    let set = Selection { set: vec!["port=81".to_owned()], ..selection(here.clone()) };
    check(&set, &["portable: --set is for the portable guest"; 3]);
    let forced = Selection { backend: Some(BackendKind::NixosVm), ..set };
    check(&forced, &["D0704 --set is for the portable guest, not for nixos-vm"]);
    let cold = Selection { portable_only: Some("--cold"), ..selection(here) };
    check(&cold, &["portable: --cold is for the portable guest"; 3]);
}

#[test]
fn what_is_weaker_than_required_is_said_once_for_each_reason() {
    let strong = plan(&[feature()], &selection(with_nix(&["kvm", "nixos-test"]))).expect("a plan");
    assert_eq!(weaker(&strong, BackendKind::NixosVm), []);
    let mixed = plan(&[feature()], &selection(with_nix(&["uid-range", "nixos-test"])));
    let mixed = mixed.expect("a plan");
    assert_eq!(weaker(&mixed, BackendKind::NixosVm).len(), 2);
    assert_eq!(weaker(&mixed, BackendKind::NixosContainer).len(), 1);
    assert_eq!(weaker(&mixed, BackendKind::Portable), []);
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
        let (accelerator, why) = here.vm_accelerator(system, true);
        assert_eq!((accelerator, &*why), expected);
        assert_eq!(here.vm_accelerator(system, false), ("kvm", String::new()));
    }
}
