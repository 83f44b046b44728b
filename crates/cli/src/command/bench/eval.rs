//! What it saves to evaluate many checks in one process.

use std::time::{Duration, Instant};

use domi_backend_nixos::WithNix;
use domi_host::Interrupt;
use domi_model::{Manifest, Platform};

use super::measure;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::nix;
use crate::request::NixRequest;

/// How long one evaluation may take.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// All checks of all features and systems, evaluated together and feature by feature, in turns.
pub(super) fn run(context: &Context, request: &NixRequest, runs: usize) -> Result<Exit> {
    let mut with = nix::find(context, request)?
        .map_err(|problem| context.problems(Exit::Missing, vec![problem]))?;
    // Otherwise Nix's cache of one evaluation would speed up the next.
    with.nix = with.nix.with_option("eval-cache", "false");
    let loaded = context.load(&context.workspace()?, &[])?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let manifests: Vec<&Manifest> = loaded.features.iter().map(|it| &it.manifest).collect();
    let measured = Measured { with: &with, interrupt: &context.interrupt };
    let checks: usize = manifests.iter().map(|manifest| checks(manifest).len()).sum();
    data!("{} features, {checks} checks for each system, {runs} measurements", manifests.len())?;
    let (mut together, mut apart) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        let begun = Instant::now();
        for system in systems(&manifests) {
            measured.evaluate(system, &manifests)?;
        }
        together.push(begun.elapsed());
        let begun = Instant::now();
        for system in systems(&manifests) {
            for manifest in &manifests {
                measured.evaluate(system, &[manifest])?;
            }
        }
        apart.push(begun.elapsed());
    }
    let together = measure::print("one evaluation for each system            ", together)?;
    let apart = measure::print("one for each feature and system           ", apart)?;
    data!("that is {:.2} times as long", apart / together)?;
    Ok(Exit::Pass)
}

struct Measured<'a> {
    with: &'a WithNix,
    interrupt: &'a Interrupt,
}

impl Measured<'_> {
    fn evaluate(&self, system: Platform, manifests: &[&Manifest]) -> Result<()> {
        let names: Vec<String> = manifests.iter().flat_map(|manifest| checks(manifest)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let set = format!("checks.{}", system.as_str());
        let WithNix { nix, flake, .. } = self.with;
        nix.derivations(flake, &set, &names, LIMIT, self.interrupt)
            .map(drop)
            .map_err(|failed| anyhow::Error::new(failed).into())
    }
}

fn systems(manifests: &[&Manifest]) -> Vec<Platform> {
    let mut systems: Vec<Platform> =
        manifests.iter().flat_map(|manifest| manifest.feature.platforms.clone()).collect();
    systems.sort();
    systems.dedup();
    systems
}

/// The flake's checks of a feature.
fn checks(manifest: &Manifest) -> Vec<String> {
    let tests = manifest.tests.iter().map(domi_model::Test::slug);
    tests.chain(["eval".to_owned()]).map(|it| format!("{}-{it}", manifest.feature.name)).collect()
}
