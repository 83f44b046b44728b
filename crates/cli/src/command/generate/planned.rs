//! A generated file, as it should be.

use camino::Utf8PathBuf;

/// The command that makes all generated files, as their headers name it.
pub(crate) const COMMAND: &str = "cargo xtask generate";

/// A generated file, as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// From the workspace root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) content: String,
}
