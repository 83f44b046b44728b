//! The results of commands in a guest.

/// The result of a command in the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 128 and more for a signal, 137 when its shell was killed. Where it did not
    /// come to its own end, that says `cut` alone.
    pub status: i32,
    /// Its standard output, at most [`Output::LIMIT`] bytes.
    pub stdout: Vec<u8>,
    /// Its standard error, at most [`Output::LIMIT`] bytes.
    pub stderr: Vec<u8>,
    /// Whether more was written than is here.
    pub truncated: bool,
    /// Why it did not end by its own doing, if that is so.
    pub cut: Option<Cut>,
}

/// Why a command was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It was still running when its time was over.
    Late,
    /// It had ended when its time was over, but a process that it left in the background still had
    /// its standard output open.
    LeftOpen,
    /// The shell that ran it was killed, and another one has taken its place.
    Shell,
}

impl Output {
    /// How many bytes of each stream are kept; the rest is dropped.
    pub const LIMIT: usize = 1 << 20;

    /// Whether the command came to its own end, with the exit status 0.
    pub fn success(&self) -> bool {
        self.status == 0 && self.cut.is_none()
    }

    /// The output, if the command succeeded.
    ///
    /// # Errors
    /// `otherwise`, with what it printed on its standard error.
    pub fn succeeded(self, otherwise: &str) -> anyhow::Result<Self> {
        if self.success() {
            return Ok(self);
        }
        let said = String::from_utf8_lossy(&self.stderr);
        Err(anyhow::anyhow!("{otherwise}: {}", said.trim()))
    }

    /// Whether the command was ended because its time was over.
    pub fn timed_out(&self) -> bool {
        matches!(self.cut, Some(Cut::Late | Cut::LeftOpen))
    }
}
