//! Whether generated files are what they should be.

use camino::Utf8Path;
use domi_nix::GeneratedFile;
use schemars::JsonSchema;
use serde::Serialize;

/// Whether a generated file is what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FileState {
    /// It is.
    Fresh,
    /// It is not: `cargo xtask generate` writes it.
    Stale,
    /// It is not there.
    Missing,
}

impl FileState {
    /// Of a file of a workspace.
    pub(crate) fn of(root: &Utf8Path, file: &GeneratedFile) -> Self {
        match std::fs::read_to_string(root.join(&file.path)) {
            Ok(text) if text == file.content => Self::Fresh,
            Ok(_) => Self::Stale,
            Err(_) => Self::Missing,
        }
    }
}
