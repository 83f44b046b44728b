//! Modules written by hand on a Debian, in a container or emulated, whose units and scripts have what Nix built, from
//! its store.

use std::collections::BTreeMap;
use std::time::Duration;

use domi_backend_container::{Container, ContainerOptions};
use domi_backend_portable::{Portable, PortableOptions};
use domi_debian::{Architecture, Distribution};
use domi_evaluate::Nixpkgs;
use domi_event::Verdict;
use domi_guest::Settings;
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

/// How tests of a module are run.
#[derive(Clone, Copy)]
struct Way<'a> {
    module: &'a str,
    backend: BackendKind,
    programs: Programs,
    use_cache: bool,
}

/// In containers with programs of the store.
const STORED: Way<'static> = Way {
    module: MODULE,
    backend: BackendKind::PORTABLE_CONTAINER,
    programs: Programs::Store,
    use_cache: false,
};

impl Way<'_> {
    /// Runs tests of the module, each with a change of it.
    fn go(self, rig: &Rig, tests: &[(&str, (&str, &str), Value)]) -> Ran {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (mut loaded, mut by_hand) = (Vec::new(), BTreeMap::new());
        fs_err::write(folder.path().join("local.txt"), "from a file\n").expect("it can be written");
        for (name, (from, to), steps) in tests {
            assert!(self.module.contains(from), "the module has no {from}");
            let file = folder.path().join(format!("{name}.nix"));
            fs_err::write(&file, self.module.replacen(from, to, 1)).expect("it can be written");
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
        let cache = domi_host::dirs::cache().expect("there is a cache");
        let options = RunOptions {
            use_cache: self.use_cache,
            step_limit: Duration::from_secs(20),
            ..RunOptions::new(folder.path().join("runs"), cache.clone())
        };
        let realiser = realiser(rig, self.programs, by_hand);
        let backends = Backends::default()
            .with(Container::new(cache, in_containers(realiser.clone())))
            .with(Portable::new(emulated(realiser)));
        let variant =
            Variant { realiser: Realiser::Nix, programs: self.programs, ..Variant::default() };
        let backend = Some(self.backend);
        let selection = Selection { backends, backend, variant, ..Selection::default() };
        let plan = plan(&loaded, &selection).expect("a plan");
        let mut ran = Ran { finished: BTreeMap::new(), failures: BTreeMap::new() };
        run(&plan, &options, &mut |event| seen_in(&mut ran, event)).expect("a run");
        ran
    }
}

fn realiser(rig: &Rig, programs: Programs, by_hand: BTreeMap<String, ByHand>) -> NixRealiser {
    let nix = rig.nix.clone();
    let folder = nix.capabilities(None, &Interrupt::default()).expect("a configuration").store;
    let (builders, build_limit) = (None, Duration::from_secs(300));
    let store = RealStore { folder: folder.expect("it is here"), builders, build_limit };
    // The rig calls it by its attribute.
    let locales = OwnRow {
        paths: [(LOCALES.to_owned(), "/usr/lib/locale/C.utf8".to_owned())].into(),
        ..OwnRow::default()
    };
    NixRealiser {
        nix,
        nixpkgs: Nixpkgs::Folder(rig.nixpkgs.clone()),
        modules: BTreeMap::new(),
        programs: BTreeMap::new(),
        by_hand,
        nixos_tests: None,
        table: Table::new([("glibcLocales".to_owned(), locales)].into()),
        store: (programs == Programs::Store).then_some(store),
        usual: Programs::Debian,
        limit: Duration::from_secs(300),
    }
}

/// The release that the rig's programs are of.
fn debian() -> Distribution {
    Distribution::named("debian", "trixie").expect("it is known")
}

fn in_containers(realiser: NixRealiser) -> ContainerOptions {
    ContainerOptions {
        distribution: debian(),
        cold: true,
        runs_again: false,
        realiser: Some(realiser),
        builds: None,
    }
}

fn emulated(realiser: NixRealiser) -> PortableOptions {
    let own = Architecture::from_name(std::env::consts::ARCH).expect("it is known");
    let usual = PortableOptions::new(Settings::new(own, debian()));
    PortableOptions { realiser: Some(realiser), ..usual }
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
    let tests = [("says", ("", ""), steps)];
    for backend in [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE] {
        check(&Way { backend, ..STORED }.go(rig, &tests), &[("says", Verdict::Passed)]);
    }
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
    let ran = STORED.go(rig, &tests);
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
    let debian = Way { programs: Programs::Debian, ..STORED };
    let ran = debian.go(rig, &[("says", ("", ""), says())]);
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
    let module = &MODULE.replace("pkgs.xxd", "pkgs.jq");
    let tests = [("says", ("read -r word", &*script), steps)];
    let verdict = |programs: Programs| {
        let way = Way { module, programs, use_cache: true, ..STORED };
        way.go(rig, &tests).finished["says"].verdict
    };
    use Programs::{Debian, Store};
    use Verdict::{Cached, Passed};
    let verdicts = [Store, Store, Debian, Debian, Store].map(verdict);
    assert_eq!(verdicts, [Passed, Cached, Passed, Cached, Cached]);
}

#[test]
fn an_emulated_machine_has_red_verdicts_too() {
    let Some(rig) = rig() else { return };
    let emulated = Way { backend: BackendKind::PORTABLE, ..STORED };
    let tests = [
        ("forgotten", ("path = [ pkgs.xxd ];", ""), says()),
        ("unbuilt", ("mkdir $out", "echo no such thing; exit 3"), says()),
    ];
    let ran = emulated.go(rig, &tests);
    check(&ran, &[("forgotten", Verdict::Failed), ("unbuilt", Verdict::Error)]);
}
