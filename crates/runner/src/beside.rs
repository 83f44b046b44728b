//! Features that are enabled on the machines of a job beside the one that is tested.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use domi_model::{Manifest, Problem, Value};
use domi_realise::{DebianPaths, Realised, compose, realise};

use crate::loaded::Loaded;

/// A feature that is enabled beside the one that is tested.
#[derive(Debug, Clone)]
pub struct Beside {
    /// What it says of itself.
    pub manifest: Arc<Manifest>,
    /// The folder of its crate.
    pub crate_dir: PathBuf,
    /// Its settings: as little as it can be enabled with.
    pub settings: BTreeMap<String, Value>,
}

impl Beside {
    pub(crate) fn of(loaded: &Loaded) -> Self {
        Self {
            manifest: Arc::new(loaded.manifest.clone()),
            crate_dir: loaded.crate_dir.clone(),
            settings: loaded.manifest.least_settings(),
        }
    }

    /// What it comes to on a portable machine.
    ///
    /// # Errors
    /// When an option must be set and nobody knows a value.
    pub fn realise(&self) -> Result<Realised, Vec<Problem>> {
        realise(&self.manifest, &self.settings, &DebianPaths::new(&self.manifest))
    }
}

/// What a machine has: a feature that has been realised, and others beside it.
///
/// # Errors
/// What they cannot have together.
pub fn with_others(own: Realised, beside: &[Beside]) -> Result<Realised, Vec<Problem>> {
    let mut all = vec![own];
    for other in beside {
        all.push(other.realise()?);
    }
    compose(all)
}
