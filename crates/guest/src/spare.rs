//! Machines that are restored before anyone needs them, so that a test does not wait for that.

use std::path::Path;

use anyhow::Context;
use domi_host::{Ahead, HeldFolder, Interrupt};

use crate::machine::{Machine, Options};
use crate::snapshot::Snapshot;
use crate::{Error, Result};

/// Machines of one snapshot that wait. What waits ends with this.
#[derive(Debug)]
pub struct Spares {
    ahead: Ahead<Machine, Error>,
    /// What their consoles say until they are handed over.
    _logs: HeldFolder,
}

/// What the folders are called that consoles are written to.
const PREFIX: &str = "waiting-";

impl Spares {
    /// Restores none yet; of those that are asked for later, at most `count` wait at once. Meanwhile
    /// their consoles are written to a folder that is made in this one, on the file system where
    /// their logs are to be.
    pub fn none(snapshot: &Snapshot, folder: &Path, count: usize) -> Result<Self> {
        let logs = HeldFolder::make(folder, PREFIX).context("cannot make a folder for logs")?;
        let (snapshot, folder, mut number) = (snapshot.clone(), logs.path().to_owned(), 0_u64);
        let restore = move |interrupt: &Interrupt| {
            number += 1;
            let options = Options {
                name: "machine".to_owned(),
                serial_log: folder.join(format!("{number}.log")),
                network: None,
                store: None,
                interrupt: interrupt.clone(),
            };
            Machine::restore(&snapshot, options)
        };
        let ahead = Ahead::new("spares", count, restore).context("cannot start a thread")?;
        Ok(Self { ahead, _logs: logs })
    }

    /// Restores so many more.
    pub fn restore_more(&self, more: usize) {
        self.ahead.order(more);
    }

    /// How many wait, or will without being asked for.
    pub fn to_come(&self) -> usize {
        self.ahead.to_come()
    }

    /// A machine that waits, or the next that will, with this name, a clock that is right, and
    /// random numbers of its own. It is in no network and has no part of a Nix store: QEMU gives a machine these
    /// when it starts.
    pub fn take(&self, options: &Options) -> Result<Machine> {
        if options.network.is_some() || options.store.is_some() {
            return Err(anyhow::anyhow!("a machine that waits has no network and no store").into());
        }
        let mut machine = self.ahead.take(&options.interrupt)?.context("no machine waits")??;
        machine.hand_over(options)?;
        Ok(machine)
    }
}
