//! Tests that were written for the NixOS test driver, unchanged: the real program, and a real Nix, the driver
//! of its nixpkgs and machines where the environment names a nixpkgs for it.

use crate::workspace::prints::check;
use crate::workspace::{Workspace, machines};

const PAGE: &str = include_str!("nixos_tests/page.nix");

/// Nodes that want what no portable machine has, as a set of tests.
const WANTS_MORE: &str = r#"{ pkgs, ... }: {
  disk = { name = "d"; nodes.machine.virtualisation.emptyDiskImages = [ 512 ]; testScript = ""; };
  screen = {
    name = "s";
    nodes.machine.specialisation.other.configuration = { };
    testScript = ''
      machine.screenshot("x")
    '';
  };
  function = { lib, ... }: { name = "f"; nodes = { }; testScript = lib.mkDefault ""; };
}
"#;

fn folder() -> Workspace {
    let folder = Workspace::empty();
    folder.write("tests/page.nix", PAGE);
    folder
        .write("tests/more.nix", &WANTS_MORE.replace("512 ]; };", "512 ]; testScript = \"\"; };"));
    folder.write("tests/inputs.nix", "{ inputs, ... }: { nodes = { }; testScript = \"\"; }\n");
    folder.write("tests/nothing.nix", "{ a = 1; }\n");
    folder
}

fn has_nixpkgs() -> bool {
    let has = std::env::var("DOMI_NIXPKGS").is_ok_and(|name| !name.is_empty());
    if !has {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
    }
    has
}

#[test]
fn a_file_that_is_not_there_is_named_without_nix() {
    let folder = folder();
    check(&folder, "test --nixos-test tests/other.nix", &["D0555", "tests/other.nix", "exit 2\n"]);
    check(&folder, "test --nixos-test tests/page.nix --set a=1", &["cannot be used", "exit 2\n"]);
}

#[test]
fn tests_are_found_in_whatever_form_they_are_written() {
    if !has_nixpkgs() {
        return;
    }
    let folder = folder();
    check(&folder, "test --nixos-test tests/page.nix --list", &["page: page\n--- exit 0"]);
    check(&folder, "test --nixos-test tests/page.nix --plan", &["page: 2 machines"]);
    let all = "more: disk\nmore: function\nmore: screen\n--- exit 0";
    check(&folder, "test --nixos-test tests/more.nix --list", &[all]);
    let inputs = ["D0555", "which it is not given: inputs", "--- exit 2"];
    check(&folder, "test --nixos-test tests/inputs.nix --list", &inputs);
    let nothing = ["D0555", "there is no NixOS test in it", "--- exit 2"];
    check(&folder, "test --nixos-test tests/nothing.nix --list", &nothing);
}

#[test]
fn what_no_portable_machine_has_is_refused_before_one_starts() {
    if !has_nixpkgs() {
        return;
    }
    let words = "test --nixos-test tests/more.nix --keep-going --test disk --test screen";
    let named = [
        "error[D0731]: nodes.machine.virtualisation.emptyDiskImages",
        "error[D0731]: nodes.machine.specialisation.other",
        "error[D0731]: testScript: screenshot",
        "2 failed",
        "--- exit 1",
    ];
    check(&folder(), words, &named);
}

#[test]
fn a_page_is_read_from_another_machine_and_a_wrong_one_is_not() {
    if !has_nixpkgs() || !machines::may_run() {
        return;
    }
    let folder = folder();
    let seen = folder.run("test --nixos-test tests/page.nix");
    if seen.contains("D0732") {
        eprintln!("SKIPPED: python3 on PATH does not run the NixOS test driver");
        return;
    }
    assert!(seen.contains("✓ page") && seen.contains("--- exit 0"), "{seen}");
    folder.write("tests/page.nix", &PAGE.replace("text = \"from", "text = \"not from"));
    let wrong = [
        "AssertionError: it says 'not from the server', at line 4 of the script: assert answer",
        "1 failed",
        "--- exit 1",
    ];
    check(&folder, "test --nixos-test tests/page.nix", &wrong);
}
