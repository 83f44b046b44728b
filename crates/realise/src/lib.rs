//! What a feature's manifest and settings come to: the concrete system of a Linux with systemd.
//!
//! This crate gives a manifest its meaning in Rust; `domi-nix` prints the same meaning as Nix. The
//! two must agree, unit text for unit text, up to where packages live. It is pure: it opens no
//! file, starts no process, and knows nothing of Nix syntax, QEMU or the host.
//!
//! [`realise`] is the way in. What it returns is plain data: [`System::files`] are the files of
//! the machine, [`System::units_to_start`] what to start then.

pub mod codes;
mod datum;
mod escape;
mod eval;
mod formats;
mod json;
mod operations;
mod paths;
mod programs;
mod settings;
mod shell;
pub mod switch;
mod system;
mod values;
mod written;

pub use codes::CODES;
pub use datum::Datum;
pub use paths::{DebianPaths, PackagePaths};
pub use programs::Programs;
pub(crate) use settings::resolve_modules;
pub use settings::{Resolved, definition, resolve, set};
pub use system::{
    COMMANDS, Content, EtcFile, File, Firewall, Given, Member, Realised, SetOfNixos, System,
    Together, Unit, User, compose, realise, realise_modules, realise_together, test_file_rule,
};
