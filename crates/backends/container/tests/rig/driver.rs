//! What `nixos-vm` needs of the rig: the NixOS test driver of a generated test, with its machines. That it is started is
//! left to `cargo xtask bench nixos`, which takes minutes where machines are emulated.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::Flake;
use serde_json::Value;

use crate::repository;
use crate::rig::{Rig, rig};

const FLAKE: &str = r#"
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: let
    inherit (nixpkgs) lib;
    pkgs = nixpkgs.legacyPackages.x86_64-linux;
    test = "answers-with-the-greeting";
    containers = (import ./containers.nix { inherit lib; }).perSystem {
      inherit pkgs;
      domiFeatures.feature-x = {
        tests = ./tests/feature-x.nix;
        containerTests = [ test ];
      };
    };
  in {
    driver = (import ./tests/feature-x.nix { inherit lib pkgs; }).${test}.driver;
    containers = containers.legacyPackages.containerTests."feature-x-${test}";
  };
}
"#;
/// The generated test, and the module that it is of.
pub(crate) const TEST: &str = "tests/feature-x.nix";
pub(crate) const MODULE: &str = "modules/services/feature-x.nix";

/// A file of this repository with a change.
pub(crate) type Change<'a> = (&'a str, [&'a str; 2]);

/// Builds something of feature-x's own test, with a change of a file; where it is, or what was said.
pub(crate) fn built(rig: &Rig, output: &str, change: Change<'_>) -> Result<PathBuf, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, from) in [
        ("modules/_lib.nix", "modules/_lib.nix"),
        ("modules/_together.nix", "modules/_together.nix"),
        (MODULE, MODULE),
        ("nix/features.nix", "nix/features.nix"),
        (TEST, TEST),
        ("containers.nix", "nix/flake-module/containers.nix"),
    ] {
        let mut text = fs_err::read_to_string(repository().join(from)).expect("it can be read");
        if let (changed, [from, to]) = change
            && changed == name
        {
            assert!(text.contains(from), "{name} has no {from}");
            text = text.replacen(from, to, 1);
        }
        let target = folder.path().join(name);
        fs_err::create_dir_all(target.parent().expect("it has one")).expect("it can be made");
        fs_err::write(target, text).expect("it can be written");
    }
    fs_err::write(folder.path().join("flake.nix"), FLAKE).expect("it can be written");
    let flake = Flake::of(folder.path()).expect("it has one");
    let flake = flake.with_input("nixpkgs", &rig.nixpkgs.display().to_string());
    let limit = Duration::from_secs(1200);
    let build = rig.nix.build(flake.words(output), limit, &Interrupt::default(), |_| ());
    let logs = build.log.all().flat_map(|(_, lines)| lines).collect::<Vec<_>>().join("\n");
    let built = build.built.map_err(|failed| format!("{failed}\n{logs}"))?;
    Ok(rig.stored(&built[0].outputs["out"]))
}

#[test]
fn a_generated_test_has_a_driver_and_a_machine_that_boots_from_a_disk() {
    let Some(rig) = rig() else { return };
    let driver = built(rig, "driver", (TEST, ["", ""])).expect("it can be built");
    let driver = fs_err::read_to_string(driver.join("bin/nixos-test-driver")).expect("a script");
    let machine = driver.lines().find_map(|line| line.strip_prefix("export startScripts="));
    // Since 2026 a file has their names.
    let machine = machine.map(str::to_owned).or_else(|| {
        let config = driver.split("--config ").nth(1)?.split_whitespace().next()?;
        let config = fs_err::read(rig.stored(Path::new(config))).expect("a file");
        let config: Value = serde_json::from_slice(&config).expect("in JSON");
        config["vms"]["machine"]["start_script"].as_str().map(str::to_owned)
    });
    let vm = rig.stored(Path::new(&machine.expect("it names its machine")));
    let vm = rig.stored(&fs_err::read_link(vm).expect("a link into the store"));
    let vm = fs_err::read_to_string(vm).expect("a script");
    for part in ["/bin/qemu-kvm", "-initrd /nix/store/", "mount_tag=nix-store", "mkfs.ext4"] {
        assert!(vm.contains(part), "{part} is not in {vm}");
    }
    // A test that reboots types it, and waits for the end.
    let system = vm.split("init=").nth(1).and_then(|rest| rest.split("/init").next());
    let system = rig.stored(Path::new(system.expect("it names its system")));
    let programs = rig.stored(&fs_err::read_link(system.join("sw")).expect("a link"));
    assert!(programs.join("bin/poweroff").symlink_metadata().is_ok(), "there is no poweroff");
}

#[test]
fn a_script_with_a_mistake_and_what_the_rig_has_not_are_refused_by_name() {
    let Some(rig) = rig() else { return };
    let waits = "machine.wait_for_open_port(8080)";
    let mistake = (TEST, [waits, "machine.wait_for_open_prt(8080)"]);
    let said = built(rig, "driver", mistake).expect_err("mypy sees it");
    // It breaks lines.
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Machine\" has no attribute \"wait_for_open_prt\""), "{said}");
    let reads = (TEST, ["testScript = ''", "enableOCR = true;\n    testScript = ''"]);
    let said = built(rig, "driver", reads).expect_err("there is none");
    assert!(said.contains("no character recognition"), "{said}");
}
