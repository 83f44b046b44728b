//! The containers of editors: this repository's and those of its templates. What they install is known to `cargo xtask
//! setup` alone, so there is no second list. No container is started here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FILE: &str = ".devcontainer/devcontainer.json";

/// What a file says. Its comments are lines of their own.
fn read(text: &str) -> Value {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).unwrap()
}

#[test]
fn every_template_has_the_container_of_this_repository() {
    let text = |folder: &str| fs::read_to_string(Path::new(ROOT).join(folder).join(FILE)).unwrap();
    for template in ["templates/default", "templates/cim"] {
        assert_eq!(text(template), text(""), "{template}");
    }
}

#[test]
fn what_a_container_installs_is_what_any_computer_needs() {
    let container = read(&fs::read_to_string(Path::new(ROOT).join(FILE)).unwrap());
    let keys: Vec<&String> = container.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["image", "name", "onCreateCommand"]);
    // Its machines are then of this Debian, as those of a computer without apt's sources of a newer one.
    assert_eq!(container["image"], "rust:1-trixie");
    let command = container["onCreateCommand"].as_str().unwrap();
    let (rust, setup) = command.split_once(" && ").unwrap();
    assert_eq!(rust, "rustup component add clippy rustfmt");
    let setup = setup.strip_prefix("cargo xtask ").unwrap();
    for system in ["x86_64-linux", "aarch64-linux"] {
        assert!(setup.contains(&format!("--system {system}")), "{setup}");
    }
    // On a Debian without any of it, this is what would be installed.
    let bin = tempfile::tempdir().unwrap();
    let apt = bin.path().join("apt-get");
    fs::write(&apt, "").unwrap();
    fs::set_permissions(&apt, fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(setup.split_whitespace())
        .arg("--dry-run")
        .current_dir(ROOT)
        .env("PATH", bin.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("D0511") {
        eprintln!("not run: this computer is no Debian");
        return;
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    for package in ["qemu-system-x86", "qemu-system-arm"] {
        assert!(printed.contains(package), "{printed}{said}");
    }
}
