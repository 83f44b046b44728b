//! Folders kept under a key: images of machines, roots of containers.
//!
//! An entry is made by one process while others wait for it. It is made in a folder of another
//! name, so that it is there completely or not at all; its manifest, a file that says what the rest
//! is, is written last. One that is damaged is made again. One that somebody holds is not removed.
//!
//! What was found out of this computer by trying it is kept here, too ([`known`]).
//!
//! This crate knows nothing of what is in an entry but its manifest.

mod entry;
mod error;
mod known;
mod manifest;
mod store;
mod told;
mod unfinished;

pub use entry::{Entry, Prune};
pub use error::{Error, Result};
pub use known::known;
pub use manifest::{Held, Identity, MANIFEST, Read};
pub use store::Store;
pub use told::Told;
pub use unfinished::{Plain, Remove, Unfinished};
