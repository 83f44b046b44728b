//! What the machines of a test have of Nix's store: built by the user's Nix, and made into images.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use domi_container::{Containers, Image};
use domi_nix_command::{Build, Nix};
use domi_portable_system::nixos::{Builders, Entries, closure, not_built};
use domi_portable_system::{NixRealiser, Provision, RealStore};
use domi_runner::{Artifacts, Done, Job, Reporter, RunOptions, Unable};

use crate::guest::unable;

/// The parts of a store of a test's machines.
#[derive(Debug, Default)]
pub(crate) struct StoreParts<'a> {
    folder: Option<&'a Path>,
    /// The whole closure of each machine that has one, by the machine's name.
    closures: BTreeMap<String, Entries>,
    /// Nothing before they are asked for, and once something of them was found damaged.
    images: Mutex<Option<BTreeMap<String, Image>>>,
}

impl<'a> StoreParts<'a> {
    /// Has Nix build what machines refer to; or what the test comes to without that.
    pub(crate) fn built(
        realiser: Option<&'a NixRealiser>,
        job: &Job,
        provisions: &[Provision],
        options: &RunOptions,
        (folder, reporter): (&Artifacts, &Reporter),
    ) -> Result<Self, Box<Done>> {
        let mut parts = Self::default();
        let with: Vec<_> = provisions.iter().filter(|it| !it.store.paths.is_empty()).collect();
        let Some(realiser) = realiser.filter(|_| !with.is_empty()) else { return Ok(parts) };
        let Some(store) = &realiser.store else { return Ok(parts) };
        parts.folder = Some(&store.folder);
        if let Some(build) = build(&realiser.nix, store, job, &with, options, reporter)
            && build.built.is_err()
        {
            return Err(Box::new(not_built("what a machine has of Nix's store", &build, folder)));
        }
        for provision in with {
            let roots = provision.store.paths.iter().map(|it| it.path.clone()).collect();
            let entries = closure(&realiser.nix, &roots, options);
            let entries = entries.map_err(|unable| Box::new(Done::from(unable)))?;
            parts.closures.insert(provision.name.clone(), entries);
        }
        Ok(parts)
    }

    /// The image of each machine that has one.
    pub(crate) fn images(
        &self,
        containers: &Containers,
    ) -> Result<BTreeMap<String, Image>, Unable> {
        let mut held = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(images) = &*held {
            return Ok(images.clone());
        }
        let Some(folder) = self.folder else { return Ok(BTreeMap::new()) };
        let mut images = BTreeMap::new();
        for (machine, entries) in &self.closures {
            let image = containers.store_part(folder, entries, &|_| ());
            images.insert(machine.clone(), image.map_err(|error| unable(&error))?);
        }
        Ok(held.insert(images).clone())
    }

    /// Has images be looked for again.
    pub(crate) fn forget(&self) {
        *self.images.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Builds what machines refer to, all at once; nothing where there is nothing to build.
fn build(
    nix: &Nix,
    store: &RealStore,
    job: &Job,
    provisions: &[&Provision],
    options: &RunOptions,
    reporter: &Reporter,
) -> Option<Build> {
    let paths = provisions.iter().flat_map(|provision| &provision.store.paths);
    let words = paths.filter_map(|it| Some(nix.output_of(it.derivation.as_deref()?, &it.output)));
    let words: BTreeSet<String> = words.collect();
    if words.is_empty() {
        return None;
    }
    let what = format!("building what Nix has for {}", job.test.name);
    let builders = Builders { nix, builders: store.builders.as_deref(), limit: store.build_limit };
    Some(builders.build(what, words.into_iter().collect(), job, options, reporter))
}
