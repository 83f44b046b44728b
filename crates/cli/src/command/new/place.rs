//! Where a new feature's crate is put.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use domi_plugin::Workspace;
use toml_edit::DocumentMut;

use super::members;

/// The folder, from the workspace's root, that most of the features are in. Where there is none yet:
/// the first one all of whose folders are crates of the workspace, and of those rather one that is
/// called `features`.
pub(super) fn of(workspace: &Workspace, root: &DocumentMut) -> Utf8PathBuf {
    let places = workspace.features.iter().map(|feature| &*feature.place);
    most(places).unwrap_or_else(|| usual(root))
}

fn most<'a>(places: impl Iterator<Item = &'a Utf8Path>) -> Option<Utf8PathBuf> {
    let mut counts: BTreeMap<&Utf8Path, usize> = BTreeMap::new();
    for folder in places.filter(|place| !place.starts_with("..")).filter_map(Utf8Path::parent) {
        *counts.entry(folder).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(folder, _)| folder.to_owned())
}

fn usual(root: &DocumentMut) -> Utf8PathBuf {
    let folders = members::patterns(root).filter_map(|pattern| pattern.strip_suffix("/*"));
    let folders: Vec<&str> = folders.filter(|folder| !folder.contains(['*', '?', '['])).collect();
    let named = folders.iter().find(|folder| folder.ends_with("features"));
    named.or(folders.first()).copied().unwrap_or("crates").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_where_the_others_are_or_where_the_workspace_looks_for_crates() {
        let of = |places: &[&str]| most(places.iter().map(Utf8Path::new));
        assert_eq!(of(&["a/x", "b/y", "b/z", "../c/w"]).as_deref(), Some("b".into()));
        assert_eq!(of(&["b/x", "a/y"]).as_deref(), Some("a".into()));
        assert_eq!(of(&["../c/w"]), None);
        let usual =
            |members: &str| usual(&format!("workspace.members = {members}").parse().expect("TOML"));
        assert_eq!(
            usual("['tools', 'crates/[!f]*', 'libs/*', 'crates/features/*']"),
            "crates/features"
        );
        assert_eq!(usual("['libs/*', 'xtask']"), "libs");
        assert_eq!(usual("['xtask']"), "crates");
    }
}
