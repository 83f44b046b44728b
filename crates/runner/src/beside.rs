//! Features that are enabled on the machines of a job beside the one that is tested.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use domi_model::{Manifest, Problem, Value};
use domi_realise::{DebianPaths, Given, Member, Realised, compose, realise_together};

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
}

/// What a portable machine has: a feature with its settings, and others beside it, with what they set
/// and read of each other.
///
/// # Errors
/// What is wrong with the settings, and what the features cannot have together.
pub fn realise_beside(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
    beside: &[Beside],
) -> Result<Realised, Vec<Problem>> {
    let all = std::iter::once((manifest, settings))
        .chain(beside.iter().map(|other| (&*other.manifest, &other.settings)));
    let all: Vec<_> =
        all.map(|(manifest, settings)| (manifest, settings, DebianPaths::new(manifest))).collect();
    let members: Vec<Member<'_>> = all
        .iter()
        .map(|(manifest, settings, paths)| Member {
            manifest,
            given: Given::Settings(settings),
            paths,
        })
        .collect();
    let (mut parts, mut problems) = (Vec::new(), Vec::<Problem>::new());
    for (at, realised) in realise_together(&members)?.into_iter().enumerate() {
        match realised {
            Ok(realised) => parts.push(realised),
            Err(wrong) if at == 0 => problems.extend(wrong),
            Err(wrong) => {
                let name = &members[at].manifest.feature.name;
                problems.extend(wrong.into_iter().map(|problem| {
                    let subject = format!("{name}: {}", problem.subject);
                    Problem { subject, ..problem }
                }));
            }
        }
    }
    if problems.is_empty() { compose(parts) } else { Err(problems) }
}
