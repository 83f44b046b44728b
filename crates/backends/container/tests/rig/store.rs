//! Modules written by hand on a Debian in a container whose units and scripts have what Nix built, from its store.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domi_backend_container::{Container, ContainerOptions};
use domi_debian::Distribution;
use domi_evaluate::Nixpkgs;
use domi_event::Verdict;
use domi_host::Interrupt;
use domi_model::Test;
use domi_portable_system::{ByHand, HandWritten, NixRealiser, RealStore};
use domi_runner::{
    BackendKind, Backends, Programs, Realiser, RunOptions, Selection, Variant, plan, run,
};
use domi_transplant::{OwnRow, Table};
use serde_json::{Value, json};

use crate::rig::{Rig, rig};
use crate::{Ran, check, prints, seen_in};

/// A module that is made of what no table of Debian's packages knows: results of commands, texts and local files.
/// `xxd` is a package that the table lacks.
const MODULE: &str = r#"
{ pkgs, ... }:
let
  made = pkgs.runCommand "made" { } ''
    mkdir $out
    tr a-z A-Z < ${./local.txt} > $out/text
  '';
  say = pkgs.writeShellScriptBin "say" ''
    read -r word < ${made}/text
    read -r other < ${builtins.toFile "other" "from a text\n"}
    printf '%s, %s, ' "$word" "$other"
    printf ab | xxd -p
  '';
in
{
  systemd.services.says = {
    wantedBy = [ "multi-user.target" ];
    path = [ pkgs.xxd ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "${say}/bin/say";
      StandardOutput = "file:/run/said";
    };
  };
  environment.systemPackages = [ say pkgs.xxd ];
  environment.etc."says.json".source = (pkgs.formats.json { }).generate "says.json" { text = "${made}/text"; };
}
"#;
const LOCALES: &str = "lib/locale/locale-archive";
const SAID: &str = "FROM A FILE, from a text, 6162";

/// Runs tests of the module, each with a change of it.
fn go(rig: &Rig, programs: Programs, tests: &[(&str, (&str, &str), Value)]) -> Ran {
    go_with(rig, MODULE, programs, tests, false)
}

fn go_with(
    rig: &Rig,
    module: &str,
    programs: Programs,
    tests: &[(&str, (&str, &str), Value)],
    use_cache: bool,
) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut loaded, mut by_hand) = (Vec::new(), BTreeMap::new());
    fs_err::write(folder.path().join("local.txt"), "from a file\n").expect("it can be written");
    for (name, (from, to), steps) in tests {
        assert!(module.contains(from), "the module has no {from}");
        let file = folder.path().join(format!("{name}.nix"));
        fs_err::write(&file, module.replacen(from, to, 1)).expect("it can be written");
        let about = HandWritten {
            name: (*name).to_owned(),
            summary: "says something".to_owned(),
            packages: BTreeMap::new(),
            folder: folder.path().to_owned(),
        };
        let body = json!({ "run": { "machines": { "machine": {} }, "steps": steps } });
        let test: Test =
            serde_json::from_value(json!({ "name": name, "body": body })).expect("a test");
        loaded.push(about.with_tests(vec![test]));
        let modules = ByHand { files: vec![file], ..ByHand::default() };
        by_hand.insert((*name).to_owned(), modules);
    }
    let options = |cache: &Path| RunOptions {
        use_cache,
        step_limit: Duration::from_secs(20),
        ..RunOptions::new(folder.path().join("runs"), cache.to_owned())
    };
    let cache = domi_host::dirs::cache().expect("there is a cache");
    let backend = Container::new(cache.clone(), own(rig, programs, by_hand));
    let selection = Selection {
        backends: Backends::default().with(backend),
        backend: Some(BackendKind::PORTABLE_CONTAINER),
        variant: Variant { realiser: Realiser::Nix, programs, ..Variant::default() },
        ..Selection::default()
    };
    let plan = plan(&loaded, &selection).expect("a plan");
    let mut ran = Ran { finished: BTreeMap::new(), failures: BTreeMap::new() };
    run(&plan, &options(&cache), &mut |event| seen_in(&mut ran, event)).expect("a run");
    ran
}

