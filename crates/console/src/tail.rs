//! What a machine's console says beside our own: the last resort when nothing else answers.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// How far back a tail looks, in bytes.
const REACH: u64 = 64 << 10;

/// The last lines of a log from `start` bytes on; empty when it cannot be read.
pub fn tail(log: &Path, start: u64, lines: usize) -> String {
    let text = read(log, start).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// How long a log is, 0 when it is not there.
pub fn length(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |metadata| metadata.len())
}

fn read(log: &Path, start: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(start.max(length.saturating_sub(REACH))))?;
    let mut text = Vec::new();
    file.take(REACH).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_of_this_start_of_the_machine_only() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("serial");
        std::fs::write(&log, "old\r\none\r\ntwo\r\nthree\r\n").unwrap();
        assert_eq!(tail(&log, 5, 2), "two\nthree");
        assert_eq!(tail(&log, 5, 9), "one\ntwo\nthree");
        assert_eq!(tail(&dir.path().join("none"), 0, 9), "");
    }
}
