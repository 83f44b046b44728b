//! Containers that are booted before anyone needs them, so that a test does not wait for a boot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domi_console::Drive;
use domi_host::{Ahead, Interrupt};
use tempfile::TempDir;

use crate::containers::Containers;
use crate::machine::{Machine, Options};
use crate::stored::Image;
use crate::{Error, Result};

/// How long a container may take to start everything.
const RUNNING: Duration = Duration::from_secs(60);

/// Containers of one image that wait. What waits ends with this.
#[derive(Debug)]
pub struct Spares {
    ahead: Ahead<Machine, Error>,
    /// What their consoles say until they are handed over.
    _logs: TempDir,
}

impl Spares {
    /// Boots containers of an image, until `count` of them wait; and another one for each that is
    /// taken.
    pub fn boot(containers: &Arc<Containers>, image: &Image, count: usize) -> Result<Self> {
        let spares = Self::none(containers, image, count)?;
        spares.boot_more(usize::MAX);
        Ok(spares)
    }

    /// Boots none yet; of those that are asked for later, at most `count` wait at once.
    pub fn none(containers: &Arc<Containers>, image: &Image, count: usize) -> Result<Self> {
        let logs = tempfile::tempdir().context("cannot make a folder for logs")?;
        let (containers, image) = (Arc::clone(containers), image.clone());
        let (folder, mut number) = (logs.path().to_owned(), 0_u64);
        let boot = move |interrupt: &Interrupt| {
            number += 1;
            one(&containers, &image, &folder.join(format!("{number}.log")), interrupt)
        };
        let ahead = Ahead::new("spares", count, boot).context("cannot start a thread")?;
        Ok(Self { ahead, _logs: logs })
    }

    /// Boots so many more.
    pub fn boot_more(&self, more: usize) {
        self.ahead.order(more);
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.ahead.waiting()
    }

    /// How many wait, or will without being asked for.
    pub fn to_come(&self) -> usize {
        self.ahead.to_come()
    }

    /// A container that waits, or the next that will: with the name and the place in a network that
    /// are asked for, and everything started that its image starts.
    pub fn take(&self, options: &Options) -> Result<Machine> {
        let mut machine = self.ahead.take(&options.interrupt)?.context("no container waits")??;
        machine.hand_over(options)?;
        Ok(machine)
    }
}

fn one(
    containers: &Containers,
    image: &Image,
    log: &Path,
    interrupt: &Interrupt,
) -> Result<Machine> {
    let options = Options {
        name: "machine".to_owned(),
        console_log: log.to_owned(),
        network: None,
        interrupt: interrupt.clone(),
    };
    let mut machine = Machine::boot(containers, image, options)?;
    let command = "systemctl is-system-running --wait || { systemctl --failed; exit 1; }";
    let output = machine.execute(command, RUNNING)?;
    if output.success() {
        return Ok(machine);
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(anyhow::anyhow!("a container does not become idle: {}", said.trim()).into())
}
