use std::fmt;
use std::time::Duration;

/// Why a machine or an image could not do what was asked.
///
/// A command that runs in the guest and fails is not an error here: its status is in
/// [`Output`](crate::Output).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// QEMU ended although nobody asked for it: killed, crashed, or it refused its arguments.
    #[error("the machine has died: QEMU ended ({how}){}", said(stderr))]
    Died {
        /// How QEMU ended, for instance `killed by signal 9`.
        how: String,
        /// What QEMU wrote to its standard error, trimmed.
        stderr: String,
        /// The last lines of the serial console.
        serial: String,
    },
    /// The guest's kernel panicked.
    #[error("the guest's kernel panicked: {reason}")]
    Panicked {
        /// The kernel's own words.
        reason: String,
        /// The last lines of the serial console.
        serial: String,
    },
    /// QEMU ran an instruction that the guest's kernel had replaced, and the kernel panicked. The
    /// guest did nothing wrong.
    #[error(
        "the guest's kernel panicked through a fault of QEMU's emulation: it ran a breakpoint that \
         the kernel had removed"
    )]
    Emulation {
        /// The last lines of the serial console.
        serial: String,
    },
    /// The guest gave no answer in time.
    #[error("the guest gave no answer for {waited:.1?}; {qemu}")]
    Hung {
        /// How long it was waited for.
        waited: Duration,
        /// What QEMU reported then.
        qemu: QemuState,
        /// The last lines of the serial console.
        serial: String,
    },
    /// A NixOS booted, and not all of its units have started.
    #[error("the machine did not finish booting: {said}")]
    Unsettled {
        /// What `systemctl is-system-running` said, and which units failed.
        said: String,
    },
    /// The machine has been shut down or crashed on purpose, and not started again.
    #[error("the machine is not running")]
    NotRunning,
    /// The guest sent an answer that cannot be understood.
    #[error(transparent)]
    Console(domi_console::Error),
    /// What is stored cannot be had: damaged, or no space to make it.
    #[error(transparent)]
    Store(domi_store::Error),
    /// A program that is needed is not installed.
    #[error("{tool} is not installed")]
    MissingTool {
        /// The program.
        tool: String,
    },
    /// The guest's packages could not be fetched: no network, no apt, no such package.
    #[error(transparent)]
    Packages(domi_debian::Error),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that failed.
    #[error("{0:#}")]
    Other(#[source] anyhow::Error),
}

/// What QEMU reports when its guest does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QemuState {
    /// The guest runs: it is the guest that hangs.
    Running,
    /// It has stopped the guest, for this reason.
    Stopped(String),
    /// Nothing: QEMU hangs too, or was stopped.
    Silent,
}

impl fmt::Display for QemuState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("QEMU itself still answers"),
            Self::Stopped(why) => write!(f, "QEMU has stopped the guest ({why})"),
            Self::Silent => f.write_str("QEMU does not answer either"),
        }
    }
}

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

domi_host::error_conversions!(Error, domi_console => Console, domi_debian => Packages, domi_store => Store);

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}
