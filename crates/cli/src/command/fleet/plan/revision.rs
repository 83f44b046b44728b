//! The files of a fleet as they are in a commit. They are read as git has them, into memory: no work
//! tree, index or file is touched, and nothing is left behind.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use domi_fleet::MOST_BYTES;
use domi_fleet_files::{Loaded, Stored, belongs, of_stored};
use domi_fleet_plan::Revision;
use domi_host::Interrupt;
use domi_model::Problem;

use crate::git::{Git, text};

/// The files of a fleet in a commit; or why there are none.
pub(super) fn read(
    root: &Utf8Path,
    name: &str,
    interrupt: &Interrupt,
) -> Result<Result<(Revision, Loaded), Box<Problem>>> {
    let git = Git { root, interrupt };
    let commit = match git.commit(name)? {
        Ok(commit) => commit,
        Err(problem) => return Ok(Err(problem)),
    };
    let files = git.files(&commit)?;
    Ok(Ok((Revision { name: name.to_owned(), commit }, of_stored(files))))
}

/// What a commit has under a path.
struct Entry {
    path: Vec<u8>,
    what: What,
}

enum What {
    /// A file, by the hash of its content.
    File(String),
    Is(Stored),
}

impl Git<'_> {
    /// What a commit has in the fleet's folders.
    fn files(&self, commit: &str) -> Result<Vec<(Vec<u8>, Stored)>> {
        // Paths are from the folder that git runs in, and what is beside it is not listed.
        let list = self.program().args(["ls-tree", "-r", "-z", "-l", commit]);
        let listed = list.bytes(self.interrupt)?;
        let lines = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        let entries = lines.map(entry).collect::<Result<Vec<Entry>>>()?;
        let entries: Vec<Entry> = entries.into_iter().filter(|it| belongs(&it.path)).collect();
        let contents = self.contents(&entries)?;
        let stored = entries.into_iter().map(|Entry { path, what }| {
            let stored = match what {
                What::Is(stored) => stored,
                What::File(hash) => match contents.get(&hash) {
                    Some(bytes) => Stored::File(bytes.clone()),
                    None => Stored::Unreadable("this clone does not have its content"),
                },
            };
            (path, stored)
        });
        Ok(stored.collect())
    }

    /// The contents of files, by their hashes. What is not here is left out.
    fn contents(&self, entries: &[Entry]) -> Result<BTreeMap<String, Vec<u8>>> {
        let hashes = entries.iter().filter_map(|entry| match &entry.what {
            What::File(hash) => Some(hash.as_str()),
            What::Is(_) => None,
        });
        let hashes: BTreeSet<&str> = hashes.collect();
        if hashes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
        let read = self.program().args(["cat-file", "--batch"]).input_text(asked)?;
        contents(&read.bytes(self.interrupt)?)
    }
}

/// A line of `git ls-tree -l`: mode, sort, hash and size, then a tab and the path.
fn entry(line: &[u8]) -> Result<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t');
    let tab = tab.with_context(|| format!("git lists {:?}", text(line)))?;
    let (head, path) = (text(&line[..tab]), line[tab + 1..].to_owned());
    let words: Vec<&str> = head.split_ascii_whitespace().collect();
    let what = match words.as_slice() {
        ["120000", ..] => What::Is(Stored::Link),
        [_, "blob", hash, size] => match size.parse::<usize>() {
            Ok(size) if size > MOST_BYTES => What::Is(Stored::Large),
            // One that is not here has no size.
            _ => What::File((*hash).to_owned()),
        },
        [_, "commit", ..] => {
            What::Is(Stored::Unreadable("is a repository of its own, whose files are not read"))
        }
        _ => bail!("git lists {head:?}"),
    };
    Ok(Entry { path, what })
}

/// What `git cat-file --batch` prints: for each content a line with its hash, sort and size, the
/// bytes, and the end of a line.
fn contents(mut rest: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = text(&rest[..end]);
        rest = &rest[end + 1..];
        let words: Vec<&str> = head.split(' ').collect();
        match words.as_slice() {
            [_, "missing"] => {}
            [hash, "blob", size] => {
                let size = size.parse::<usize>().ok();
                let bytes = size.and_then(|size| rest.get(..size).zip(rest.get(size + 1..)));
                let Some((bytes, after)) = bytes else { bail!("git ends within {head:?}") };
                contents.insert((*hash).to_owned(), bytes.to_vec());
                rest = after;
            }
            _ => bail!("git says {head:?}"),
        }
    }
    ensure!(rest.is_empty(), "git says {:?}", text(rest));
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_to_the_byte_whatever_is_in_them() {
        let read = |bytes: &[u8]| contents(bytes).map_err(drop);
        let of = |all: &[(&str, &[u8])]| {
            all.iter()
                .map(|(hash, it)| ((*hash).to_owned(), it.to_vec()))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(read(b""), Ok(of(&[])));
        let said = b"aa blob 9\nb blob 1\n\ncc missing\ndd blob 0\n\n";
        assert_eq!(read(said), Ok(of(&[("aa", b"b blob 1\n"), ("dd", b"")])));
        for wrong in
            [&said[..11], &said[..19], b"aa tree 0\n\n", b"aa blob -1\n\n", b"aa blob 1\na", b"x"]
        {
            assert_eq!(read(wrong), Err(()), "{}", text(wrong));
        }
    }

    #[test]
    fn whatever_git_prints_is_read_or_refused() {
        use domi_mutate::{mutated, read_all};

        let listed: &[u8] =
            b"100644 blob 0123456789abcdef0123456789abcdef01234567      12\thosts/a.toml";
        entry(listed).expect("git lists so");
        read_all(&mutated(vec![listed.to_vec()]), |line| drop(entry(line)));
        let said: &[u8] = b"aa blob 9\nb blob 1\n\ncc missing\ndd blob 0\n\n";
        read_all(&mutated(vec![said.to_vec()]), |bytes| drop(contents(bytes)));
    }
}
