//! Whether KVM can be used. A KVM that is there may still not work (nested virtualisation
//! without hardware support): there a kernel hangs in silence, so only a kernel that talks and
//! ends proves it.

use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use domi_host::hash::Key;
use domi_host::{Interrupt, file};
use fs_err as fs;
use rustix::event::PollFlags;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::channel::wait;
use crate::platform::Platform;
use crate::qemu::{CommandLine, Qemu};

const FIRST_BYTE: Duration = Duration::from_secs(3);
const END: Duration = Duration::from_secs(5);

/// What runs a guest's instructions.
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
    /// Why, as half a sentence a person reads: `KVM is present but not working, emulating`.
    pub reason: String,
}

impl Accel {
    /// The value of `-accel`.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg,thread=multi,tb-size=256",
        }
    }

    /// The value of `-cpu`.
    pub(crate) fn cpu(self, platform: &Platform) -> &'static str {
        match self {
            Self::Kvm => "host",
            Self::Tcg => platform.cpu,
        }
    }
}

impl Acceleration {
    fn tcg(reason: impl Into<String>) -> Self {
        Self { accel: Accel::Tcg, reason: reason.into() }
    }
}

/// Finds out; the verdict on a KVM that can be opened is kept in `folder` until the next boot,
/// and made again for another kernel or QEMU (`tools` names both).
pub(crate) fn probe(
    platform: &Platform,
    kernel: &Path,
    tools: &str,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<Acceleration> {
    if std::env::consts::ARCH != platform.kvm_on {
        return Ok(Acceleration::tcg("another architecture than this computer's, emulating"));
    }
    if let Err(error) = File::options().read(true).write(true).open("/dev/kvm") {
        return Ok(Acceleration::tcg(unusable(&error)));
    }
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let key = Key::new("kvm/1").with(boot).with(tools).with(kernel.as_os_str().as_encoded_bytes());
    let verdict = folder.join(format!("kvm-{}.json", key.finish()));
    if let Some(known) = fs::read(&verdict).ok().and_then(|text| serde_json::from_slice(&text).ok())
    {
        return Ok(known);
    }
    let found = try_kvm(platform, kernel, interrupt)?;
    file::write(&verdict, serde_json::to_vec(&found).context("a verdict is plain JSON")?)?;
    Ok(found)
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
        if !talked && wait(&serial, PollFlags::IN, Duration::from_millis(50))? {
            talked = (&serial).read(&mut [0; 64])? > 0;
        }
        let ended = qemu.wait(if talked { Duration::from_millis(20) } else { Duration::ZERO });
        match ended {
            Some(status) if talked && status.success() => {
                return Ok(Acceleration { accel: Accel::Kvm, reason: "KVM".to_owned() });
            }
            Some(_) => return broken(&first_line(&qemu.stderr())),
            None if !talked && started.elapsed() > FIRST_BYTE => {
                return broken("a kernel stays silent under it");
            }
            None if started.elapsed() > END => return broken("a kernel does not end under it"),
            None => {}
        }
        drain(&serial, talked);
    }
}

fn drain(serial: &UnixStream, talked: bool) {
    if talked && wait(serial, PollFlags::IN, Duration::ZERO).unwrap_or(false) {
        let _ = (&*serial).read(&mut [0; 4096]);
    }
}

fn first_line(stderr: &str) -> String {
    stderr.lines().next().unwrap_or("QEMU ended without a word").to_owned()
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
