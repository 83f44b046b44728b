//! What another program needs to drive a machine in our place: its console, its monitor, and a
//! notice of its end.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::Machine;
use crate::{Error, Result};

impl Machine {
    /// The console on which the guest's root shell reads commands and answers, as the NixOS test
    /// driver has it. The shell has greeted already. While someone talks there, nothing else may
    /// be asked of the guest.
    pub fn backdoor(&self) -> Result<UnixStream> {
        let running = self.running.as_ref().ok_or(Error::NotRunning)?;
        Ok(running.console.backdoor()?)
    }

    /// Has QEMU's monitor carry out a command of its human form, and returns its answer. The
    /// machine's network card is called `net`.
    pub fn monitor(&mut self, command: &str) -> Result<String> {
        let answer =
            self.ask_monitor("human-monitor-command", &json!({ "command-line": command }))?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Has QEMU's monitor carry out a command of its machine protocol, and returns its answer.
    pub fn ask_monitor(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let interrupt = self.options.interrupt.clone();
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        running.qmp.execute(command, arguments, &interrupt)
    }

    /// Waits for the machine to switch itself off, and says whether it has. It can then be started
    /// again.
    ///
    /// # Errors
    /// When it has ended otherwise.
    pub fn has_stopped(&mut self, patience: Duration) -> Result<bool> {
        let Some(running) = &self.running else { return Ok(true) };
        if running.qemu.wait(patience).is_none() {
            return Ok(false);
        }
        if running.qemu.ended(Duration::ZERO) != "exit code 0" || self.panic().is_some() {
            return Err(self.died());
        }
        self.running = None;
        Ok(true)
    }
}
