use domi_portable_system::NixRealiser;

use crate::driver::Driver;

/// What the portable backend is told beside how a plan is run.
#[derive(Debug, Clone)]
pub struct PortableOptions {
    /// What guests are like.
    pub guest: domi_guest::Settings,
    /// Whether machines boot instead of being restored.
    pub cold: bool,
    /// What takes the steps instead of us.
    pub driver: Option<Driver>,
    /// What makes the systems of machines, where that is not Rust.
    pub realiser: Option<NixRealiser>,
}

impl PortableOptions {
    /// What is usual for guests like these.
    pub fn new(guest: domi_guest::Settings) -> Self {
        Self { guest, cold: false, driver: None, realiser: None }
    }
}
