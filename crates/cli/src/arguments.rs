//! Arguments that several commands take. What only one command takes is in the file of that
//! command. Help is one line for each; what needs more words is in `docs/`.

mod choice;
mod conduct;
mod global;
mod install;
mod nix;
mod reports;

pub(crate) use choice::Choice;
pub(crate) use conduct::{Conduct, Required};
pub(crate) use global::Global;
pub(crate) use install::Install;
pub(crate) use nix::NixArguments;
pub(crate) use reports::Reports;
