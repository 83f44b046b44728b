use clap::CommandFactory;

use crate::Exit;
use crate::args::{Arguments, Completions};
use crate::failure::Result;

/// Prints a completion script.
pub(crate) fn run(arguments: &Completions) -> Result<Exit> {
    // A script is for a word that one completes; `cargo xtask` is two, so it is for `xtask`.
    let mut command = Arguments::command().bin_name("xtask");
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "xtask", &mut script);
    crate::out::data(format_args!("{}", String::from_utf8_lossy(&script)))?;
    Ok(Exit::Pass)
}
