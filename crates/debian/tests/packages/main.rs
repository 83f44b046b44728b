//! Small real packages, through the host's apt and into a root archive.
#![expect(clippy::unwrap_used, reason = "a test whose preparation fails has failed")]
mod apt;
mod mutated;
mod support;
mod unpack;
