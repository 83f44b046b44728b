//! Workspaces whose features are compiled with this repository's SDK.

use std::path::{Path, PathBuf};

/// cargo's folder for such workspaces: what they have in common is compiled once.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk")
}
