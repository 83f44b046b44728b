//! A workspace that is a git repository of its own.

use std::process::Command;

use crate::workspace::Workspace;
use crate::workspace::git::git_in;

/// Commits all of a workspace, with a `Cargo.lock`.
#[track_caller]
pub(crate) fn commit(workspace: &Workspace) {
    workspace.write(".gitignore", "target\n");
    let cargo =
        Command::new("cargo").arg("generate-lockfile").current_dir(&workspace.root).output();
    assert!(cargo.unwrap().status.success());
    git_in(&workspace.root, &["init", "--quiet", "--initial-branch=main"]);
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=All of it"]);
}
