//! A feature gets another name: its crate and its folder with it, and whoever names it in this workspace.
//! Its program stays as it is, and so do its units, folders and users. The old name stays an alias.

mod fleet;
mod texts;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use domi_model::{Manifest, Problem};
use domi_plugin::{Feature, FeatureCrate, Workspace};
use toml_edit::DocumentMut;

use super::super::generate::{Change, Planned};
use super::super::new::name_problems;
use super::super::remove::{dependents, moved_member, records};
use super::super::undo::change_and_judge;
use super::document::{self, Renamed};
use super::refused::refused;
use super::source::{self, named_neighbours, replaced};
use super::{judge, mentions};
use crate::codes::NOT_RENAMED;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GenerateRequest;
use crate::{Exit, out};

/// What is asked for.
pub(super) struct Asked<'a> {
    /// The new name.
    pub(super) to: &'a str,
    pub(super) dry_run: bool,
    pub(super) json: bool,
}

/// Renames a feature, which is known by its manifest and its crate.
pub(super) fn rename(
    context: &Context,
    request: &GenerateRequest,
    (workspace, features): (&Workspace, &[Feature]),
    (manifest, feature): (&Manifest, &FeatureCrate),
    asked: &Asked<'_>,
) -> Result<Exit> {
    let (old, new) = (&*feature.name, asked.to);
    let problems = problems(workspace, features, feature, new);
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    let to = moved_place(feature, new);
    let mut changes = of_crate(context, (manifest, feature), (new, &to))?;
    changes.extend(neighbours(workspace, feature, new));
    changes.extend(texts::quarantine(&context.root, old, new));
    if request.fleet.wanted {
        changes.extend(fleet::changes(&context.root, &request.fleet.root, old, new));
    }
    let recorded = records(&context.root, old)?;
    let is_recorded = !recorded.is_empty();
    changes.extend(recorded);
    let texts: BTreeMap<Utf8PathBuf, String> =
        changes.iter().filter_map(|it| Some((it.path.clone(), it.new.clone()?))).collect();
    let mentions = mentions::find_feature(workspace, (manifest, feature), &to, &texts);
    let files = changes.iter().map(|change| change.path.to_string()).collect();
    let document = Renamed::of_feature((manifest, feature), (new, &to), files, mentions);
    if asked.dry_run {
        let paint = context.paint_out();
        out::document(&document, asked.json, |document| {
            let diffs: String = changes.iter().map(|change| change.diff(paint)).collect();
            diffs + "\n" + &document::text(document)
        })?;
        return Ok(Exit::Pass);
    }
    let moved = (feature.place != to).then_some([&*feature.place, &*to]);
    let others: Vec<&Manifest> = features.iter().map(|it| &it.manifest).collect();
    change_and_judge(context, request, (moved, &changes), document::text(&document), |after| {
        judge::feature_problems(&others, after, (old, new))
    })?;
    if is_recorded {
        talk!(
            "what NixOS makes of {old} is recorded no more: `cargo xtask conformance --record {new}`"
        );
    }
    talk!("next: `cargo xtask test {new}`");
    Ok(Exit::Pass)
}

/// What keeps the feature from getting the name.
fn problems(
    workspace: &Workspace,
    features: &[Feature],
    feature: &FeatureCrate,
    new: &str,
) -> Vec<Problem> {
    let old = &*feature.name;
    if old == new {
        return vec![refused(new, "it has this name", "choose another name")];
    }
    let mut problems = name_problems(workspace, new);
    problems.iter_mut().for_each(|problem| problem.code = NOT_RENAMED);
    for Feature { manifest, .. } in features {
        if manifest.feature.formerly.iter().any(|it| it.name == new) {
            let message = format!("{} had this name before", manifest.feature.name);
            let next = "choose another name, or take it out of `formerly` in its Cargo.toml first";
            problems.push(refused(new, message, next));
        }
    }
    let to = moved_place(feature, new);
    if problems.is_empty()
        && to != feature.place
        && workspace.root.join(&to).symlink_metadata().is_ok()
    {
        let next = "choose another name, or move it away";
        problems.push(refused(to.as_str(), "there is something of this name", next));
    }
    for (package, file) in dependents(workspace, feature) {
        let message = format!("the crate {package} depends on its crate, in {file}");
        problems.push(refused(old, message, format!("take it out of {file} first")));
    }
    problems
}

/// Where its crate is then: a folder of its name gets the new one.
fn moved_place(feature: &FeatureCrate, new: &str) -> Utf8PathBuf {
    let is_named = feature.place.file_name() == Some(&*feature.name);
    if is_named { feature.place.with_file_name(new) } else { feature.place.clone() }
}

/// Its own `Cargo.toml`, and that of the workspace where it names the folder.
fn of_crate(
    context: &Context,
    (manifest, feature): (&Manifest, &FeatureCrate),
    (new, to): (&str, &Utf8Path),
) -> Result<Vec<Change>> {
    let unreadable = |path: &str, error: toml_edit::TomlError| {
        let problem = refused(path, format!("it cannot be read: {error}"), "correct it");
        context.problems(Exit::Usage, vec![problem])
    };
    let text = fs_err::read_to_string(feature.folder.join("Cargo.toml"))?;
    let own: DocumentMut = text
        .parse()
        .map_err(|error| unreadable(feature.place.join("Cargo.toml").as_str(), error))?;
    let since = &manifest.feature.version;
    let content = texts::cargo_toml(own, (&feature.name, new), since);
    let mut changes =
        vec![Change { path: to.join("Cargo.toml"), old: Some(text.into()), new: Some(content) }];
    let text = fs_err::read_to_string(context.root.join("Cargo.toml"))?;
    let root: DocumentMut = text.parse().map_err(|error| unreadable("Cargo.toml", error))?;
    if let Some(content) = moved_member(&root, &feature.place, to) {
        changes.push(Change::to(&context.root, Planned { path: "Cargo.toml".into(), content }));
    }
    Ok(changes)
}

/// The programs of features that know it by its name.
fn neighbours(workspace: &Workspace, feature: &FeatureCrate, new: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    for other in workspace.features.iter().filter(|it| it.name != feature.name) {
        if other.elsewhere().is_some() {
            continue;
        }
        for file in source::files(&other.folder) {
            let text = source::read(&file);
            let places = named_neighbours(&text, &feature.name);
            if !places.is_empty() {
                let edits = places.into_iter().map(|place| (place, format!("{new:?}")));
                let content = replaced(&text, edits.collect());
                let path = workspace.place(&file);
                changes.push(Change { path, old: Some(text.into()), new: Some(content) });
            }
        }
    }
    changes
}
