//! A person at the guest's keyboard: a login shell on a console of its own.

use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

use crate::Result;
use crate::channel::read_some;

/// What ends the guest's shell when there is nothing more to read: the key for "end of input".
const END_OF_INPUT: u8 = 4;

/// How often that key is pressed until the shell ends.
const HANGING_UP: Duration = Duration::from_millis(300);

/// The terminal that a person sits at, in raw mode until this is dropped.
pub(crate) struct Terminal<'a> {
    input: BorrowedFd<'a>,
    before: Option<Termios>,
}

impl<'a> Terminal<'a> {
    /// Turns a terminal raw, so that every key goes to the guest; leaves anything else alone.
    pub(crate) fn raw(input: BorrowedFd<'a>) -> Self {
        let before = if isatty(input) { tcgetattr(input).ok() } else { None };
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            // If the terminal's mode cannot be changed, it only looks worse.
            let _ = tcsetattr(input, OptionalActions::Now, &raw);
        }
        Self { input, before }
    }

    /// The command that gives the guest's console the size of this terminal and a shell.
    pub(crate) fn command(&self) -> String {
        let size = tcgetwinsize(self.input).ok();
        let size = size.filter(|size| size.ws_row > 0 && size.ws_col > 0);
        let (rows, columns) = size.map_or((24, 80), |size| (size.ws_row, size.ws_col));
        format!(
            "stty -F /dev/hvc1 sane rows {rows} cols {columns}\n\
             TERM=xterm-256color exec setsid -c -w bash -l -i <>/dev/hvc1 >&0 2>&1"
        )
    }

    /// Copies bytes in both directions until it is told to stop. On a terminal, the key `leave` is
    /// not for the guest: that it was pressed is said to `left`, and nothing is typed any more.
    pub(crate) fn relay(
        &self,
        mut guest: &UnixStream,
        output: &mut dyn Write,
        (stop, leave, left): (&AtomicBool, Option<u8>, &AtomicBool),
    ) -> Result<()> {
        let leave = leave.filter(|_| self.before.is_some());
        let mut open = true;
        // What is typed before the shell has its prompt would be lost, so it waits.
        let (mut prompted, mut typed) = (false, Vec::new());
        let mut hung_up = Instant::now();
        loop {
            // Checked before the last round, so that no output of the shell is lost.
            let last = stop.load(Ordering::SeqCst);
            let listens = open && (prompted || leave.is_some()) && !left.load(Ordering::SeqCst);
            let watched = if listens { PollFlags::IN } else { PollFlags::empty() };
            let mut polled = [PollFd::new(guest, PollFlags::IN), PollFd::new(&self.input, watched)];
            let slice = Timespec::try_from(Duration::from_millis(50)).expect("a slice fits");
            match poll(&mut polled, Some(&slice)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
            let [from_guest, from_person] = polled.map(|polled| !polled.revents().is_empty());
            if from_guest {
                let Some(bytes) = read_some(guest)? else { return Ok(()) };
                prompted = true;
                output.write_all(&bytes)?;
                output.flush()?;
            } else if last {
                return Ok(());
            }
            if !open && hung_up.elapsed() > HANGING_UP {
                // Pressed while the shell does something else, it may be lost.
                guest.write_all(&[END_OF_INPUT])?;
                hung_up = Instant::now();
            }
            if from_person && listens {
                let mut bytes = [0; 4096];
                match rustix::io::read(self.input, &mut bytes) {
                    Ok(0) => open = false,
                    Ok(length) if leave.is_some_and(|key| bytes[..length].contains(&key)) => {
                        left.store(true, Ordering::SeqCst);
                    }
                    Ok(length) => typed.extend(&bytes[..length]),
                    Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                    Err(error) => return Err(std::io::Error::from(error).into()),
                }
            }
            if prompted && !typed.is_empty() {
                guest.write_all(&std::mem::take(&mut typed))?;
            }
        }
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(self.input.as_fd(), OptionalActions::Now, before);
        }
    }
}
