//! One machine: restored or booted, used, thrown away.

mod driven;
mod output;

use std::fs::File;
use std::io::Write;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use domi_host::{Interrupt, wait_until};

pub use self::output::{Cut, Output};
use crate::channel::Read;
use crate::console::{Heard, Request};
use crate::disk::Top;
use crate::hardware::{Body, Memory};
use crate::identity::Identity;
use crate::interactive::Terminal;
use crate::launch::{Launch, Running, Start};
use crate::network::Plug;
use crate::serial;
use crate::snapshot::Snapshot;
use crate::{Error, Result};

/// How long a cold boot may take to its root shell.
const BOOT: Duration = Duration::from_secs(180);
/// How long a restored guest may take to its first answer.
const RESTORE: Duration = Duration::from_secs(60);
/// How long a guest may take to stop all its services.
const STOP: Duration = Duration::from_secs(120);

/// What one machine is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its host name.
    pub name: String,
    /// The file that its serial console is appended to; made if it is not there.
    pub serial_log: PathBuf,
    /// Its place in a network, if it has one.
    pub network: Option<Plug>,
    /// Ends every wait.
    pub interrupt: Interrupt,
}

impl Options {
    /// A folder of the caller's, for what a machine needs as long as it is there.
    fn folder(&self) -> &Path {
        match self.serial_log.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }
}

/// A machine. Killed when dropped; nothing of it stays but its serial log.
#[derive(Debug)]
pub struct Machine {
    body: Body,
    options: Options,
    disk: Top,
    /// Keeps what the machine stands on from being pruned.
    _snapshot: Option<Snapshot>,
    /// Where in the serial log its present start begins.
    serial_start: u64,
    running: Option<Running>,
}

impl Machine {
    /// Restores a snapshot and gives it the time, randomness and an identity of its own.
    pub fn restore(snapshot: &Snapshot, options: Options) -> Result<Self> {
        snapshot.check()?;
        let memory = snapshot.memory(options.folder(), &options.interrupt)?;
        let mut machine = Self::of(snapshot, options)?;
        machine.launch(Memory::Private(&memory.path), Start::Saved(&snapshot.state()))?;
        match machine.identify(RESTORE) {
            Ok(()) => Ok(machine),
            Err(error) => Err(snapshot.blame(error)),
        }
    }

    /// Boots from the snapshot's disk, as after switching it on; returns once it has a shell,
    /// which is before all its services have started.
    pub fn boot(snapshot: &Snapshot, options: Options) -> Result<Self> {
        snapshot.check()?;
        let mut machine = Self::of(snapshot, options)?;
        machine.start()?;
        Ok(machine)
    }

    fn of(snapshot: &Snapshot, options: Options) -> Result<Self> {
        let disk = Top::Thin(snapshot.thin_disk(options.folder())?);
        let machine = Self::new(snapshot.body().clone(), disk, options);
        Ok(Self { _snapshot: Some(snapshot.clone()), ..machine })
    }

    /// A machine that is not started yet.
    pub(crate) fn new(body: Body, disk: Top, options: Options) -> Self {
        Self { body, options, disk, _snapshot: None, serial_start: 0, running: None }
    }

    /// Its host name.
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// Whether it has been started and not been shut down or crashed on purpose since.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Runs a command as root, as `bash -c` with `set -euo pipefail`, without standard input.
    /// After `limit` it is killed, and the output says so. As with the NixOS test driver it lasts
    /// until everything that has its standard output has closed it, which what it leaves in the
    /// background has, unless that is redirected; its standard error keeps nobody waiting.
    ///
    /// Fails only when the machine does: a command that fails is an [`Output`].
    pub fn execute(&mut self, command: &str, limit: Duration) -> Result<Output> {
        self.exchange(Request { command, limit, ..Request::default() })
    }

    /// As [`Machine::execute`]; what the command prints is heard while it runs.
    pub(crate) fn execute_heard(
        &mut self,
        command: &str,
        limit: Duration,
        heard: Heard,
    ) -> Result<Output> {
        self.exchange(Request { command, limit, heard: Some(heard), ..Request::default() })
    }

