//! One container: booted, used, thrown away.

use std::io::Write;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use domi_console::{Output, Read, Request, Terminal, UNPACK, whole_records};
use domi_host::Interrupt;
use domi_host::command::shell_word;
use domi_network::{Plug, hosts};

use crate::card::Maker;
use crate::cgroup::Cgroup;
use crate::containers::Containers;
use crate::disk::Disk;
use crate::keeper::{End, Keeper};
use crate::launch::Body;
use crate::running::Running;
use crate::stored::Image;
use crate::{Error, Result};

/// How long a boot may take to its root shell.
const BOOT: Duration = Duration::from_secs(60);
/// How long its services may take to stop.
const STOP: Duration = Duration::from_secs(120);
/// How long a push may take.
const PUSH: Duration = Duration::from_secs(120);
/// How long a person may take.
const ENDLESS: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long it may take to have a name and a place in a network.
const IDENTIFY: Duration = Duration::from_secs(60);
/// How much of its console an error shows.
const LOG_LINES: usize = 20;

/// What one container is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its host name.
    pub name: String,
    /// The file that its console is appended to; made if it is not there.
    pub console_log: PathBuf,
    /// Its place in a network, if it has one.
    pub network: Option<Plug>,
    /// Ends every wait.
    pub interrupt: Interrupt,
}

/// A container. Killed when dropped; nothing of it stays but the log of its console.
#[derive(Debug)]
pub struct Machine {
    // In the order in which they go.
    running: Option<Running>,
    keeper: Arc<Keeper>,
    _cgroup: Cgroup,
    _disk: Disk,
    _image: Image,
    card: Maker,
    options: Options,
    /// Where in the log its present boot begins.
    log_start: u64,
}

