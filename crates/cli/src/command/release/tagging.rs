//! Tags, set.

use domi_model::Problem;
use domi_plugin::Feature;
use semver::Version;

use super::document::{Document, Released, State};
use super::earlier::Earlier;
use super::tags::{Tag, Tags, name};
use super::{changelog, found};
use crate::Exit;
use crate::codes::NOT_RELEASED;
use crate::command::git::{Git, text};
use crate::context::Context;
use crate::failure::Result;

/// A tag to be set.
struct Wanted {
    feature: String,
    version: Version,
    name: String,
    message: String,
}

/// Sets the tags of all versions that are not released yet. Where not all of them can be set, none is.
pub(super) fn tag(
    context: &Context,
    git: &Git<'_>,
    tags: &Tags,
    (document, features): (&Document, &[Feature]),
    dry_run: bool,
) -> Result<Exit> {
    let mut wanted = Vec::new();
    let mut problems: Vec<Problem> = unclean(git)?.into_iter().collect();
    for released in document.features.iter().filter(|it| it.state != State::Unchanged) {
        match of(context, tags, released)? {
            Ok(tag) => wanted.push(tag),
            Err(problem) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    if wanted.is_empty() {
        talk!("nothing to tag");
        return Ok(Exit::Pass);
    }
    if dry_run {
        let said: String = wanted.iter().map(|tag| format!("tag {}\n", tag.name)).collect();
        crate::out::data(format_args!("{said}"))?;
        return Ok(Exit::Pass);
    }
    set(context, git, &wanted)?;
    keep(context, git, &wanted, features)?;
    let names: Vec<&str> = wanted.iter().map(|tag| &*tag.name).collect();
    talk!("next: `git push origin {}`", names.join(" "));
    Ok(Exit::Pass)
}

/// Keeps the manifests of what was tagged: it is as it is now, and need not be built again.
fn keep(context: &Context, git: &Git<'_>, wanted: &[Wanted], features: &[Feature]) -> Result<()> {
    let Some(commit) = git.clean_head()? else { return Ok(()) };
    for Wanted { feature: name, version, .. } in wanted {
        let (feature, version) = (name.clone(), version.clone());
        let tag = Tag { feature, version, commit: commit.clone() };
        if let Some(feature) = features.iter().find(|it| it.manifest.feature.name == *name) {
            if let Ok(now) = Earlier::of(&context.root, feature) {
                now.keep(context, &tag);
            }
        }
    }
    Ok(())
}

/// The problem that the commit does not have everything, where it does not.
fn unclean(git: &Git<'_>) -> Result<Option<Problem>> {
    let message = match git.uncommitted()? {
        0 => return Ok(None),
        1 => "1 file is not committed as it is".to_owned(),
        many => format!("{many} files are not committed as they are"),
    };
    let next = "commit them, or put them aside: a tag is of a commit that has everything";
    Ok(Some(Problem::error(NOT_RELEASED, "", message).next(next)))
}

/// The tag of a version; or why it cannot be set.
fn of(context: &Context, tags: &Tags, released: &Released) -> Result<Result<Wanted, Box<Problem>>> {
    let feature = &released.feature;
    let refused = |message: String, next: &str| {
        Ok(Err(Box::new(Problem::error(NOT_RELEASED, feature, message).next(next))))
    };
    let version: Version = match released.version.parse() {
        Ok(version) => version,
        Err(error) => {
            return refused(format!("{} is no version: {error}", released.version), "fix it");
        }
    };
    if !version.build.is_empty() {
        let message = format!(
            "{version} has a build in it (`+{}`), by which no release is told from another",
            version.build
        );
        return refused(message, "set a version without it");
    }
    let name = name(feature, &version);
    if tags.has(&name) {
        let message = format!("there is a tag {name} already");
        return refused(message, "set a higher version; a tag is never moved");
    }
    let workspace = context.workspace()?;
    let place = workspace.feature(feature).map(|it| it.place.join(changelog::FILE));
    let place = place.unwrap_or_default();
    let log = std::fs::read_to_string(context.root.join(&place)).unwrap_or_default();
    if !changelog::has(&log, &released.version) {
        let message = format!("{place} has no entry for {}", released.version);
        let next = format!("run `cargo xtask release {feature} --write`, and commit it");
        return refused(message, &next);
    }
    let lines = found::lines(released).into_iter();
    let lines: String =
        lines.map(|(level, line)| format!("- {}: {line}\n", level.as_str())).collect();
    let lines = match &*lines {
        "" => format!("{}\n", changelog::without_changes(released.state)),
        _ => lines,
    };
    let message = format!("{feature} {version}\n\n{lines}");
    Ok(Ok(Wanted { feature: feature.clone(), version, name, message }))
}

/// Sets all tags. Those that were set are taken back where one cannot be.
fn set(context: &Context, git: &Git<'_>, wanted: &[Wanted]) -> Result<()> {
    for (index, tag) in wanted.iter().enumerate() {
        let words = [
            "tag",
            "--annotate",
            "--cleanup=verbatim",
            "--message",
            &tag.message,
            &tag.name,
            "HEAD",
        ];
        let outcome = git.program().args(words).run(git.interrupt);
        let said = match outcome {
            Ok(outcome) if outcome.success() => continue,
            Ok(outcome) => text(&outcome.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        for set in &wanted[..index] {
            // The user may have interrupted: that must not keep it from being taken back.
            let quiet = domi_host::Interrupt::default();
            let taken = git.program().args(["tag", "--delete", &set.name]).run(&quiet);
            if !taken.is_ok_and(|taken| taken.success()) {
                talk!("the tag {} was set and cannot be taken back", set.name);
            }
        }
        context.interrupt.check()?;
        let problem =
            Problem::error(NOT_RELEASED, &tag.name, format!("git does not set it: {said}"));
        return Err(context.problems(Exit::Usage, vec![problem.next("fix what git reports")]));
    }
    let said: String = wanted.iter().map(|tag| format!("tag {}\n", tag.name)).collect();
    crate::out::data(format_args!("{said}"))
}
