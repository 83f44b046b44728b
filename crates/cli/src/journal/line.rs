//! The lines of a journal.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use domi_host::hash::Key;
use serde::{Deserialize, Serialize};

/// A line. Paths are from the folder of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Line {
    /// The first one: who changes the files.
    Begun {
        process: u32,
        /// The words of the command, without that of the program.
        words: Vec<String>,
    },
    /// A file is about to be written, or removed.
    File {
        path: Utf8PathBuf,
        /// What it holds; nothing where it is not there.
        before: Option<Content>,
        /// The digest of what it will hold; nothing where it will not be there.
        after: Option<String>,
        /// How many of the folders around it are not there.
        folders: usize,
    },
    /// A folder is about to be moved.
    Moved { from: Utf8PathBuf, to: Utf8PathBuf },
    /// Everything is done: what was moved away is about to be removed.
    Done,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    Text(String),
    /// What is no text.
    Bytes(Vec<u8>),
}

impl Content {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(bytes.to_vec()),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The digest of what a file holds.
pub(crate) fn digest(content: &[u8]) -> String {
    Key::new("what a file holds").with(content).finish()
}

impl Line {
    /// Reads a line; or says why it cannot be read. One that leads out of the folder is refused.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let line: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let paths: &[&Utf8Path] = match &line {
            Self::File { path, .. } => &[path],
            Self::Moved { from, to } => &[from, to],
            Self::Begun { .. } | Self::Done => &[],
        };
        for path in paths {
            let is_name = |part| matches!(part, Utf8Component::Normal(_));
            if path.as_str().is_empty() || !path.components().all(is_name) {
                return Err(format!("{path:?} is no path in this folder"));
            }
        }
        Ok(line)
    }
}

/// The lines of a journal. The last one was not written whole if it has no end: what it speaks of has not
/// begun.
///
/// # Errors
/// The first line that cannot be read, by its number, with the reason.
pub(super) fn read(text: &str) -> Result<Vec<Line>, (usize, String)> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = Vec::new();
    for (number, line) in whole.lines().enumerate() {
        lines.push(Line::read(line).map_err(|why| (number + 1, why))?);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> String {
        let lines = [
            Line::Begun { process: 7, words: vec!["new".to_owned(), "a".to_owned()] },
            Line::Moved { from: "a/b".into(), to: "c".into() },
            Line::File {
                path: "a/b".into(),
                before: Some(Content::of(b"text\n")),
                after: Some(digest(b"other")),
                folders: 1,
            },
            Line::File {
                path: "c".into(),
                before: Some(Content::of(b"\xff")),
                after: None,
                folders: 0,
            },
            Line::Done,
        ];
        lines.map(|line| serde_json::to_string(&line).expect("JSON") + "\n").concat()
    }

    #[test]
    fn a_line_that_was_not_written_whole_is_left_out() {
        let text = example();
        let all = read(&text).expect("it is read");
        assert_eq!(all.len(), 5);
        let cut = text.rfind("\"done").expect("a last line");
        assert_eq!(read(&text[..cut + 3]).expect("it is read"), all[..4]);
        assert_eq!(read("").expect("it is read"), []);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in ["", "/etc/passwd", "../a", "a/../../b"] {
            let line = format!("{{\"moved\":{{\"from\":\"a\",\"to\":{path:?}}}}}\n");
            assert!(matches!(read(&line), Err((1, _))), "{path}");
        }
    }

    #[test]
    fn mutated() {
        let all = domi_mutate::mutated(vec![example().into_bytes()]);
        domi_mutate::read_all(&all, |bytes| drop(read(&String::from_utf8_lossy(bytes))));
    }
}
