//! The channels to one start of a machine, and what is done on several of them at once.

use std::io::Write;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use domi_host::Interrupt;

use crate::push::{UNPACK, whole_records};
use crate::{Console, Output, Read, Request, Result, Terminal};

/// How long a push may take.
const PUSH: Duration = Duration::from_secs(120);
/// How long a person may use the shell.
const ENDLESS: Duration = Duration::from_secs(7 * 24 * 3600);

/// Our ends of the channels to a machine that runs.
#[derive(Debug)]
pub struct Channels {
    /// Where commands are run.
    pub console: Console,
    terminal: UnixStream,
    push: UnixStream,
    /// Whether a push has begun and has not ended successfully.
    push_failed: bool,
}

impl Channels {
    /// Of a machine that has just started: its console, the terminal that a person uses, and where
    /// files are pushed.
    pub fn new(console: Console, terminal: UnixStream, push: UnixStream) -> Self {
        Self { console, terminal, push, push_failed: false }
    }

    pub(crate) fn push(&mut self, archive: Vec<u8>, interrupt: &Interrupt) -> Result<Read<Output>> {
        if self.push_failed {
            return Err(anyhow!("an earlier push to this machine has failed").into());
        }
        self.push_failed = true;
        let records = whole_records(archive);
        let pushed = Some((&self.push, &*records));
        let request = Request { command: UNPACK, limit: PUSH, pushed, ..Request::default() };
        let read = self.console.execute(&request, interrupt)?;
        self.push_failed = !matches!(&read, Read::Found(output) if output.success());
        Ok(read)
    }

    pub(crate) fn interactive(
        &mut self,
        input: BorrowedFd,
        output: &mut (dyn Write + Send),
        leave: Option<u8>,
        interrupt: &Interrupt,
    ) -> Result<Read<Output>> {
        let terminal = Terminal::raw(input);
        let command = terminal.command();
        let (stop, left) = (AtomicBool::new(false), AtomicBool::new(false));
        let over = Some(&left);
        let request = Request { command: &command, limit: ENDLESS, over, ..Request::default() };
        let (shell, console) = (&self.terminal, &mut self.console);
        std::thread::scope(|scope| {
            let relay = scope.spawn(|| terminal.relay(shell, output, (&stop, leave, &left)));
            let ended = console.execute(&request, interrupt);
            stop.store(true, Ordering::SeqCst);
            let relayed = relay.join().expect("carrying bytes does not panic");
            let ended = ended?;
            // A machine that has gone says more than a terminal that could not go on.
            if matches!(ended, Read::Found(_)) {
                relayed?;
            }
            Ok(ended)
        })
    }
}