/// Containers of the release that the rig's programs are of.
fn own(rig: &Rig, programs: Programs, by_hand: BTreeMap<String, ByHand>) -> ContainerOptions {
    let nix = rig.nix.clone();
    let folder = nix.capabilities(None, &Interrupt::default()).expect("a configuration").store;
    let (builders, build_limit) = (None, Duration::from_secs(300));
    let store = RealStore { folder: folder.expect("it is here"), builders, build_limit };
    // The rig calls it by its attribute.
    let locales = OwnRow {
        paths: [(LOCALES.to_owned(), "/usr/lib/locale/C.utf8".to_owned())].into(),
        ..OwnRow::default()
    };
    let realiser = NixRealiser {
        nix,
        nixpkgs: Nixpkgs::Folder(rig.nixpkgs.clone()),
        modules: BTreeMap::new(),
        programs: BTreeMap::new(),
        by_hand,
        nixos_tests: None,
        table: Table::new([("glibcLocales".to_owned(), locales)].into()),
        store: (programs == Programs::Store).then_some(store),
        limit: Duration::from_secs(300),
    };
    ContainerOptions {
        distribution: Distribution::named("debian", "trixie").expect("it is known"),
        cold: true,
        runs_again: false,
        realiser: Some(realiser),
        builds: None,
    }
}

fn says() -> Value {
    json!([
        { "action": { "waitForUnit": "says.service" } },
        prints("cat /run/said", SAID),
    ])
}

#[test]
fn a_module_runs_from_the_store_what_no_table_knows() {
    let Some(rig) = rig() else { return };
    let steps = json!([
        { "action": { "waitForUnit": "says.service" } },
        prints("cat /run/said", SAID),
        prints(". /etc/os-release; echo $ID", "debian"),
        // Everybody has the packages of the system, from the store.
        prints("say", SAID),
        prints("readlink \"$(type -p say)\" | cut -d/ -f1-3", "/nix/store"),
        prints("cat \"$(sed -n 's/.*\"text\": *\"\\([^\"]*\\)\".*/\\1/p' /etc/says.json)\"", "FROM A FILE"),
        // The store is what the module refers to, and nobody changes it.
        { "action": { "fail": "ls -d /nix/store/*-nginx" } },
        { "action": { "fail": "touch /nix/store/x" } },
        { "action": "reboot" },
        { "action": { "waitForUnit": "says.service" } },
        prints("cat /run/said", SAID),
        { "action": { "fail": "touch /nix/store/x" } },
    ]);
    let ran = go(rig, Programs::Store, &[("says", ("", ""), steps)]);
    check(&ran, &[("says", Verdict::Passed)]);
}

#[test]
fn a_wrong_program_and_a_forgotten_one_are_red_and_what_cannot_be_built_is_named() {
    let Some(rig) = rig() else { return };
    let tests = [
        ("wrong", ("${say}/bin/say\"", "${say}/bin/sai\""), says()),
        ("forgotten", ("path = [ pkgs.xxd ];", ""), says()),
        ("unbuilt", ("mkdir $out", "echo no such thing; exit 3"), says()),
        ("only-nixos", ("read -r word", "/run/current-system/sw/bin/true; read -r word"), says()),
    ];
    let ran = go(rig, Programs::Store, &tests);
    let (failed, undecided) = (Verdict::Failed, Verdict::Error);
    let expected =
        [("forgotten", failed), ("only-nixos", failed), ("unbuilt", undecided), ("wrong", failed)];
    check(&ran, &expected);
    let told = &ran.failures["unbuilt"];
    assert!(told.message.ends_with("cannot be built: nix fails at made"), "{}", told.message);
    assert!(told.said.contains("no such thing"), "{}", told.said);
    let got = ran.failures["only-nixos"].got.as_deref().unwrap_or_default();
    assert!(got.contains("say in the store refers to /run/current-system/sw/bin/true"), "{got}");
}

#[test]
fn without_the_store_the_same_module_wants_a_package_that_debian_is_not_known_to_have() {
    let Some(rig) = rig() else { return };
    let ran = go(rig, Programs::Debian, &[("says", ("", ""), says())]);
    check(&ran, &[("says", Verdict::Failed)]);
    let got = ran.failures["says"].got.as_deref().unwrap_or_default();
    assert!(got.contains("no Debian package is known for xxd"), "{got}");
}

#[test]
fn a_verdict_with_programs_of_the_store_is_none_with_those_of_debian() {
    let Some(rig) = rig() else { return };
    // One that no run before has had, and that needs no package.
    let word = tempfile::tempdir().expect("a temporary folder");
    let word = word.path().file_name().expect("it has a name").to_string_lossy().into_owned();
    let script = format!("echo {word}; exit 0; read -r word");
    let steps = json!([
        { "action": { "waitForUnit": "says.service" } },
        prints("cat /run/said", &word),
    ]);
    let module = MODULE.replace("pkgs.xxd", "pkgs.jq");
    let tests = [("says", ("read -r word", &*script), steps)];
    let verdict =
        |programs: Programs| go_with(rig, &module, programs, &tests, true).finished["says"].verdict;
    use Programs::{Debian, Store};
    use Verdict::{Cached, Passed};
    let verdicts = [Store, Store, Debian, Debian, Store].map(verdict);
    assert_eq!(verdicts, [Passed, Cached, Passed, Cached, Cached]);
}
