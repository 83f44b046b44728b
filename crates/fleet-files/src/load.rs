//! Reads the files of a fleet.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8Path;
use domi_fleet::{Fleet, Folder, Kind, MOST_BYTES, Piece, folder_of};
use domi_model::Problem;
use rayon::prelude::*;

use crate::codes::{TOO_MUCH, UNREADABLE};
use crate::find::find;

/// A fleet as its files say.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What could be read.
    pub fleet: Fleet,
    /// What is wrong with the files, each alone.
    pub problems: Vec<Problem>,
}

/// Which files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// Those that the features and settings of a host follow from. Names of other hosts are known,
    /// and nothing else of them.
    Host(&'a str),
}

/// Reads the files below a fleet's root. A file that cannot be read is a problem, and stops no
/// other one.
pub fn load(root: &Utf8Path, wanted: Wanted<'_>) -> Loaded {
    let mut found = find(root);
    let pieces = match wanted {
        Wanted::All => found.files.par_iter().map(|path| read(root, path)).collect(),
        Wanted::Host(host) => of_host(root, &found.files, host),
    };
    let (fleet, problems) = put_together(pieces);
    found.problems.extend(problems);
    Loaded { fleet, problems: found.problems }
}

/// Reads all files below a fleet's root, some of them with another text than they have there, or as if
/// they were gone or new; by their paths from the root.
pub fn load_changed(root: &Utf8Path, texts: &BTreeMap<String, Option<String>>) -> Loaded {
    let mut found = find(root);
    for (path, text) in texts {
        if text.is_some() && !found.files.contains(path) {
            found.file(path.clone());
        }
    }
    found.files.sort();
    let changed = |path: &String| match texts.get(path) {
        Some(text) => text.as_ref().map(|text| given(path, text)),
        None => Some(read(root, path)),
    };
    let (fleet, problems) = put_together(found.files.par_iter().filter_map(changed).collect());
    found.problems.extend(problems);
    Loaded { fleet, problems: found.problems }
}

/// Reads a fleet that is in no files yet. What has no text is not in it.
pub fn load_texts(texts: &BTreeMap<String, Option<String>>) -> Loaded {
    let given = |(path, text): (&String, &Option<String>)| Some(given(path, text.as_ref()?));
    let (fleet, problems) = put_together(texts.iter().filter_map(given).collect());
    Loaded { fleet, problems }
}

/// Reads what a host's settings follow from: what its levels are, secrets, constants, its own file, its device,
/// and the hosts that it runs on.
fn of_host(root: &Utf8Path, files: &[String], host: &str) -> Vec<Result<Piece, Box<Problem>>> {
    let kind = |path: &str| match folder_of(path) {
        Folder::Of(kind) => Some(kind),
        _ => None,
    };
    let is_level = |path: &&String| {
        let level = [Kind::Organization, Kind::Location, Kind::Role, Kind::Secret, Kind::Constant];
        let policy = [Kind::Authorization, Kind::Authentication];
        kind(path).is_some_and(|kind| level.contains(&kind) || policy.contains(&kind))
    };
    let mut pieces: Vec<_> = files.iter().filter(is_level).map(|path| read(root, path)).collect();
    let mut wanted = vec![(Kind::Host, host.to_owned())];
    let mut read_already: Vec<(Kind, String)> = Vec::new();
    while let Some((of, name)) = wanted.pop() {
        if read_already.contains(&(of, name.clone())) {
            continue;
        }
        let file = format!("{name}.toml");
        let is_it = |path: &&String| {
            path.rsplit('/').next() == Some(file.as_str()) && kind(path) == Some(of)
        };
        for path in files.iter().filter(is_it) {
            let piece = read(root, path);
            if let Some(host) = piece.as_ref().ok().and_then(Piece::host) {
                wanted.extend(host.device.iter().map(|it| (Kind::Device, it.name.clone())));
                wanted.extend(host.runs_on.iter().map(|it| (Kind::Host, it.name.clone())));
            }
            pieces.push(piece);
        }
        read_already.push((of, name));
    }
    pieces
}

pub(crate) fn put_together(pieces: Vec<Result<Piece, Box<Problem>>>) -> (Fleet, Vec<Problem>) {
    let mut unreadable = Vec::new();
    let pieces = pieces.into_iter().filter_map(|piece| match piece {
        Ok(piece) => Some(piece),
        Err(problem) => {
            unreadable.push(*problem);
            None
        }
    });
    let (fleet, mut problems) = Fleet::of(pieces);
    problems.append(&mut unreadable);
    (fleet, problems)
}

/// Reads a file, if it is an ordinary one of a bearable size.
fn read(root: &Utf8Path, path: &str) -> Result<Piece, Box<Problem>> {
    let refused = |code, message: String, next: &str| {
        Err(Box::new(Problem::error(code, path, message).next(next)))
    };
    // What was an ordinary file when it was found may be a link or a pipe by now.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(FLAGS);
    let file = match options.open(root.join(path)) {
        Ok(file) => file,
        Err(error) => return refused(UNREADABLE, format!("cannot be read: {error}"), ""),
    };
    if !file.metadata().is_ok_and(|facts| facts.is_file()) {
        return refused(UNREADABLE, "is no ordinary file".to_owned(), "remove it");
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX) + 1;
    if let Err(error) = file.take(limit).read_to_end(&mut bytes) {
        return refused(UNREADABLE, format!("cannot be read: {error}"), "");
    }
    if bytes.len() > MOST_BYTES {
        return Err(Box::new(too_large(path)));
    }
    decoded(path, bytes)
}

/// A file as a text says that it is to hold, with the limit of one that is there.
fn given(path: &str, text: &str) -> Result<Piece, Box<Problem>> {
    if text.len() > MOST_BYTES {
        return Err(Box::new(too_large(path)));
    }
    Ok(Piece::read(path, text))
}

pub(crate) fn too_large(path: &str) -> Problem {
    let message = format!("has more than {MOST_BYTES} bytes");
    Problem::error(TOO_MUCH, path, message).next("say less in it")
}

/// A file as its bytes say.
pub(crate) fn decoded(path: &str, bytes: Vec<u8>) -> Result<Piece, Box<Problem>> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Piece::read(path, &text)),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            let place = domi_model::Place { file: path.to_owned(), line };
            let problem = Problem::error(UNREADABLE, path, "is not UTF-8").at(Some(place));
            Err(Box::new(problem.next("write it as UTF-8")))
        }
    }
}

/// Links are not followed, and nobody waits for a pipe.
const FLAGS: i32 = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK).bits() as i32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_no_file_may_have_is_refused_before_it_is_written() {
        let with = |length: usize| {
            let text = format!("#{}", "x".repeat(length - 1));
            let texts = BTreeMap::from([("hosts/a.toml".to_owned(), Some(text))]);
            load_texts(&texts).problems.iter().map(|it| it.code).collect::<Vec<_>>()
        };
        assert_eq!(with(MOST_BYTES), []);
        assert_eq!(with(MOST_BYTES + 1), [TOO_MUCH]);
    }
}
