//! A feature, as it was loaded.

use std::path::PathBuf;

use domi_model::Manifest;

/// A feature that was read from its plugin.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says of itself, and validated.
    pub manifest: Manifest,
    /// The folder of its crate.
    pub crate_dir: PathBuf,
}