    /// Gives a person a login shell: what is read from `input` goes to it, which is raw
    /// meanwhile if it is a terminal, and what it writes goes to `output`. Returns the shell's
    /// exit status.
    pub fn interactive(
        &mut self,
        input: BorrowedFd,
        output: &mut (dyn Write + Send),
    ) -> Result<i32> {
        let terminal = Terminal::raw(input);
        let command = terminal.command();
        let shell = self.running.as_ref().ok_or(Error::NotRunning)?.shell.try_clone()?;
        let stop = AtomicBool::new(false);
        let ended = std::thread::scope(|scope| {
            let relay = scope.spawn(|| terminal.relay(&shell, output, &stop));
            let ended = self.execute(&command, ENDLESS);
            stop.store(true, Ordering::SeqCst);
            let relayed = relay.join().expect("carrying bytes does not panic");
            ended.and_then(|ended| relayed.map(|()| ended))
        })?;
        Ok(ended.status)
    }

    /// Unpacks a tar archive at `/` of the guest. Folders that are there keep what they are.
    ///
    /// When this fails, what is left of the archive may still be on its way: no other push is
    /// sent to the machine until it has booted.
    pub fn push(&mut self, archive: Vec<u8>) -> Result<Output> {
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        if running.push_failed {
            return Err(anyhow!("an earlier push to this machine has failed").into());
        }
        running.push_failed = true;
        let output = self.push_records(&whole_records(archive))?;
        if let Some(running) = &mut self.running {
            running.push_failed = !output.success();
        }
        Ok(output)
    }

