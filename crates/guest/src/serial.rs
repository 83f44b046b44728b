//! What a machine prints on its serial console: often the only information when the machine no
//! longer answers.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// How far back a tail looks, in bytes.
const REACH: u64 = 64 << 10;

/// The last lines of a log from `start` bytes on; empty when it cannot be read.
pub(crate) fn tail(log: &Path, start: u64, lines: usize) -> String {
    let text = read(log, start).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The reason a kernel gave when it panicked, if it did.
pub(crate) fn panic(serial: &str) -> Option<String> {
    let line = serial.lines().find(|line| line.contains("Kernel panic"))?;
    let (_, reason) = line.split_once("Kernel panic - not syncing: ").unwrap_or(("", line));
    Some(reason.to_owned())
}

/// How long a log is, 0 when it is not there.
pub(crate) fn length(log: &Path) -> u64 {
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
    fn the_reason_of_a_panic_is_found() {
        let log = "[    1.5] usb: fine\n\
                   [    2.0] Kernel panic - not syncing: Attempted to kill init!\n\
                   [    2.1] CPU: 0 PID: 1\n";
        assert_eq!(panic(log).as_deref(), Some("Attempted to kill init!"));
        assert_eq!(panic("all is well\n"), None);
    }

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
