use std::fmt;

use serde::Serialize;

use crate::Place;

/// The stable number of a kind of problem, such as `D0203`. Each has a section of its own in
/// `docs/problems.md`; a code is never given a second meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether a problem stops the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The work goes on.
    Warning,
    /// The work cannot go on until someone fixes this.
    Error,
}

/// Something that the reader can fix. Problems are collected and shown all at once; a failure
/// of ours (I/O, a bug) is an error value instead, never a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// Whether it stops the work.
    pub severity: Severity,
    /// What it is about, in the reader's terms: an option path, a crate, a file. May be empty.
    pub subject: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where it was written, if that is known.
    pub place: Option<Place>,
    /// What to do next, in one sentence without a full stop. May be empty.
    pub next: String,
}

impl Problem {
    /// An error about `subject`.
    pub fn error(code: Code, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            subject: subject.into(),
            message: message.into(),
            place: None,
            next: String::new(),
        }
    }

    /// A warning about `subject`.
    pub fn warning(code: Code, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, subject, message) }
    }

    /// Says where it was written.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }
}

/// The plain form, without colour: what, where, what next.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}[{}]: ", self.code)?;
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  at {place}")?;
        }
        if !self.next.is_empty() {
            write!(f, "\n  next: {}", self.next)?;
        }
        Ok(())
    }
}
