//! Tests that were written for the NixOS test driver, unchanged: the real program, and a real Nix, the driver
//! of its nixpkgs and machines where the environment names a nixpkgs for it.

use std::path::Path;

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

/// Whether it is the one of docs/rig.md, whose packages can be built.
fn is_rig() -> bool {
    let nixpkgs = std::env::var_os("DOMI_NIXPKGS").unwrap_or_default();
    Path::new(&nixpkgs).join("rig.nix").is_file()
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
    if is_rig() {
        eprintln!(
            "SKIPPED: packages of the rig of docs/rig.md have other names than those of nixpkgs"
        );
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

/// A node and a script that refer to what no table of Debian's packages knows: texts, and a program.
const STORED: &str = r#"{ pkgs, ... }:
let
  says = pkgs.writeText "text" "from the store\n";
  xxd = pkgs.writeShellScript "hex" "printf %s \"$1\" | ${pkgs.xxd}/bin/xxd -p";
in
{
  name = "stored";
  nodes.machine = {
    systemd.services.says = {
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.xxd ];
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      script = "{ cat ${says}; printf ab | xxd -p; } > /run/said";
    };
  };
  testScript = ''
    machine.wait_for_unit("says")
    assert machine.succeed("cat /run/said") == "from the store\n6162\n"
    assert machine.succeed("${xxd} x") == "78\n"
    machine.shutdown()
    machine.start()
    machine.wait_for_unit("says")
    assert machine.succeed("${xxd} x") == "78\n"
  '';
}
"#;

#[test]
fn a_test_has_what_nix_built_from_the_store() {
    if !has_nixpkgs() || !machines::may_run() {
        return;
    }
    if !is_rig() {
        eprintln!(
            "SKIPPED: DOMI_NIXPKGS is not the rig of docs/rig.md, whose packages can be built"
        );
        return;
    }
    let folder = Workspace::empty();
    folder.write("stored.nix", STORED);
    let seen = folder.run("test --nixos-test stored.nix --store real");
    if seen.contains("D0732") {
        eprintln!("SKIPPED: python3 on PATH does not run the NixOS test driver");
        return;
    }
    assert!(seen.contains("programs of its store") && seen.contains("--- exit 0"), "{seen}");
    folder.write("stored.nix", &STORED.replace("path = [ pkgs.xxd ];", ""));
    check(&folder, "test --nixos-test stored.nix --store real", &["1 failed", "--- exit 1"]);
    // The repository may say so.
    folder.write("domi.toml", "[test]\nstore = \"real\"\n");
    let usual = "test --nixos-test stored.nix --plan";
    check(&folder, usual, &["portable-nix-store-driver", "--- exit 0"]);
    let debian = folder.run("test --nixos-test stored.nix --plan --store debian");
    assert!(debian.contains("portable-nix-driver"), "{debian}");
}
