//! One machine: restored or booted, used, thrown away.

mod monitor;
mod outside;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use domi_console::{Channels, Drive, emulation_failed, panic_reason};
use domi_host::Interrupt;
use domi_network::Plug;

use crate::accel::Accel;
use crate::body::Body;
use crate::disk::{Second, Top};
use crate::hardware::Memory;
use crate::identity::{Identity, Names};
use crate::launch::{Launch, Running, Start};
use crate::nix_store::{MOUNTED_AGAIN, StoreDisk, mounted_first};
use crate::snapshot::Snapshot;
use crate::{Error, Result};

/// How long a cold boot may take to its root shell.
const BOOT: Duration = Duration::from_secs(180);
/// How often a boot is begun, if the emulation spoils it.
const BOOTS: u32 = 3;
/// How long a restored guest may take to its first answer.
const RESTORE: Duration = Duration::from_secs(60);

/// What a machine needs to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its host name.
    pub name: String,
    /// The file that its serial console is appended to; made if it is not there.
    pub serial_log: PathBuf,
    /// Its place in a network, if it has one.
    pub network: Option<Plug>,
    /// What a Debian has as `/nix/store`, if it has that.
    pub store: Option<StoreDisk>,
    /// Ends every wait.
    pub interrupt: Interrupt,
}

impl Options {
    /// A folder of the caller's for files that the machine needs while it exists.
    fn folder(&self) -> &Path {
        match self.serial_log.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }
}

/// A machine. It is killed when dropped; only its serial log stays.
#[derive(Debug)]
pub struct Machine {
    body: Body,
    options: Options,
    disk: Top,
    /// Keeps the snapshot that the machine uses from being pruned.
    _snapshot: Option<Snapshot>,
    /// What this computer's error with its disk was, in an earlier start.
    disk_error: Option<std::io::Error>,
    /// The position in the serial log where its current start begins.
    serial_start: u64,
    running: Option<Running>,
}

impl Machine {
    /// Restores a snapshot, and gives the machine the time, random numbers and its own identity.
    pub fn restore(snapshot: &Snapshot, options: Options) -> Result<Self> {
        snapshot.check()?;
        let disk = Top::Thin(snapshot.thin_disk(options.folder())?);
        Self::restore_with(snapshot, disk, options)
    }

    /// Boots from the snapshot's disk, as after switching it on; returns once it has a shell,
    /// which is before all its services have started.
    pub fn boot(snapshot: &Snapshot, options: Options) -> Result<Self> {
        snapshot.check()?;
        let disk = Top::Thin(snapshot.thin_disk(options.folder())?);
        let mut machine = Self::of(snapshot, disk, options);
        machine.switch_on()?;
        machine.mount_store(&mounted_first())?;
        Ok(machine)
    }

    /// Makes it the machine that is asked for, in no network. QEMU writes on to the file that it has
    /// open, so that is given another name.
    pub(crate) fn hand_over(&mut self, options: &Options) -> Result<()> {
        let before = std::mem::replace(&mut self.options, options.clone());
        let _ = std::fs::remove_file(&options.serial_log);
        fs_err::rename(&before.serial_log, &options.serial_log)?;
        // It may have waited while this computer slept.
        self.identify(RESTORE)
    }

    /// As [`Machine::restore`], of a snapshot that was checked, and with this disk over it.
    pub(crate) fn restore_with(snapshot: &Snapshot, disk: Top, options: Options) -> Result<Self> {
        let memory = snapshot.memory(options.folder(), &options.interrupt)?;
        let mut machine = Self::of(snapshot, disk, options);
        machine.launch(Memory::Private(&memory.path), Start::Saved(&snapshot.state()))?;
        machine.identify(RESTORE).map_err(|error| snapshot.blame(error))?;
        machine.mount_store(&mounted_first())?;
        Ok(machine)
    }

