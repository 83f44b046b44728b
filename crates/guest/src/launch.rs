//! Starting QEMU with all its channels.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::Context;
use domi_console::{Channels, Console};
use domi_host::Interrupt;
use serde_json::{Value, json};

use crate::Result;
use crate::body::Body;
use crate::disk::{self, Top};
use crate::hardware::Memory;
use crate::qemu::{CommandLine, Qemu, escape};
use crate::qmp::Qmp;

/// What a machine starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    /// Its kernel, as when it is switched on.
    Cold,
    /// A saved state.
    Saved(&'a Path),
}

/// One start of a machine.
pub(crate) struct Launch<'a> {
    pub(crate) body: &'a Body,
    pub(crate) name: &'a str,
    pub(crate) memory: Memory<'a>,
    pub(crate) top: &'a Top,
    pub(crate) start: Start<'a>,
    /// The serial console is appended to this file.
    pub(crate) serial_log: &'a Path,
    /// The wire to a network.
    pub(crate) wire: Option<OwnedFd>,
}

/// A started QEMU and our ends of its channels.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) qemu: Qemu,
    pub(crate) qmp: Qmp,
    pub(crate) channels: Channels,
}

impl Launch<'_> {
    /// Starts QEMU and returns at once: what is written to a channel waits there.
    pub(crate) fn start(mut self) -> Result<Running> {
        let mut line = self.body.hardware.command_line(self.name, self.memory);
        disk::attach(&mut line, self.top, &self.body.below)?;
        disk::attach_second(&mut line, &self.body.second)?;
        let serial = escape(self.serial_log.to_str().context("a path that is not UTF-8")?);
        line.option("-chardev", format!("file,id=serial,path={serial},append=on"));
        line.option("-serial", "chardev:serial");
        let netdev = match self.wire.take() {
            Some(wire) => format!("socket,id=net,fd={}", line.inherit(wire)),
            None => "hubport,id=net,hubid=0".to_owned(),
        };
        line.option("-netdev", netdev);
        let monitor = channel(&mut line, "monitor")?;
        line.option("-mon", "chardev=monitor,mode=control");
        let console = channel(&mut line, "console")?;
        let shell = channel(&mut line, "shell")?;
        let push = channel(&mut line, "push")?;
        let helper = channel(&mut line, "helper")?;
        let out = channel(&mut line, "out")?;
        let err = channel(&mut line, "err")?;
        let state = self.start_from(&mut line)?;
        let qemu = Qemu::start(line)?;
        let mut qmp = Qmp::new(monitor)?;
        if let Some(descriptor) = state {
            qmp.send("migrate-set-capabilities", &ignore_shared())?;
            qmp.send("migrate-incoming", &json!({ "uri": format!("fd:{descriptor}") }))?;
        }
        let console = Console::new(console, helper, out, err);
        Ok(Running { qemu, qmp, channels: Channels::new(console, shell, push) })
    }

    fn start_from(&self, line: &mut CommandLine) -> Result<Option<i32>> {
        match self.start {
            Start::Cold => {
                let kernel = &self.body.kernel;
                let path = |path: &Path| path.to_string_lossy().into_owned();
                line.option("-kernel", path(&kernel.image));
                line.option("-initrd", path(&kernel.initrd));
                line.option("-append", kernel.arguments.clone());
                Ok(None)
            }
            Start::Saved(state) => {
                line.option("-incoming", "defer");
                let state = File::open(state)
                    .with_context(|| format!("cannot open {}", state.display()))?;
                Ok(Some(line.inherit(state.into())))
            }
        }
    }
}

impl Running {
    /// Saves the state of its devices and ends it; its memory is in the file that it was started
    /// with. It is not stopped before that: a guest that is saved while running runs on after a
    /// restore, without a command.
    pub(crate) fn save(&mut self, state: &File, interrupt: &Interrupt) -> Result<()> {
        self.qmp.execute("migrate-set-capabilities", &ignore_shared(), interrupt)?;
        self.qmp.give("state", state.as_fd(), interrupt)?;
        self.qmp.execute("migrate", &json!({ "uri": "fd:state" }), interrupt)?;
        self.qmp.migrated(interrupt)
    }
}

/// The migration capability that leaves memory in a shared file instead of copying it.
fn ignore_shared() -> Value {
    json!({ "capabilities": [{ "capability": "x-ignore-shared", "state": true }] })
}

fn channel(line: &mut CommandLine, name: &str) -> Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair().context("cannot make a socket pair")?;
    let descriptor = line.inherit(theirs.into());
    line.option("-chardev", format!("socket,id={name},fd={descriptor}"));
    Ok(ours)
}
