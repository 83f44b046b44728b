//! What `nixos-vm` needs of the rig: the NixOS test driver of a generated test, with its machines. That it is started is
//! left to `cargo xtask bench nixos`, which takes minutes where machines are emulated.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::Flake;

use crate::repository;
use crate::rig::{Rig, rig};

const FLAKE: &str = r#"
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: {
    driver = (import ./tests/feature-x.nix {
      inherit (nixpkgs) lib;
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    }).answers-with-the-greeting.driver;
  };
}
"#;

/// Builds the driver of feature-x's own test, with a change of it; where it is, or what was said.
fn built(rig: &Rig, from: &str, to: &str) -> Result<PathBuf, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [
        "modules/_lib.nix",
        "modules/_together.nix",
        "modules/services/feature-x.nix",
        "nix/features.nix",
    ] {
        let target = folder.path().join(name);
        fs_err::create_dir_all(target.parent().expect("it has one")).expect("it can be made");
        fs_err::copy(repository().join(name), target).expect("it can be copied");
    }
    let test = fs_err::read_to_string(repository().join("tests/feature-x.nix"));
    let test = test.expect("it can be read");
    assert!(test.contains(from), "the test has no {from}");
    fs_err::create_dir(folder.path().join("tests")).expect("it can be made");
    fs_err::write(folder.path().join("tests/feature-x.nix"), test.replacen(from, to, 1))
        .expect("it can be written");
    fs_err::write(folder.path().join("flake.nix"), FLAKE).expect("it can be written");
    let flake = Flake::of(folder.path()).expect("it has one");
    let flake = flake.with_input("nixpkgs", &rig.nixpkgs.display().to_string());
    let limit = Duration::from_secs(1200);
    let build = rig.nix.build(flake.words("driver"), limit, &Interrupt::default(), |_| ());
    let logs = build.log.all().flat_map(|(_, lines)| lines).collect::<Vec<_>>().join("\n");
    let built = build.built.map_err(|failed| format!("{failed}\n{logs}"))?;
    Ok(rig.stored(&built[0].outputs["out"]))
}

#[test]
fn a_generated_test_has_a_driver_and_a_machine_that_boots_from_a_disk() {
    let Some(rig) = rig() else { return };
    let start = "start_all()";
    let driver = built(rig, start, start).expect("it can be built");
    let driver = fs_err::read_to_string(driver.join("bin/nixos-test-driver")).expect("a script");
    let vm = driver.lines().find_map(|line| line.strip_prefix("export startScripts="));
    let vm = rig.stored(Path::new(vm.expect("it names its machines")));
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
    let said = built(rig, waits, "machine.wait_for_open_prt(8080)").expect_err("mypy sees it");
    assert!(said.contains("\"Machine\" has no attribute \"wait_for_open_prt\""), "{said}");
    let said = built(rig, "testScript = ''", "enableOCR = true;\n    testScript = ''");
    let said = said.expect_err("there is none");
    assert!(said.contains("no character recognition"), "{said}");
}
