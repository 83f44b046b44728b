//! This repository's own commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    domi_cli::main()
}
