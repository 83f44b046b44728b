//! What NixOS makes of modules and settings, by asking the real Nix, lib and NixOS modules.
//!
//! Many settings are evaluated in one process. The answer is what the modules add to a system, and
//! the content of every file that it refers to, read from derivations without building them. This
//! crate knows nothing of manifests, of how Nix is printed, of Debian or of machines.
//!
//! Start with [`Evaluation::run`].

mod added;
mod answer;
mod commands;
mod nixos_test;
mod nixpkgs;
mod run;
mod setting;
mod source;
mod store;
mod stored;
mod typed;

pub use added::Added;
pub use answer::{DropIn, EtcFile, Evaluated, Group, Names, Unit, User};
pub use nixos_test::{NixosTest, Node, TestFile, TestName, TestSource};
pub use nixpkgs::Nixpkgs;
pub use run::{BATCH, Evaluation, Evaluations, FlakeModule, OptionGroup, Refused};
pub use setting::Setting;
pub use stored::{Command, Content, Stored};
