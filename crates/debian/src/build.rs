//! Everything that a machine is built from, and the parameters of its first boot.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domi_host::command::Program;
use domi_host::{Interrupt, file, hash};

use crate::apt::{Apt, Deb};
use crate::initrd::initrd;
use crate::kernel::Kernel;
use crate::modules::Module;
use crate::{Architecture, Distribution, Result, overlay, unpack};

/// The packages of every guest; what they depend on comes with them. `?essential` is apt's
/// pattern for the packages that every installation of the distribution has.
pub const BASE_PACKAGES: [&str; 13] = [
    "?essential",
    "systemd",
    "systemd-sysv",
    "dbus",
    "udev",
    "kmod",
    "iproute2",
    "procps",
    "curl",
    "nftables",
    "e2fsprogs",
    // What every NixOS has. Since trixie nothing else of these brings it.
    "login",
    "passwd",
];

/// The package of the initrd's shell and tools; it is never installed in the root.
const BUSYBOX: &str = "busybox-static";

/// Modules on the disk, for services that need them from the kernel: those under these paths.
const MODULE_FOLDERS: [&str; 14] = [
    "kernel/crypto/",
    "kernel/fs/autofs/",
    "kernel/fs/fuse/",
    "kernel/fs/overlayfs/",
    "kernel/fs/squashfs/",
    "kernel/net/8021q/",
    "kernel/net/bridge/",
    "kernel/net/ipv4/",
    "kernel/net/ipv6/",
    "kernel/net/llc/",
    "kernel/net/netfilter/",
    "kernel/net/packet/",
    "kernel/net/tls/",
    "kernel/net/unix/",
];

/// And these, wherever they are. A kernel may lack some of them.
const MODULES: [&str; 27] = [
    "bonding",
    "configs",
    "dm_crypt",
    "dm_mod",
    "dummy",
    "efivarfs",
    "ext4",
    "ifb",
    "ipvlan",
    "isofs",
    "loop",
    "macvlan",
    "nbd",
    "sch_fq",
    "sch_fq_codel",
    "sch_htb",
    "sch_netem",
    "tap",
    "tcp_bbr",
    "tun",
    "veth",
    "virtio_balloon",
    "virtio_blk",
    "virtio_net",
    "virtio_rng",
    "vxlan",
    "wireguard",
];

/// Increased when the format of the files changes.
const FORMAT: &str = "debian-1";

/// What a machine is made from: files in the folder given to `prepare`.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The root as a tar archive, a multiple of 512 bytes long: the second disk of the build.
    pub root: PathBuf,
    /// The kernel, no longer compressed: on x86_64 an ELF file with a PVH entry, on aarch64 the
    /// kernel's `Image`.
    pub kernel: PathBuf,
    /// The initrd, for both modes.
    pub initrd: PathBuf,
    /// The kernel's release.
    pub release: String,
    /// The packages in the root, in the order in which they were unpacked.
    pub packages: Vec<Deb>,
}

/// What the initrd does once the kernel has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Mounts `/dev/vda` and starts systemd.
    Boot,
    /// Unpacks the tar archive on `/dev/vdb` to the empty ext4 on `/dev/vda`, configures the
    /// packages, reports that on the serial console, and turns the machine off.
    Build,
}

/// How far a build is, according to its serial console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildOutcome {
    /// It is at this stage (`unpack`, `configure`, `sync`), or has not printed anything yet.
    Running(Option<String>),
    /// The disk is complete.
    Done,
    /// It failed, for this reason.
    Failed(String),
}

/// A key for everything that the machine files of a release depend on, except the versions of its
/// packages. It needs no network, and does not change when a package does.
pub fn recipe(distribution: &Distribution, architecture: Architecture) -> String {
    let mut key = hash::Key::new(FORMAT)
        .with(distribution.id())
        .with(distribution.codename())
        .with(architecture.name())
        .with(include_str!("../overlay/init.sh"))
        .with(include_str!("../overlay/configure.sh"));
    if let Some(named) = distribution.sources() {
        key.add(&named.text);
    }
    let lists = [&BASE_PACKAGES[..], &MODULE_FOLDERS, &MODULES];
    for name in lists.into_iter().flatten() {
        key.add(name);
    }
    for (path, node) in overlay::nodes() {
        key.add(path);
        key.add(format!("{node:?}"));
    }
    key.finish()
}

/// The best number of processors for the build machine. Configuring packages uses one at a time,
/// and emulation is a quarter faster if it need not synchronise several.
pub const BUILD_CPUS: u32 = 1;

/// What to append to the kernel's command line.
pub fn kernel_arguments(architecture: Architecture, mode: Mode) -> String {
    let console = architecture.serial_console();
    let common = format!(
        "console={console} panic=-1 oops=panic quiet net.ifnames=0 mitigations=off audit=0 \
         random.trust_cpu=on nowatchdog cryptomgr.notests \
         rcupdate.rcu_expedited=1 init_on_alloc=0 transparent_hugepage=never"
    );
    match mode {
        Mode::Boot => common,
        Mode::Build => format!("{common} domi.mode=build"),
    }
}

