//! Large files that are mostly empty.

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;
use rustix::fs::SeekFrom as Sought;

use crate::Interrupt;

/// The digest of a file's length and content, without reading its holes: 64 hexadecimal digits.
/// Zeroes count alike whether they are written or not, so that a copy that made holes of them, or
/// filled them, has the same digest.
pub fn digest(path: &Path) -> Result<String> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_le_bytes());
    let mut next = 0;
    let mut buffer = vec![0; BLOCK * 256];
    while let Some((start, end)) = data(&file, next)? {
        next = next.max(start - start % BLOCK as u64);
        while next < end {
            let piece = usize::try_from(length - next).unwrap_or(usize::MAX).min(buffer.len());
            file.file().read_exact_at(&mut buffer[..piece], next)?;
            for block in buffer[..piece].chunks(BLOCK) {
                if block.iter().any(|byte| *byte != 0) {
                    hasher.update(&next.to_le_bytes());
                    hasher.update(block);
                }
                next += block.len() as u64;
            }
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The unit in which zeroes are looked for; no file system has smaller holes.
const BLOCK: usize = 4096;

/// Copies a file with its holes: only what is written in it takes space in the copy.
pub fn copy(from: &Path, to: &Path, interrupt: &Interrupt) -> Result<()> {
    copy_to(from, fs::File::create(to)?.file_mut(), interrupt)
}

/// As [`copy`], into an empty file that is open.
pub fn copy_to(from: &Path, target: &mut std::fs::File, interrupt: &Interrupt) -> Result<()> {
    let mut source = fs::File::open(from)?;
    let length = source.metadata()?.len();
    target.set_len(length)?;
    let mut at = 0;
    let mut buffer = vec![0; 1 << 20];
    while let Some((start, end)) = data(&source, at)? {
        source.seek(SeekFrom::Start(start))?;
        target.seek(SeekFrom::Start(start))?;
        let mut left = end - start;
        while left > 0 {
            interrupt.check()?;
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            source.read_exact(&mut buffer[..piece])?;
            target.write_all(&buffer[..piece])?;
            left -= piece as u64;
        }
        at = end;
    }
    Ok(())
}

/// The first stretch of data at or after `at`.
fn data(file: &fs::File, at: u64) -> Result<Option<(u64, u64)>> {
    let start = match rustix::fs::seek(file.file(), Sought::Data(at)) {
        Ok(start) => start,
        Err(rustix::io::Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error).context("cannot find the data of a sparse file"),
    };
    let end = rustix::fs::seek(file.file(), Sought::Hole(start))
        .context("cannot find a hole of a sparse file")?;
    Ok(Some((start, end)))
}

/// Bytes that an ordinary user may still write on the file system of `path`.
pub fn free_space(path: &Path) -> Result<u64> {
    let facts = rustix::fs::statvfs(path)
        .with_context(|| format!("cannot ask for the free space of {}", path.display()))?;
    Ok(facts.f_bavail * facts.f_frsize)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_digest_sees_content_place_and_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut digests = std::collections::BTreeSet::new();
        for (at, byte, length) in
            [(0, 1, 1 << 20), (0, 2, 1 << 20), (65536, 1, 1 << 20), (0, 1, 1 << 21)]
        {
            let mut file = fs::File::create(&path).unwrap();
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&[byte; 4096]).unwrap();
            file.set_len(length).unwrap();
            digests.insert(digest(&path).unwrap());
        }
        assert_eq!(digests.len(), 4);
    }

    #[test]
    fn a_copy_has_the_same_content_and_the_same_holes() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        let mut file = fs::File::create(&from).unwrap();
        for at in [0, 5 << 20, 40 << 20] {
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&[7; 5000]).unwrap();
        }
        file.set_len(64 << 20).unwrap();
        copy(&from, &to, &Interrupt::default()).unwrap();
        assert_eq!(digest(&from).unwrap(), digest(&to).unwrap());
        assert_eq!(crate::hash::file(&from).unwrap(), crate::hash::file(&to).unwrap());
        fs::copy(&from, &to).unwrap();
        assert_eq!(digest(&from).unwrap(), digest(&to).unwrap());
        let filled = dir.path().join("filled");
        fs::write(&filled, fs::read(&from).unwrap()).unwrap();
        assert_eq!(digest(&from).unwrap(), digest(&filled).unwrap());
        copy(&from, &to, &Interrupt::default()).unwrap();
        let blocks = |path| fs::metadata(path).unwrap().blocks();
        assert_eq!(blocks(&to), blocks(&from));
    }
}
