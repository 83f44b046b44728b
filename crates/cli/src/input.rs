//! Standard input, without waiting longer than the user wants.

use std::fmt::Arguments;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::Context as _;
use domi_host::Interrupt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::failure::Result;
use crate::talk::talk;

/// How long one wait is, before the user's wish to stop is looked at again.
const SLICE: Duration = Duration::from_millis(100);

/// The next bytes, some or, at the end, none.
fn some(interrupt: &Interrupt, bytes: &mut [u8]) -> Result<usize> {
    let slice = Timespec::try_from(SLICE).context("a slice fits")?;
    // Unbuffered: whoever reads after us finds what is left.
    let stdin = io::stdin();
    loop {
        interrupt.check()?;
        let mut polled = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
        match poll(&mut polled, Some(&slice)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
        match rustix::io::read(stdin.as_fd(), &mut *bytes) {
            Err(Errno::INTR | Errno::AGAIN) => {}
            read => return Ok(read.map_err(io::Error::from).context("standard input")?),
        }
    }
}

/// The next line, without its end; what is behind it in the same moment is lost.
pub(crate) fn line(interrupt: &Interrupt) -> Result<String> {
    let mut line = Vec::new();
    loop {
        let mut bytes = [0; 1024];
        let length = some(interrupt, &mut bytes)?;
        line.extend(&bytes[..length]);
        let end = line.iter().position(|byte| *byte == b'\n');
        if length == 0 || end.is_some() {
            line.truncate(end.unwrap_or(line.len()));
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
    }
}

/// Whether whoever is at the terminal says yes. Anything else is no.
pub(crate) fn agreed(interrupt: &Interrupt, question: Arguments<'_>) -> Result<bool> {
    talk(format_args!("{question} [y/N] "));
    let answer = line(interrupt)?;
    Ok(["y", "yes"].contains(&&*answer.trim().to_lowercase()))
}

/// All that is left, or nothing where that is more than `most` bytes.
pub(crate) fn rest(interrupt: &Interrupt, most: usize) -> Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let length = some(interrupt, &mut bytes)?;
        if length == 0 {
            return Ok(Some(all));
        }
        all.extend(&bytes[..length]);
        if all.len() > most {
            return Ok(None);
        }
    }
}
