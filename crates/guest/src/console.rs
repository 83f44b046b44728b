//! Commands in the guest, over the console on which the NixOS test driver talks to its machines:
//! the guest's backdoor says that it is there and becomes a root shell, to which we write lines.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::shell_word;

use crate::channel::{Channel, Read};
use crate::{Error, Output, Result};

/// What the guest's backdoor says once its shell reads commands.
const GREETING: &[u8] = b"Spawning backdoor root shell...\n";

/// The shell of one guest.
#[derive(Debug)]
pub(crate) struct Console {
    channel: Channel,
}

impl Console {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        Ok(Self { channel: Channel::new(stream)? })
    }

    /// Waits until a guest that boots has its shell.
    pub(crate) fn greeted(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        Ok(match self.channel.read_until(GREETING, deadline, interrupt)? {
            Read::Found(_) => Read::Found(()),
            Read::Late => Read::Late,
            Read::Closed => Read::Closed,
        })
    }

    /// Prepares a shell that has just greeted.
    pub(crate) fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// Sends a command without waiting for its answer.
    pub(crate) fn send(&mut self, command: &str, limit: Duration) -> Result<()> {
        let seconds = limit.as_secs().max(1);
        let line = format!(
            "timeout -k 5 {seconds} bash -c {} </dev/null 2>/run/domi-stderr | base64 -w0; \
             echo \" ${{PIPESTATUS[0]}} $(tail -c 65536 /run/domi-stderr | base64 -w0)\"\n",
            shell_word(&format!("set -euo pipefail; {command}"))
        );
        self.channel.stream().write_all(line.as_bytes())?;
        Ok(())
    }

    /// Runs a command; what is pushed is sent while it runs.
    pub(crate) fn execute(
        &mut self,
        command: &str,
        limit: Duration,
        deadline: Instant,
        pushed: Option<(&mut UnixStream, &[u8])>,
        interrupt: &Interrupt,
    ) -> Result<Read<Output>> {
        self.send(command, limit)?;
        if let Some((stream, bytes)) = pushed {
            stream.write_all(bytes)?;
            stream.write_all(&vec![0; 10240 - bytes.len() % 10240])?;
        }
        self.receive(deadline, interrupt)
    }

    fn receive(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<Output>> {
        let line = match self.channel.read_until(b"\n", deadline, interrupt)? {
            Read::Found(line) => line,
            Read::Late => return Ok(Read::Late),
            Read::Closed => return Ok(Read::Closed),
        };
        let text = String::from_utf8_lossy(&line);
        let mut fields = text.split(' ');
        let mut field = || fields.next().ok_or_else(|| Error::Protocol(text.to_string()));
        let stdout = field()?.as_bytes().to_vec();
        let status = field()?.parse().map_err(|_| Error::Protocol(text.to_string()))?;
        let stderr = field()?.as_bytes().to_vec();
        Ok(Read::Found(Output { status, stdout, stderr, truncated: false }))
    }
}
