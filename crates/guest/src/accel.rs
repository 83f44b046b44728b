//! Whether KVM can be used. A KVM that exists may still not work (nested virtualisation without
//! hardware support): a kernel then hangs without a message. So only a kernel that prints something
//! and ends proves that KVM works.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domi_console::{read_some, wait_any};
use domi_host::Interrupt;
use domi_host::hash::Key;
use rustix::event::PollFlags;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::platform::Platform;
use crate::qemu::{CommandLine, Qemu};

const FIRST_BYTE: Duration = Duration::from_secs(3);
const END: Duration = Duration::from_secs(5);

/// What executes a guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accel {
    /// The processor itself, through the host's kernel.
    Kvm,
    /// QEMU's emulation: slower, but everywhere.
    Tcg,
}

/// How guests are run here, and why so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceleration {
    /// What is used.
    pub accel: Accel,
    /// Why, as a short phrase for people: `KVM is present but not working, emulating`.
    pub reason: String,
}

impl Accel {
    /// The part that saved machines depend on; QEMU's options for it are not included.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        }
    }

    /// The value of `-accel`. For what a test runs, 64 MiB of translated code are as fast as 256,
    /// and keep a guest below 200 MiB.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg,thread=multi,tb-size=64",
        }
    }

    /// The value of `-cpu`.
    pub(crate) fn cpu(self, platform: &Platform) -> &'static str {
        match self {
            Self::Kvm => "host",
            Self::Tcg => platform.cpu,
        }
    }

    /// What distinguishes this computer's processor from another's, where guests see it.
    pub(crate) fn processor(self) -> Result<String> {
        if self == Self::Tcg {
            return Ok(String::new());
        }
        let text = fs_err::read_to_string("/proc/cpuinfo")?;
        let first = text.split("\n\n").next().unwrap_or_default().lines();
        let changing = ["cpu MHz", "bogomips", "BogoMIPS", "apicid", "initial apicid", "core id"];
        let fixed = first.filter(|line| !changing.iter().any(|name| line.starts_with(name)));
        Ok(fixed.collect::<Vec<_>>().join("\n"))
    }
}

impl Acceleration {
    fn tcg(reason: impl Into<String>) -> Self {
        Self { accel: Accel::Tcg, reason: reason.into() }
    }
}

/// What the result of a trial depends on.
pub(crate) struct Probe<'a> {
    pub(crate) platform: &'static Platform,
    /// The file that keeps the result until the computer's next boot.
    pub(crate) folder: &'a Path,
    /// Names the emulator and the guest's kernel: with others the result may differ.
    pub(crate) tools: &'a str,
    /// Whether what was found before counts no more.
    pub(crate) again: bool,
}

/// Finds out. A kernel is needed only if KVM exists and was not tried yet; what comes with the
/// kernel is kept until the trial ends.
pub(crate) fn probe<K>(
    probe: &Probe,
    kernel: impl FnOnce() -> Result<(PathBuf, K)>,
    interrupt: &Interrupt,
) -> Result<Acceleration> {
    if std::env::consts::ARCH != probe.platform.kvm_on {
        return Ok(Acceleration::tcg("this computer has another architecture, emulating"));
    }
    if let Err(error) = File::options().read(true).write(true).open("/dev/kvm") {
        return Ok(Acceleration::tcg(unusable(&error)));
    }
    let key = Key::new("kvm/1").with(probe.tools);
    domi_store::known(probe.folder, "kvm", key, probe.again, || {
        let (kernel, _keep) = kernel()?;
        try_kvm(probe.platform, &kernel, interrupt)
    })
}

fn unusable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no KVM here, emulating".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "KVM is present but this user may not open /dev/kvm (its group usually may), emulating"
                .to_owned()
        }
        _ => format!("/dev/kvm cannot be opened ({error}), emulating"),
    }
}

/// Boots the kernel without anything to boot into: it must say something on the serial console
/// and then, having found no root, panic and so end QEMU.
fn try_kvm(platform: &Platform, kernel: &Path, interrupt: &Interrupt) -> Result<Acceleration> {
    let (serial, theirs) = UnixStream::pair()?;
    let mut line = CommandLine::new(platform.qemu);
    for flag in ["-nodefaults", "-no-user-config", "-no-reboot"] {
        line.flag(flag);
    }
    let descriptor = line.inherit(theirs.into());
    let arguments = format!("console={0} {1} panic=-1", platform.console, platform.early_console);
    for (option, value) in [
        ("-display", "none"),
        ("-machine", platform.machine),
        ("-accel", Accel::Kvm.option()),
        ("-cpu", Accel::Kvm.cpu(platform)),
        ("-m", "256M"),
        ("-chardev", &*format!("socket,id=serial,fd={descriptor}")),
        ("-serial", "chardev:serial"),
        ("-append", &*arguments),
        ("-kernel", &*kernel.to_string_lossy()),
    ] {
        line.option(option, value);
    }
    let started = Instant::now();
    let qemu = Qemu::start(line)?;
    let broken = |what: &str| {
        Ok(Acceleration::tcg(format!("KVM is present but not working ({what}), emulating")))
    };
    let mut talked = false;
    loop {
        interrupt.check()?;
        if wait_any(&[(&serial, PollFlags::IN)], Duration::from_millis(20))?[0] {
            match read_some(&serial)? {
                Some(bytes) => talked |= !bytes.is_empty(),
                None => drop(qemu.wait(Duration::from_millis(100))),
            }
        }
        match qemu.wait(Duration::ZERO) {
            Some(status) if talked && status.success() => {
                return Ok(Acceleration { accel: Accel::Kvm, reason: "KVM".to_owned() });
            }
            Some(_) => return broken(&first_line(&qemu.stderr())),
            None if !talked && started.elapsed() > FIRST_BYTE => {
                return broken("a test kernel printed nothing");
            }
            None if started.elapsed() > END => return broken("a test kernel did not end"),
            None => {}
        }
    }
}

fn first_line(stderr: &str) -> String {
    stderr.lines().next().unwrap_or("QEMU ended without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_kvm_is_told_from_a_missing_one() {
        let says = |kind: std::io::ErrorKind| unusable(&kind.into());
        assert!(says(std::io::ErrorKind::NotFound).starts_with("no KVM"));
        assert!(says(std::io::ErrorKind::PermissionDenied).contains("may not open"));
        assert!(says(std::io::ErrorKind::Other).contains("cannot be opened"));
    }
}
