//! What a fleet looks like: its organisation, places, networks and who may reach what as outlines,
//! and a page on which all of it is searched.
//!
//! Everything here is pure. Values of settings are in none of it, so that no secret can be.

mod counted;
mod explorer;
mod items;
mod outline;
mod reach;
mod relationships;

pub use explorer::explorer;
pub use outline::{View, outline};
