use std::sync::Arc;

use domi_portable_system::{Builds, NixRealiser};

use crate::driver::Driver;

/// What the portable backend is told beside how a plan is run.
#[derive(Debug, Clone)]
pub struct PortableOptions {
    /// What guests are like.
    pub guest: domi_guest::Settings,
    /// Whether machines boot instead of being restored.
    pub cold: bool,
    /// Whether there will be another run soon: machines are then restored for it after each run.
    pub runs_again: bool,
    /// What takes the steps instead of us.
    pub driver: Option<Driver>,
    /// What makes the systems of machines, where that is not Rust.
    pub realiser: Option<NixRealiser>,
    /// What builds programs of the workspace's crates; where there is nothing, no test needs one.
    pub builds: Option<Arc<dyn Builds>>,
}

impl PortableOptions {
    /// What is usual for guests like these.
    pub fn new(guest: domi_guest::Settings) -> Self {
        Self { guest, cold: false, runs_again: false, driver: None, realiser: None, builds: None }
    }
}

/// What the backend on NixOS is told beside how a plan is run.
#[derive(Debug, Clone)]
pub struct NixosOptions {
    /// What guests are like; a NixOS has at least 1 GiB.
    pub guest: domi_guest::Settings,
    /// Whether machines boot instead of being restored.
    pub cold: bool,
}
