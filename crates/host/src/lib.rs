//! The one door to processes, files, locks, signals and clocks.
//!
//! Every other crate is pure or asks here. This crate knows nothing of features, Nix, Debian or
//! QEMU: it only makes the operating system safe to use, so that a killed process or a full disk
//! leaves nothing half done.

mod cause;
pub mod command;
pub mod dirs;
pub mod file;
pub mod hash;
mod interrupt;
pub mod sparse;
pub mod tool;

pub use cause::{Cause, met_by_program};
pub use interrupt::{Interrupt, Interrupted};
