//! What a command writes down before it changes files, so that the next one can take it back where this
//! one is killed, or the power fails.
//!
//! The journal is a file at the root of what is changed, and the lock of it: while a command lives that
//! changes files there, no other one begins to.

mod left;
mod line;
mod lock;
mod written;

pub(crate) use left::{undo_left, undo_left_around};
pub(crate) use line::{Content, Line, digest};
pub(crate) use lock::{REMOVED, holder, synced};
pub(crate) use written::Journal;
