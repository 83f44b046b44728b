//! A person at the machine's console, or a script that runs in it.

use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use domi_guest::{Cut, Drive, Forward, Kept, Left, Machine, Output, Request};
use domi_host::Interrupt;

use super::copied::packed;
use super::kept::Note;
use super::ssh::Ssh;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::{Exit, input};

/// The key that ends a session: Ctrl-].
const KEY: u8 = 0x1d;
/// How long a script may run.
const ENDLESS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The longest script.
const LONGEST: usize = 16 << 20;
/// Where the script is in the machine; the folder is in its memory.
const SCRIPT: &str = "run/domi/script";

/// What is to be run in the machine; nothing where a person is at a terminal.
pub(super) fn script(interrupt: &Interrupt) -> Result<Option<Vec<u8>>> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    match input::rest(interrupt, LONGEST)? {
        Some(script) => Ok(Some(script)),
        None => {
            let most = LONGEST >> 20;
            Err(anyhow::anyhow!("a script of more than {most} MiB; copy it by --copy").into())
        }
    }
}

/// A machine that runs and is visited.
pub(super) struct Visited {
    pub(super) machine: Machine,
    /// Where it is kept, if it is.
    pub(super) kept: Option<Kept>,
    pub(super) note: Note,
}

impl Visited {
    /// Lets the person or the script in, and ends the machine afterwards.
    pub(super) fn session(
        mut self,
        context: &Context,
        (forwards, ssh): (&[Forward], Option<&Ssh>),
        script: Option<&[u8]>,
    ) -> Result<Exit> {
        if let Some(ssh) = ssh {
            talk!("in another terminal: {}", ssh.command());
        }
        talk!("{}", context.paint().faint(self.greeting(forwards, script.is_some())));
        let visited = match script {
            None => self.person(),
            Some(script) => self.script(script),
        };
        let is_kept = self.kept.is_some();
        let ended = visited.and_then(|exit| {
            if is_kept {
                self.machine.switch_off()?;
            }
            Ok(exit)
        });
        if is_kept {
            let name = &self.note.name;
            let how = if ended.is_err() { "its power was cut, and it" } else { "it" };
            talk!("{how} is kept: `cargo xtask vm --keep {name}` resumes it");
        }
        ended
    }

    /// What there is, and how it ends, in one line.
    fn greeting(&self, forwards: &[Forward], is_script: bool) -> String {
        let mut parts = vec![self.note.words()];
        parts.extend(
            forwards.iter().map(|it| format!("127.0.0.1:{} leads to port {}", it.host, it.guest)),
        );
        let fate = if self.kept.is_some() { "kept" } else { "thrown away" };
        parts.push(if is_script {
            format!("no terminal: standard input is run as a script, then it is {fate}")
        } else {
            format!("Ctrl-] or poweroff ends it, then it is {fate}")
        });
        parts.join(" · ")
    }

    fn person(&mut self) -> Result<Exit> {
        let stdin = std::io::stdin();
        self.machine.visit(stdin.as_fd(), &mut std::io::stdout(), KEY)?;
        talk!("");
        Ok(Exit::Pass)
    }

    fn script(&mut self, script: &[u8]) -> Result<Exit> {
        let pushed = self.machine.push(packed([(SCRIPT.to_owned(), 0o700, script)])?)?;
        pushed.succeeded("the machine did not take the script")?;
        let command = format!("cd /root; exec bash -l /{SCRIPT} 2>&1");
        // A reader that is gone ends no script.
        let heard = |bytes: &[u8]| {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        };
        let left = self.machine.last_exchange(&Request {
            command: &command,
            limit: ENDLESS,
            heard: Some(&heard),
            ..Request::default()
        })?;
        let Left::Ended(output) = left else { return Ok(Exit::Pass) };
        if output.truncated {
            talk!("only the first {} MiB of what it printed are shown", Output::LIMIT >> 20);
        }
        match (output.cut, output.status) {
            (None, 0) => Ok(Exit::Pass),
            (Some(Cut::Late | Cut::LeftOpen), _) => {
                Err(Failure::from(anyhow::anyhow!("the script ran for a week, and was ended")))
            }
            (_, status) => {
                talk!("the script ended with {status}");
                Ok(Exit::InMachine)
            }
        }
    }
}
