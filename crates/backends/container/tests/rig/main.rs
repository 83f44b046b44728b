//! NixOS itself, in containers, on the rig: the real lib and the real NixOS modules, built by a real Nix, with
//! Debian's programs for packages. It needs `DOMI_NIX` and `DOMI_NIXPKGS`, a folder; where something is missing,
//! each test says so and why.

mod rig;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_backend_container::{Native, NativeNix};
use domi_event::{Body, Diagnostics, JobFinished, Verdict};
use domi_host::Interrupt;
use domi_nix_command::Flake;
use domi_runner::{BackendKind, Backends, Loaded, RunOptions, Selection, plan, run};
use serde_json::{Value, json};

use self::rig::{Rig, rig};

/// The tests of a repository: each has the module of feature-x, changed in its own way.
const FLAKE: &str = r#"
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: let
    system = name: (nixpkgs.lib.nixosSystem {
      modules = [
        ./machine.nix
        (./modules/services + "/${name}.nix")
        ({ pkgs, ... }: {
          nixpkgs.pkgs = nixpkgs.legacyPackages.x86_64-linux;
          domi.services.feature-x.enable = true;
          environment.systemPackages = [ pkgs.curl ];
        })
      ];
    }).config.system.build.toplevel;
    names = [ NAMES ];
  in {
    legacyPackages.x86_64-linux.nativeTests = builtins.listToAttrs (
      map (name: { name = "web-${name}"; value = system name; }) names
    );
  };
}
"#;
/// Where a unit of the module begins.
const UNIT: &str = "    systemd.services.feature-x = {\n";

struct Ran {
    finished: BTreeMap<String, JobFinished>,
    failures: BTreeMap<String, Diagnostics>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Runs tests, each named, with what is replaced in the module and the steps.
fn go(rig: &Rig, tests: &[(&str, &str, &str, Value)]) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("repository");
    let modules = root.join("modules");
    fs_err::create_dir_all(modules.join("services")).expect("it can be made");
    for shared in ["_lib.nix", "_together.nix"] {
        fs_err::copy(repository().join("modules").join(shared), modules.join(shared))
            .expect("it can be copied");
    }
    let machine = repository().join("nix/flake-module/native/machine.nix");
    fs_err::copy(machine, root.join("machine.nix")).expect("it can be copied");
    let module = fs_err::read_to_string(repository().join("modules/services/feature-x.nix"));
    let module = module.expect("it can be read");
    for (name, from, to, _) in tests {
        assert!(module.contains(from), "the module of feature-x has no {from}");
        let path = modules.join("services").join(format!("{name}.nix"));
        fs_err::write(path, module.replacen(from, to, 1)).expect("it can be written");
    }
    let names: Vec<_> = tests.iter().map(|(name, ..)| format!("{name:?}")).collect();
    fs_err::write(root.join("flake.nix"), FLAKE.replace("NAMES", &names.join(" ")))
        .expect("it can be written");

    let nixpkgs = rig.nixpkgs.display().to_string();
    let capabilities = rig.nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    let nix = NativeNix {
        nix: rig.nix.clone(),
        flake: Flake::of(&root).expect("it has one").with_input("nixpkgs", &nixpkgs),
        builders: None,
        store: capabilities.store,
        build_limit: Duration::from_secs(300),
    };
    let cache = domi_host::dirs::cache().expect("there is a cache");
    let options = RunOptions {
        use_cache: false,
        step_limit: Duration::from_secs(20),
        ..RunOptions::new(folder.path().join("runs"), cache.clone())
    };
    let selection = Selection {
        backends: Backends::default().with(Native::new(cache, Ok(nix))),
        backend: Some(BackendKind::NIXOS_NATIVE),
        ..Selection::default()
    };
    let plan = plan(&[feature(tests)], &selection).expect("a plan");
    let mut ran = Ran { finished: BTreeMap::new(), failures: BTreeMap::new() };
    let name = |job: &str| job.split('/').nth(1).unwrap_or_default().to_owned();
    run(&plan, &options, &mut |event| match &event.body {
        Body::JobFinished(job) => drop(ran.finished.insert(name(&job.job), job.clone())),
        Body::Diagnostics(it) => drop(ran.failures.insert(name(&it.job), (**it).clone())),
        _ => {}
    })
    .expect("a run");
    ran
}

