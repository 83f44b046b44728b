use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest, Sha256};

use crate::Result;
use crate::dpkg::Hex;

/// A package that apt would install, and how to check that it arrived completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of its architecture, or `all`.
    pub architecture: String,
    /// The name of its file.
    pub file: String,
    /// The size of its file in bytes.
    pub bytes: u64,
    /// The SHA-256 of its file, in lower-case hexadecimal digits.
    pub digest: String,
    /// Those before it that must be configured before it is unpacked.
    pub after: Vec<String>,
}

/// A downloaded package. Its file has the digest that the signed package lists promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deb {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of its architecture, or `all`.
    pub architecture: String,
    /// Its file.
    pub path: PathBuf,
    /// The SHA-256 of its file, in lower-case hexadecimal digits.
    pub digest: String,
    /// Those before it that must be configured before it is unpacked.
    pub after: Vec<String>,
}

/// Whether a file is there with the size and digest of a candidate.
pub(super) fn is_whole(path: &Path, candidate: &Candidate) -> Result<bool> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == candidate.bytes => {
            let digest = Sha256::digest(fs::read(path)?);
            Ok(format!("{:x}", Hex(&digest)) == candidate.digest)
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
