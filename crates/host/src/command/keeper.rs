//! A process between us and a program. All that the program starts stays below it, also what
//! begins a session of its own or empties its environment. When we say so, or are gone in
//! whatever way, it kills all of that.
//!
//! It is a copy of us that never becomes another program, so it does nothing but system calls:
//! what other threads held at the time of the copy (a lock, the allocator) is never released there.

mod process;

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use self::process::{ASK_TO_END, LET_GO};

/// A program and all below it; all of it is killed when this is dropped.
pub(super) struct Keeper {
    process: Child,
    line: UnixStream,
    status: Option<ExitStatus>,
}

impl Keeper {
    /// Starts the program, as the head of a group of its own.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let (line, theirs) = UnixStream::pair()?;
        let kept = theirs.as_raw_fd();
        command.process_group(0);
        // SAFETY: between fork and exec, `keep` makes system calls and allocates nothing.
        unsafe { command.pre_exec(move || process::keep(kept)) };
        let process = command.spawn()?;
        Ok(Self { process, line, status: None })
    }

    /// What it prints, where that goes into pipes.
    pub(super) fn pipes(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.process.stdout.take(), self.process.stderr.take())
    }

    /// Waits this long for the program's end; nothing where it still runs.
    pub(super) fn wait(&mut self, how_long: Duration) -> io::Result<Option<ExitStatus>> {
        if self.status.is_some() || !self.is_readable(how_long)? {
            return Ok(self.status);
        }
        let mut status = [0; size_of::<i32>()];
        let status = match self.line.read_exact(&mut status) {
            Ok(()) => ExitStatus::from_raw(i32::from_ne_bytes(status)),
            // Somebody has killed the keeper, and so the program.
            Err(_) => self.process.wait()?,
        };
        self.status = Some(status);
        Ok(self.status)
    }

    /// Asks the program's group to end, and waits this long at the most until nothing is left of
    /// all that it started. The program may be gone long before the others have tidied up.
    pub(super) fn ask_to_end(&mut self, grace: Duration) {
        if grace.is_zero() || self.line.write_all(&[ASK_TO_END]).is_err() {
            return;
        }
        let deadline = Instant::now().checked_add(grace);
        loop {
            let left = deadline.map_or(Duration::MAX, |at| at - Instant::now().min(at));
            // What is read is the program's end, and then that of the keeper.
            match self.is_readable(left) {
                Ok(true) if matches!(self.line.read(&mut [0; 8]), Ok(0) | Err(_)) => return,
                Ok(false) if left.is_zero() => return,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Lets go of what the program has left in sessions of its own: servers that others use too.
    pub(super) fn let_go(&mut self) {
        let _ = self.line.write_all(&[LET_GO]);
    }

    fn is_readable(&self, how_long: Duration) -> io::Result<bool> {
        // Beyond what the system can count is for ever.
        let how_long = Timespec::try_from(how_long).ok();
        match poll(&mut [PollFd::new(&self.line, PollFlags::IN)], how_long.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It reads to the end of what was told, and then ends everything.
        let _ = self.line.shutdown(std::net::Shutdown::Write);
        let _ = self.process.wait();
    }
}
