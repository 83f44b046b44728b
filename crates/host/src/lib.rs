//! What has to be done with care at the operating system: other programs, files that are whole or
//! not there, locks, signals, and whose fault an error is.
//!
//! - **Programs** are started here and nowhere else, but for QEMU, which `domi-guest` starts with
//!   open channels and keeps ([`command::die_with_parent`]).
//! - **Files that others may read** while they are written, or after a kill, are written here
//!   ([`file::write`]), and so are locks. Reading, removing, a log that grows and a big file in a
//!   folder without its name yet are done with `fs_err` where they are needed.
//! - **The user's wish to stop** and **causes of errors** are known here ([`Interrupt`], [`Cause`]).
//!
//! `tests/doors.rs` holds the first rule, and which crates have no I/O at all. This crate knows
//! nothing of features, Nix, Debian or QEMU.

mod cause;
pub mod command;
mod conversions;
pub mod dirs;
pub mod file;
pub mod hash;
mod interrupt;
pub mod sparse;
pub mod tool;
mod wait;

pub use cause::{Cause, met_by_program};
pub use interrupt::{Interrupt, Interrupted};
pub use wait::wait_until;
