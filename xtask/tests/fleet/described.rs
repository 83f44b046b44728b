//! A computer becomes a host of the fleet, with files that say what it is made of.

use crate::fleet::{read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::files::files;

/// What `fleet describe` says on a computer that is a machine of its own and runs NixOS. The tests run
/// in containers and machines, too, and NixOS's own tool is not to be had everywhere.
fn described(workspace: &Workspace, words: &str) -> String {
    workspace.script("bin/systemd-detect-virt", "exit 1");
    workspace
        .script("bin/nixos-generate-config", "echo '{ }:'; test \"$1\" = --show-hardware-config");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", workspace.root.join("bin").display());
    let words = format!("fleet describe {words}");
    workspace.shown(&words, &workspace.command(&words).env("PATH", path).output().unwrap())
}

#[test]
fn a_computer_is_described_once_and_nothing_is_written_over() {
    let workspace = with_empty_fleet();
    workspace.write("fleet/domain/organizations/bakery.toml", "");
    workspace.write("fleet/domain/locations/hill.toml", "");
    workspace.write("fleet/nodes/shop.toml", "features = [\"greeting\"]\n");
    described(&workspace, "oven --dry-run");
    let before = files(&workspace);
    let wrong = "Oven --location hil --unit mill --role shop --role web";
    let parts = ["D2115", "a name has", "did you mean `hill`?", "--unit mill: ", "--role web: "];
    check(&described(&workspace, wrong), 2, &parts);
    let words = "oven --location hill --unit bakery --role shop";
    let host = "fleet/hosts/oven.toml";
    check(&described(&workspace, &format!("{words} --dry-run")), 0, &[host, "device = \"oven\""]);
    assert_eq!(files(&workspace), before, "nothing is written");

    let device = "fleet/domain/inventory/devices/oven.toml";
    check(&described(&workspace, words), 0, &[host, device, "systems/hardware/oven.nix"]);
    let host = read(&workspace, host);
    for part in ["id = \"01", "status = \"planned\"", "device = \"oven\"", "roles = [\"shop\"]"] {
        assert!(host.contains(part), "{part}: {host}");
    }
    let device = read(&workspace, device);
    for part in ["location = \"hill\"", "unit = \"bakery\""] {
        assert!(device.contains(part), "{part}: {device}");
    }
    assert_eq!(read(&workspace, "systems/hardware/oven.nix"), "{ }:\n");
    check(&workspace.run("fleet check"), 0, &["1 device, ", "1 host: no problems"]);
    check(&workspace.run("fleet record"), 0, &["device.added device/oven", "host.added host/oven"]);
    let before = files(&workspace);
    let taken = ["fleet/hosts/oven.toml: there is", "devices/oven.toml: ", "hardware/oven.nix: "];
    check(&described(&workspace, "oven"), 2, &taken);
    assert_eq!(files(&workspace), before, "nothing is written");
}

#[test]
fn what_would_be_wrong_is_not_written() {
    let workspace = with_empty_fleet();
    workspace.write("fleet/hosts/counter.toml", "roles = [\"shop\"]\n");
    described(&workspace, "oven --dry-run");
    let before = files(&workspace);
    check(&described(&workspace, "oven"), 7, &["D2008", "fleet/hosts/counter.toml:1"]);
    assert_eq!(files(&workspace), before, "nothing is written");
}

#[test]
fn this_computer_is_what_systemd_says_it_is() {
    let workspace = with_empty_fleet();
    check(&workspace.run("fleet describe oven"), 0, &["fleet/hosts/oven.toml"]);
    let asked = |word: &str| {
        let detect =
            std::process::Command::new("systemd-detect-virt").args(["--quiet", word]).status();
        detect.is_ok_and(|status| status.success())
    };
    let wanted = match (asked("--container"), asked("--vm")) {
        (true, _) => "kind = \"container\"",
        (_, true) => "kind = \"virtual\"",
        _ => "device = \"oven\"",
    };
    let host = read(&workspace, "fleet/hosts/oven.toml");
    assert!(host.contains(wanted), "{host}");
}
