//! The monitor of a machine, for another program that drives it in our place.

use std::time::Duration;

use domi_console::Drive;
use serde_json::{Value, json};

use super::Machine;
use crate::{Error, Result};

/// How long QEMU takes to end, once its monitor has closed.
const ENDS: Duration = Duration::from_secs(1);

impl Machine {
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
        let asked = running.qmp.execute(command, arguments, &interrupt);
        // Where QEMU has ended meanwhile, its end says more than that the monitor is silent.
        if asked.is_err() && !interrupt.is_set() && running.qemu.wait(ENDS).is_some() {
            return Err(self.died());
        }
        asked
    }
}
