//! A terminal that gives each key as it is pressed.

use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr,
};

/// What the terminal was before, while it is otherwise. Whoever ends the process puts it back.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal of standard input: it gives each key at once and shows none, until this is dropped.
/// Ctrl-C and its kin are signals as ever. There is one of these at a time.
#[derive(Debug)]
pub struct Keys(());

impl Keys {
    /// Nothing where standard input is no terminal, or one that belongs to another program now.
    pub fn of_stdin() -> Option<Self> {
        if !isatty(stdin()) || !is_ours(stdin()) {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        // First noted, then changed: a process that ends in between changes nothing.
        *before_now() = Some(before);
        let keys = Self(());
        keys.set();
        Some(keys)
    }

    /// Makes the terminal give keys again, where another program has left it otherwise: a shell that
    /// has stopped this one and gone on with it.
    fn set(&self) {
        let Ok(mut mode) = tcgetattr(stdin()) else { return };
        if mode.local_modes.contains(LocalModes::ICANON) && is_ours(stdin()) {
            mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            mode.special_codes[SpecialCodeIndex::VMIN] = 1;
            mode.special_codes[SpecialCodeIndex::VTIME] = 0;
            let _ = tcsetattr(stdin(), OptionalActions::Now, &mode);
        }
    }

    /// The keys that are pressed within this time; none where nobody presses one.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn read(&self, patience: Duration) -> std::io::Result<Vec<u8>> {
        self.set();
        let mut wanted = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
        let patience = Timespec::try_from(patience).ok();
        match poll(&mut wanted, patience.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        // What is not ours may not be read; that would stop this process.
        if !is_ours(stdin()) {
            return Ok(Vec::new());
        }
        let mut bytes = [0; 64];
        match rustix::io::read(stdin(), &mut bytes) {
            Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => Ok(bytes[..length].to_vec()),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        put_back();
    }
}

/// Makes the terminal what it was before [`Keys`].
pub(crate) fn put_back() {
    if let Some(before) = before_now().take()
        && is_ours(stdin())
    {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

fn before_now() -> MutexGuard<'static, Option<Termios>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the terminal listens to this process now, and not to one that a shell has put before it.
fn is_ours(terminal: BorrowedFd<'_>) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
}