    /// Starts it cold with the disk it has: after [`Machine::crash`] or [`Machine::shutdown`].
    pub fn start(&mut self) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        self.cold(Memory::Anonymous)?;
        self.identify(BOOT)
    }

    /// Reboots it: its services stop, its kernel starts anew. Returns once it has a shell again.
    pub fn reboot(&mut self) -> Result<()> {
        self.stop("systemctl reboot")?;
        self.start()
    }

    /// Shuts it down and keeps its disk.
    pub fn shutdown(&mut self) -> Result<()> {
        self.stop("systemctl poweroff")
    }

    /// Cuts its power: nothing is stopped or written; what it had flushed to its disk stays.
    pub fn crash(&mut self) -> Result<()> {
        self.running.take().map(drop).ok_or(Error::NotRunning)
    }

    /// The last `lines` lines of its serial console.
    pub fn serial_tail(&self, lines: usize) -> String {
        serial::tail(&self.options.serial_log, self.serial_start, lines)
    }

    /// How much of the host's memory it holds, shared pages included, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let pid = self.running.as_ref().ok_or(Error::NotRunning)?.qemu.pid();
        let statm = fs_err::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
        let pages = pages.context("/proc has no size of a process")?;
        Ok(pages * rustix::param::page_size() as u64)
    }

    /// The process id of its QEMU.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.qemu.pid())
    }

    /// Starts it cold and waits for its shell.
    pub(crate) fn cold(&mut self, memory: Memory) -> Result<()> {
        self.launch(memory, Start::Cold)?;
        self.greeted(BOOT)
    }

    /// Starts it from a snapshot whose memory is to change with it.
    pub(crate) fn resume(&mut self, memory: &Path, state: &Path) -> Result<()> {
        self.launch(Memory::Shared(memory), Start::Saved(state))?;
        self.identify(RESTORE)
    }

    /// Saves the state of its devices, and ends it; its memory is saved if it is a shared file.
    pub(crate) fn save(mut self, state: &Path) -> Result<()> {
        let interrupt = self.options.interrupt.clone();
        let state = File::create(state).context("cannot make the file of a state")?;
        self.running.as_mut().ok_or(Error::NotRunning)?.save(&state, &interrupt)
    }

    fn launch(&mut self, memory: Memory, start: Start) -> Result<()> {
        let wire = self.options.network.as_ref().map(Plug::wire).transpose()?;
        self.serial_start = serial::length(&self.options.serial_log);
        let running = Launch {
            body: &self.body,
            name: &self.options.name,
            memory,
            top: &self.disk,
            start,
            serial_log: &self.options.serial_log,
            wire,
            second: None,
        }
        .start()?;
        self.running = Some(running);
        Ok(())
    }

    fn identify(&mut self, patience: Duration) -> Result<()> {
        let identity = Identity::fresh(&self.options.name, self.options.network.as_ref())?;
        let request = identity.request(self.body.hardware.platform);
        let addresses = identity.addresses();
        let interrupt = self.options.interrupt.clone();
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        // An emulator that has just started must translate all code anew: what runs a command
        // is translated on one processor while the other one takes its identity.
        let first = running.console.send(":")?;
        match running.console.ask(&request, Instant::now() + patience, &interrupt)? {
            Read::Found(answer) if answer == "done" => {}
            Read::Found(answer) => {
                return Err(anyhow!("the guest did not take its identity: {answer}").into());
            }
            Read::Late => return Err(self.hung(patience)),
            Read::Closed => return Err(self.died()),
        }
        match running.console.end_of(first, patience, &interrupt)? {
            Read::Found(_) => {}
            Read::Late => return Err(self.hung(patience)),
            Read::Closed => return Err(self.died()),
        }
        let Some(addresses) = addresses else { return Ok(()) };
        let output = self.execute(&addresses, patience)?;
        if output.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(anyhow!("the guest did not take its address: {}", said.trim()).into())
    }

    fn greeted(&mut self, patience: Duration) -> Result<()> {
        let interrupt = self.options.interrupt.clone();
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        let deadline = Instant::now() + patience;
        match running.console.greeted(deadline, &interrupt)? {
            Read::Found(()) => Ok(()),
            Read::Late => Err(self.hung(patience)),
            Read::Closed => Err(self.died()),
        }
    }

    fn push_records(&mut self, records: &[u8]) -> Result<Output> {
        let stream = self.running.as_ref().ok_or(Error::NotRunning)?.push.try_clone()?;
        let pushed = Some((&stream, records));
        self.exchange(Request { command: UNPACK, limit: PUSH, pushed, ..Request::default() })
    }

    fn exchange(&mut self, request: Request) -> Result<Output> {
        let interrupt = self.options.interrupt.clone();
        let started = Instant::now();
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        match running.console.execute(&request, &interrupt)? {
            Read::Found(output) => Ok(output),
            Read::Late => Err(self.hung(started.elapsed())),
            Read::Closed => Err(self.died()),
        }
    }

    fn stop(&mut self, command: &str) -> Result<()> {
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        // Its answer may be cut off by what it does.
        running.console.send(command)?;
        let interrupt = self.options.interrupt.clone();
        let stopped = wait_until(STOP, Duration::ZERO, &interrupt, || {
            Ok::<_, Error>(self.has_stopped(Duration::from_millis(50))?.then_some(()))
        })?;
        stopped.ok_or_else(|| self.hung(STOP))
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

    /// Says why QEMU has closed its channels; it is gone after that.
    fn died(&mut self) -> Error {
        let Some(running) = self.running.take() else { return Error::NotRunning };
        let how = running.qemu.ended(Duration::from_secs(5));
        // Its memory may be in a file beside the disk.
        if let Some(full) = self.disk.full() {
            return full;
        }
        let stderr = running.qemu.stderr();
        drop(running);
        match self.panic() {
            Some(reason) => Error::Panicked { reason, serial: self.serial_tail(PANIC_LINES) },
            None => Error::Died { how, stderr, serial: self.serial_tail(SERIAL_LINES) },
        }
    }

    fn panic(&self) -> Option<String> {
        serial::panic(&self.serial_tail(PANIC_LINES))
    }
}

/// How much of the serial console an error shows.
const SERIAL_LINES: usize = 20;
/// How far back the message of a panic may be: a trace follows it.
const PANIC_LINES: usize = 100;

/// How long a person may take.
const ENDLESS: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a push may take.
const PUSH: Duration = Duration::from_secs(120);
/// Unpacks what is pushed. tar reads whole records and stops at the archive's end, so that nothing
/// needs to say its length.
const UNPACK: &str =
    "exec tar -C / --keep-directory-symlink --no-overwrite-dir -xf - </dev/vport0p2";

/// An archive of whole records: the guest's tar waits for the last one's last byte.
fn whole_records(mut archive: Vec<u8>) -> Vec<u8> {
    const RECORD: usize = 20 * 512;
    archive.resize(archive.len().next_multiple_of(RECORD), 0);
    archive
}
