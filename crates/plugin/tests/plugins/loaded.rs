//! What is built and asked, and what is kept of it.

use domi_host::Interrupt;
use domi_plugin::{Limits, Loader, Stage};

use crate::fixture::{Fixture, manifest};

#[test]
fn a_command_is_asked_each_time_unless_it_says_all_that_it_reads() {
    let fixture = Fixture::new();
    fixture.script("a", &format!("echo '{}'", manifest("a")));
    let script = format!("cat .data/spaces linked ../../tool/more; echo '{}'", manifest("b"));
    fixture.script_with("b", &script, "reads = [\".data\", \"linked\", \"../../tool\"]\n");
    fixture.write("features/b/.data/spaces", " ");
    fixture.write("elsewhere", " ");
    fixture.write("tool/more", " ");
    std::os::unix::fs::symlink("../../elsewhere", fixture.root.join("features/b/linked")).unwrap();
    assert_eq!(fixture.load().asked, ["a", "b"]);
    assert_eq!(fixture.load().asked, ["a"]);
    for file in ["features/b/.data/new", "elsewhere", "tool/more"] {
        fixture.write(file, "\n");
        let seen = fixture.load();
        assert_eq!(
            (&seen.asked[..], seen.names()),
            (&["a", "b"].map(str::to_owned)[..], vec!["a", "b"]),
            "{file}"
        );
        assert_eq!(fixture.load().asked, ["a"], "{file}");
    }
    let script = format!("#!/bin/sh\necho '{}'\n", manifest("other"));
    std::fs::write(fixture.root.join("features/b/plugin.sh"), script).unwrap();
    assert!(fixture.load().problems().contains("D0416"));
    std::fs::remove_dir_all(fixture.root.join("tool")).unwrap();
    assert_eq!(fixture.load().asked, ["a", "b"]);
    assert_eq!(fixture.load().asked, ["a", "b"], "what is not there may come");
}

#[test]
fn a_damaged_kept_manifest_is_made_again() {
    let fixture = Fixture::new();
    fixture.script_with("a", &format!("echo '{}'", manifest("a")), "reads = []\n");
    fixture.load();
    let kept = fixture.workspace().target.join("domi/plugins/a.manifest.json");
    let whole = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &whole[..whole.len() - 5]).unwrap();
    let seen = fixture.load();
    assert_eq!((&seen.asked[..], seen.names()), (&["a".to_owned()][..], vec!["a"]));
    assert_eq!(std::fs::read(&kept).unwrap(), whole);
}

/// A program that prints a manifest.
fn printing(name: &str) -> String {
    format!("fn main() {{ println!(r#\"{{}}\"#, r#\"{}\"#); }}", manifest(name))
}

#[test]
fn crates_are_built_and_one_that_does_not_compile_stops_no_other() {
    let fixture = Fixture::new();
    fixture.rust("good", &printing("good"));
    fixture.rust("broken", "fn main() {\n    let port: u16 = \"x\";\n}");
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    let said = seen.problems();
    for part in ["D0403", "broken: ", "mismatched types", "at features/broken/src/main.rs:2"] {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    assert_eq!(seen.asked, ["good"]);
    assert_eq!(fixture.load().built, ["broken"], "the good one is kept");
}

#[test]
fn a_crate_that_cargo_gives_up_on_stops_no_other() {
    let fixture = Fixture::new();
    fixture.rust("good", &printing("good"));
    fixture.package("gated", "[features]\non = []\n[[bin]]\nname = \"gated\"\nrequired-features = [\"on\"]\n[package.metadata.domi]\n");
    fixture.write("features/gated/src/main.rs", "fn main() {}");
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    assert!(seen.problems().contains("error[D0404]: gated"), "{}", seen.problems());
}

#[test]
fn an_interrupt_stops_the_loading() {
    let fixture = Fixture::new();
    fixture.script("a", "sleep 1000");
    let workspace = fixture.workspace();
    let interrupt = Interrupt::default();
    let loader = Loader {
        workspace: &workspace,
        limits: Limits::default(),
        progress: &|stage| {
            if matches!(stage, Stage::Asking(_)) {
                interrupt.set();
            }
        },
        interrupt: &interrupt,
    };
    let error = loader.load(&[&workspace.features[0]]).unwrap_err();
    assert_eq!(domi_host::Cause::of(error.as_ref()), domi_host::Cause::Interrupted);
}
