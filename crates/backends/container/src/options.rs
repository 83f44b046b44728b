use std::sync::Arc;

use domi_debian::Distribution;
use domi_portable_system::{Builds, NixRealiser};

/// What it is told beside how a plan is run.
#[derive(Debug, Clone)]
pub struct ContainerOptions {
    /// The release that containers are made from.
    pub distribution: Distribution,
    /// Whether each is booted for its test, and none before.
    pub cold: bool,
    /// Whether there will be another run soon: containers are then booted for it after each run.
    pub runs_again: bool,
    /// What makes the systems of machines, where that is not Rust.
    pub realiser: Option<NixRealiser>,
    /// What builds programs of the workspace's crates; where there is nothing, no test needs one.
    pub builds: Option<Arc<dyn Builds>>,
}
