//! How long the settings of a fleet's hosts take here, and by bare `lib.evalModules` of a real Nix, from
//! the same files and in one run: `cargo bench -p domi-fleet-files --bench modules [-- HOSTS…]`. Both
//! must come to the same. It needs a Nix, and the nixpkgs that `DOMI_NIXPKGS` names.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]

mod made;

use std::path::Path;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use domi_fleet::{Chosen, Fleet, Host, Settings, Standing};
use domi_fleet_files::{HostFacts, Loaded, Wanted, load, project};
use domi_host::Interrupt;
use domi_nix_command::Nix;
use rayon::prelude::*;
use serde_json::{Value, json};

use made::median;

/// How often each is measured, in turn; the median counts.
const RUNS: usize = 5;

/// How long Nix may take.
const LIMIT: Duration = Duration::from_secs(1800);

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![50, 500, 5_000] } else { asked };
    let nixpkgs = std::env::var("DOMI_NIXPKGS").ok().filter(|it| Path::new(it).is_dir());
    let Some(nixpkgs) = nixpkgs else {
        println!("against lib.evalModules: not run, as DOMI_NIXPKGS names no folder with nixpkgs");
        return;
    };
    let nix = match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => nix,
        Err(problem) => return println!("against lib.evalModules: not run: {problem}"),
    };
    println!("         here                 lib.evalModules      times as long");
    println!("hosts    all       merges     all       merges     all    merges");
    for hosts in sizes {
        measure(&Modules { nix: &nix, nixpkgs: &nixpkgs }, hosts);
    }
}

/// Measures a fleet of so many hosts: all with files read, their merges alone.
fn measure(modules: &Modules<'_>, hosts: usize) {
    let folder = tempfile::tempdir().unwrap();
    made::write(folder.path(), hosts);
    let (mut all, mut merges) = (Vec::new(), Vec::new());
    let (mut by_nix, mut merges_by_nix) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let begun = Instant::now();
        let (loaded, here) = here(folder.path());
        all.push(begun.elapsed().as_secs_f64());
        merges.push(merged(&loaded.fleet));
        let begun = Instant::now();
        let there = modules.of(folder.path(), true);
        let whole = begun.elapsed().as_secs_f64();
        let differs = here.iter().find(|host| there[&host.name] != json!(host.features["site"]));
        assert!(differs.is_none(), "{differs:?}");
        assert_eq!((here.len(), there.as_object().unwrap().len()), (hosts, hosts));
        let begun = Instant::now();
        modules.of(folder.path(), false);
        by_nix.push(whole);
        merges_by_nix.push(whole - begun.elapsed().as_secs_f64());
    }
    let [all, merges, by_nix, merges_by_nix] = [all, merges, by_nix, merges_by_nix].map(median);
    let times = [by_nix / all, merges_by_nix / merges].map(|times| format!("{times:.0}"));
    println!(
        "{hosts:<8} {all:.3} s   {merges:.4} s   {by_nix:<5.2} s   {merges_by_nix:<5.2} s    {:<6} {}",
        times[0], times[1]
    );
}

/// A fleet and what follows for its hosts: files are read and checked, and all is projected, of which
/// settings are a part.
fn here(root: &Path) -> (Loaded, Vec<HostFacts>) {
    let loaded = load(Utf8Path::from_path(root).unwrap(), Wanted::All);
    let projected = project(&loaded.fleet, &made::features());
    let found = loaded.problems.iter().chain(&projected.problems);
    let problems: Vec<_> = found.cloned().chain(loaded.fleet.check()).collect();
    assert!(problems.is_empty(), "{}", problems[0]);
    (loaded, projected.hosts)
}

/// How long the merges of all hosts take, on all processors as ever; Nix takes one.
fn merged(fleet: &Fleet) -> f64 {
    let features = made::features();
    let begun = Instant::now();
    let (settings, _) = Settings::prepare(fleet, &features);
    let of = |host| settings.of(&Standing::of(fleet, host));
    let hosts: Vec<&Host> = fleet.hosts.values().collect();
    let chosen: Vec<Chosen> = hosts.into_par_iter().map(of).collect();
    let taken = begun.elapsed().as_secs_f64();
    assert!(chosen.iter().all(|it| it.settings.contains_key("site")));
    taken
}

/// `lib.evalModules`.
struct Modules<'m> {
    nix: &'m Nix,
    nixpkgs: &'m str,
}

impl Modules<'_> {
    /// What the hosts of a folder get; what its files say, where nothing is merged.
    fn of(&self, root: &Path, merge: bool) -> Value {
        let path = |path: &str| format!("(/. + {})", json!(path));
        let expr = format!(
            "import {} {{ lib = import {}; root = {}; merge = {merge}; }}",
            path(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/modules.nix")),
            path(&format!("{}/lib", self.nixpkgs)),
            path(root.to_str().unwrap()),
        );
        let words = ["--impure", "--expr", &expr];
        self.nix.eval_json(words, LIMIT, &Interrupt::default()).unwrap()
    }
}
