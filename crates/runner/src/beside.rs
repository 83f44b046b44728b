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
    /// Its settings: as little as it can be enabled with, unless somebody says more.
    pub settings: BTreeMap<String, Value>,
    /// The only machine that has it; all of them have it where none is named.
    pub only_on: Option<String>,
}

impl Beside {
    pub(crate) fn of(loaded: &Loaded) -> Self {
        Self {
            manifest: Arc::new(loaded.manifest.clone()),
            crate_dir: loaded.crate_dir.clone(),
            settings: loaded.manifest.least_settings(),
            only_on: None,
        }
    }

    /// Those of them that a machine has.
    pub fn on<'a>(all: &'a [Self], machine: &str) -> impl Iterator<Item = &'a Self> {
        all.iter().filter(move |it| it.only_on.as_ref().is_none_or(|only| only == machine))
    }
}

/// What a portable machine has: a feature with its settings, and others beside it, with what they set
/// and read of each other.
///
/// # Errors
/// What is wrong with the settings, and what the features cannot have together.
pub fn realise_beside<'a>(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
    beside: impl IntoIterator<Item = &'a Beside>,
) -> Result<Realised, Vec<Problem>> {
    let all = std::iter::once((manifest, settings))
        .chain(beside.into_iter().map(|other| (&*other.manifest, &other.settings)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_machine_has_no_other_has() {
        let about = serde_json::json!({
            "name": "x", "kind": "services", "summary": "X", "maturity": "dev", "version": "0.1.0",
            "platforms": ["x86_64-linux"],
        });
        let manifest = serde_json::json!({ "schema": domi_model::SCHEMA, "feature": about });
        let manifest: Manifest = serde_json::from_value(manifest).expect("a manifest");
        let of = |only_on: Option<&str>| Beside {
            only_on: only_on.map(str::to_owned),
            ..Beside::of(&Loaded { manifest: manifest.clone(), crate_dir: PathBuf::new() })
        };
        let all = [of(None), of(Some("a")), of(Some("b")), of(Some("b"))];
        let count = |machine: &str| Beside::on(&all, machine).count();
        assert_eq!((count("a"), count("b"), count("c")), (2, 3, 1));
    }
}
