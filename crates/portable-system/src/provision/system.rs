//! What a feature comes to with settings, whoever says it.

use std::collections::BTreeMap;

use domi_model::{Machine, Manifest, Problem, Value};
use domi_realise::{File, System};
use domi_runner::{Beside, Unable, realise_beside};
use domi_transplant::{FromStore, Transplanted};

use super::to_make::ToMake;

/// What a feature comes to on a machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct FeatureSystem {
    pub(crate) system: System,
    /// Files beside those of the system.
    pub(crate) files: Vec<File>,
    /// What is worth saying of the settings.
    pub(crate) warnings: Vec<String>,
    /// Files of its packages that the machine must have, and what each is for.
    pub(crate) needed: BTreeMap<String, String>,
    /// What commands make of it.
    pub(crate) to_make: ToMake,
    /// What the machine has of Nix's store.
    pub(crate) store: FromStore,
}

impl From<Transplanted> for FeatureSystem {
    fn from(carried: Transplanted) -> Self {
        let Transplanted { system, files, needed, making, warnings, store, .. } = carried;
        let mut to_make = ToMake::default();
        to_make.add(making, &[&*system.files(), &*files].concat());
        Self { system, files, warnings, needed, to_make, store }
    }
}

/// Why there is no system.
#[derive(Debug, Clone)]
pub enum NoSystem {
    /// The settings are refused.
    Problems(Vec<Problem>),
    /// The settings are accepted, and come to what a portable machine cannot have.
    NotCarried(Vec<Problem>),
    /// A program of a crate of the workspace cannot be built.
    NotBuilt(Vec<Problem>),
    /// Nobody knows.
    Unable(Unable),
}

impl From<Vec<Problem>> for NoSystem {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

/// Settings of a feature's options.
pub(crate) type Settings = BTreeMap<String, Value>;

/// What Rust makes of the settings, with the features beside.
pub(crate) fn by_rust<'a>(
    manifest: &Manifest,
    beside: impl IntoIterator<Item = &'a Beside>,
    settings: &Settings,
) -> Result<FeatureSystem, NoSystem> {
    let realised = realise_beside(manifest, settings, beside)?;
    let warnings = realised.warnings.iter().map(ToString::to_string).collect();
    Ok(FeatureSystem { system: realised.system, warnings, ..FeatureSystem::default() })
}

impl NoSystem {
    /// What is wrong with the feature or its settings.
    ///
    /// # Errors
    /// Why nobody can say.
    pub fn problems(self) -> Result<Vec<Problem>, Unable> {
        match self {
            Self::Problems(found) | Self::NotCarried(found) | Self::NotBuilt(found) => Ok(found),
            Self::Unable(unable) => Err(unable),
        }
    }
}

/// What Rust makes of a machine that begins with the feature's previous release. What is refused is
/// refused by that release, and says so.
pub(super) fn released(
    previous: &Manifest,
    set: &[String],
    machine: &Machine,
) -> Result<FeatureSystem, NoSystem> {
    let of_release = |found: Vec<Problem>| -> NoSystem {
        let version = &previous.feature.version;
        let said = |it: Problem| {
            let message = format!("the previous release, {version}: {}", it.message);
            // It was written elsewhere, in files that are no longer so.
            Problem { message, place: None, ..it }
        };
        found.into_iter().map(said).collect::<Vec<_>>().into()
    };
    let settings = settings(previous, set, machine).map_err(of_release)?;
    by_rust(previous, &[], &settings).map_err(|error| match error {
        NoSystem::Problems(found) => of_release(found),
        other => other,
    })
}

/// The settings of a machine with those from outside, such as `port=81`.
pub(crate) fn settings(
    manifest: &Manifest,
    set: &[String],
    machine: &Machine,
) -> Result<Settings, Vec<Problem>> {
    let mut settings = machine.settings.clone();
    for set in set {
        domi_realise::set::apply(set, manifest, &mut settings)?;
    }
    Ok(settings)
}
