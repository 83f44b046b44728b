//! A machine as it is driven from outside, of whatever kind it is.

use std::io::Write;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use domi_host::{Interrupt, Interrupted, wait_until};

use crate::{Channels, Error, Output, Read, Request};

/// How long a machine may take to stop all its services.
const STOP: Duration = Duration::from_secs(120);
/// How long one whose channels have closed may take to its end.
const GONE: Duration = Duration::from_secs(10);
/// How long one wait for its end is, before the user's wish to stop is looked at again.
const SLICE: Duration = Duration::from_millis(50);

/// How somebody has left a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// What ran has ended, also by the key; the machine still runs, or is about to switch itself
    /// off.
    Ended(Output),
    /// The machine has switched itself off.
    Off,
}

/// A machine that is driven over its channels. A kind of machine says how it starts and ends, and
/// what it is to be silent; all that is asked of one is here.
pub trait Drive {
    /// Why a machine of this kind could not do what was asked.
    type Error: std::error::Error + From<Error> + From<Interrupted>;

    /// Its host name.
    fn name(&self) -> &str;

    /// Whether it was started, and not shut down or crashed on purpose since.
    fn is_running(&self) -> bool;

    /// Starts it with the disk it has: after [`Drive::crash`] or [`Drive::shutdown`]. Returns once
    /// it has a shell.
    ///
    /// # Errors
    /// When it does not start.
    fn start(&mut self) -> Result<(), Self::Error>;

    /// Ends it at once: nothing of it is stopped.
    ///
    /// # Errors
    /// When it does not run.
    fn crash(&mut self) -> Result<(), Self::Error>;

    /// Waits for it to switch itself off, and says whether it has. It can then be started again.
    ///
    /// # Errors
    /// When it has ended otherwise.
    fn has_stopped(&mut self, patience: Duration) -> Result<bool, Self::Error>;

    /// What ends every wait for it.
    fn interrupt(&self) -> Interrupt;

    /// The channels to it.
    ///
    /// # Errors
    /// When it does not run.
    fn channels(&mut self) -> Result<&mut Channels, Self::Error>;

    /// What there is to say of one that has given no answer for so long.
    fn hung(&mut self, waited: Duration) -> Self::Error;

    /// What there is to say of one whose channels have closed. It does not run after that.
    fn died(&mut self) -> Self::Error;

    /// What this computer has done to it that it does not say itself, and that makes all it came to
    /// worth nothing.
    fn met(&mut self) -> Option<Self::Error> {
        None
    }

    /// Runs a command as root, as `bash -c` with `set -euo pipefail`, without standard input. After
    /// `limit` it is killed, and the output says so. As with the NixOS test driver it lasts until no
    /// process has its standard output open, so a process in the background must be redirected. Its
    /// standard error may stay open.
    ///
    /// # Errors
    /// Only if the machine fails: a command that fails is an [`Output`].
    fn execute(&mut self, command: &str, limit: Duration) -> Result<Output, Self::Error> {
        self.exchange(&Request { command, limit, ..Request::default() })
    }

