//! What changed of features since their last tags.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use domi_affected::Differing;
use domi_compare::{Effect, Finding, Side, compare, greatest, next};
use domi_model::Problem;
use domi_plugin::Feature;
use semver::Version;

use super::document::{Document, Released, State};
use super::{changelog, text};
use crate::codes::NOT_COMPARED;
use crate::context::Context;
use crate::failure::Result;
use crate::git::Git;
use crate::released::earlier::{self, Earlier};
use crate::released::tags::{Tag, Tags};

/// What changed of each feature; and of those that could not be compared, why.
pub(super) fn look(
    context: &Context,
    git: &Git<'_>,
    tags: &Tags,
    features: &[Feature],
) -> Result<(Document, Vec<Problem>)> {
    let last: Vec<Option<&Tag>> =
        features.iter().map(|feature| tags.last(&feature.manifest.feature)).collect();
    let wanted: Vec<&Tag> = last.iter().copied().flatten().collect();
    let earlier = earlier::all(context, git, &wanted, features)?;
    // The tags of those without one may be in the part that is not here.
    let is_part = last.contains(&None) && git.is_shallow()?;
    let mut sources = Sources { context, of_commits: BTreeMap::new() };
    let mut released = Vec::new();
    let mut problems = Vec::new();
    for (feature, last) in features.iter().zip(last) {
        let of = one(&mut sources, feature, (last, is_part), &earlier)?;
        if let (State::NotCompared, Some(why)) = (of.state, &of.why) {
            let since = of.last_tag.as_deref().unwrap_or("an earlier release");
            let message = format!("it could not be compared with {since}: {why}");
            let next = "fix what is said, or look at what changed and release by hand";
            problems.push(Problem::error(NOT_COMPARED, &of.feature, message).next(next));
        }
        released.push(of);
    }
    Ok((Document::of(released), problems))
}

fn one(
    sources: &mut Sources<'_>,
    feature: &Feature,
    (last, is_part): (Option<&Tag>, bool),
    earlier: &BTreeMap<String, Result<Earlier, String>>,
) -> Result<Released> {
    let facts = &feature.manifest.feature;
    let mut released = Released {
        feature: facts.name.clone(),
        version: facts.version.clone(),
        last_tag: last.map(Tag::name),
        last_version: last.map(|tag| tag.version.to_string()),
        least: None,
        level: None,
        state: State::First,
        changes: Vec::new(),
        why: None,
    };
    let not = |released: Released, why: String| {
        Ok(Released { state: State::NotCompared, why: Some(why), ..released })
    };
    let Some(last) = last else {
        return if is_part {
            let why = "only a part of the history is here, without a tag of it; fetch all of it: \
                       `git fetch --unshallow --tags`";
            not(released, why.to_owned())
        } else {
            Ok(released)
        };
    };
    let version: Version = match facts.version.parse() {
        Ok(version) => version,
        Err(error) => return not(released, format!("{} is no version: {error}", facts.version)),
    };
    let earlier = match earlier.get(&last.feature) {
        Some(Ok(earlier)) => earlier,
        Some(Err(why)) => return not(released, why.clone()),
        None => return not(released, "it was not looked for".to_owned()),
    };
    let now = match Earlier::of(&sources.context.root, feature) {
        Ok(now) => now,
        Err(error) => return not(released, format!("{error:#}")),
    };
    let before = Side { manifest: &earlier.manifest, extra_nix: earlier.extra_nix.as_deref() };
    let after = Side { manifest: &now.manifest, extra_nix: now.extra_nix.as_deref() };
    released.changes = compare(before, after);
    if released.changes.is_empty() {
        match sources.changed(feature, last)? {
            Ok(false) => {}
            Ok(true) => {
                let place = feature.folder.as_str();
                let place = if place.is_empty() { "." } else { place };
                released.changes.push(Finding::new(Effect::SourceChanged, place));
            }
            Err(why) => return not(released, why),
        }
    }
    released.level = greatest(&released.changes);
    let least = released.level.map_or(last.version.clone(), |level| next(&last.version, level));
    released.state = match released.level {
        _ if version < least => State::TooLow,
        None if version == last.version => State::Unchanged,
        _ => State::Enough,
    };
    released.least = Some(least.to_string());
    Ok(released)
}

/// What differs between commits and the work tree, each asked for once.
struct Sources<'a> {
    context: &'a Context,
    /// By the commit; or why nobody knows it.
    of_commits: BTreeMap<String, Result<Differing, String>>,
}

impl Sources<'_> {
    /// Whether files of a feature's folder are others than at its last release; or why nobody knows.
    /// What is written of releases does not count, nor does what cargo builds.
    fn changed(&mut self, feature: &Feature, last: &Tag) -> Result<Result<bool, String>> {
        let Context { root, interrupt, .. } = self.context;
        if !self.of_commits.contains_key(&last.commit) {
            let differing = match domi_affected::differing(root, &last.commit, interrupt) {
                Ok(differing) => differing.map_err(|problem| problem.message),
                Err(error) => {
                    interrupt.check()?;
                    Err(format!("git does not say which files differ: {error:#}"))
                }
            };
            self.of_commits.insert(last.commit.clone(), differing);
        }
        let folder = without_dots(&root.join(&feature.folder));
        Ok(match &self.of_commits[&last.commit] {
            Ok(differing) => changed(differing, &folder, &self.context.target()),
            Err(why) => Err(why.clone()),
        })
    }
}

/// Whether anything of a feature's folder is among what differs; or why nobody knows.
fn changed(differing: &Differing, folder: &Utf8Path, target: &Utf8Path) -> Result<bool, String> {
    if !folder.starts_with(&differing.tree) {
        return Err(format!("its crate is not in this repository, but in {folder}"));
    }
    let log = folder.join(changelog::FILE);
    // A repository within this one is named by its folder.
    let is_of = |path: &Utf8Path| path.starts_with(folder) || folder.starts_with(path);
    let counts = |path: &&Utf8PathBuf| is_of(path) && **path != log && !path.starts_with(target);
    Ok(differing.paths.iter().any(|path| counts(&path)))
}

/// An absolute path without `..` in it.
fn without_dots(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// A line of Markdown for each change.
pub(super) fn lines(released: &Released) -> Vec<(domi_compare::Level, String)> {
    let line = |it: &Finding| {
        let said = text::said(it).replace('`', "'");
        (it.level, format!("`{said}`: {}", it.effect.says()))
    };
    released.changes.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_counts_for_the_folder_that_it_is_in() {
        let (tree, target) = (Utf8Path::new("/r"), Utf8Path::new("/r/w/target"));
        let check = |folder: &str, path: &str| {
            let differing = Differing { tree: tree.to_owned(), paths: [path.into()].into() };
            changed(&differing, &without_dots(&Utf8Path::new("/r/w").join(folder)), target)
        };
        for (folder, path) in [
            ("a", "/r/w/a/src/main.rs"),
            ("", "/r/w/a/src/main.rs"),
            ("../b", "/r/b/extra.nix"),
            // A repository within this one.
            ("a/b", "/r/w/a"),
        ] {
            assert_eq!(check(folder, path), Ok(true), "{folder}: {path}");
        }
        for (folder, path) in [
            ("a", "/r/w/a/CHANGELOG.md"),
            ("a", "/r/w/a-b/src/main.rs"),
            ("", "/r/w/target/x"),
            ("", "/r/b/extra.nix"),
        ] {
            assert_eq!(check(folder, path), Ok(false), "{folder}: {path}");
        }
        assert!(check("../../c", "/r/w/a/src/main.rs").is_err());
    }
}
