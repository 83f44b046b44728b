//! Where the old name of an option or a feature still stands: what is no code of the feature is named, and left alone.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use domi_fleet::{Mode, nested_too_deep};
use domi_model::{Manifest, OptionPath};
use domi_plugin::{FeatureCrate, Workspace};
use schemars::JsonSchema;
use serde::Serialize;
use toml_edit::{Document, TableLike};

use super::super::generate::ours::is_ours;
use super::super::remove::users::has_word;
use super::source::{option_name, read};
use crate::request::GenerateRequest;

/// A line that is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Mention {
    /// The file, from the workspace's root.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// What stands there.
    pub(super) text: String,
}

/// Files that people write and that may name options.
const KINDS: [&str; 7] = ["nix", "md", "yml", "yaml", "toml", "sh", "rs"];

/// All lines of the workspace that name the option by its old name.
pub(super) fn find(
    workspace: &Workspace,
    request: &GenerateRequest,
    (manifest, feature): (&Manifest, &FeatureCrate),
    old: &str,
    changed: &BTreeMap<Utf8PathBuf, String>,
) -> Vec<Mention> {
    let name = &manifest.feature.name;
    search(workspace, changed, |path, kind, text| {
        let mut lines = BTreeSet::new();
        if request.fleet.wanted && kind == "toml" && path.starts_with(&request.fleet.root) {
            lines.extend(of_fleet(text, name, old));
        }
        let is_own = path.starts_with(&feature.folder);
        for (at, line) in text.lines().enumerate() {
            if line.contains("renamed_from = ") {
                continue;
            }
            let in_full = has(line, &format!("{name}.{old}"));
            let of_own =
                is_own && (has(line, &format!("cfg.{old}")) && kind == "nix" || quoted(line, old));
            if in_full || of_own {
                lines.insert(at + 1);
            }
        }
        lines
    })
}

/// All lines of the workspace that name a feature by its old name: within its folder, which is `to` then,
/// those that have the path of its options; elsewhere those that have the name as a word.
pub(super) fn find_feature(
    workspace: &Workspace,
    (manifest, feature): (&Manifest, &FeatureCrate),
    to: &Utf8Path,
    changed: &BTreeMap<Utf8PathBuf, String>,
) -> Vec<Mention> {
    let old = &manifest.feature.name;
    let in_full = manifest.feature.option_prefix().join(".");
    let mut found = search(workspace, changed, |path, kind, text| {
        let is_own = path.starts_with(&feature.folder);
        let is_named = |line: &str| match kind {
            _ if has(line, &in_full) => true,
            _ if is_own => false,
            "rs" => line.contains(&format!("\"{old}\"")),
            _ => has_word(line, old),
        };
        let lines = text.lines().enumerate().filter(|(_, line)| is_named(line));
        lines.map(|(at, _)| at + 1).collect()
    });
    for mention in &mut found {
        if let Ok(rest) = Utf8Path::new(&mention.file).strip_prefix(&feature.place) {
            mention.file = to.join(rest).into_string();
        }
    }
    found
}

/// Searches the files that people write, each with its path, its extension and its text as it will be,
/// for lines. What is generated is left out.
fn search(
    workspace: &Workspace,
    changed: &BTreeMap<Utf8PathBuf, String>,
    lines: impl Fn(&Utf8Path, &str, &str) -> BTreeSet<usize>,
) -> Vec<Mention> {
    let root = &workspace.root;
    let is_skipped = |path: &std::path::Path| {
        path == workspace.target || path.file_name().is_some_and(|it| it == ".git")
    };
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| !is_skipped(entry.path())).flatten();
    let mut found = Vec::new();
    for entry in entries.filter(|entry| entry.file_type().is_file()) {
        let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
        let Some(kind) = path.extension().filter(|kind| KINDS.contains(kind)) else { continue };
        let shown = workspace.place(path);
        let new = changed.get(&shown);
        let text = new.cloned().unwrap_or_else(|| read(path));
        // It is generated again.
        if new.is_none() && is_ours(&shown, text.as_bytes()) {
            continue;
        }
        let lines = lines(path, kind, &text);
        found.extend(lines.into_iter().map(|line| Mention {
            file: shown.to_string(),
            line,
            text: text.lines().nth(line - 1).unwrap_or_default().trim().to_owned(),
        }));
    }
    found
}

/// Whether a line has a path, and not a longer one.
fn has(line: &str, path: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    let mut from = 0;
    while let Some(at) = line[from..].find(path).map(|at| at + from) {
        let (before, after) = (&line[..at], &line[at + path.len()..]);
        if !before.ends_with(is_name) && !after.starts_with(is_name) && !after.starts_with('(') {
            return true;
        }
        from = at + path.len();
    }
    false
}

/// Whether a line has a name in quotes, as an option or as the field.
fn quoted(line: &str, old: &str) -> bool {
    line.contains(&format!("\"{old}\""))
        || line
            .split('`')
            .skip(1)
            .step_by(2)
            .any(|it| it == old || option_name(it).as_deref() == Some(old))
}

/// The lines of a fleet's file in which the option is set.
fn of_fleet(text: &str, feature: &str, old: &str) -> BTreeSet<usize> {
    let readable = Some(text).filter(|text| nested_too_deep(text).is_none());
    let document = readable.and_then(|text| Document::parse(text).ok());
    let Some(document) = document else { return BTreeSet::new() };
    let tables = Mode::ALL.iter().filter_map(|mode| document.get(mode.as_str())?.as_table_like());
    let of_feature = tables.filter_map(|table| table.get(feature)?.as_table_like());
    let keys = of_feature.filter_map(|table: &dyn TableLike| {
        let (key, value) = table.get_key_value(old)?;
        key.span().or_else(|| value.span())
    });
    keys.map(|span| text[..span.start].matches('\n').count() + 1).collect()
}

/// The path of an option in NixOS.
pub(super) fn in_full(manifest: &Manifest, option: &str) -> String {
    let prefix = manifest.feature.option_prefix().into_iter().map(str::to_owned);
    OptionPath(prefix.chain([option.to_owned()]).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_where_it_ends() {
        for good in ["domi.services.x.port = 1;", "--set x.port=1", "x.port", "see `x.port`"] {
            assert!(has(good, "x.port"), "{good}");
        }
        for bad in ["x.ports = 1;", "max.port", "x.port-more", "x.port()", "port"] {
            assert!(!has(bad, "x.port"), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_parsed_sets_nothing() {
        for text in ["a = ".to_owned(), "a={[]".repeat(20_000)] {
            assert_eq!(of_fleet(&text, "web-page", "port"), BTreeSet::new());
        }
    }

    #[test]
    fn a_fleet_sets_an_option_in_four_tables() {
        let text = "[settings.x]\nport = 1\n[settings.y]\nport = 2\n[override]\nx = { port = 3 }\n\
                    [defaults.x]\nother = 1\n[remove]\nx.port = true\n";
        assert_eq!(of_fleet(text, "x", "port"), [2, 6, 10].into());
    }
}