/// Fetches what is missing and writes everything that a machine is built from into `folder`,
/// which must exist.
pub fn prepare(apt: &Apt, folder: &Path, interrupt: &Interrupt) -> Result<Inputs> {
    let architecture = apt.architecture();
    let packages = apt.download(&BASE_PACKAGES, None, interrupt, &|_| ())?;
    let (kernel_debs, busybox) = kernel_packages(apt, interrupt)?;
    let kernel = Kernel::read(&kernel_debs)?;
    let inputs = Inputs {
        root: folder.join("root.tar"),
        kernel: folder.join("kernel"),
        initrd: folder.join("initrd"),
        release: kernel.release.clone(),
        packages,
    };
    file::write(&inputs.initrd, initrd(&kernel, &busybox)?)?;
    file::write(&inputs.kernel, &kernel.image)?;
    interrupt.check().map_err(anyhow::Error::from)?;
    let modules = disk_modules(&kernel)?;
    unpack::write(&inputs.packages, &modules, architecture, &inputs.root, interrupt)?;
    Ok(inputs)
}

/// Fetches what is missing and writes the kernel of a machine to `file`, and nothing else.
pub fn kernel(apt: &Apt, file: &Path, interrupt: &Interrupt) -> Result<()> {
    let (debs, _) = kernel_packages(apt, interrupt)?;
    Ok(file::write(file, &Kernel::read(&debs)?.image)?)
}

/// The kernel's packages without what they depend on (tools for building an initrd, which we do
/// ourselves), and busybox.
fn kernel_packages(apt: &Apt, interrupt: &Interrupt) -> Result<(Vec<Deb>, Deb)> {
    let newest = apt.distribution().kernel_package(apt.architecture());
    let chosen = |name: &str| {
        let kernel = ["linux-image-", "linux-modules-"].iter().any(|p| name.starts_with(p));
        (kernel && name != newest) || name == BUSYBOX
    };
    let mut debs = apt.download_chosen(
        &[newest, BUSYBOX],
        None,
        &|candidate| chosen(&candidate.name),
        interrupt,
        &|_| (),
    )?;
    let busybox = debs.iter().position(|deb| deb.name == BUSYBOX);
    let busybox = debs.remove(busybox.context("apt's list of packages lacks busybox")?);
    Ok((debs, busybox))
}

/// The modules for the disk, with the lists beside them, by their paths below the root.
fn disk_modules(kernel: &Kernel) -> Result<Vec<Module>> {
    let names = kernel.modules.select(&MODULE_FOLDERS, &MODULES);
    let mut modules = kernel.modules.closure(names)?;
    modules.extend(
        kernel
            .modules
            .lists
            .iter()
            .map(|(name, content)| Module { path: name.clone(), content: content.clone() }),
    );
    for module in &mut modules {
        module.path = format!("usr/lib/modules/{}/{}", kernel.release, module.path);
    }
    Ok(modules)
}

/// Makes a file with an empty ext4 of `bytes`, sparse, without a journal's worth of zeroes.
pub fn empty_disk(path: &Path, bytes: u64, interrupt: &Interrupt) -> Result<()> {
    let program = Program::new("mke2fs")
        // Debian keeps it where an ordinary user's PATH does not look.
        .env("PATH", with_sbin(&std::env::var("PATH").unwrap_or_default()))
        .args(["-q", "-t", "ext4", "-F", "-m", "0", "-L", "domi"])
        .args(["-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"])
        .arg(path)
        .arg(format!("{}k", bytes / 1024));
    program.bytes(interrupt)?;
    Ok(())
}

fn with_sbin(path: &str) -> String {
    format!("{path}:/usr/sbin:/sbin")
}

/// Reads what the serial console of a build has said so far.
pub fn build_outcome(serial: &str) -> BuildOutcome {
    let mut stage = None;
    for line in serial.lines() {
        let Some((_, marker)) = line.split_once("domi-build: ") else { continue };
        let marker = marker.rsplit_once(" [").map_or(marker, |(text, _)| text).trim();
        if marker == "done" {
            return BuildOutcome::Done;
        }
        if let Some(reason) = marker.strip_prefix("failed: ") {
            return BuildOutcome::Failed(reason.to_owned());
        }
        stage = Some(marker.to_owned());
    }
    BuildOutcome::Running(stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(serial: &str, expected: &BuildOutcome) {
        assert_eq!(build_outcome(serial), *expected);
    }

    #[test]
    fn a_build_is_followed_on_its_serial_console() {
        check("Linux version\n", &BuildOutcome::Running(None));
        check("domi-build: unpack [1.5]\r\n", &BuildOutcome::Running(Some("unpack".into())));
        check("domi-build: sync [9]\r\n[  9] domi-build: done [9.5]\r\n", &BuildOutcome::Done);
        check(
            "domi-build: failed: cannot mount the disk [1]\n",
            &BuildOutcome::Failed("cannot mount the disk".into()),
        );
    }
}
