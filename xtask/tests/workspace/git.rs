//! Git, for a workspace that is a repository.

use std::path::Path;
use std::process::Command;

use crate::workspace::output::said;

/// Runs git in a folder; returns what it prints. The same files make the same commits whenever this
/// runs.
#[track_caller]
pub(crate) fn git_in(folder: &Path, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"])
        .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|name| (name, "1000000000 +0000")));
    let output = git.args(words).current_dir(folder).output().expect("git starts");
    assert!(output.status.success(), "git {words:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}
