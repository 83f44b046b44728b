//! What a test asks of a machine, whatever that is.

use std::fmt::Debug;
use std::io::Write;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use domi_console::{Drive, Output};
use domi_runner::Unable;

/// What went wrong with a machine.
#[derive(Debug)]
pub struct Fault {
    /// What, in words.
    pub message: String,
    /// The last lines of its console, where they matter.
    pub console: String,
    /// Whether what runs in it did this itself, so that it is the fault of a test's step.
    pub its_own: bool,
    /// Why a job is undecided by it otherwise.
    pub unable: Unable,
}

impl Fault {
    /// Something that is no doing of what runs in the machine.
    pub fn of(unable: Unable) -> Self {
        let message = match &unable {
            Unable::Interrupted => "interrupted",
            Unable::Missing(why) | Unable::Broken(why) | Unable::Failed(why) => why,
        };
        Self { message: message.to_owned(), console: String::new(), its_own: false, unable }
    }

    /// An error of ours.
    pub(crate) fn ours(error: &anyhow::Error) -> Self {
        Self::of(Unable::from_error(error.as_ref(), format!("{error:#}")))
    }
}

/// A machine of a test. It is gone when dropped.
pub trait Driven: Debug + Send {
    /// Its host name.
    fn name(&self) -> &str;

    /// Whether it was started, and not shut down or crashed on purpose since.
    fn is_running(&self) -> bool;

    /// What this computer has done to it that makes all it came to worth nothing.
    fn met(&mut self) -> Option<Fault>;

    /// Runs a command as root in it. Fails only if the machine does.
    ///
    /// # Errors
    /// When the machine cannot say what the command came to.
    fn execute(&mut self, command: &str, limit: Duration) -> Result<Output, Fault>;

    /// Unpacks a tar archive at its `/`.
    ///
    /// # Errors
    /// When the machine cannot say what that came to.
    fn push(&mut self, archive: Vec<u8>) -> Result<Output, Fault>;

    /// Reboots it; returns once it has a shell again.
    ///
    /// # Errors
    /// When it does not come back.
    fn reboot(&mut self) -> Result<(), Fault>;

    /// Ends it at once, and starts it with the disk that it has.
    ///
    /// # Errors
    /// When it does not come back.
    fn crash(&mut self) -> Result<(), Fault>;

    /// Gives a person a login shell, and returns its exit status.
    ///
    /// # Errors
    /// When the machine fails meanwhile.
    fn interactive(
        &mut self,
        input: BorrowedFd<'_>,
        output: &mut (dyn Write + Send),
    ) -> Result<i32, Fault>;
}

/// A machine of any kind, as a test drives it.
#[derive(Debug)]
pub struct Guest<M: Drive> {
    /// The machine itself.
    pub machine: M,
    /// What an error of that kind of machine is to a test.
    fault: fn(M::Error) -> Fault,
}

impl<M: Drive> Guest<M> {
    /// A machine, and what its errors are to a test.
    pub fn new(machine: M, fault: fn(M::Error) -> Fault) -> Self {
        Self { machine, fault }
    }
}

impl<M: Drive + Debug + Send> Driven for Guest<M> {
    fn name(&self) -> &str {
        self.machine.name()
    }

    fn is_running(&self) -> bool {
        self.machine.is_running()
    }

    fn met(&mut self) -> Option<Fault> {
        self.machine.met().map(self.fault)
    }

    fn execute(&mut self, command: &str, limit: Duration) -> Result<Output, Fault> {
        self.machine.execute(command, limit).map_err(self.fault)
    }

    fn push(&mut self, archive: Vec<u8>) -> Result<Output, Fault> {
        self.machine.push(archive).map_err(self.fault)
    }

    fn reboot(&mut self) -> Result<(), Fault> {
        self.machine.reboot().map_err(self.fault)
    }

    fn crash(&mut self) -> Result<(), Fault> {
        self.machine.crash().and_then(|()| self.machine.start()).map_err(self.fault)
    }

    fn interactive(
        &mut self,
        input: BorrowedFd<'_>,
        output: &mut (dyn Write + Send),
    ) -> Result<i32, Fault> {
        self.machine.interactive(input, output).map_err(self.fault)
    }
}
