//! Containers that are booted before anyone needs them, so that a test does not wait for a boot.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use domi_console::Drive;
use domi_host::Interrupt;
use tempfile::TempDir;

use crate::Result;
use crate::containers::Containers;
use crate::machine::{Machine, Options};
use crate::stored::Image;

/// How long a container may take to start everything.
const RUNNING: Duration = Duration::from_secs(60);

/// Containers of one image that wait. What waits ends with this.
#[derive(Debug)]
pub struct Spares {
    waiting: Option<Mutex<Receiver<Result<Machine>>>>,
    /// How many wait.
    count: Arc<AtomicUsize>,
    booting: Option<JoinHandle<()>>,
    interrupt: Interrupt,
    /// What their consoles say until they are handed over.
    _logs: TempDir,
}

impl Spares {
    /// Boots containers of an image, until `count` of them wait; and another one for each that is
    /// taken.
    pub fn boot(containers: &Arc<Containers>, image: &Image, count: usize) -> Result<Self> {
        Self::boot_at_most(containers, image, count, usize::MAX)
    }

    /// As [`Spares::boot`], and no more than `most` in all.
    pub fn boot_at_most(
        containers: &Arc<Containers>,
        image: &Image,
        count: usize,
        most: usize,
    ) -> Result<Self> {
        let logs = tempfile::tempdir().context("cannot make a folder for logs")?;
        // One more is in the hands of who gives.
        let (give, waiting) = sync_channel(count.saturating_sub(1));
        let count = Arc::new(AtomicUsize::new(0));
        let interrupt = Interrupt::default();
        let booter = Booter {
            containers: Arc::clone(containers),
            image: image.clone(),
            folder: logs.path().to_owned(),
            interrupt: interrupt.clone(),
            count: Arc::clone(&count),
            most,
        };
        let booting = std::thread::Builder::new()
            .name("spares".to_owned())
            .spawn(move || booter.boot(&give))
            .context("cannot start a thread")?;
        Ok(Self {
            waiting: Some(Mutex::new(waiting)),
            count,
            booting: Some(booting),
            interrupt,
            _logs: logs,
        })
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// A container that waits, or the next that will: with the name and the place in a network that
    /// are asked for, and everything started that its image starts.
    pub fn take(&self, options: &Options) -> Result<Machine> {
        let waiting = self.waiting.as_ref().context("no container waits")?;
        loop {
            options.interrupt.check()?;
            let next = {
                let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.recv_timeout(Duration::from_millis(100))
            };
            match next {
                Ok(machine) => {
                    self.count.fetch_sub(1, Ordering::SeqCst);
                    let mut machine = machine?;
                    machine.hand_over(options)?;
                    return Ok(machine);
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(anyhow::anyhow!("what boots containers ahead has ended").into());
                }
            }
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        self.interrupt.set();
        // Who gives the next one finds nobody to take it.
        self.waiting = None;
        if let Some(booting) = self.booting.take() {
            let _ = booting.join();
        }
    }
}

/// What boots them.
struct Booter {
    containers: Arc<Containers>,
    image: Image,
    folder: std::path::PathBuf,
    interrupt: Interrupt,
    count: Arc<AtomicUsize>,
    /// How many there are to be in all.
    most: usize,
}

impl Booter {
    fn boot(&self, give: &SyncSender<Result<Machine>>) {
        for number in 0..self.most {
            let booted = self.one(number);
            let failed = booted.is_err();
            self.count.fetch_add(1, Ordering::SeqCst);
            // One that fails is told once, to who wants it.
            if give.send(booted).is_err() || failed {
                return;
            }
        }
    }

    fn one(&self, number: usize) -> Result<Machine> {
        let options = Options {
            name: "machine".to_owned(),
            console_log: self.folder.join(format!("{number}.log")),
            network: None,
            interrupt: self.interrupt.clone(),
        };
        let mut machine = Machine::boot(&self.containers, &self.image, options)?;
        let command = "systemctl is-system-running --wait || { systemctl --failed; exit 1; }";
        let output = machine.execute(command, RUNNING)?;
        if output.success() {
            return Ok(machine);
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Err(anyhow::anyhow!("a container does not become idle: {}", said.trim()).into())
    }
}