fn feature(tests: &[(&str, &str, &str, Value)]) -> Loaded {
    let test = |(name, _, _, steps): &(&str, &str, &str, Value)| json!({ "name": name, "body": { "run": { "machines": { "machine": {} }, "steps": steps } } });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "web", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    Loaded {
        manifest: serde_json::from_value(manifest).expect("a manifest"),
        crate_dir: ".".into(),
    }
}

fn prints(command: &str, expected: &str) -> Value {
    json!({ "action": { "output": { "command": command, "expect": { "equals": expected } } } })
}

/// The steps of feature-x's own test.
fn answers() -> Value {
    json!([
        { "action": { "waitForPort": 8080 } },
        prints("curl --silent http://localhost:8080/", "hello"),
    ])
}

#[track_caller]
fn check(ran: &Ran, expected: &[(&str, Verdict)]) {
    let got: Vec<_> = ran.finished.iter().map(|(name, it)| (&**name, it.verdict)).collect();
    assert_eq!(got, expected, "{:#?}\n{:#?}", ran.finished, ran.failures);
}

#[test]
fn a_test_passes_on_a_nixos_of_its_own_which_boots_with_all_its_units() {
    let Some(rig) = rig() else { return };
    let system = json!([
        { "action": { "waitForPort": 8080 } },
        prints("systemctl is-system-running --wait", "running"),
        prints("systemctl list-units --failed --no-legend", ""),
        prints(". /etc/os-release; echo $ID", "nixos"),
        prints("cut -d/ -f1-3 < <(readlink -f /run/current-system)", "/nix/store"),
        // What no module has asked for is not there, neither as a program nor in the store.
        { "action": { "fail": "ls /usr/bin/ip" } },
        { "action": { "fail": "ls -d /nix/store/*-nginx" } },
        { "action": { "succeed": "echo kept > /var/lib/kept" } },
        { "action": "reboot" },
        prints("cat /var/lib/kept", "kept"),
        { "action": { "waitForPort": 8080 } },
        prints("curl --silent http://localhost:8080/", "hello"),
    ]);
    let ran = go(rig, &[("boots", UNIT, UNIT, system), ("answers", UNIT, UNIT, answers())]);
    check(&ran, &[("answers", Verdict::Passed), ("boots", Verdict::Passed)]);
}

#[test]
fn a_wrong_default_and_a_wrong_program_are_red() {
    let Some(rig) = rig() else { return };
    let tests = [
        ("default", "default = \"hello\";", "default = \"hallo\";", answers()),
        ("program", "package \"lighttpd\")", "package \"lighttpx\")", answers()),
        ("unknown", "pkgs \"lighttpd\" {", "pkgs \"caddy\" {", answers()),
    ];
    let ran = go(rig, &tests);
    let failed = Verdict::Failed;
    check(&ran, &[("default", failed), ("program", failed), ("unknown", failed)]);
    assert_eq!(ran.failures["default"].got.as_deref().map(str::trim), Some("hallo"));
    assert_eq!(ran.failures["program"].message, "port 8080 did not open in time");
    assert!(ran.failures["unknown"].said.contains("caddy cannot be found"));
}

#[test]
fn a_program_that_a_unit_does_not_name_is_not_found() {
    let Some(rig) = rig() else { return };
    let forgotten = format!("{UNIT}      preStart = \"ip -V\";\n");
    let named = format!("{forgotten}      path = [ pkgs.iproute2 ];\n");
    let tests = [("forgotten", UNIT, &*forgotten, answers()), ("named", UNIT, &*named, answers())];
    let ran = go(rig, &tests);
    check(&ran, &[("forgotten", Verdict::Failed), ("named", Verdict::Passed)]);
    assert_eq!(ran.failures["forgotten"].failed_units, ["machine: feature-x.service"]);
}
