//! The Nix that builds the systems.

use std::path::Path;
use std::time::Duration;

use domi_nix_command::{Capabilities, Flake, Nix};

/// The Nix that builds the systems, and what of.
#[derive(Debug, Clone)]
pub struct OwnNix {
    /// The program.
    pub nix: Nix,
    /// The flake that has the tests.
    pub flake: Flake,
    /// What it is to use instead of its own list of builders.
    pub builders: Option<String>,
    /// What it can build, and where its store is.
    pub capabilities: Capabilities,
    /// How long it may take to build a system.
    pub build_limit: Duration,
}

impl OwnNix {
    /// The folder in which the entries of its store really are, if that is on this computer.
    pub fn store(&self) -> Option<&Path> {
        self.capabilities.store.as_deref()
    }
}
