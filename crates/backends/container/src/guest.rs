//! A container, as a test drives it.

use std::io::Write;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use domi_container::{Error, Machine, Output};
use domi_portable_system::{Driven, Fault};
use domi_runner::Unable;

/// A container, as a test drives it.
#[derive(Debug)]
pub(crate) struct Guest(pub(crate) Machine);

impl Driven for Guest {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn is_running(&self) -> bool {
        self.0.is_running()
    }

    fn execute(&mut self, command: &str, limit: Duration) -> Result<Output, Fault> {
        self.0.execute(command, limit).map_err(fault)
    }

    fn push(&mut self, archive: Vec<u8>) -> Result<Output, Fault> {
        self.0.push(archive).map_err(fault)
    }

    fn reboot(&mut self) -> Result<(), Fault> {
        self.0.reboot().map_err(fault)
    }

    fn crash(&mut self) -> Result<(), Fault> {
        self.0.crash().and_then(|()| self.0.start()).map_err(fault)
    }

    fn interactive(
        &mut self,
        input: BorrowedFd<'_>,
        output: &mut (dyn Write + Send),
    ) -> Result<i32, Fault> {
        self.0.interactive(input, output).map_err(fault)
    }
}

/// What went wrong with a container. One that is silent does that itself. Who has killed one that
/// has died is not known.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
pub(crate) fn fault(error: Error) -> Fault {
    let console = match &error {
        Error::Hung { log, .. } | Error::Died { log, .. } => log.clone(),
        _ => String::new(),
    };
    let its_own = matches!(error, Error::Hung { .. });
    Fault { message: error.to_string(), console, its_own, unable: unable(&error) }
}

/// Why an error of containers leaves a job undecided.
pub(crate) fn unable(error: &Error) -> Unable {
    match error {
        Error::Interrupted => Unable::Interrupted,
        Error::Missing(_) | Error::Packages(_) | Error::NoSpace { .. } => {
            Unable::Missing(error.to_string())
        }
        other => Unable::from_error(other, other.to_string()),
    }
}
