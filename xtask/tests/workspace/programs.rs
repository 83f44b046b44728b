//! Programs that tests run in a workspace, and what they print.

use std::path::Path;
use std::process::{Command, Output};

/// All that a program printed: its standard output, then its standard error.
pub(crate) fn said(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}

/// Runs git in a folder; returns what it prints. The same files make the same commits whenever this
/// runs.
#[track_caller]
pub(crate) fn git(folder: &Path, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"])
        .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|name| (name, "1000000000 +0000")));
    let output = git.args(words).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {words:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
