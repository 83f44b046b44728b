//! Who signed a log, and up to where: three lines of text, the signature of these lines as
//! `ssh-keygen -Y sign` prints it, and a line that says whose it is.

use camino::Utf8Path;
use domi_fleet::HEAD;
use domi_model::names::is_label;
use domi_model::{Place, Problem};

use crate::chain::Log;
use crate::codes::{BAD_SIGNATURE, SIGNED_OTHER};
use crate::file::stored;

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

    /// The signed head of the log of a fleet; none where nobody signed it.
    ///
    /// # Errors
    /// The file cannot be read, or is not as it was written.
    pub fn at(root: &Utf8Path) -> Result<Option<Self>, Box<Problem>> {
        let bytes = stored(root, HEAD)?;
        bytes.map(|bytes| Self::read(&String::from_utf8_lossy(&bytes))).transpose()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not as it was written.
    pub fn read(text: &str) -> Result<Self, Box<Problem>> {
        let head = Self::parse(text).filter(|head| head.text() == text);
        let next = "sign the log again: `cargo xtask fleet log sign`";
        head.ok_or_else(|| bad_signature("is not written as heads are", next))
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
    /// The log does not have that event at that place.
    pub fn unsigned(&self, log: &Log) -> Result<u64, Box<Problem>> {
        let Self { sequence, by, .. } = self;
        let (at, all) = (usize::try_from(*sequence).unwrap_or(usize::MAX), log.events.len());
        let next = log.events.get(at).map(|event| &event.previous);
        let hash = if at == all { Some(&log.head) } else { next };
        if at > 0 && hash == Some(&self.hash) {
            return Ok((all - at) as u64);
        }
        let message = format!("{by} signed a log whose event {sequence} is not the one here");
        let problem = Problem::error(SIGNED_OTHER, HEAD, message).at(here());
        let next = "get that log back, or look at the one that is there and sign it";
        Err(Box::new(problem.next(next)))
    }
}

/// A signature that does not hold, and what to do next.
pub fn bad_signature(message: impl Into<String>, next: &str) -> Box<Problem> {
    Box::new(Problem::error(BAD_SIGNATURE, HEAD, message).at(here()).next(next))
}

fn here() -> Option<Place> {
    Some(Place { file: HEAD.to_owned(), line: 1 })
}