impl Machine {
    /// Boots a container; returns once it has a shell, which is before all its services have
    /// started.
    pub fn boot(containers: &Containers, image: &Image, options: Options) -> Result<Self> {
        let mapping = containers.mapping();
        let card = Maker::find(mapping);
        if options.network.is_some() && card == Maker::Nobody {
            return Err(Error::Missing("a network card for a container".to_owned()));
        }
        let cgroup = Cgroup::make(mapping)?;
        let disk = containers.disk()?;
        let keeper = Keeper::start(
            mapping,
            Body {
                roots: image.roots(),
                base: containers.base(),
                disk: disk.folder(),
                disk_bytes: disk_bytes(),
                cgroup: &cgroup,
                card,
                files: vec![
                    ("etc/machine-id", machine_id()?),
                    ("etc/hostname", format!("{}\n", options.name)),
                    ("etc/hosts", hosts(&options.name, options.network.as_ref())),
                ],
                name: &options.name,
            }
            .plan()?,
        )?;
        let mut machine = Self {
            running: None,
            keeper: Arc::new(keeper),
            _cgroup: cgroup,
            _disk: disk,
            _image: image.clone(),
            card,
            options,
            log_start: 0,
        };
        machine.start()?;
        Ok(machine)
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
    /// After `limit` it is killed, and its status is 124. It lasts until everything that has its
    /// standard output has closed it; its standard error keeps nobody waiting.
    ///
    /// Fails only when the container does: a command that fails is an [`Output`].
    pub fn execute(&mut self, command: &str, limit: Duration) -> Result<Output> {
        self.exchange(Request { command, limit, ..Request::default() })
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
            ended.and_then(|ended| relayed.map(|()| ended).map_err(Error::from))
        })?;
        Ok(ended.status)
    }

    /// Unpacks a tar archive at `/` of the container. Folders that are there keep what they are.
    ///
    /// When this fails, what is left of the archive may still be on its way: no other push is
    /// sent to the container until it has booted.
    pub fn push(&mut self, archive: Vec<u8>) -> Result<Output> {
        let running = self.running.as_mut().ok_or(Error::NotRunning)?;
        if running.push_failed {
            return Err(anyhow!("an earlier push to this container has failed").into());
        }
        running.push_failed = true;
        let stream = running.push.try_clone()?;
        let records = whole_records(archive);
        let pushed = Some((&stream, &*records));
        let output =
            self.exchange(Request { command: UNPACK, limit: PUSH, pushed, ..Request::default() })?;
        if let Some(running) = &mut self.running {
            running.push_failed = !output.success();
        }
        Ok(output)
    }

    /// Starts it with the disk it has: after [`Machine::crash`] or [`Machine::shutdown`].
    pub fn start(&mut self) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        self.log_start = domi_console::length(&self.options.console_log);
        let running = Running::start(&self.keeper, self.card, &self.options.console_log)?;
        let running = self.running.insert(running);
        let deadline = Instant::now() + BOOT;
        match running.console.greeted(deadline, &self.options.interrupt)? {
            Read::Found(()) => self.connect(),
            Read::Late => Err(self.hung(BOOT)),
            Read::Closed => Err(self.died()),
        }
    }

    /// Makes a container that has waited what was asked for: its name, its place in a network, and
    /// the file that its console is appended to.
    pub(crate) fn hand_over(&mut self, options: &Options) -> Result<()> {
        let before = std::mem::replace(&mut self.options, options.clone());
        self.log_start = domi_console::length(&options.console_log);
        let running = self.running.as_ref().ok_or(Error::NotRunning)?;
        running.log_to(&before.console_log, &options.console_log)?;
        if before.name != options.name || options.network.is_some() {
            let (name, hosts) =
                (shell_word(&options.name), hosts(&options.name, options.network.as_ref()));
            self.told(&format!(
                "hostname {name}; printf '%s\\n' {name} >/etc/hostname; \
                 printf %s {} >/etc/hosts",
                shell_word(&hosts)
            ))?;
        }
        self.connect()
    }

    fn connect(&mut self) -> Result<()> {
        let Some(plug) = self.options.network.clone() else { return Ok(()) };
        let wire = plug.wire()?;
        self.running.as_mut().ok_or(Error::NotRunning)?.plug(wire)?;
        self.told(&plug.addresses())
    }

    fn told(&mut self, command: &str) -> Result<()> {
        let output = self.execute(command, IDENTIFY)?;
        if output.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(anyhow!("the container did not take its name and place: {}", said.trim()).into())
    }

    /// Reboots it: its services stop, and its first process starts again over the same disk. Returns
    /// once it has a shell again.
    pub fn reboot(&mut self) -> Result<()> {
        self.stop("systemctl reboot")?;
        self.start()
    }

    /// Shuts it down and keeps its disk.
    pub fn shutdown(&mut self) -> Result<()> {
        self.stop("systemctl poweroff")
    }

    /// Kills all its processes at once. Its disk is as they have left it: what was written and not
    /// flushed is there, too, as it would not be after a power cut.
    pub fn crash(&mut self) -> Result<()> {
        self.running.take().map(drop).ok_or(Error::NotRunning)
    }

    /// The last `lines` lines of its console.
    pub fn console_tail(&self, lines: usize) -> String {
        domi_console::tail(&self.options.console_log, self.log_start, lines)
    }

    /// The channel to its root shell, for someone else to talk on, as the NixOS test driver does.
    /// The shell has greeted already. While someone talks there, nothing else may be asked of the
    /// container.
    pub fn backdoor(&self) -> Result<UnixStream> {
        let running = self.running.as_ref().ok_or(Error::NotRunning)?;
        Ok(running.console.backdoor()?)
    }

    /// The process id of what keeps it.
    pub fn pid(&self) -> u32 {
        self.keeper.pid().as_raw_nonzero().get().cast_unsigned()
    }

    /// The folder of its cgroup, where what it uses is counted.
    pub fn cgroup(&self) -> &Path {
        self._cgroup.folder()
    }

    /// Waits for it to switch itself off; whether it has. It can be started again then.
    ///
    /// # Errors
    /// When it has ended otherwise.
    pub fn has_stopped(&mut self, patience: Duration) -> Result<bool> {
        let Some(running) = &mut self.running else { return Ok(true) };
        match running.wait(patience) {
            None => Ok(false),
            // How the kernel tells of a reboot and of a power-off in a namespace.
            Some(End::Signal(libc::SIGHUP | libc::SIGINT)) => {
                self.running = None;
                Ok(true)
            }
            Some(_) => Err(self.died()),
        }
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
        let deadline = Instant::now() + STOP;
        while !self.has_stopped(Duration::from_millis(50))? {
            self.options.interrupt.check()?;
            if Instant::now() > deadline {
                return Err(self.hung(STOP));
            }
        }
        Ok(())
    }

    fn hung(&self, waited: Duration) -> Error {
        Error::Hung { waited, log: self.console_tail(LOG_LINES) }
    }

    /// Says why its channels have closed; it is gone after that.
    fn died(&mut self) -> Error {
        let Some(mut running) = self.running.take() else { return Error::NotRunning };
        let how = match running.wait(Duration::from_secs(5)) {
            Some(End::Exit(code)) => format!("exit code {code}"),
            Some(End::Signal(signal)) => format!("killed by signal {signal}"),
            Some(End::Lost) | None => "with what keeps it".to_owned(),
        };
        drop(running);
        Error::Died { how, log: self.console_tail(LOG_LINES) }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // At once, and not one after the other: what runs, and what keeps it.
        self.keeper.close();
        self.running = None;
    }
}

/// How much a container's disk may hold in memory, of which only what is written takes space: as much
/// as that of a machine, but never what this computer needs itself.
fn disk_bytes() -> u64 {
    const DISK: u64 = 4 << 30;
    let facts = rustix::system::sysinfo();
    let memory = facts.totalram as u64 * u64::from(facts.mem_unit);
    DISK.min(memory / 4)
}

fn machine_id() -> Result<String> {
    let text = fs_err::read_to_string("/proc/sys/kernel/random/uuid")?;
    Ok(text.replace('-', ""))
}
