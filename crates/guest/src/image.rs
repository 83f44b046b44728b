//! Making an image: a disk that the guest fills and configures itself, booted once and saved.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use domi_console::{Drive, panic_reason};
use domi_debian::{Apt, Architecture, BuildOutcome, Inputs, Mode};
use domi_host::command::Program;
use domi_host::{Interrupt, wait_until};
use fs_err as fs;

use crate::body::{Body, Kernel};
use crate::disk::{Below, Second, Top};
use crate::hardware::{Hardware, Memory};
use crate::identity::Names;
use crate::launch::{Launch, Start};
use crate::machine::{Machine, Options};
use crate::progress::{Stage, Stages};
use crate::snapshot::{IMAGE_DISK, INITRD, KERNEL, Kind, Manifest, RAM, STATE, STATUS};
use crate::{Error, QemuState, Result};

/// Increased when images are made in another way.
pub(crate) const FORMAT: &str = "image-5";
/// What making an image takes on the host's disk besides the guest's memory: its disk, the
/// archive it is unpacked from, the packages.
pub(crate) const ROOM: u64 = 1 << 30;
/// The size of the guest's disk, of which only what is written takes space.
const DISK: u64 = 4 << 30;
/// How long a guest may take to configure itself.
const CONFIGURE: Duration = Duration::from_secs(15 * 60);
/// How long a guest may take to start everything.
const RUNNING: Duration = Duration::from_secs(180);

/// An image to be made in a folder.
pub(crate) struct Image<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) hardware: &'a Hardware,
    pub(crate) architecture: Architecture,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) stages: &'a Stages<'a>,
}

/// The kernel's command line when a finished machine boots.
pub(crate) fn boot_arguments(architecture: Architecture) -> String {
    arguments(architecture, Mode::Boot)
}

fn arguments(architecture: Architecture, mode: Mode) -> String {
    let own = crate::platform::Platform::of(architecture).kernel_arguments;
    let mut arguments = domi_debian::kernel_arguments(architecture, mode);
    for argument in own {
        arguments.push(' ');
        arguments.push_str(argument);
    }
    arguments
}

