//! A container that runs, and our ends of its channels.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domi_console::{Channels, Console};

use crate::Result;
use crate::card::Card;
use crate::keeper::{End, Keeper};
use crate::launch::Handed;
use crate::pump::{Lane, Pump, Shape, not_blocking};
use crate::step::BOOT_ID;
use crate::sys;

/// One boot of a container.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) channels: Channels,
    /// What its console says goes there.
    log: Arc<OwnedFd>,
    card: Option<Arc<OwnedFd>>,
    cable: Option<Cable>,
    end: Option<End>,
    pump: Pump<End>,
    keeper: Arc<Keeper>,
}

/// What carries a container's frames; nothing does once it is dropped.
#[derive(Debug)]
struct Cable {
    pump: Pump<()>,
    stop: Option<UnixStream>,
}

impl Running {
    /// Boots what a keeper has, up to its first process. Its console is appended to a file.
    pub(crate) fn start(keeper: &Arc<Keeper>, card: Card, log: &Path) -> Result<Self> {
        let log = Arc::new(OwnedFd::from(appended(log)?));
        let handed = Handed::sort(card, keeper.begin(boot_id()?)?);
        let handed = handed.inspect_err(|_| {
            // It waits for word that will not come.
            let _ = keeper.kill().and_then(|()| keeper.end());
        })?;
        let mut lanes = Vec::new();
        let console = not_blocking(handed.console)?;
        lanes.push(Lane::new(&console, &log, Shape::Plain));
        let mut both = |theirs: OwnedFd| -> Result<UnixStream> {
            let (ours, end) = UnixStream::pair()?;
            let (end, theirs) = (not_blocking(end)?, not_blocking(theirs)?);
            lanes.push(Lane::new(&theirs, &end, Shape::Plain));
            lanes.push(Lane::new(&end, &theirs, Shape::Plain));
            Ok(ours)
        };
        let (shell, terminal, helper) =
            (both(handed.shell)?, both(handed.terminal)?, both(handed.helper)?);
        let mut one = |theirs: OwnedFd, to_us: bool| -> Result<UnixStream> {
            let (ours, end) = UnixStream::pair()?;
            let (end, theirs) = (not_blocking(end)?, not_blocking(theirs)?);
            let (from, to) = if to_us { (&theirs, &end) } else { (&end, &theirs) };
            lanes.push(Lane::new(from, to, Shape::Plain));
            Ok(ours)
        };
        let (push, out, err) =
            (one(handed.push, false)?, one(handed.out, true)?, one(handed.err, true)?);
        let line = keeper.line().try_clone_to_owned()?;
        let (hears, kept) = (Arc::clone(keeper), handed.kept);
        let pump = Pump::start(lanes, line, move || {
            let _ = &kept;
            Some(hears.end().unwrap_or(End::Lost))
        })?;
        keeper.go_on()?;
        Ok(Self {
            channels: Channels::new(Console::new(shell, helper, out, err), terminal, push),
            log,
            card: handed.card.map(not_blocking).transpose()?,
            cable: None,
            end: None,
            pump,
            keeper: Arc::clone(keeper),
        })
    }

    /// Joins it to a network by this wire.
    pub(crate) fn plug(&mut self, wire: OwnedFd) -> Result<()> {
        let card = self.card.as_ref().context("this container has no network card")?;
        let wire = not_blocking(wire)?;
        let lanes = vec![
            Lane::new(card, &wire, Shape::AddLength),
            Lane::new(&wire, card, Shape::TakeLength),
        ];
        let (stop, line) = UnixStream::pair()?;
        let pump = Pump::start(lanes, line.into(), || Some(()))?;
        self.cable = Some(Cable { pump, stop: Some(stop) });
        Ok(())
    }

    /// From now on its console is appended to another file, which begins with what is in the one
    /// before.
    pub(crate) fn log_to(&self, before: &Path, log: &Path) -> Result<()> {
        let mut to = appended(log)?;
        let said = fs_err::read(before)?;
        to.write_all(&said)?;
        sys::replace(&self.log, &OwnedFd::from(to.try_clone()?))?;
        // What was said meanwhile.
        let later = fs_err::read(before)?;
        Ok(to.write_all(later.get(said.len()..).unwrap_or_default())?)
    }

    /// Waits for its end; nothing when it has not come in time.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<End> {
        if self.end.is_none() {
            self.end = self.pump.wait(patience);
        }
        self.end
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cable = None;
        if self.end.is_none() {
            let _ = self.keeper.kill();
        }
        self.pump.join();
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.stop = None;
        self.pump.join();
    }
}

fn appended(log: &Path) -> Result<File> {
    let file = File::options().create(true).append(true).open(log);
    Ok(file.with_context(|| format!("cannot write {}", log.display()))?)
}

/// A new name for a boot, in the form of the kernel's.
fn boot_id() -> Result<[u8; BOOT_ID]> {
    let text = fs_err::read_to_string("/proc/sys/kernel/random/uuid")?;
    let name = text.as_bytes().try_into();
    Ok(name.map_err(|_| anyhow::anyhow!("the kernel has made a name of another form: {text}"))?)
}
