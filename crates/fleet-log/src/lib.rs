//! What was decided of a fleet, as a log of events: things that were added, changed, renamed,
//! removed.
//!
//! The log is a file of JSON lines that only grows. Each event has the hash of the line before, so
//! that nothing before the end can be changed unseen. What is in the log is durable before anybody
//! hears of it: the file and its folder are synced. Settings, modules and whatever else follows from
//! the files of a fleet are no events: they can be made again.
//!
//! This crate knows nothing of features, Nix, machines and terminals.

mod chain;
mod codes;
mod draft;
mod due;
mod event;
mod file;
mod fork;
mod head;
mod random;
mod rebase;
mod replace;
mod sides;
mod verify;

pub use chain::{Log, Torn};
pub use codes::{CODES, NOT_CARRIED_OUT, NOT_SIGNED, TOO_MANY_ANSWERS};
pub use draft::Draft;
pub use due::{Answers, Due};
pub use event::Event;
pub use file::{Writer, bytes, read};
pub use head::{Head, NAMESPACE, bad_signature};
pub use random::{new_id, salt};
pub use rebase::{Moved, Rebased, rebase, three_way};
pub use replace::Replacing;
pub use sides::{Side, sides};
pub use verify::{undigested, verify};
