//! Files as a tar archive for the guest. Pure.

use anyhow::{Context, Result};
use domi_model::TestFile;
use domi_realise::{Content, File};

/// An archive of files, to be unpacked at `/`. Everything is root's.
pub(crate) fn archive(files: &[File], now: u64) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(now);
        header.set_mode(file.mode);
        let path = file.path.trim_start_matches('/');
        let added = match &file.content {
            Content::Text(text) => {
                header.set_size(text.len() as u64);
                builder.append_data(&mut header, path, text.as_bytes())
            }
            Content::Copy { from, .. } => {
                let copied = fs_err::read(from)?;
                header.set_size(copied.len() as u64);
                builder.append_data(&mut header, path, &*copied)
            }
            Content::Symlink(to) => {
                header.set_size(0);
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, path, to)
            }
        };
        added.with_context(|| format!("{} cannot be packed", file.path))?;
    }
    builder.into_inner().context("an archive in memory cannot be ended")
}

/// The time now, as archives have it.
pub(crate) fn seconds_now() -> u64 {
    jiff::Timestamp::now().as_second().unsigned_abs()
}

/// A file that a step writes.
pub(crate) fn written(file: &TestFile) -> File {
    File {
        path: file.path.clone(),
        mode: u32::from_str_radix(&file.mode, 8).unwrap_or(0o644),
        content: Content::Text(file.content.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn files_arrive_as_they_are() {
        let long = format!("/etc/{}/{}", "a".repeat(120), "b".repeat(120));
        let text = |path: &str, mode, text: &str| File {
            path: path.to_owned(),
            mode,
            content: Content::Text(text.to_owned()),
        };
        let link = File {
            path: "/etc/link".to_owned(),
            mode: 0o777,
            content: Content::Symlink("../to/there".to_owned()),
        };
        let bytes =
            archive(&[text(&long, 0o444, "é\n"), text("/a b", 0o600, ""), link], 7).unwrap();
        let mut archive = tar::Archive::new(&*bytes);
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let target = entry.link_name().unwrap().map(|to| to.display().to_string());
            let (mode, mut text) = (entry.header().mode().unwrap(), String::new());
            entry.read_to_string(&mut text).unwrap();
            seen.push((path, mode, target.unwrap_or(text)));
        }
        let expected = [
            (long[1..].to_owned(), 0o444, "é\n".to_owned()),
            ("a b".to_owned(), 0o600, String::new()),
            ("etc/link".to_owned(), 0o777, "../to/there".to_owned()),
        ];
        assert_eq!(seen, expected);
    }
}
