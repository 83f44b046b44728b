//! Large files that are mostly empty.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;
use rustix::fs::SeekFrom as Sought;

use crate::Interrupt;

/// Copies a file with its holes: only what is written in it takes space in the copy.
pub fn copy(from: &Path, to: &Path, interrupt: &Interrupt) -> Result<()> {
    let mut source = fs::File::open(from)?;
    let mut target = fs::File::create(to)?;
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
        assert_eq!(crate::hash::file(&from).unwrap(), crate::hash::file(&to).unwrap());
        let blocks = |path| fs::metadata(path).unwrap().blocks();
        assert_eq!(blocks(&to), blocks(&from));
    }
}
