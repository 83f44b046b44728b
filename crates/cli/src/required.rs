//! Features, and what their tests need: other features, which are on the machines of these tests.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;
use domi_plugin::{BuiltFrom, Stage, Workspace};
use domi_runner::{Loaded, NOT_FOUND_BESIDE};

use crate::context::Context;
use crate::failure::Result;
use crate::guests;

/// Features that are asked for and what their tests need, each loaded once.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Those that are asked for.
    pub(crate) features: Vec<Loaded>,
    /// Others that tests of these need. One that the workspace lacks is told when jobs are planned.
    pub(crate) needed: Vec<Loaded>,
    /// What is wrong with those that cannot be loaded.
    pub(crate) errors: Vec<Problem>,
    /// What each is made from, by name, whether it could be loaded or not.
    pub(crate) made_from: BTreeMap<String, BuiltFrom>,
    /// What each needs that could be loaded.
    pub(crate) needs: Needs,
}

impl Gathered {
    /// Loads the features of these names, or all, and what their tests need. `heard` hears what is
    /// done.
    pub(crate) fn load(
        context: &Context,
        workspace: &Workspace,
        names: &[String],
        heard: &(dyn Fn(Stage<'_>) + Sync),
    ) -> Result<Self> {
        let mut all = Self::default();
        all.features = all.take(context, workspace, names, heard)?;
        loop {
            let names = all.features.iter().map(|it| &*it.manifest.feature.name);
            let wanted = names.flat_map(|name| all.needs.of(name));
            let is_new = |name: &&str| {
                workspace.feature(name).is_some() && !all.made_from.contains_key(*name)
            };
            let new: BTreeSet<String> = wanted.filter(is_new).map(str::to_owned).collect();
            if new.is_empty() {
                return Ok(all.without_those_in_need());
            }
            let new: Vec<String> = new.into_iter().collect();
            let needed = all.take(context, workspace, &new, heard)?;
            all.needed.extend(needed);
        }
    }

    /// Loads features, and takes note of what they are made from and need, and of what is wrong.
    fn take(
        &mut self,
        context: &Context,
        workspace: &Workspace,
        names: &[String],
        heard: &(dyn Fn(Stage<'_>) + Sync),
    ) -> Result<Vec<Loaded>> {
        let loaded = context.load_and_note(workspace, names, &mut self.made_from, heard)?;
        let features: Vec<_> = loaded.features.into_iter().map(guests::loaded).collect();
        self.errors.extend(loaded.errors);
        self.needs.note(&features);
        Ok(features)
    }

    /// Takes out those whose tests need one that cannot be loaded, which stops nobody else.
    fn without_those_in_need(mut self) -> Self {
        let unknown = self.unknown();
        let needs = &self.needs;
        self.features.retain(|feature| {
            let name = &feature.manifest.feature.name;
            let Some(lacking) = needs.of(name).into_iter().find(|it| unknown.contains(*it)) else {
                return true;
            };
            let message = format!("it needs {lacking}, which cannot be loaded");
            let problem = Problem::error(NOT_FOUND_BESIDE, name, message);
            self.errors.push(problem.next(format!("see what is said of {lacking}")));
            false
        });
        self
    }

    /// Those that are asked for and of which this holds, with what their tests need.
    pub(crate) fn only(self, holds: impl Fn(&str) -> bool) -> Self {
        let name = |it: &Loaded| it.manifest.feature.name.clone();
        let (features, others): (Vec<_>, Vec<_>) =
            self.features.into_iter().partition(|it| holds(&it.manifest.feature.name));
        let names: Vec<_> = features.iter().map(name).collect();
        let wanted: BTreeSet<_> = names.iter().flat_map(|name| self.needs.of(name)).collect();
        let others = others.into_iter().chain(self.needed);
        let needed = others.filter(|it| wanted.contains(&*it.manifest.feature.name)).collect();
        Self { features, needed, ..self }
    }

    /// Those that cannot be loaded, so that nobody knows what they need.
    pub(crate) fn unknown(&self) -> BTreeSet<String> {
        self.made_from.keys().filter(|name| !self.needs.0.contains_key(*name)).cloned().collect()
    }
}

/// Which features those that were loaded need, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs(BTreeMap<String, Needed>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Needed {
    /// On some machine of its tests.
    in_tests: BTreeSet<String>,
    /// On every machine that it is on.
    always: BTreeSet<String>,
}

impl Needs {
    /// Takes note of what these features need now.
    fn note(&mut self, features: &[Loaded]) {
        for Loaded { manifest, .. } in features {
            let needed = Needed {
                in_tests: manifest.needs().map(str::to_owned).collect(),
                always: manifest.always_requires().map(str::to_owned).collect(),
            };
            self.0.insert(manifest.feature.name.clone(), needed);
        }
    }

    /// Takes note of what these say.
    pub(crate) fn join(&mut self, newer: Self) {
        self.0.extend(newer.0);
    }

    /// The other features that tests of a feature need, with all that these require. What tests of
    /// the others have beside them is not on its machines.
    pub(crate) fn of<'r>(&'r self, feature: &'r str) -> BTreeSet<&'r str> {
        let of = |name: &str| self.0.get(name);
        let in_tests = of(feature).into_iter().flat_map(|it| &it.in_tests);
        let mut waiting: Vec<&str> = in_tests.map(String::as_str).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if name != feature && found.insert(name) {
                waiting.extend(of(name).into_iter().flat_map(|it| &it.always).map(|it| &**it));
            }
        }
        found
    }
}