    fn of(snapshot: &Snapshot, disk: Top, options: Options) -> Self {
        let mut body = snapshot.body().clone();
        if let Some(store) = &options.store {
            body.second = Second::Beginning(store.path());
        }
        let machine = Self::new(body, disk, options);
        Self { _snapshot: Some(snapshot.clone()), ..machine }
    }

    /// Boots it, and makes it the machine that was asked for.
    fn switch_on(&mut self) -> Result<()> {
        self.cold(Memory::Anonymous)?;
        self.identify(BOOT)
    }

    /// Mounts its part of a Nix store with this command, where it has one.
    fn mount_store(&mut self, command: &str) -> Result<()> {
        if self.options.store.is_some() {
            let output = self.execute(command, RESTORE)?;
            output.succeeded("the guest could not mount its part of Nix's store")?;
        }
        Ok(())
    }

    /// A machine that is not started yet.
    pub(crate) fn new(body: Body, disk: Top, options: Options) -> Self {
        Self {
            body,
            options,
            disk,
            _snapshot: None,
            disk_error: None,
            serial_start: 0,
            running: None,
        }
    }

    /// The last `lines` lines of its serial console.
    pub fn serial_tail(&self, lines: usize) -> String {
        domi_console::tail(&self.options.serial_log, self.serial_start, lines)
    }

    /// How much of the host's memory it holds, shared pages included, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let pid = self.running.as_ref().ok_or(Error::NotRunning)?.qemu.pid();
        let statm = fs_err::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
        let pages = pages.context("cannot read QEMU's memory use from /proc")?;
        Ok(pages * rustix::param::page_size() as u64)
    }

    /// The process id of its QEMU.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.qemu.pid())
    }

    /// Boots it and waits for its shell; again, where the emulation made its kernel panic.
    pub(crate) fn cold(&mut self, memory: Memory) -> Result<()> {
        let mut boots = 1;
        loop {
            self.launch(memory, Start::Cold)?;
            match self.greeted(BOOT) {
                Err(Error::Emulation { .. }) if boots < BOOTS => boots += 1,
                ended => return ended,
            }
        }
    }

    /// Starts it from a snapshot; the file of its memory changes with it.
    pub(crate) fn resume(&mut self, memory: &Path, state: &Path) -> Result<()> {
        self.launch(Memory::Shared(memory), Start::Saved(state))?;
        self.identify(RESTORE)
    }

    /// Saves the state of its devices, and ends it; its memory is saved if it is a shared file.
    ///
    /// # Errors
    /// Also where QEMU could not use its disk at any time before: what is on it is not what the guest
    /// wrote.
    pub(crate) fn save(mut self, state: &Path) -> Result<()> {
        let interrupt = self.options.interrupt.clone();
        let state =
            File::create(state).context("cannot create the file for the machine's state")?;
        let saved = self.running.as_mut().ok_or(Error::NotRunning)?.save(&state, &interrupt);
        // Last, since what the guest still had to write is written when its state is saved.
        self.met().map_or(saved, Err)
    }

    fn launch(&mut self, memory: Memory, start: Start) -> Result<()> {
        let wire = self.options.network.as_ref().map(Plug::wire).transpose()?;
        self.serial_start = domi_console::length(&self.options.serial_log);
        let running = Launch {
            body: &self.body,
            name: &self.options.name,
            memory,
            top: &self.disk,
            start,
            serial_log: &self.options.serial_log,
            wire,
        }
        .start()?;
        self.running = Some(running);
        Ok(())
    }

    fn identify(&mut self, patience: Duration) -> Result<()> {
        let identity = Identity::fresh(&self.options.name, self.options.network.as_ref())?;
        if self.body.names == Names::Own {
            let output = self.execute(&identity.command(), patience)?;
            output.succeeded("the machine could not take new random numbers")?;
            return Ok(());
        }
        let request = identity.request(self.body.hardware.platform);
        let addresses = self.options.network.as_ref().map(Plug::addresses);
        let (interrupt, asked) = (self.options.interrupt.clone(), Instant::now());
        let console = &mut self.channels()?.console;
        // An emulator that has just started must translate all code again. What runs a command is
        // translated on one processor while the other one takes the identity.
        let first = console.send(":")?;
        let read = console.ask(&request, asked + patience, &interrupt)?;
        let answer = self.answered(read, asked)?;
        if answer != "done" {
            return Err(anyhow!(
                "the guest could not set its clock, name and random numbers: {answer}"
            )
            .into());
        }
        let read = self.channels()?.console.end_of(first, patience, &interrupt)?;
        self.answered(read, asked)?;
        let Some(addresses) = addresses else { return Ok(()) };
        let output = self.execute(&addresses, patience)?;
        output.succeeded("the guest could not set its network address")?;
        Ok(())
    }

    /// What its QEMU was, which ends with that.
    fn end(&mut self) -> Option<Running> {
        let mut running = self.running.take()?;
        self.disk_error = self.disk_error.take().or_else(|| running.qmp.disk_error());
        Some(running)
    }

    fn panic(&self) -> Option<String> {
        panic_reason(&self.serial_tail(PANIC_LINES))
    }
}

