//! The program that the driver starts as a machine: it passes on what it is started with, prints
//! what the machine's serial console says, and lives as long as the machine.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result};

/// Stands for a machine that the process behind `socket` runs, until that one switches off.
pub fn relay(socket: &Path, arguments: &[String]) -> Result<()> {
    let mut stream = UnixStream::connect(socket)
        .with_context(|| format!("nobody runs a machine behind {}", socket.display()))?;
    let line = serde_json::to_string(arguments).context("words are plain JSON")?;
    writeln!(stream, "{line}").context("the machine's process does not listen")?;
    // A driver that reads no serial console is no reason to end.
    let _ = std::io::copy(&mut stream, &mut std::io::stdout().lock());
    Ok(())
}
