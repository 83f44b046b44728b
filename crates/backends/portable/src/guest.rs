//! A guest, as a test drives it.

use domi_guest::{Error, Machine, QemuState, StoreError};
use domi_portable_system::Fault;
use domi_runner::Unable;

/// A guest, as a test drives it.
pub type Guest = domi_portable_system::Guest<Machine>;

/// Has a test drive a guest.
pub fn driven(machine: Machine) -> Guest {
    Guest::new(machine, fault)
}

/// What went wrong with a guest. One that panics or hangs does that itself; one that is killed, or
/// whose QEMU hangs or emulates wrongly, does not.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
pub(crate) fn fault(error: Error) -> Fault {
    let console = match &error {
        Error::Panicked { serial, .. }
        | Error::Emulation { serial }
        | Error::Hung { serial, .. }
        | Error::Died { serial, .. } => serial.clone(),
        _ => String::new(),
    };
    let its_own =
        matches!(error, Error::Panicked { .. } | Error::Hung { qemu: QemuState::Running, .. });
    Fault { message: error.to_string(), console, its_own, unable: unable(&error) }
}

/// Something that this computer lacks, on its way through the guests' error.
#[derive(Debug)]
pub(crate) struct Lacking(pub(crate) String);

impl std::fmt::Display for Lacking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Lacking {}

/// Why the guests' error leaves a job undecided.
pub(crate) fn unable(error: &Error) -> Unable {
    match error {
        Error::Interrupted => Unable::Interrupted,
        Error::MissingTool { .. }
        | Error::Packages(_)
        | Error::Store(StoreError::NoSpace { .. }) => Unable::Missing(error.to_string()),
        Error::Other(other) if other.is::<Lacking>() => Unable::Missing(other.to_string()),
        Error::Emulation { .. } => Unable::Broken(error.to_string()),
        other => Unable::from_error(other, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(error: Error, its_own: bool) {
        let broken = matches!(error, Error::Emulation { .. });
        let (message, console) = (error.to_string(), "last words");
        let fault = fault(error);
        assert_eq!((fault.its_own, fault.message), (its_own, message));
        assert_eq!(fault.console, console);
        match fault.unable {
            Unable::Broken(_) => assert!(broken),
            Unable::Failed(_) => assert!(!broken),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_the_guest_does_itself_is_its_own() {
        let serial = || "last words".to_owned();
        let hung = |qemu| Error::Hung { waited: Duration::ZERO, qemu, serial: serial() };
        let (how, stderr) = ("killed by signal 9".to_owned(), String::new());
        check(Error::Panicked { reason: "x".to_owned(), serial: serial() }, true);
        check(Error::Emulation { serial: serial() }, false);
        check(hung(QemuState::Running), true);
        check(hung(QemuState::Stopped("io-error".to_owned())), false);
        check(hung(QemuState::Silent), false);
        check(Error::Died { how, stderr, serial: serial() }, false);
        assert_eq!(fault(Error::Interrupted).unable, Unable::Interrupted);
    }

    #[test]
    fn a_kernels_own_fault_is_its_own_whatever_its_console_says() {
        let serial = "[ 1.9] Oops: int3: 0000 [#1] SMP\n[ 3.2] Kernel panic".to_owned();
        let fault = fault(Error::Panicked { reason: "x".to_owned(), serial });
        assert!(fault.its_own);
        assert!(matches!(fault.unable, Unable::Failed(_)), "{:?}", fault.unable);
    }
}