impl Drive for Machine {
    type Error = Error;

    fn name(&self) -> &str {
        &self.options.name
    }

    fn is_running(&self) -> bool {
        self.running.is_some()
    }

    fn start(&mut self) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        self.switch_on()?;
        self.mount_store(MOUNTED_AGAIN)
    }

    /// Cuts its power: nothing is stopped or written; what was flushed to its disk stays.
    fn crash(&mut self) -> Result<()> {
        self.end().map(drop).ok_or(Error::NotRunning)
    }

    fn has_stopped(&mut self, patience: Duration) -> Result<bool> {
        let Some(running) = &self.running else { return Ok(true) };
        if running.qemu.wait(patience).is_none() {
            return Ok(false);
        }
        if running.qemu.ended(Duration::ZERO) != "exit code 0" || self.panic().is_some() {
            return Err(self.died());
        }
        drop(self.end());
        Ok(true)
    }

    fn interrupt(&self) -> Interrupt {
        self.options.interrupt.clone()
    }

    fn channels(&mut self) -> Result<&mut Channels> {
        self.running.as_mut().map(|running| &mut running.channels).ok_or(Error::NotRunning)
    }

    fn hung(&mut self, waited: Duration) -> Error {
        let serial = self.serial_tail(SERIAL_LINES);
        let Some(running) = self.running.as_mut() else { return Error::NotRunning };
        let qemu = running.qmp.state(Duration::from_secs(2));
        // It stops its guest when it cannot write.
        if matches!(qemu, crate::QemuState::Stopped(_))
            && let Some(full) = self.disk.full()
        {
            return full;
        }
        Error::Hung { waited, qemu, serial }
    }

    /// The guest continues with an error of its disk; whatever follows from that is not its doing.
    fn met(&mut self) -> Option<Error> {
        let now = self.running.as_mut().and_then(|running| running.qmp.disk_error());
        self.disk_error.take().or(now).map(|error| self.disk.unusable(error))
    }

    /// Says why QEMU has closed its channels; it is gone after that.
    fn died(&mut self) -> Error {
        let Some(running) = self.end() else { return Error::NotRunning };
        let how = running.qemu.ended(Duration::from_secs(5));
        // Its memory may be in a file beside the disk.
        if let Some(full) = self.disk.full() {
            return full;
        }
        let stderr = running.qemu.stderr();
        drop(running);
        let serial = self.serial_tail(PANIC_LINES);
        let emulated = self.body.hardware.accel == Accel::Tcg;
        match panic_reason(&serial) {
            Some(_) if emulated && emulation_failed(&serial) => Error::Emulation { serial },
            Some(reason) => Error::Panicked { reason, serial },
            None => Error::Died { how, stderr, serial: self.serial_tail(SERIAL_LINES) },
        }
    }
}

#[cfg(test)]
mod tests;

/// How much of the serial console an error shows.
const SERIAL_LINES: usize = 20;
/// How far back the message of a panic may be, since a trace follows it.
const PANIC_LINES: usize = 100;
