//! A location becomes a fleet of its own, and the flake of the rest takes the hosts of a part.

use std::path::PathBuf;

use crate::fleet::read;
use crate::fleet::several::{commit, run_in, unit_files};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;

const FLAKE: &str = "{
  # Ours.
  inputs = {
    domi.url = \"github:domi-nix/domi-nix\"; # pinned by the lock
    nixpkgs.follows = \"domi/nixpkgs\";
  };

  outputs = inputs: inputs.domi.lib.mkFlake { inherit inputs; };
}
";

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

#[test]
fn the_flake_of_the_rest_takes_the_part_and_its_hosts() {
    let workspace = with_places();
    workspace.write("flake.nix", FLAKE);
    commit(&workspace);
    let (_around, to) = beside("the street");
    let mut words = workspace.command("fleet split street");
    let output = words.arg(&to).output().unwrap();
    check(&workspace.shown("split", &output), 0, &["~ flake.nix", "~ nix/parts.json"]);
    let url = format!("git+file://{}", to.to_str().unwrap().replace(' ', "%20"));
    let input = format!(
        "    nixpkgs.follows = \"domi/nixpkgs\";\n    street = {{\n      url = \"{url}\";\n      \
         inputs.domi.follows = \"domi\";\n    }};\n"
    );
    let expected = FLAKE.replace("    nixpkgs.follows = \"domi/nixpkgs\";\n", &input);
    assert_eq!(read(&workspace, "flake.nix"), expected);
    let parts = || -> serde_json::Value {
        serde_json::from_str(&read(&workspace, "nix/parts.json")).unwrap()
    };
    assert_eq!(parts(), serde_json::json!({ "street": ["counter"] }));
    assert_eq!(std::fs::read_to_string(to.join("flake.nix")).unwrap(), FLAKE);

    // What is split off next does not take the first part along.
    commit(&workspace);
    let (_around, mill) = beside("mill");
    let words =
        format!("fleet split mill {} --url git+https://git.example.org/mill", mill.display());
    check(
        &workspace.run(&words),
        0,
        &["with the host oven", "from git+https://git.example.org/mill"],
    );
    assert_eq!(parts(), serde_json::json!({ "mill": ["oven"], "street": ["counter"] }));
    assert_eq!(std::fs::read_to_string(mill.join("flake.nix")).unwrap(), FLAKE);
    assert!(!mill.join("nix/parts.json").exists());
    let flake = read(&workspace, "flake.nix");
    assert!(flake.contains("url = \"git+https://git.example.org/mill\";"), "{flake}");
    assert_eq!(flake.matches("inputs.domi.follows").count(), 2, "{flake}");
}

#[test]
fn a_flake_of_another_shape_is_refused_with_what_to_write_and_can_be_left_alone() {
    let workspace = with_places();
    let other = "let inputs = { }; in { inherit inputs; outputs = _: { }; }\n";
    workspace.write("flake.nix", other);
    commit(&workspace);
    let (around, to) = beside("street");
    let split = format!("fleet split street {}", to.display());
    let line = format!("inputs.street.url = \"git+file://{}\";", to.display());
    check(&workspace.run(&split), 7, &["D2097", "flake.nix", "--apart", &line]);
    assert_eq!(around.path().read_dir().unwrap().count(), 0);
    assert_eq!(git_in(&workspace.root, &["status", "--short"]), "");
    // Whoever wrote the line gets no other one.
    let by_hand = format!("{{\n  {line}\n  outputs = _: {{ }};\n}}\n");
    workspace.write("flake.nix", &by_hand);
    commit(&workspace);
    check(&workspace.run(&format!("{split} --dry-run")), 0, &["~ nix/parts.json"]);
    workspace.write("flake.nix", other);
    commit(&workspace);
    check(&workspace.run(&format!("{split} --apart")), 0, &["street goes to"]);
    assert_eq!(read(&workspace, "flake.nix"), other);
    assert!(!workspace.root.join("nix/parts.json").exists());
}
