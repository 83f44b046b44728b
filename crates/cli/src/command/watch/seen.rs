//! What was there when it was last looked at, and what a save makes of it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use domi_affected::{Change, LOOKED_INTO, Lane, Touched, touched};
use domi_plugin::{BuiltFrom, FeatureCrate, Stage, Workspace};

use super::inbox::Saved;
use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::required::{Gathered, Needs};

/// The files that say what features there are and how they are built.
const OF_CARGO: [&str; 4] = ["Cargo.toml", "Cargo.lock", "plugin.toml", "config.toml"];

/// What was there when it was last looked at.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) workspace: Workspace,
    /// The content of files that are looked into.
    pub(super) texts: BTreeMap<&'static str, String>,
    /// What features are made from, by name; nothing where one was not built yet.
    pub(super) made_from: BTreeMap<String, BuiltFrom>,
    /// What tests of features need, of those that were built.
    pub(super) needs: Needs,
}

impl Seen {
    /// Builds features and what their tests need, and takes note of what they are made from. What
    /// is wrong with them is shown.
    pub(super) fn gather(
        &mut self,
        context: &Context,
        names: &[String],
        heard: &(dyn Fn(Stage<'_>) + Sync),
    ) -> Result<Gathered> {
        let mut gathered = Gathered::load(context, &self.workspace, names, heard)?;
        context.show(std::mem::take(&mut gathered.errors));
        for (name, new) in &gathered.made_from {
            let known = self.made_from.entry(name.clone()).or_default();
            // What could not be built is made from what it was made from before, and perhaps from
            // more.
            match new.and_more && new.paths.is_empty() {
                true => known.and_more = true,
                false => *known = new.clone(),
            }
        }
        self.needs.join(gathered.needs.clone());
        Ok(gathered)
    }

    /// The files that differ from what was seen.
    pub(super) fn files(&self, saved: &Saved) -> BTreeSet<Utf8PathBuf> {
        let known = |path: &Utf8Path| self.made_from.values().any(|from| from.paths.contains(path));
        let mut files = saved.files(&known);
        let now = texts(&self.workspace.root);
        for name in LOOKED_INTO {
            if now.get(name) == self.texts.get(name) {
                files.remove(&self.workspace.root.join(name));
            }
        }
        files
    }

    /// The features that files touch, as far as is known without building anything.
    pub(super) fn touched(&self, files: BTreeSet<Utf8PathBuf>) -> Result<Touched> {
        if files.is_empty() {
            return Ok(Touched::default());
        }
        let change = Change::seen(&self.workspace, files, &self.texts)
            .map_err(|problems| Failure::problems(Exit::Usage, &self.workspace.root, problems))?;
        let mut known = |features: &[&FeatureCrate]| {
            let of = |feature: &&FeatureCrate| {
                let from = self.made_from.get(&feature.name).cloned();
                (feature.name.clone(), from.unwrap_or_else(BuiltFrom::unknown))
            };
            Ok(features.iter().map(of).collect())
        };
        Ok(touched(&self.workspace, &change, &mut known)?)
    }

    /// Whether what is saved makes a round old that goes on.
    pub(super) fn is_old_after(&self, saved: &Saved) -> bool {
        let mut files = self.files(saved);
        // cargo writes it as it builds. Where a person does, it is looked at after the round.
        files.remove(&self.workspace.root.join("Cargo.lock"));
        saved.and_more
            || files.iter().any(|path| is_of_cargo(path))
            || self.touched(files).is_ok_and(|touched| !self.touched_by(&touched).0.is_empty())
    }

    /// The features that are touched or need one that is, and a file that only touches them as
    /// part of what runs tests: of this very process, which no file changes any more.
    pub(super) fn touched_by(&self, touched: &Touched) -> (BTreeSet<String>, Option<Utf8PathBuf>) {
        let (mut names, mut of_the_runner) = (BTreeSet::new(), None);
        for feature in &self.workspace.features {
            for reason in Lane::ALL.iter().flat_map(|lane| touched.why(&feature.name, *lane)) {
                if reason.is_of_the_runner() {
                    of_the_runner = Some(reason.file.clone());
                } else {
                    names.insert(feature.name.clone());
                }
            }
        }
        let needs_one = |feature: &&FeatureCrate| {
            self.needs.of(&feature.name).into_iter().any(|name| names.contains(name))
        };
        let more = self.workspace.features.iter().filter(needs_one);
        let more: Vec<_> = more.map(|feature| feature.name.clone()).collect();
        names.extend(more);
        (names, of_the_runner)
    }
}

/// The content of the files that are looked into; of one that is not there, nothing.
pub(super) fn texts(root: &Utf8Path) -> BTreeMap<&'static str, String> {
    let text = |name| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    LOOKED_INTO.into_iter().map(|name| (name, text(name))).collect()
}

/// Whether a file says what features there are or how they are built.
pub(super) fn is_of_cargo(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| OF_CARGO.contains(&name))
}
