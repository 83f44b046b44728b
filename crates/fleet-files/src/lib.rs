//! The files of a fleet: found below its root, read within limits, and what follows from all of
//! them together.
//!
//! Nothing outside of the root is read: links are refused, whatever they lead to. This crate knows
//! nothing of git, Nix and machines, nor where features come from.

mod codes;
mod find;
mod load;
mod projected;
mod stored;
mod why;

pub use codes::{CODES, NO_SUCH};
pub use load::{Loaded, Wanted, load, load_changed, load_texts};
pub use projected::{HostFacts, Projected, project};
pub use stored::{Stored, belongs, of_stored};
pub use why::{Unexplained, Why, why};
