//! A part of a fleet that was split off, in real repositories: its hosts evaluate in the flake of the rest.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::flake::hosts::json_of;
use crate::flake::{copy, value};
use crate::workspace::git::git_in;
use crate::workspace::output::said;

fn commit(folder: &Path) {
    git_in(folder, &["add", "--all"]);
    git_in(folder, &["commit", "--quiet", "--message=files"]);
}

/// A copy of the repository with a fleet of two places, each with a host.
fn with_places() -> tempfile::TempDir {
    let folder = copy();
    let write = |file: &str, text: &str| {
        domi_host::file::write(&folder.path().join(file), text).expect("it can be written");
    };
    write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    write("fleet/domain/organizations/bakery.toml", "responsible = \"ada\"\n");
    write("fleet/domain/people/ada.toml", "units = [\"bakery\"]\n");
    let mut hosts = String::new();
    for (host, place) in [("till", "street"), ("oven", "mill")] {
        write(&format!("fleet/domain/locations/{place}.toml"), "");
        write(&format!("fleet/hosts/{host}.toml"), &format!("location = \"{place}\"\n"));
        write(
            &format!("systems/hardware/{host}.nix"),
            &format!("{{ networking.domain = \"{host}.example.org\"; }}"),
        );
        // What `generate` writes; all features need not be built for that here.
        write(
            &format!("systems/hosts/{host}.nix"),
            &format!("{{ networking.hostName = \"{host}\"; }}"),
        );
        hosts += &format!(
            "{host} = {{ system = \"x86_64-linux\"; module = ../systems/hosts/{host}.nix; target = \"{host}\"; tags = [ ]; }};"
        );
    }
    write("nix/hosts.nix", &format!("{{ {hosts} }}"));
    git_in(folder.path(), &["init", "--quiet", "--initial-branch=trunk"]);
    git_in(folder.path(), &["config", "user.name", "Somebody"]);
    git_in(folder.path(), &["config", "user.email", "somebody@example.org"]);
    commit(folder.path());
    folder
}

#[test]
fn hosts_of_a_part_evaluate_in_the_flake_of_the_rest() {
    let folder = with_places();
    let around = tempfile::tempdir().expect("a temporary folder");
    let to = around.path().canonicalize().expect("a path").join("street");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["fleet", "split", "street"])
        .arg(&to)
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", said(&output));
    assert!(!to.join("systems/hardware/oven.nix").exists());
    // What `generate` writes in both.
    for (root, gone) in [(folder.path(), "till"), (to.as_path(), "oven")] {
        let file = root.join("nix/hosts.nix");
        let text = std::fs::read_to_string(&file).expect("text");
        let begin = text.find(&format!("{gone} =")).expect("it is there");
        let end = begin + text[begin..].find("};").expect("it ends") + 2;
        let text = format!("{}{}", &text[..begin], &text[end..]);
        std::fs::write(&file, text).expect("it can be written");
        commit(root);
    }
    let asks = "hosts: builtins.mapAttrs
      (_: it: [ it.config.networking.hostName it.config.networking.domain ])
      { inherit (hosts) oven till; }";
    let Some(answer) = value(folder.path(), "nixosConfigurations", asks, &[]) else { return };
    let expected =
        json!({ "oven": ["oven", "oven.example.org"], "till": ["till", "till.example.org"] });
    assert_eq!(json_of(&answer), expected);
    let own = value(&to, "nixosConfigurations", "it: [ (it ? till) (it ? oven) ]", &[]);
    assert_eq!(json_of(&own.expect("Nix is there")), json!([true, false]));
}