    /// As [`Drive::execute`], with all that a request may have.
    ///
    /// # Errors
    /// As [`Drive::execute`].
    fn exchange(&mut self, request: &Request) -> Result<Output, Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.console.execute(request, &interrupt)?;
        self.answered(read, asked)
    }

    /// Unpacks a tar archive at `/` of the machine. Existing folders keep their permissions.
    ///
    /// If this fails, the rest of the archive may still be on its way: no other push is sent to the
    /// machine until it has booted.
    ///
    /// # Errors
    /// When the machine fails, or an earlier push has.
    fn push(&mut self, archive: Vec<u8>) -> Result<Output, Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.push(archive, &interrupt)?;
        self.answered(read, asked)
    }

    /// Gives a person a login shell: what is read from `input` goes to it, which is raw
    /// meanwhile if it is a terminal, and what it writes goes to `output`. Returns the shell's
    /// exit status.
    ///
    /// # Errors
    /// When the machine or the terminal fails meanwhile.
    fn interactive(
        &mut self,
        input: BorrowedFd,
        output: &mut (dyn Write + Send),
    ) -> Result<i32, Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.interactive(input, output, None, &interrupt)?;
        Ok(self.answered(read, asked)?.status)
    }

    /// As [`Drive::interactive`], for a person at a terminal who may also leave the shell by the key
    /// `leave`, or switch the machine off.
    ///
    /// # Errors
    /// As [`Drive::interactive`].
    fn visit(
        &mut self,
        input: BorrowedFd,
        output: &mut (dyn Write + Send),
        leave: u8,
    ) -> Result<Left, Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.interactive(input, output, Some(leave), &interrupt)?;
        self.left(read, asked)
    }

    /// As [`Drive::exchange`], for a command that may switch the machine off.
    ///
    /// # Errors
    /// As [`Drive::exchange`].
    fn last_exchange(&mut self, request: &Request) -> Result<Left, Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.console.execute(request, &interrupt)?;
        self.left(read, asked)
    }

    /// How somebody has left a machine.
    ///
    /// # Errors
    /// When it was silent since `asked`, or has ended otherwise than by being switched off.
    fn left(&mut self, read: Read<Output>, asked: Instant) -> Result<Left, Self::Error> {
        if matches!(read, Read::Closed) && self.has_stopped(GONE)? {
            return Ok(Left::Off);
        }
        Ok(Left::Ended(self.answered(read, asked)?))
    }

    /// Switches it off and keeps its disk, also where it is about to end anyway.
    ///
    /// # Errors
    /// When it does not stop.
    fn switch_off(&mut self) -> Result<(), Self::Error> {
        if self.has_stopped(Duration::ZERO)? {
            return Ok(());
        }
        match self.shutdown() {
            // It ended while it was asked to.
            Err(error) => {
                if self.has_stopped(GONE)? {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            done => done,
        }
    }

    /// Reboots it: its services stop, and it starts again over the same disk. Returns once it has a
    /// shell again.
    ///
    /// # Errors
    /// When it does not stop or does not come back.
    fn reboot(&mut self) -> Result<(), Self::Error> {
        self.stop("systemctl reboot")?;
        self.start()
    }

    /// Shuts it down and keeps its disk.
    ///
    /// # Errors
    /// When it does not stop.
    fn shutdown(&mut self) -> Result<(), Self::Error> {
        self.stop("systemctl poweroff")
    }

    /// Has it run a command that ends it, and waits for its end.
    ///
    /// # Errors
    /// When it does not end.
    fn stop(&mut self, command: &str) -> Result<(), Self::Error> {
        // The answer may be cut off, because the command ends the machine.
        self.channels()?.console.send(command)?;
        let interrupt = self.interrupt();
        let stopped = wait_until(STOP, Duration::ZERO, &interrupt, || {
            Ok::<_, Self::Error>(self.has_stopped(SLICE)?.then_some(()))
        })?;
        stopped.ok_or_else(|| self.hung(STOP))
    }

    /// Waits until it has its shell.
    ///
    /// # Errors
    /// When it does not get one in time.
    fn greeted(&mut self, patience: Duration) -> Result<(), Self::Error> {
        let (interrupt, asked) = (self.interrupt(), Instant::now());
        let read = self.channels()?.console.greeted(asked + patience, &interrupt)?;
        self.answered(read, asked)
    }

    /// What was read from it, or why there is nothing.
    ///
    /// # Errors
    /// When it was silent since `asked`, or has closed its channels.
    fn answered<T>(&mut self, read: Read<T>, asked: Instant) -> Result<T, Self::Error> {
        match read {
            Read::Found(found) => Ok(found),
            Read::Late => Err(self.hung(asked.elapsed())),
            Read::Closed => Err(self.died()),
        }
    }

    /// The console on which its root shell reads commands and answers, as the NixOS test driver has
    /// it. The shell has greeted already. While someone talks there, nothing else may be asked of
    /// the machine.
    ///
    /// # Errors
    /// When it does not run.
    fn backdoor(&mut self) -> Result<UnixStream, Self::Error> {
        Ok(self.channels()?.console.backdoor()?)
    }
}
