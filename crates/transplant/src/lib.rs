//! Turns a system that NixOS evaluated into one for a machine that is not a NixOS: every store path
//! becomes the path of a file that we write, or of a file in one of the machine's own packages. With
//! [`Supply::Store`], the machine has what Nix makes there instead.
//!
//! What cannot be carried over is a problem that names it; nothing is left out without a message.
//! This crate is pure, and knows nothing of how Nix is asked, or of machines.
//!
//! Start with [`transplant`].

mod codes;
mod from_store;
mod guards;
mod kept;
mod made_of_settings;
mod making;
mod on_every_nixos;
mod only_nixos;
mod script;
mod search_path;
mod table;
mod text;
mod transplant;

pub use codes::{CODES, NOT_CARRIED, NOT_MAPPED};
pub use from_store::{FromStore, StorePath};
pub use guards::HOSTS;
pub use script::{Script, script};
pub use table::{OwnRow, Row, Supply, Table};
pub use text::Making;
pub use transplant::{Transplanted, transplant};
