//! What a command prints.

use crate::workspace::Workspace;

/// Checks that what a command prints has all of these parts.
#[track_caller]
pub(crate) fn check(workspace: &Workspace, words: &str, parts: &[&str]) {
    let seen = workspace.run(words);
    for part in parts {
        assert!(seen.contains(part), "no {part:?} in:\n{seen}");
    }
}
