//! What is printed of a manifest that uses everything there is.

use std::path::Path;

use domi_model::Manifest;

fn manifest() -> Manifest {
    serde_json::from_str(include_str!("everything/manifest.json")).expect("a manifest")
}

/// Compares with a file beside the manifest; `UPDATE_EXPECTED=1` writes it instead.
fn check(actual: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/everything").join(expected);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, actual).expect("the file can be written");
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == wanted,
        "{expected} differs; `UPDATE_EXPECTED=1 cargo test -p domi-nix` writes:\n{actual}"
    );
}

#[test]
fn the_manifest_is_sound() {
    assert_eq!(domi_model::validate(&manifest()), []);
}

#[test]
fn prints_the_module() {
    check(&domi_nix::module(&manifest(), "crates/features/everything"), "module.nix");
}

#[test]
fn prints_the_library() {
    check(&domi_nix::library(), "_lib.nix");
}

#[test]
fn prints_what_all_modules_import() {
    check(&domi_nix::together(), "_together.nix");
}

#[test]
fn the_library_has_what_the_modules_of_all_features_use() {
    let library = |features: &[Manifest]| {
        let features: Vec<_> = features
            .iter()
            .map(|one| (one.clone(), format!("crates/{}", one.feature.name)))
            .collect();
        let files = domi_nix::generate(&features).expect("names that stand beside each other");
        files.into_iter().find(|file| file.path == domi_nix::LIBRARY).map(|file| file.content)
    };
    let everything = manifest();
    let mut little = manifest();
    little.feature.name = "little".to_owned();
    little.feature.formerly.clear();
    little.assertions.clear();
    little.warnings.clear();
    little.system = domi_model::System { sysctl: vec![line()], ..Default::default() };
    let mut nothing = little.clone();
    nothing.feature.name = "nothing".to_owned();
    nothing.system = domi_model::System::default();
    assert_eq!(library(&[nothing.clone()]), None);
    let of_little = library(&[nothing, little.clone()]).expect("a library");
    assert!(of_little.contains("inherit oneLine;"), "{of_little}");
    let of_both = library(&[little, everything]).expect("a library");
    assert!(of_both.contains("\n  freeUser =") && !of_little.contains("freeUser"), "{of_both}");
}

/// A kernel parameter that an option makes a line of.
fn line() -> domi_model::Sysctl {
    let json =
        serde_json::json!({ "name": "kernel.domainname", "value": { "option": ["greeting"] } });
    serde_json::from_value(json).expect("a kernel parameter")
}

#[test]
fn prints_the_tests() {
    check(&domi_nix::tests(&manifest(), "crates/features/everything"), "tests.nix");
}

#[test]
fn prints_the_aggregate() {
    let mut other = manifest();
    other.feature.name = "another".to_owned();
    other.feature.kind = domi_model::Kind::Ui;
    check(&domi_nix::aggregate([&other, &manifest()]), "default.nix");
}

#[test]
fn prints_the_index() {
    let mut other = manifest();
    other.feature.name = "another".to_owned();
    other.extra_nix = true;
    let folder = "crates/features/everything";
    check(&domi_nix::index([(&manifest(), folder), (&other, "./another/")]), "features.nix");
}

#[test]
fn prints_the_reference() {
    check(&domi_nix::reference(&manifest(), "crates/features/everything"), "reference.md");
}

#[test]
fn prints_the_options_as_json() {
    check(&domi_nix::options_json(&manifest()), "options.json");
}

#[test]
fn prints_the_table_of_types() {
    check(&domi_nix::types_reference(), "types.md");
}

#[test]
fn a_command_is_a_package_of_one_script() {
    let script = serde_json::json!({ "script": { "name": "shop-status", "text": "echo hello" } });
    let mut manifest = manifest();
    manifest.system = domi_model::System {
        packages: vec![domi_model::InstalledPackage {
            package: serde_json::from_value(script).expect("a script"),
            scope: domi_model::Scope::default(),
        }],
        ..Default::default()
    };
    let module = domi_nix::module(&manifest, "crates/features/everything");
    let part = "environment.systemPackages = [
      (pkgs.writeShellScriptBin \"shop-status\" ''
        set -e
        echo hello'')
    ];";
    assert!(module.contains(part), "{module}");
    assert!(module.contains("{ what = \"command shop-status\"; }"), "{module}");
}

#[test]
fn prints_the_package_of_a_crate() {
    let of = domi_nix::ProgramCrate {
        name: "tools".to_owned(),
        folder: "crates/tools".to_owned(),
        version: "0.2.0".to_owned(),
        description: "Says \"${x}\"".to_owned(),
        licenses: Vec::new(),
        sources: ["Cargo.lock", "Cargo.toml", "crates"].map(str::to_owned).to_vec(),
        main: None,
    };
    let file = domi_nix::program(&of);
    assert_eq!(file.path, "nix/programs/tools.nix");
    check(&file.content, "program.nix");
}

#[test]
fn each_file_binds_the_package_of_a_crate_that_it_uses() {
    let mut manifest = manifest();
    let package = domi_model::Package::of_crate("tools", ["tool"]);
    manifest.packages.insert("tools".to_owned(), package);
    manifest.system = domi_model::System {
        packages: vec![domi_model::InstalledPackage {
            package: domi_model::Expr::Package("tools".to_owned()),
            scope: domi_model::Scope::default(),
        }],
        ..Default::default()
    };
    let holds = |text: &str, parts: &[&str]| {
        let missing: Vec<_> = parts.iter().filter(|part| !text.contains(**part)).collect();
        assert!(missing.is_empty(), "{missing:?}\n{text}");
    };
    // A name without a hyphen could be one of the file's own.
    let bound = "tools-crate = pkgs.callPackage ../../nix/programs/tools.nix { };";
    let module = domi_nix::module(&manifest, "crates/x");
    holds(&module, &[bound, "environment.systemPackages = [ tools-crate ];"]);
    let index = domi_nix::index([(&manifest, "crates/x")]);
    holds(&index, &["tools = ./programs/tools.nix;"]);
    assert!(!index.contains("[ \"tools\" ]"), "{index}");
    let run = manifest.tests.iter_mut().find_map(|test| match &mut test.body {
        domi_model::TestBody::Run(run) => run.machines.values_mut().next(),
        domi_model::TestBody::Refuse(_) => None,
    });
    run.expect("a machine").packages = vec!["tools".to_owned()];
    let bound = "tools-crate = pkgs.callPackage ../nix/programs/tools.nix { };";
    holds(&domi_nix::tests(&manifest, "crates/x"), &[bound]);
}
