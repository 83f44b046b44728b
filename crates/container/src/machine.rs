//! One container: booted, used, thrown away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domi_console::{Channels, Drive};
use domi_host::Interrupt;
use domi_host::command::shell_word;
use domi_network::{Plug, hosts};

use crate::card::{Card, Maker};
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
    image: Image,
    _store: Option<Image>,
    card: Card,
    options: Options,
    /// Where in the log its present boot begins.
    log_start: u64,
}

impl Machine {
    /// Boots a container; returns once it has a shell, which is before all its services have
    /// started.
    pub fn boot(containers: &Containers, image: &Image, options: Options) -> Result<Self> {
        Self::boot_with(containers, image, None, options)
    }

    /// The same, with a part of Nix's store, if there is one: see [`Containers::store_part`].
    pub fn boot_with(
        containers: &Containers,
        image: &Image,
        store: Option<&Image>,
        options: Options,
    ) -> Result<Self> {
        let mapping = containers.mapping();
        let maker = Maker::find(mapping);
        if options.network.is_some() && maker == Maker::Nobody {
            return Err(Error::Missing("a network card for a container".to_owned()));
        }
        // A system with an `init` of its own gives itself its place, as soon as it boots.
        let card = match &options.network {
            Some(plug) if image.init().is_some() => Card::of_tests(maker, plug.hardware_address()),
            _ => Card::plain(maker),
        };
        let cgroup = Cgroup::make(mapping)?;
        let disk = containers.disk()?;
        let keeper = Keeper::start(
            mapping,
            Body {
                // Debian has nothing below /nix.
                roots: [image.roots(), store.map(Image::roots).unwrap_or_default()].concat(),
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
                init: image.init(),
                has_store: store.is_some(),
            }
            .plan()?,
        )?;
        let mut machine = Self {
            running: None,
            keeper: Arc::new(keeper),
            _cgroup: cgroup,
            _disk: disk,
            image: image.clone(),
            _store: store.cloned(),
            card,
            options,
            log_start: 0,
        };
        machine.start()?;
        Ok(machine)
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
        self.wired(&plug)?;
        self.told(&plug.addresses())
    }

    fn wired(&mut self, plug: &Plug) -> Result<()> {
        let wire = plug.wire()?;
        self.running.as_mut().ok_or(Error::NotRunning)?.plug(wire)
    }

    fn told(&mut self, command: &str) -> Result<()> {
        let output = self.execute(command, IDENTIFY)?;
        output.succeeded("the container did not take its name and place")?;
        Ok(())
    }

    /// The last `lines` lines of its console.
    pub fn console_tail(&self, lines: usize) -> String {
        domi_console::tail(&self.options.console_log, self.log_start, lines)
    }

    /// The process id of what keeps it.
    pub fn pid(&self) -> u32 {
        self.keeper.pid().as_raw_nonzero().get().cast_unsigned()
    }

    /// The folder of its cgroup, where what it uses is counted.
    pub fn cgroup(&self) -> &Path {
        self._cgroup.folder()
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
        self.log_start = domi_console::length(&self.options.console_log);
        let running = Running::start(&self.keeper, self.card, &self.options.console_log)?;
        self.running = Some(running);
        if self.image.init().is_none() {
            self.greeted(BOOT)?;
            return self.connect();
        }
        if let Some(plug) = self.options.network.clone() {
            self.wired(&plug)?;
        }
        self.greeted(BOOT)
    }

    /// Kills all its processes at once. Its disk is as they have left it: what was written and not
    /// flushed is there, too, as it would not be after a power cut.
    fn crash(&mut self) -> Result<()> {
        self.running.take().map(drop).ok_or(Error::NotRunning)
    }

    fn has_stopped(&mut self, patience: Duration) -> Result<bool> {
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

    fn interrupt(&self) -> Interrupt {
        self.options.interrupt.clone()
    }

    fn channels(&mut self) -> Result<&mut Channels> {
        self.running.as_mut().map(|running| &mut running.channels).ok_or(Error::NotRunning)
    }

    fn hung(&mut self, waited: Duration) -> Error {
        Error::Hung { waited, log: self.console_tail(LOG_LINES) }
    }

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
