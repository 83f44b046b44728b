//! QEMU's monitor: JSON commands and answers, one per line.

use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use domi_console::{Channel, Read};
use domi_host::{Interrupt, wait_until};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde_json::{Value, json};

use crate::{Error, QemuState, Result};

/// How long QEMU may take to answer. It runs on this computer, but a busy host may slow it down.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one machine's monitor.
#[derive(Debug)]
pub(crate) struct Qmp {
    channel: Channel,
    /// Why QEMU first could not use a disk, in its words.
    disk_error: Option<String>,
}

impl Qmp {
    /// Greets the monitor without waiting: its answers come in order.
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let mut qmp = Self { channel: Channel::new(stream), disk_error: None };
        qmp.send("qmp_capabilities", &json!({}))?;
        Ok(qmp)
    }

    /// Sends a command without waiting for its answer; a failure shows up in later answers.
    pub(crate) fn send(&mut self, command: &str, arguments: &Value) -> Result<()> {
        let mut line = json!({ "execute": command, "arguments": arguments }).to_string();
        line.push('\n');
        self.channel.stream().write_all(line.as_bytes())?;
        Ok(())
    }

    /// Sends a command and waits for its own answer.
    pub(crate) fn execute(
        &mut self,
        command: &str,
        arguments: &Value,
        interrupt: &Interrupt,
    ) -> Result<Value> {
        let line = json!({ "execute": command, "arguments": arguments, "id": command });
        self.channel.stream().write_all(format!("{line}\n").as_bytes())?;
        self.answer(command, interrupt)
    }

    fn answer(&mut self, command: &str, interrupt: &Interrupt) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut answer = self.next(deadline, interrupt)?;
            if answer.get("id").is_none_or(|id| id != command) {
                continue;
            }
            if let Some(error) = answer.get("error") {
                let error = &error["desc"];
                return Err(anyhow::anyhow!("QEMU refused {command}: {error}").into());
            }
            return Ok(answer["return"].take());
        }
    }

    /// Gives QEMU a descriptor under a name.
    pub(crate) fn give(
        &mut self,
        name: &str,
        descriptor: BorrowedFd,
        interrupt: &Interrupt,
    ) -> Result<()> {
        let line = json!({ "execute": "getfd", "arguments": { "fdname": name }, "id": "getfd" });
        let line = format!("{line}\n");
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let given = [descriptor];
        if !ancillary.push(SendAncillaryMessage::ScmRights(&given)) {
            return Err(anyhow::anyhow!("no room for a descriptor in a message").into());
        }
        let text = [IoSlice::new(line.as_bytes())];
        sendmsg(self.channel.stream(), &text, &mut ancillary, SendFlags::NOSIGNAL)
            .map_err(io::Error::from)?;
        self.answer("getfd", interrupt).map(drop)
    }

    /// The state that QEMU reports within `patience`.
    pub(crate) fn state(&mut self, patience: Duration) -> QemuState {
        let never = Interrupt::default();
        if self.send("query-status", &json!({})).is_err() {
            return QemuState::Silent;
        }
        let deadline = Instant::now() + patience;
        loop {
            let Ok(answer) = self.next(deadline, &never) else { return QemuState::Silent };
            let answer = &answer["return"];
            match (answer["running"].as_bool(), answer["status"].as_str()) {
                (Some(true), _) => return QemuState::Running,
                (Some(false), why) => {
                    return QemuState::Stopped(why.unwrap_or("unknown").to_owned());
                }
                // An answer to something else.
                (None, _) => {}
            }
        }
    }

    /// Waits until a migration has ended.
    pub(crate) fn migrated(&mut self, interrupt: &Interrupt) -> Result<()> {
        let (limit, pause) = (Duration::from_secs(120), Duration::from_millis(3));
        let saved = wait_until::<_, Error>(limit, pause, interrupt, || {
            let state = self.execute("query-migrate", &json!({}), interrupt)?;
            match state["status"].as_str() {
                Some("completed") => Ok(Some(())),
                Some("failed" | "cancelled") => {
                    Err(anyhow::anyhow!("QEMU could not save its state: {state}").into())
                }
                _ => Ok(None),
            }
        })?;
        saved.ok_or_else(|| anyhow::anyhow!("QEMU did not save its state in time").into())
    }

    fn next(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Value> {
        let line = match self.channel.read_until(b"\n", deadline, interrupt)? {
            Read::Found(line) => line,
            Read::Late => return Err(anyhow::anyhow!("QEMU's monitor does not answer").into()),
            Read::Closed => return Err(anyhow::anyhow!("QEMU's monitor has closed").into()),
        };
        let said = parse(&line).map_err(Error::Other)?;
        self.disk_error = self.disk_error.take().or_else(|| disk_error(&said));
        Ok(said)
    }

    /// Why QEMU could not use a disk, if it has said so up to now.
    pub(crate) fn disk_error(&mut self) -> Option<io::Error> {
        let (now, never) = (Instant::now(), Interrupt::default());
        while self.next(now, &never).is_ok() {}
        let why = self.disk_error.as_deref()?;
        Some(domi_host::met_by_program(why).unwrap_or_else(|| Errno::IO.into()))
    }
}

/// Why QEMU says that it could not use a disk. The guest hears of an error of its disk, and no more.
fn disk_error(said: &Value) -> Option<String> {
    let failed = said["event"] == "BLOCK_IO_ERROR";
    failed.then(|| said["data"]["reason"].as_str().unwrap_or_default().to_owned())
}

fn parse(line: &[u8]) -> anyhow::Result<Value> {
    let value: Value = serde_json::from_slice(line)
        .with_context(|| format!("no JSON from QEMU: {}", String::from_utf8_lossy(line)))?;
    if !value.is_object() {
        bail!("QEMU sent something that is not a JSON object: {value}");
    }
    Ok(value)
}
