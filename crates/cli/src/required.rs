//! What features require: other features, which are on every machine that they are on.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;
use domi_plugin::Workspace;
use domi_runner::Loaded;

use crate::context::Context;
use crate::failure::Result;
use crate::guests;

/// What features require whatever their settings, what that requires, and what is wrong with those
/// that cannot be loaded. One that the workspace lacks is told when jobs are planned.
pub(crate) fn required(
    context: &Context,
    workspace: &Workspace,
    features: &[Loaded],
) -> Result<(Vec<Loaded>, Vec<Problem>)> {
    let (mut required, mut errors) = (Vec::<Loaded>::new(), Vec::new());
    let mut asked = BTreeSet::new();
    loop {
        let known = || features.iter().chain(&required);
        let is_new = |name: &&str| {
            workspace.feature(name).is_some()
                && !known().any(|it| it.manifest.feature.name == **name)
        };
        let names = known().flat_map(|it| it.manifest.needs()).filter(is_new);
        let new: BTreeSet<String> = names.map(str::to_owned).collect();
        let new: Vec<String> = new.into_iter().filter(|name| asked.insert(name.clone())).collect();
        if new.is_empty() {
            return Ok((required, errors));
        }
        let loaded = context.load(workspace, &new)?;
        errors.extend(loaded.errors);
        required.extend(loaded.features.into_iter().map(guests::loaded));
    }
}

/// Which features those that were loaded require, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requirements(BTreeMap<String, BTreeSet<String>>);

impl Requirements {
    /// Of these features, or of all, and of what they require. What cannot be loaded is left out.
    pub(crate) fn load(context: &Context, workspace: &Workspace, names: &[String]) -> Result<Self> {
        let loaded = context.load(workspace, names)?;
        let features: Vec<_> = loaded.features.into_iter().map(guests::loaded).collect();
        let (required, _) = required(context, workspace, &features)?;
        let mut found = Self::default();
        found.note(features.iter().chain(&required));
        Ok(found)
    }

    /// Takes note of what these features require now.
    pub(crate) fn note<'f>(&mut self, features: impl IntoIterator<Item = &'f Loaded>) {
        for Loaded { manifest, .. } in features {
            let requires = manifest.needs().map(str::to_owned).collect();
            self.0.insert(manifest.feature.name.clone(), requires);
        }
    }

    /// Whether it is known what a feature requires.
    pub(crate) fn knows(&self, feature: &str) -> bool {
        self.0.contains_key(feature)
    }

    /// What a feature requires, and what that requires.
    pub(crate) fn of<'r>(&'r self, feature: &'r str) -> BTreeSet<&'r str> {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![feature]);
        while let Some(name) = waiting.pop() {
            let new = self.0.get(name).into_iter().flatten().map(String::as_str);
            waiting.extend(new.filter(|name| found.insert(*name)));
        }
        found
    }
}
