//! What a program prints, read until the program has ended and no longer.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Tells readers, when it is dropped, that the program has ended.
pub(super) struct Ended {
    _end: OwnedFd,
}

impl Ended {
    /// One, and what readers hear it by.
    pub(super) fn new() -> io::Result<(Self, OwnedFd)> {
        let (told, end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        Ok((Self { _end: end }, told))
    }
}

/// The end of a pipe that a program writes to. It reads to the end of the file, as any pipe does.
/// Once the program has ended, it reads what is in the pipe and then ends as well: a process that
/// the program has left behind may keep the pipe open for as long as it likes.
pub(super) struct Pipe {
    from: OwnedFd,
    told: OwnedFd,
    /// How much of what was in the pipe when the program ended is still to be read.
    left: Option<u64>,
}

impl Pipe {
    pub(super) fn new(from: OwnedFd, told: &OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&from, true)?;
        Ok(Self { from, told: told.try_clone()?, left: None })
    }

    /// Waits until there is something to read or the program has ended.
    fn wait(&self, how_long: Option<&Timespec>) -> io::Result<bool> {
        let mut both =
            [PollFd::new(&self.told, PollFlags::IN), PollFd::new(&self.from, PollFlags::IN)];
        match poll(&mut both, how_long) {
            Ok(_) | Err(Errno::INTR) => Ok(!both[0].revents().is_empty()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut ended = self.wait(Some(&AT_ONCE))?;
        loop {
            if ended && self.left.is_none() {
                self.left = Some(rustix::io::ioctl_fionread(self.from.as_fd())?);
            }
            let most =
                self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
            // Where nothing is left, a byte more shows whether it is the end of the file.
            let most = most.clamp(1, buffer.len().max(1));
            let Some(room) = buffer.get_mut(..most) else { return Ok(0) };
            match rustix::io::read(&self.from, room) {
                Ok(0) => return Ok(0),
                Ok(_) if self.left == Some(0) => return Ok(0),
                Ok(read) => {
                    self.left = self.left.map(|left| left.saturating_sub(read as u64));
                    return Ok(read);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if ended => return Ok(0),
                Err(Errno::AGAIN) => ended = self.wait(None)?,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
