//! What the machines of a test have of Nix's store: built by the user's Nix, and made into images of whatever kind
//! the machines take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use domi_nix_command::{Build, Nix};
use domi_runner::{Artifacts, Done, Job, Reporter, RunOptions, Unable};

use crate::nixos::{Builders, Entries, closure, not_built};
use crate::provision::Provision;
use crate::provision::nix_realiser::{NixRealiser, RealStore};

/// The parts of a store of a test's machines.
#[derive(Debug)]
pub struct StoreParts<'a, I> {
    folder: &'a Path,
    /// The whole closure of each machine that has one, by the machine's name.
    closures: BTreeMap<String, Entries>,
    /// Nothing before they are asked for, and once something of them was found damaged.
    images: Mutex<Option<BTreeMap<String, I>>>,
}

impl<'a, I: Clone> StoreParts<'a, I> {
    /// Has Nix build what machines refer to; nothing where none has a part of a store.
    ///
    /// # Errors
    /// What the test comes to without that.
    pub fn built(
        realiser: Option<&'a NixRealiser>,
        job: &Job,
        provisions: &[Provision],
        options: &RunOptions,
        (artifacts, reporter): (&Artifacts, &Reporter),
    ) -> Result<Option<Self>, Box<Done>> {
        let with: Vec<_> = provisions.iter().filter(|it| !it.store.paths.is_empty()).collect();
        let Some(NixRealiser { nix, store: Some(store), .. }) = realiser else { return Ok(None) };
        if with.is_empty() {
            return Ok(None);
        }
        if let Some(build) = build(nix, store, job, &with, options, reporter)
            && build.built.is_err()
        {
            return Err(Box::new(not_built(
                "what a machine has of Nix's store",
                &build,
                artifacts,
            )));
        }
        let mut closures = BTreeMap::new();
        for provision in with {
            let roots = provision.store.paths.iter().map(|it| it.path.clone()).collect();
            let entries = closure(nix, &roots, options);
            let entries = entries.map_err(|unable| Box::new(Done::from(unable)))?;
            closures.insert(provision.name.clone(), entries);
        }
        Ok(Some(Self { folder: &store.folder, closures, images: Mutex::default() }))
    }

    /// The image of each machine that has one. `make` makes that of a closure, whose entries are really in a folder.
    ///
    /// # Errors
    /// What `make` says.
    pub fn images(
        &self,
        make: impl Fn(&Path, &Entries) -> Result<I, Unable>,
    ) -> Result<BTreeMap<String, I>, Unable> {
        let mut held = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(images) = &*held {
            return Ok(images.clone());
        }
        let mut images = BTreeMap::new();
        for (machine, entries) in &self.closures {
            images.insert(machine.clone(), make(self.folder, entries)?);
        }
        Ok(held.insert(images).clone())
    }

    /// Has images be looked for again.
    pub fn forget(&self) {
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
