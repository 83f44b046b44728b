//! What changed of features since their last tags.

use std::collections::BTreeMap;

use domi_compare::{Effect, Finding, Side, compare, greatest, next};
use domi_model::Problem;
use domi_plugin::Feature;
use semver::Version;

use super::document::{Document, Released, State};
use super::earlier::{self, Earlier};
use super::tags::{Tag, Tags};
use super::{changelog, text};
use crate::codes::NOT_COMPARED;
use crate::command::git::Git;
use crate::context::Context;
use crate::failure::Result;

/// What changed of each feature; and of those that could not be compared, why.
pub(super) fn look(
    context: &Context,
    git: &Git<'_>,
    tags: &Tags,
    features: &[Feature],
) -> Result<(Document, Vec<Problem>)> {
    let last: Vec<Option<&Tag>> =
        features.iter().map(|feature| tags.last(&feature.manifest.feature.name)).collect();
    let wanted: Vec<&Tag> = last.iter().copied().flatten().collect();
    let earlier = earlier::all(context, git, &wanted, features)?;
    let mut released = Vec::new();
    let mut problems = Vec::new();
    for (feature, last) in features.iter().zip(last) {
        let of = one(context, git, feature, last, &earlier)?;
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
    context: &Context,
    git: &Git<'_>,
    feature: &Feature,
    last: Option<&Tag>,
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
        // Its tags may be in the part that is not here.
        return if git.is_shallow()? {
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
    let earlier = match earlier.get(&facts.name) {
        Some(Ok(earlier)) => earlier,
        Some(Err(why)) => return not(released, why.clone()),
        None => return not(released, "it was not looked for".to_owned()),
    };
    let now = match Earlier::of(&context.root, feature) {
        Ok(now) => now,
        Err(error) => return not(released, format!("{error:#}")),
    };
    let before = Side { manifest: &earlier.manifest, extra_nix: earlier.extra_nix.as_deref() };
    let after = Side { manifest: &now.manifest, extra_nix: now.extra_nix.as_deref() };
    released.changes = compare(before, after);
    if released.changes.is_empty() && source_changed(git, feature, last)? {
        let place = feature.folder.as_str();
        released.changes.push(Finding::new(Effect::SourceChanged, place));
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

/// Whether files of a feature's folder are others than in a commit. What is written of releases does
/// not count.
fn source_changed(git: &Git<'_>, feature: &Feature, last: &Tag) -> Result<bool> {
    let place = feature.folder.as_str();
    let but = format!(":(exclude){place}/{}", changelog::FILE);
    let words = ["diff", "--quiet", "--no-ext-diff", &last.commit, "--", place, &but];
    let differ = !git.program().args(words).run(git.interrupt)?.success();
    let new = ["ls-files", "--others", "--exclude-standard", "--", place, &but];
    let new = git.program().args(new).run(git.interrupt)?;
    Ok(differ || !new.success() || !new.stdout.is_empty())
}

/// A line of Markdown for each change.
pub(super) fn lines(released: &Released) -> Vec<(domi_compare::Level, String)> {
    let line = |it: &Finding| {
        let said = text::said(it).replace('`', "'");
        (it.level, format!("`{said}`: {}", it.effect.says()))
    };
    released.changes.iter().map(line).collect()
}
