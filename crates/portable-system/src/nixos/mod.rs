//! A test's own NixOS: its systems evaluated and built by the user's Nix, its steps taken on what boots from them.
//!
//! What boots is not known here: a container, or a machine of its own.

mod building;
mod nix;
mod skip;
mod systems;
mod tested;

pub use building::{Builders, NO_STORE, not_built};
pub use nix::OwnNix;
pub use skip::{Keeps, not_covered, reason};
pub use systems::{Entries, OfMachines, Outputs, Systems, closure};
pub use tested::{Built, Images, OnNixos};
