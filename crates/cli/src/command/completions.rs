use clap::Args;
use clap_complete::Shell;

use crate::Exit;
use crate::failure::Result;
use crate::start::{Run, Start};

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Run for Completions {
    fn run(self, start: &Start) -> Result<Exit> {
        // A script completes the arguments of one word; `cargo xtask` is two, so it is for `xtask`.
        let mut usage = (start.usage)().bin_name("xtask");
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut usage, "xtask", &mut script);
        crate::out::data(format_args!("{}", String::from_utf8_lossy(&script)))?;
        Ok(Exit::Pass)
    }
}
