//! What is asked for: the arguments of a command, `domi.toml` and the environment, put together
//! once, before the command does anything. What does the work reads requests, and none of these.

mod fleet;
mod generate;
mod guest;
mod nix;
mod run;
mod workflow;

pub(crate) use fleet::FleetRequest;
pub(crate) use generate::GenerateRequest;
pub(crate) use guest::GuestRequest;
pub(crate) use nix::NixRequest;
pub(crate) use run::RunRequest;
pub(crate) use workflow::WorkflowRequest;
