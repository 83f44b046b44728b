//! GitHub's variables of the workflow step that this process is.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Whether this is a step of a job on GitHub.
pub(crate) fn is_here() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// The file that a variable names, into which the step writes for GitHub.
pub(crate) fn file(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Adds to such a file; others of the step may have written to it.
pub(crate) fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    domi_host::file::append(file, text).context("GitHub cannot be told")
}
