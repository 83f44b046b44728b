//! The program that the driver starts as a machine: it passes on what it is started with, prints
//! what the machine's serial console says, and lives as long as the machine.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open};

/// Stands for a machine that the process behind `socket` runs, until that one switches off, or until
/// whoever started this is gone: the driver ends a machine by a signal to the shell that it started
/// it with, and where that shell is dash, it is this process's parent and passes nothing on.
pub fn relay(socket: &Path, arguments: &[String]) -> Result<()> {
    end_with_parent()?;
    let mut stream = UnixStream::connect(socket)
        .with_context(|| format!("nobody runs a machine behind {}", socket.display()))?;
    let line = serde_json::to_string(arguments).context("words are plain JSON")?;
    writeln!(stream, "{line}").context("the machine's process does not listen")?;
    // A driver that reads no serial console is no reason to end.
    let _ = std::io::copy(&mut stream, &mut std::io::stdout().lock());
    Ok(())
}

/// Ends this process when its parent has ended. The kernel's own signal for that comes when the
/// thread ends that started this, and the driver may have several.
fn end_with_parent() -> Result<()> {
    let gone = || std::process::exit(0);
    let Some(parent) = getppid().filter(|parent| *parent != Pid::INIT) else { gone() };
    let process = match pidfd_open(parent, PidfdFlags::empty()) {
        Ok(process) => process,
        Err(rustix::io::Errno::SRCH) => gone(),
        Err(error) => return Err(error).context("cannot watch the process that started this"),
    };
    std::thread::spawn(move || {
        let mut polled = [PollFd::new(&process, PollFlags::IN)];
        while !matches!(poll(&mut polled, None), Ok(1..)) {}
        gone()
    });
    Ok(())
}
