//! Commands that find the images of this computer: those of their own workspace would take minutes
//! to make.

use std::process::Command;

use crate::workspace::Workspace;

/// A command in a workspace, with the images of this computer.
pub(crate) fn command(workspace: &Workspace, words: &str) -> Command {
    let mut command = workspace.command(words);
    command.env("DOMI_CACHE", domi_host::dirs::cache().unwrap());
    command
}
