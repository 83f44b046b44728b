//! The Nix that builds the systems.

use std::path::PathBuf;
use std::time::Duration;

use domi_nix_command::{Flake, Nix};

/// The Nix that builds the systems, and what of.
#[derive(Debug, Clone)]
pub struct NativeNix {
    /// The program.
    pub nix: Nix,
    /// The flake that has the tests.
    pub flake: Flake,
    /// What it is to use instead of its own list of builders.
    pub builders: Option<String>,
    /// The folder in which the entries of its store really are, if that is on this computer.
    pub store: Option<PathBuf>,
    /// How long it may take to build a system.
    pub build_limit: Duration,
}
