//! What nobody can guess, and what is nowhere else.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, Result};
use jiff::Timestamp;
use uuid::Builder;

/// Fills a place with random bytes.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<()> {
    let mut source = File::open("/dev/urandom").context("no source of random bytes")?;
    source.read_exact(bytes).context("cannot read random bytes")
}

/// A salt for a file, in hexadecimal.
///
/// # Errors
/// There are no random bytes.
pub fn salt() -> Result<String> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}

/// An id for what is new at this time: a UUID of version 7.
///
/// # Errors
/// There are no random bytes.
pub fn new_id(now: Timestamp) -> Result<String> {
    let mut random = [0; 10];
    fill(&mut random)?;
    Ok(id(now, &random))
}

/// The id of a time and random bytes.
pub(crate) fn id(time: Timestamp, random: &[u8; 10]) -> String {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, random).into_uuid().to_string()
}
