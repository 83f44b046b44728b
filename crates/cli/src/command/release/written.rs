//! Versions and changelogs, written.

use anyhow::Context as _;
use domi_model::Problem;
use domi_plugin::{FeatureCrate, Source, Workspace};
use jiff::Zoned;
use toml_edit::{DocumentMut, Item, Key, RawString, Value};

use super::document::{Document, Released, State};
use super::{changelog, found};
use crate::Exit;
use crate::codes::NOT_RELEASED;
use crate::command::generate::{Change, Planned};
use crate::command::undo::change_all;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GenerateRequest;

/// Sets versions that are too low, and writes entries that are missing. Where not all of it can be
/// done, all is as it was.
pub(super) fn write(
    context: &Context,
    request: &GenerateRequest,
    workspace: &Workspace,
    document: &Document,
    dry_run: bool,
) -> Result<Exit> {
    let (mut changes, mut problems, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let mut inherited = Vec::new();
    for released in document.features.iter().filter(|it| it.state != State::Unchanged) {
        let Some(feature) = workspace.feature(&released.feature) else { continue };
        match planned(context, feature, released, &mut inherited)? {
            Ok(planned) if planned.is_empty() => {}
            Ok(planned) => {
                names.push(&*released.feature);
                changes.extend(planned.into_iter().map(|it| Change::to(&context.root, it)));
            }
            Err(problem) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    if changes.is_empty() {
        talk!("nothing to write");
        return Ok(Exit::Pass);
    }
    if dry_run {
        let paint = context.paint_out();
        let shown: String = changes.iter().map(|change| change.diff(paint)).collect();
        crate::out::data(format_args!("{shown}"))?;
        talk!("`cargo xtask generate` would then write what has the version in it");
        return Ok(Exit::Pass);
    }
    change_all(context, request, &changes, String::new())?;
    for name in inherited {
        talk!("{name}: its version was the workspace's; now it has one of its own");
    }
    let names = names.join(" ");
    talk!("next: read the entries, commit all of it, then `cargo xtask release {names} --tag`");
    Ok(Exit::Pass)
}

/// The files of a feature that are to be written; or why they cannot be. Its name is added to those
/// whose version was the workspace's, if it will no longer be.
fn planned<'a>(
    context: &Context,
    feature: &'a FeatureCrate,
    released: &Released,
    inherited: &mut Vec<&'a str>,
) -> Result<Result<Vec<Planned>, Box<Problem>>> {
    let refused = |message: &str, next: String| {
        Ok(Err(Box::new(Problem::error(NOT_RELEASED, &feature.name, message).next(next))))
    };
    if let Some(message) = feature.elsewhere() {
        return refused(&message, "release it there".to_owned());
    }
    let (mut planned, mut version) = (Vec::new(), &released.version);
    if let (State::TooLow, Some(least)) = (released.state, &released.least) {
        if !matches!(feature.source, Source::Binary(_)) {
            let next = format!("set the version to {least} in what its program prints");
            return refused(
                "its version is what its program prints, not that of a Cargo.toml",
                next,
            );
        }
        let path = feature.place.join("Cargo.toml");
        let text = fs_err::read_to_string(context.root.join(&path))?;
        let table: DocumentMut = text.parse().with_context(|| format!("{path} cannot be read"))?;
        let Some((content, was_inherited)) = with_version(table, least) else {
            return refused("its Cargo.toml has no [package]", "give it one".into());
        };
        if was_inherited {
            inherited.push(&feature.name);
        }
        planned.push(Planned { path, content });
        version = least;
    }
    let path = feature.place.join(changelog::FILE);
    let file = context.root.join(&path);
    let old = if file.exists() { Some(fs_err::read_to_string(file)?) } else { None };
    if !old.as_deref().is_some_and(|old| changelog::has(old, version)) {
        let date = Zoned::now().date().to_string();
        let content = changelog::with(
            old.as_deref(),
            (version, released.state),
            &date,
            &found::lines(released),
        );
        planned.push(Planned { path, content });
    }
    Ok(Ok(planned))
}

/// The text of a `Cargo.toml` with another version, comments and layout as they were; and whether the
/// version was that of the workspace.
fn with_version(mut table: DocumentMut, version: &str) -> Option<(String, bool)> {
    let package = table.get_mut("package")?.as_table_like_mut()?;
    let mut value = Value::from(version);
    let mut inherited = None;
    match package.get("version") {
        Some(Item::Value(old)) if !old.is_inline_table() => {
            *value.decor_mut() = old.decor().clone();
        }
        Some(old) => inherited = Some(Around::of(package.key("version"), old)),
        None => {}
    }
    let was_inherited = inherited.is_some();
    if let Some(Around { before, behind }) = &inherited {
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(behind);
        if let Some(mut key) = package.key_mut("version") {
            key.leaf_decor_mut().set_prefix(before);
            key.leaf_decor_mut().set_suffix(" ");
            key.dotted_decor_mut().clear();
        }
    }
    match package.get_mut("version") {
        Some(old) => *old = Item::Value(value),
        None => drop(package.insert("version", Item::Value(value))),
    }
    Some((table.to_string(), was_inherited))
}

/// What stands around `version.workspace = true`: remarks before it, and one behind it.
struct Around {
    before: String,
    behind: String,
}

impl Around {
    fn of(key: Option<&Key>, old: &Item) -> Self {
        let text = |raw: Option<&RawString>| {
            raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
        };
        let inner = old.as_table();
        let inner_key = inner.and_then(|table| table.key("workspace"));
        let keys = [key, inner_key].into_iter().flatten();
        let before = keys.flat_map(|key| [key.leaf_decor(), key.dotted_decor()]);
        let before = before.map(|decor| text(decor.prefix())).find(|text| !text.is_empty());
        let last = match old {
            Item::Value(value) => Some(value),
            _ => inner.and_then(|table| table.get("workspace")).and_then(Item::as_value),
        };
        let behind = last.map(|value| text(value.decor().suffix())).unwrap_or_default();
        Self { before: before.unwrap_or_default(), behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, was_inherited: bool) {
        let table = before.parse().expect("TOML");
        assert_eq!(with_version(table, "0.2.0"), Some((after.to_owned(), was_inherited)));
        let _: DocumentMut = after.parse().expect("what was written is TOML");
    }

    #[test]
    fn comments_and_layout_stay() {
        check(
            "# Ours.\n[package]\nname = \"x\"\nversion   =   \"0.1.0\" # the last\nedition.workspace = true\n",
            "# Ours.\n[package]\nname = \"x\"\nversion   =   \"0.2.0\" # the last\nedition.workspace = true\n",
            false,
        );
        check(
            "[package]\nname = \"x\"\n# Its own.\nversion.workspace = true # so far\nedition.workspace = true\n\n[lints]\n",
            "[package]\nname = \"x\"\n# Its own.\nversion = \"0.2.0\" # so far\nedition.workspace = true\n\n[lints]\n",
            true,
        );
        check(
            "[package]\nname = \"x\"\nversion = { workspace = true }\n",
            "[package]\nname = \"x\"\nversion = \"0.2.0\"\n",
            true,
        );
        check("[package]\nname = \"x\"\n", "[package]\nname = \"x\"\nversion = \"0.2.0\"\n", false);
        check(
            "package.name = \"x\"\n",
            "package.name = \"x\"\npackage.version = \"0.2.0\"\n",
            false,
        );
    }

    #[test]
    fn what_is_no_package_has_no_version() {
        let table = "[workspace]\n".parse().expect("TOML");
        assert_eq!(with_version(table, "0.2.0"), None);
    }
}
