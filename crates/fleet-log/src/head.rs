//! Who signed a log, and up to where: three lines of text, the signature of these lines as
//! `ssh-keygen -Y sign` prints it, and a line that says whose it is.

use domi_fleet::HEAD;
use domi_model::names::is_label;
use domi_model::{Place, Problem};

use crate::chain::Log;
use crate::codes::{BAD_SIGNATURE, SIGNED_OTHER};

/// What a key signs here, so that a signature of something else is none of a log.
pub const NAMESPACE: &str = "domi-fleet-log";

/// The version of the lines.
const SCHEMA: &str = "domi.fleet-head/1";

/// Where a signature begins and ends.
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";

/// A signed head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last event that is signed.
    pub sequence: u64,
    /// The hash of its line, in hexadecimal.
    pub hash: String,
    /// The signature, in the form of OpenSSH; empty before there is one.
    pub signature: String,
    /// The person or agent whose it is. It is not signed: only their keys make it hold.
    pub by: String,
}

impl Head {
    /// The head of a log, not signed yet. None where there are no events.
    pub fn of(log: &Log) -> Option<Self> {
        let sequence = log.events.last()?.sequence;
        let (hash, signature, by) = (log.head.clone(), String::new(), String::new());
        Some(Self { sequence, hash, signature, by })
    }

    /// The lines that are signed.
    pub fn message(&self) -> String {
        let Self { sequence, hash, .. } = self;
        format!("{SCHEMA}\nevent {sequence}\nhash {hash}\n")
    }

    /// The file.
    pub fn text(&self) -> String {
        format!("{}{}by {}\n", self.message(), self.signature, self.by)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not as it was written.
    pub fn read(text: &str) -> Result<Self, Box<Problem>> {
        let head = Self::parse(text).filter(|head| head.text() == text);
        head.ok_or_else(|| {
            let problem = Problem::error(BAD_SIGNATURE, HEAD, "is not written as heads are");
            Box::new(problem.at(here()).next("sign the log again: `cargo xtask fleet log sign`"))
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (message, rest) = text.split_at(text.find(BEGIN)?);
        let (signature, by) = rest.split_at(rest.find(END)? + END.len());
        let mut lines = message.lines().skip(1);
        let mut next = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
        let (sequence, hash) = (next("event")?.parse().ok()?, next("hash")?.to_owned());
        let by = by.strip_prefix("by ")?.trim_end().to_owned();
        let signature = signature.to_owned();
        // The name becomes a word of a command, and a pattern in a file of OpenSSH.
        is_label(&by).then_some(Self { sequence, hash, signature, by })
    }

    /// How many events stand behind the one that is signed.
    ///
    /// # Errors
    /// The log has not that event there.
    pub fn unsigned(&self, log: &Log) -> Result<u64, Box<Problem>> {
        let behind = (log.events.len() as u64).checked_sub(self.sequence);
        let hash = match behind {
            Some(0) => Some(&log.head),
            Some(_) => usize::try_from(self.sequence)
                .ok()
                .and_then(|at| log.events.get(at).map(|event| &event.previous)),
            None => None,
        };
        match behind.filter(|_| self.sequence > 0 && hash == Some(&self.hash)) {
            Some(behind) => Ok(behind),
            None => {
                let Self { sequence, by, .. } = self;
                let message = format!("{by} signed a log whose event {sequence} was another one");
                let problem = Problem::error(SIGNED_OTHER, HEAD, message).at(here());
                let next = "get that log back, or look at the one that is there and sign it";
                Err(Box::new(problem.next(next)))
            }
        }
    }
}

fn here() -> Option<Place> {
    Some(Place { file: HEAD.to_owned(), line: 1 })
}
