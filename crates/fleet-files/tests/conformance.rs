//! What hosts of generated organisations get: merged by Rust, and worked out again by Nix from the
//! same files; and what the features' modules make of both. `DOMI_ORGANISATIONS=200` compares so
//! many. With a real Nix, and the nixpkgs that `DOMI_NIXPKGS` names.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

#[path = "conformance/generated.rs"]
mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::Utf8Path;
use domi_fleet::{Features, Fleet, Settings, Standing};
use domi_fleet_files::{HostFacts, Wanted, load, project};
use domi_host::Interrupt;
use domi_model::{Manifest, Severity};
use domi_nix_command::Nix;
use serde_json::{Value as Json, json};

use generated::Organisation;

/// How many are asked of one process of Nix.
const BATCH: usize = 25;

/// A feature with an option of every strategy, and one with a few.
fn manifests() -> [Manifest; 2] {
    let option = |name: &str, ty: &Json, default: Json| json!({"name": name, "type": ty, "description": "An option.", "default": {"literal": default}});
    let (int, strings) = (json!({"int": {}}), json!({"listOf": "str"}));
    let job = json!({"submodule": {"options": [
        option("every", &int, json!(0)), option("what", &strings, json!([])),
    ]}});
    let manifest = |name: &str, options: Json| {
        let manifest = json!({
            "schema": "domi.feature/3",
            "feature": {"name": name, "kind": "services", "summary": "A feature", "maturity": "dev",
                        "version": "0.1.0", "platforms": ["x86_64-linux"]},
            "options": options,
        });
        serde_json::from_value(manifest).unwrap()
    };
    let (number, words) = (option("number", &int, json!(0)), option("words", &strings, json!([])));
    let all = json!([
        number,
        words,
        option("lines", &json!("lines"), json!("")),
        option("path", &json!({"separatedStr": ":"}), json!("")),
        option("maybe", &json!({"nullOr": int}), Json::Null),
        option("jobs", &json!({"attrsOf": job}), json!({})),
        option("either", &json!({"oneOf": [int, strings]}), json!(0)),
        option("free", &json!({"settings": {"format": "json"}}), json!({})),
    ]);
    [manifest("all", all), manifest("small", json!([number, words]))]
}

/// The real Nix and its nixpkgs; nothing, with a message, where this computer lacks one.
fn given() -> Option<(Nix, String)> {
    let nixpkgs = std::env::var("DOMI_NIXPKGS").ok().filter(|it| Path::new(it).is_dir());
    let Some(nixpkgs) = nixpkgs else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no folder with nixpkgs");
        return None;
    };
    match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => Some((nix, nixpkgs)),
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            None
        }
    }
}

/// What was met on the way: each must be, or nothing was compared of it.
#[derive(Default)]
struct Met {
    levels: BTreeSet<String>,
    modes: BTreeSet<String>,
    hosts: usize,
    /// Hosts whose files say something of one option on several levels.
    merged: usize,
    /// Organisations that contradict themselves, which no Nix is asked about.
    refused: usize,
}

impl Met {
    fn host(&mut self, fleet: &Fleet, settings: &Settings<'_>, facts: &HostFacts) {
        let standing = Standing::of(fleet, &fleet.hosts[&facts.name]);
        let chosen = settings.of(&standing);
        let all = chosen.settings.values().chain([&chosen.features]);
        for step in all.flat_map(|it| &it.steps) {
            self.levels.insert(step.rank.level.as_str().to_owned());
            self.modes.insert(step.mode.as_str().to_owned());
        }
        let mut ranks: BTreeMap<&_, BTreeSet<_>> = BTreeMap::new();
        for step in chosen.settings.values().flat_map(|it| &it.steps) {
            ranks.entry(&step.option.0).or_default().insert(step.rank);
        }
        self.merged += usize::from(ranks.values().any(|it| it.len() > 1));
        self.hosts += 1;
    }
}

