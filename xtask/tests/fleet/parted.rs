//! A location becomes a fleet of its own.

use std::path::PathBuf;

use crate::ended::check;
use crate::git::git_in;
use crate::several::{commit, run_in, unit_files};
use crate::workspace::Workspace;

/// A street with a till, and a mill with an oven.
fn with_places() -> Workspace {
    let workspace = unit_files();
    workspace.write("fleet/domain/locations/street.toml", "address = \"1 Street\"\n");
    workspace.write("fleet/domain/locations/mill.toml", "");
    workspace.write(
        "fleet/domain/inventory/devices/box.toml",
        "unit = \"shop\"\nlocation = \"street\"\n",
    );
    let oven = "unit = \"bakery\"\nroles = [\"shop\"]\nlocation = \"mill\"\n";
    workspace.write("fleet/hosts/oven.toml", oven);
    workspace
}

/// Where something can be put, and the folder around it.
fn beside(name: &str) -> (tempfile::TempDir, PathBuf) {
    let around = tempfile::tempdir().unwrap();
    let to = around.path().canonicalize().unwrap().join(name);
    (around, to)
}

#[test]
fn a_location_becomes_a_fleet_and_its_units_are_on_both_sides() {
    let workspace = with_places();
    check(&workspace.run("fleet record"), 0, &["domi.fleet."]);
    commit(&workspace);
    let (_around, to) = beside("street");
    let split = format!("fleet split street {}", to.display());
    let mut said = workspace.run(&format!("{split} --dry-run --json"));
    assert!(!to.exists());
    assert_eq!(git_in(&workspace.root, &["status", "--short"]), "");
    said += &workspace.run(&split);
    said += &(workspace.run("fleet check") + &run_in(&workspace, &to, "fleet check"));
    for verified in [workspace.run("fleet verify"), run_in(&workspace, &to, "fleet verify")] {
        check(&verified, 0, &["as the files say"]);
    }
    let history = git_in(&to, &["log", "--format=%s", "--", "fleet/hosts/counter.toml"]);
    assert_eq!(history, "files");
    assert_eq!(git_in(&to, &["status", "--short"]), "");
    let shop = std::fs::read_to_string(to.join("fleet/domain/organizations/shop.toml")).unwrap();
    assert_eq!(shop, "within = \"bakery\"\nresponsible = \"bakery:cem\"\n");
    check(&workspace.run("fleet log"), 0, &["domi.fleet.location.removed location/street"]);
    insta::assert_snapshot!(said.replace(to.parent().unwrap().to_str().unwrap(), "AROUND"));
}

#[test]
fn a_name_of_a_unit_and_a_location_is_asked_about() {
    let workspace = with_places();
    workspace.write("fleet/domain/locations/shop.toml", "within = \"street\"\n");
    commit(&workspace);
    let (_around, to) = beside("shop");
    let split =
        |name: &str| workspace.run(&format!("fleet split {name} {} --dry-run", to.display()));
    check(&split("shop"), 2, &["D2097", "`organisation/shop` or `location/shop`"]);
    check(&split("location/shop"), 0, &["shop would go to", "without hosts"]);
    check(&split("organisation/shop"), 0, &["shop would go to", "with the host counter"]);
    check(
        &split("location/bakery"),
        2,
        &["there is no location of this name", "there is mill, shop, street"],
    );
}
