//! A fleet that grows file by file, as people use it: checked, listed, explained, and made into
//! NixOS modules.

mod asked;
mod described;
mod erase;
mod nixos;
mod parted;
mod plan;
mod react;
mod record;
mod several;
mod signed;
mod together;
mod tried;

use crate::workspace::{Workspace, ended};

/// A workspace with a feature, and an empty folder for a fleet.
fn with_empty_fleet() -> Workspace {
    let workspace = Workspace::with_greeting();
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    workspace.write("fleet/README.md", "Ours.\n");
    workspace
}

fn add_people(workspace: &Workspace) {
    workspace.write(
        "fleet/domain/organizations/bakery.toml",
        "purpose = \"Bread\"\nresponsible = \"ada\"\n\n[defaults.greeting]\ntext = \"We bake\"\n",
    );
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl ada";
    workspace.write(
        "fleet/domain/people/ada.toml",
        &format!("units = [\"bakery\"]\nkeys = [\"{key}\"]\n"),
    );
    workspace.write("fleet/users/ada.toml", "uid = 1000\n");
    workspace.write(
        "fleet/domain/policies/authorization/owners.toml",
        "who = [\"ada\"]\nmay = [\"administer\"]\n",
    );
}

fn add_hosts(workspace: &Workspace) {
    workspace.write("fleet/nodes/shop.toml", "features = [\"greeting\"]\n");
    workspace.write("fleet/hosts/counter.toml", "roles = [\"shop\"]\n");
    workspace.write(
        "fleet/hosts/oven.toml",
        "roles = [\"shop\"]\n\n[override.greeting]\ntext = \"It's \\\"hot\\\" ${here}\"\n",
    );
}

fn read(workspace: &Workspace, file: &str) -> String {
    std::fs::read_to_string(workspace.root.join(file)).unwrap()
}

#[test]
fn it_grows_from_an_empty_folder_and_hosts_follow() {
    let workspace = with_empty_fleet();
    let mut said = workspace.run("fleet check");
    add_people(&workspace);
    said += &workspace.run("fleet check");
    add_hosts(&workspace);
    for words in ["fleet check", "fleet hosts", "fleet why oven.greeting.text"] {
        said += &workspace.run(words);
    }
    workspace.run("generate");
    for file in ["nix/hosts.nix", "systems/hosts/counter.nix", "systems/hosts/oven.nix"] {
        said += &format!("{file}:\n{}", read(&workspace, file));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn its_modules_are_kept_as_its_files_are() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    workspace.run("generate");
    assert!(workspace.run("generate --check").ends_with("exit 0\n"));

    workspace.write("fleet/hosts/counter.toml", "");
    let stale = workspace.run("generate --check");
    assert!(stale.contains("systems/hosts/counter.nix") && stale.ends_with("exit 4\n"), "{stale}");

    workspace.write("fleet/hosts/counter.toml", "roles = [\"shops\"]\n");
    let before = read(&workspace, "systems/hosts/counter.nix");
    let broken = workspace.run("generate");
    assert!(broken.contains("fleet/hosts/counter.toml:1"), "{broken}");
    assert!(broken.ends_with("exit 7\n"), "{broken}");
    assert_eq!(read(&workspace, "systems/hosts/counter.nix"), before);

    std::fs::remove_file(workspace.root.join("fleet/hosts/counter.toml")).unwrap();
    let removed = workspace.run("generate");
    assert!(removed.contains("remove systems/hosts/counter.nix"), "{removed}");
    assert!(!read(&workspace, "nix/hosts.nix").contains("counter"));
}

#[test]
fn what_is_wrong_is_said_where_it_is_and_by_one_code() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    workspace.write("fleet/users/berta.toml", "uid = 1000\n");
    workspace
        .write("fleet/hosts/oven.toml", "role = [\"shop\"]\n\n[settings.greeting]\ntext = 5\n");
    workspace.write("fleet/domain/events/ada.toml", "x = 1\n");
    insta::assert_snapshot!(
        workspace.run("fleet check")
            + &workspace.run("fleet hosts")
            + &workspace.run("fleet why oven.x.y")
    );
}

/// What is wrong may be the answer: nothing is said as if it were not there.
#[test]
fn a_wrong_setting_is_no_answer() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    workspace
        .write("fleet/hosts/oven.toml", "roles = [\"shop\"]\n\n[settings.greeting]\ntext = 5\n");
    insta::assert_snapshot!(
        workspace.run("fleet why oven.greeting.text")
            + &workspace.run("fleet why counter.greeting.text")
            + &workspace.run("show greeting --host oven")
    );
}

#[test]
fn a_host_is_not_named_like_a_system_that_the_flake_makes_of_a_profile() {
    let workspace = with_empty_fleet();
    workspace.write("systems/profiles/minimal.nix", "{ }\n");
    workspace.write("fleet/hosts/minimal.toml", "");
    workspace.write("fleet/hosts/minimal-aarch64-linux.toml", "");
    workspace.write("fleet/hosts/minimal-x86-64.toml", "");
    let said = workspace.run("fleet check");
    assert_eq!(said.matches("D0535").count(), 2, "{said}");
    assert!(said.contains("fleet/hosts/minimal.toml:1"), "{said}");
    let said = workspace.run("generate");
    assert!(said.contains("D0535") && said.ends_with("exit 7\n"), "{said}");
}

#[test]
fn brackets_that_close_nothing_end_no_command() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    workspace.write("fleet/hosts/deep.toml", &"a={[]".repeat(20_000));
    let check = |words: &str, exit, part: &str| ended::check(&workspace.run(words), exit, &[part]);
    check("fleet check", 7, "D2001");
    check("fleet show host/deep", 0, "host/deep");
    check("fleet list host", 0, "host/deep");
}