impl Image<'_> {
    pub(crate) fn make(&self, apt: &Apt) -> Result<Manifest> {
        let inputs = self
            .stages
            .run(Stage::Packages, || Ok(domi_debian::prepare(apt, self.folder, self.interrupt)?))?;
        self.stages.run(Stage::Configuring, || self.configure(&inputs))?;
        fs::remove_file(&inputs.root)?;
        let machine = self.stages.run(Stage::Booting, || self.boot())?;
        self.stages.run(Stage::Saving, || {
            machine.save(&self.folder.join(STATE))?;
            self.describe(apt, &inputs)
        })
    }

    /// Lets the guest unpack and configure its system onto the disk.
    fn configure(&self, inputs: &Inputs) -> Result<()> {
        let disk = self.folder.join(IMAGE_DISK);
        domi_debian::empty_disk(&disk, DISK, self.interrupt)?;
        let log = self.folder.join("build.log");
        let top = Top::Raw(disk);
        let mut running = Launch {
            body: &Body { second: Second::File(inputs.root.clone()), ..self.body(Mode::Build) },
            name: "build",
            memory: Memory::Anonymous,
            top: &top,
            start: Start::Cold,
            serial_log: &log,
            wire: None,
        }
        .start()?;
        let ended = || Ok::<_, Error>(running.qemu.wait(Duration::from_millis(50)));
        let ended = wait_until(CONFIGURE, Duration::ZERO, self.interrupt, ended)?;
        // Whatever the guest says, its disk is not what it wrote; and a full one may be why it failed.
        if let Some(error) = running.qmp.disk_error() {
            return Err(top.unusable(error));
        }
        if ended.is_none() {
            return Err(Error::Hung {
                waited: CONFIGURE,
                qemu: QemuState::Running,
                serial: domi_console::tail(&log, 0, 40),
            });
        }
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let tail = || domi_console::tail(&log, 0, 40);
        match domi_debian::build_outcome(&said) {
            BuildOutcome::Done => Ok(()),
            BuildOutcome::Failed(reason) => {
                Err(anyhow!("the guest could not configure itself: {reason}\n{}", tail()).into())
            }
            BuildOutcome::Running(_) => Err(match panic_reason(&said) {
                Some(reason) => Error::Panicked { reason, serial: tail() },
                None => Error::Died {
                    how: running.qemu.ended(Duration::ZERO),
                    stderr: running.qemu.stderr(),
                    serial: tail(),
                },
            }),
        }
    }

    /// Boots the finished disk and waits until the guest is idle.
    fn boot(&self) -> Result<Machine> {
        let options = Options {
            name: "machine".to_owned(),
            serial_log: self.folder.join("boot.log"),
            network: None,
            store: None,
            interrupt: self.interrupt.clone(),
        };
        let disk = Top::Raw(self.folder.join(IMAGE_DISK));
        let mut machine = Machine::new(self.body(Mode::Boot), disk, options);
        machine.cold(Memory::Shared(&self.folder.join(RAM)))?;
        settle(&mut machine)?;
        warm_up(&mut machine)?;
        fs::write(self.folder.join(STATUS), installed(&mut machine, RUNNING)?)?;
        Ok(machine)
    }

    fn body(&self, mode: Mode) -> Body {
        let mut hardware = self.hardware.clone();
        if mode == Mode::Build {
            hardware.cpus = domi_debian::BUILD_CPUS;
        }
        Body {
            hardware,
            below: Below(Vec::new()),
            second: Second::Empty,
            names: Names::Given,
            kernel: Kernel {
                image: self.folder.join(KERNEL),
                initrd: self.folder.join(INITRD),
                arguments: arguments(self.architecture, mode),
            },
        }
    }

    fn describe(&self, apt: &Apt, inputs: &Inputs) -> Result<Manifest> {
        let version = Program::new(self.hardware.platform.qemu).arg("--version");
        let version = version.read(self.interrupt)?;
        let facts = [
            ("architecture", self.architecture.name().to_owned()),
            ("distribution", apt.distribution().name().to_owned()),
            ("kernel", inputs.release.clone()),
            ("packages", inputs.packages.len().to_string()),
            ("qemu", version.lines().next().unwrap_or_default().to_owned()),
            ("memory_mib", self.hardware.memory_mib.to_string()),
            ("cpus", self.hardware.cpus.to_string()),
        ];
        let mut manifest = Manifest {
            kind: Kind::Image,
            parent: None,
            packages: Vec::new(),
            kernel_arguments: boot_arguments(self.architecture),
            disk_bytes: DISK,
            made_with: facts.map(|(name, value)| (name.to_owned(), value)).into(),
            files: Default::default(),
        };
        manifest.describe(self.folder)?;
        Ok(manifest)
    }
}

/// Reads what tests often run into the guest's memory, and lets its kernel load what a firewall
/// needs, so that a restored guest need not read it from its disk each time. A file that does not
/// exist does not matter.
fn warm_up(machine: &mut Machine) -> Result<()> {
    const OFTEN: &str = "cd /usr/bin; cat bash cat chmod chown cp curl cut date env find getent \
        grep head id install journalctl ln ls mkdir mv rm sed sleep sort stat systemctl \
        systemd-run systemd-sysusers systemd-tmpfiles tail tar tee test timeout touch tr wc \
        ../sbin/{groupadd,ip,nft,sysctl,useradd} ../lib/*-linux-gnu/*.so* >/dev/null || true\n\
        nft list ruleset || true";
    machine.execute(OFTEN, RUNNING)?;
    Ok(())
}

/// What dpkg has noted of the guest's packages; all that the guest has to write is written then.
pub(crate) fn installed(machine: &mut Machine, limit: Duration) -> Result<Vec<u8>> {
    let output = machine.execute("cat /var/lib/dpkg/status && sync", limit)?;
    Ok(output.succeeded("the guest could not read or write its disk")?.stdout)
}

/// Waits until every unit has started, and fails if one could not.
pub(crate) fn settle(machine: &mut Machine) -> Result<()> {
    let command = "systemctl is-system-running --wait || { systemctl --failed; exit 1; }";
    let output = machine.execute(command, RUNNING)?;
    if output.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(anyhow!("the guest did not finish booting: {}", said.trim()).into())
}
