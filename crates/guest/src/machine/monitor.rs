//! The monitor of a machine, for another program that drives it in our place.

use serde_json::{Value, json};

use super::Machine;
use crate::{Error, Result};

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
        running.qmp.execute(command, arguments, &interrupt)
    }
}
