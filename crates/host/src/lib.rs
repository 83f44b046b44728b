//! What has to be done with care at the operating system: other programs, files that are whole or
//! not there, locks, signals, and whose fault an error is.
//!
//! - **Programs** are started here and nowhere else, but for QEMU, which `domi-guest` starts with
//!   open channels and keeps ([`command::die_with_parent`]).
//! - **Files that others may read** while they are written, or after a kill, are written here
//!   ([`file::write`], and [`file::append`] for a log that grows), and so are locks. Reading, removing
//!   and a big file in a folder without its name yet are done with `fs_err` where they are needed. A folder
//!   for a while, which a kill may not leave for long, is a [`HeldFolder`].
//! - **The user's wish to stop** and **causes of errors** are known here ([`Interrupt`], [`Cause`]), and
//!   a terminal that gives single keys is put back however this ends ([`Keys`]).
//! - **What takes a while** is made before anyone asks, in a thread that ends with it ([`Ahead`]).
//!
//! `tests/doors.rs` holds the first rule, and which crates have no I/O at all. This crate knows
//! nothing of features, Nix, Debian or QEMU.

mod ahead;
mod cause;
pub mod command;
mod conversions;
pub mod dirs;
pub mod file;
pub mod hash;
mod held;
mod interrupt;
mod keys;
pub mod memory;
pub mod pressure;
pub mod sparse;
pub mod tool;
mod wait;

pub use ahead::Ahead;
pub use cause::{Cause, met_by_program};
pub use held::HeldFolder;
pub use interrupt::{Interrupt, Interrupted};
pub use keys::Keys;
pub use wait::wait_until;
