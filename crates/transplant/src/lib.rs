//! What NixOS evaluated, as a system for a machine that is no NixOS: every store path becomes
//! that of a file that we write, or of a file of one of the machine's own packages.
//!
//! What cannot be carried over is a problem that names it, never a hole. This crate is pure, and
//! knows nothing of how Nix is asked, or of machines.
//!
//! [`transplant`] is the way in.

mod codes;
mod guards;
mod search_path;
mod table;
mod text;
mod transplant;

pub use codes::{CODES, NOT_CARRIED, NOT_MAPPED};
pub use table::{Row, Table};
pub use transplant::{Transplanted, transplant};