/// The next organisation that Rust takes, written to a folder; what its hosts get.
fn next(seed: &mut u64, folder: &Path, features: &Features, met: &mut Met) -> Vec<HostFacts> {
    loop {
        *seed += 1;
        let _ = std::fs::remove_dir_all(folder);
        for (path, text) in Organisation::of(*seed).files() {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let loaded = load(Utf8Path::from_path(folder).unwrap(), Wanted::All);
        let projected = project(&loaded.fleet, features);
        let mut problems = loaded.problems;
        problems.extend(loaded.fleet.check());
        assert!(problems.iter().all(|it| it.severity != Severity::Error), "{seed}: {problems:#?}");
        if projected.problems.iter().all(|it| it.severity != Severity::Error) {
            let (settings, _) = Settings::prepare(&loaded.fleet, features);
            projected.hosts.iter().for_each(|host| met.host(&loaded.fleet, &settings, host));
            return projected.hosts;
        }
        met.refused += 1;
    }
}

/// The generated module of a host, beside the fleet.
fn print(features: &Features, host: &HostFacts, folder: &Path) -> PathBuf {
    let none = BTreeMap::new();
    let all = host.features.iter().map(|(name, set)| (features.get(name).unwrap(), set));
    let it = domi_nix::Host {
        name: &host.name,
        file: "hosts/h.toml",
        system: host.system,
        target: String::new(),
        tags: Vec::new(),
        features: all.collect(),
        domain: "",
        interfaces: &none,
        gateways: &BTreeMap::new(),
        admits: Vec::new(),
        zones: &BTreeMap::new(),
        addresses: Vec::new(),
        users: Vec::new(),
        secrets: Vec::new(),
    };
    let files = domi_nix::hosts(&[it], &BTreeMap::new());
    let file = files.iter().find(|it| it.path.starts_with("systems/hosts/")).unwrap();
    let path = folder.join(format!("{}.nix", host.name));
    std::fs::write(&path, &file.content).unwrap();
    path
}

/// The features as Nix takes them.
fn written(folder: &Path, manifests: &[Manifest]) -> String {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    for file in domi_nix::shared() {
        write(&file.path, &file.content);
    }
    let feature = |manifest: &Manifest| {
        let name = &manifest.feature.name;
        let module = domi_nix::module(manifest, "crates/features/asked");
        let module = write(&format!("modules/services/{name}.nix"), &module);
        let options = json!(manifest.options).to_string();
        format!(
            "{name} = {{ options = builtins.fromJSON {}; module = {}; }};",
            text(&options),
            path(&module)
        )
    };
    format!("{{ {} }}", manifests.iter().map(feature).collect::<String>())
}

/// A text in Nix.
fn text(text: &str) -> String {
    json!(text).to_string().replace("${", "\\${")
}

fn path(path: &Path) -> String {
    format!("(/. + {})", text(path.to_str().unwrap()))
}

#[test]
fn rust_and_nix_make_the_same_of_generated_organisations() {
    let Some((nix, nixpkgs)) = given() else { return };
    let asked = std::env::var("DOMI_ORGANISATIONS").ok().and_then(|it| it.parse().ok());
    let (asked, mut seed, mut met) = (asked.unwrap_or(5), 0, Met::default());
    let manifests = manifests();
    let features: Features = manifests.iter().cloned().collect();
    let folder = tempfile::tempdir().unwrap();
    let with = written(folder.path(), &manifests);
    let merge = folder.path().join("merged.nix");
    std::fs::write(&merge, include_str!("conformance/merged.nix")).unwrap();
    let (mut differences, mut done) = (Vec::new(), 0);
    while done < asked {
        let batch = BATCH.min(asked - done);
        let (mut fleets, mut expected) = (String::new(), Vec::new());
        for number in 0..batch {
            let of = folder.path().join(format!("fleet-{number}"));
            let hosts = next(&mut seed, &of.join("fleet"), &features, &mut met);
            let printed = hosts.iter().map(|host| {
                let module = print(&features, host, &of);
                format!("{} = {};", text(&host.name), path(&module))
            });
            fleets += &format!(
                "(import {} {{ inherit lib pkgs features; root = {}; printed = {{ {} }}; }})",
                path(&merge),
                path(&of.join("fleet")),
                printed.collect::<String>()
            );
            expected.push((seed, hosts));
        }
        let expr = format!(
            "let nixpkgs = {};
             flake = (import (nixpkgs + \"/flake.nix\")).outputs {{
               self = flake // {{ outPath = nixpkgs; }};
             }};
             inherit (flake) lib; pkgs = flake.legacyPackages.x86_64-linux;
             features = {with}; in [ {fleets} ]",
            path(Path::new(&nixpkgs))
        );
        // It is too long for a word of a command.
        let file = folder.path().join("asked.nix");
        std::fs::write(&file, &expr).unwrap();
        let expr = format!("import {}", path(&file));
        let words = ["--impure", "--expr", &expr];
        let said = nix.eval_json(words, Duration::from_secs(600), &Interrupt::default()).unwrap();
        for ((seed, hosts), said) in expected.iter().zip(said.as_array().unwrap()) {
            assert_eq!(said.as_object().unwrap().len(), hosts.len(), "organisation {seed}");
            for host in hosts {
                let (by_rust, nix) = (json!(host.features), &said[&host.name]);
                if nix["merged"] != by_rust {
                    differences.push(format!("{seed} {}: {by_rust} {}", host.name, nix["merged"]));
                }
                if nix["module"] != nix["printed"] {
                    let (module, printed) = (&nix["module"], &nix["printed"]);
                    differences.push(format!("{seed} {}: {module} {printed}", host.name));
                }
            }
        }
        done += batch;
    }
    let Met { levels, modes, hosts, merged, refused } = &met;
    eprintln!(
        "{done} organisations with {hosts} hosts, {merged} of them merged from several levels; \
         {refused} others contradict themselves; {} differences",
        differences.len()
    );
    assert_eq!(differences, [""; 0]);
    assert_eq!((levels.len(), modes.len()), (5, 4), "{levels:?} {modes:?}");
    assert!(merged * 3 > *hosts, "{merged} of {hosts}");
}
