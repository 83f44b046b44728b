//! What is in a workspace, to compare it before and after.

use std::collections::BTreeMap;

use crate::workspace::Workspace;

/// All files with what they hold, and all folders with nothing, by their paths in the workspace; but
/// what cargo makes again at any time.
pub(crate) fn files(workspace: &Workspace) -> BTreeMap<String, Vec<u8>> {
    let root = &workspace.root;
    let ours = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_entry(|entry| entry.path() != root.join("target"))
        .map(Result::unwrap);
    let read = |entry: walkdir::DirEntry| {
        let name = entry.path().strip_prefix(root).unwrap().display().to_string();
        let is_file = entry.file_type().is_file();
        (name, if is_file { std::fs::read(entry.path()).unwrap() } else { Vec::new() })
    };
    ours.map(read).collect()
}
