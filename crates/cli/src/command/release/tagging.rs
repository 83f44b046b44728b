//! Tags, set.

use domi_model::Problem;
use domi_plugin::Feature;
use semver::Version;

use super::document::{Document, Released, State};
use super::{changelog, found};
use crate::Exit;
use crate::codes::NOT_RELEASED;
use crate::context::Context;
use crate::failure::Result;
use crate::git::{Git, text};
use crate::released::earlier::Earlier;
use crate::released::tags::{Tag, Tags, name};

/// A tag to be set.
struct Wanted<'a> {
    feature: &'a Feature,
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
        let feature = features.iter().find(|it| it.manifest.feature.name == released.feature);
        let Some(feature) = feature else { continue };
        match of(context, tags, feature, released) {
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
    if !dry_run {
        // Everything is in it, so it has the features as they are.
        let commit = git.said(&["rev-parse", "HEAD^{commit}"])?;
        set(context, git, &wanted, &commit)?;
        keep(context, &wanted, &commit);
    }
    let said: String = wanted.iter().map(|tag| format!("tag {}\n", tag.name)).collect();
    crate::out::data(format_args!("{said}"))?;
    if dry_run {
        return Ok(Exit::Pass);
    }
    let names: Vec<&str> = wanted.iter().map(|tag| &*tag.name).collect();
    talk!("next: `git push origin {}`", names.join(" "));
    Ok(Exit::Pass)
}

/// Keeps the manifests of what was tagged: it is as it is now, and need not be built again.
fn keep(context: &Context, wanted: &[Wanted<'_>], commit: &str) {
    for Wanted { feature, version, .. } in wanted {
        if let Ok(now) = Earlier::of(&context.root, feature) {
            let name = feature.manifest.feature.name.clone();
            let tag = Tag { feature: name, version: version.clone(), commit: commit.to_owned() };
            now.keep(context, &tag);
        }
    }
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
fn of<'a>(
    context: &Context,
    tags: &Tags,
    of: &'a Feature,
    released: &Released,
) -> Result<Wanted<'a>, Box<Problem>> {
    let feature = &released.feature;
    let refused = |message: String, next: &str| {
        Err(Box::new(Problem::error(NOT_RELEASED, feature, message).next(next)))
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
    let place = of.folder.join(changelog::FILE);
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
    Ok(Wanted { feature: of, version, name, message })
}

/// Sets all tags. Those that were set are taken back where one cannot be.
fn set(context: &Context, git: &Git<'_>, wanted: &[Wanted<'_>], commit: &str) -> Result<()> {
    for (index, tag) in wanted.iter().enumerate() {
        let words = [
            "tag",
            "--annotate",
            "--cleanup=verbatim",
            "--message",
            &tag.message,
            &tag.name,
            commit,
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
    Ok(())
}
