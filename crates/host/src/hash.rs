//! Keys of cached things.

use std::io::Read;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;

/// Collects everything a cached thing depends on into one short key.
///
/// Parts are length-prefixed, so that `("ab", "c")` and `("a", "bc")` differ.
#[derive(Debug, Clone, Default)]
pub struct Key(blake3::Hasher);

impl Key {
    /// A key for one kind of thing; raise the number in `kind` when its format changes.
    pub fn new(kind: &str) -> Self {
        Self::default().with(kind)
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        self.add(part);
        self
    }

    /// Adds a part.
    pub fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// Adds the content of a file.
    pub fn add_file(&mut self, path: &Path) -> Result<()> {
        self.add(file(path)?);
        Ok(())
    }

    /// The key: 32 lower-case hexadecimal digits (128 bits).
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex()[..32].to_owned()
    }
}

/// The digest of a file's content: 64 hexadecimal digits.
pub fn file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            n => hasher.update(&buffer[..n]),
        };
    }
}
