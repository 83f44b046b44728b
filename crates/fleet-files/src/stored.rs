//! Files of a fleet that are kept elsewhere than in a folder, such as in a commit. The same is
//! refused of them, in the same words.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Folder, folder_of, is_left_alone};
use rayon::prelude::*;

use crate::codes::UNREADABLE;
use crate::find::{DEEPEST, Found};
use crate::load::{Loaded, decoded, put_together, too_large};

/// What is stored under a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A file of a bearable size.
    File(Vec<u8>),
    /// A file that has more than [`MOST_BYTES`](domi_fleet::MOST_BYTES).
    Large,
    /// A link.
    Link,
    /// Something that cannot be read, and why.
    Unreadable(&'static str),
}

/// Whether a path from the fleet's root is looked at. All else is no part of the fleet.
pub fn belongs(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    !path.split('/').any(is_left_alone)
        && !matches!(folder_of(&path), Folder::Outside | Folder::Log)
}

/// Reads files that are stored under these paths. A file that cannot be read is a problem, and stops
/// no other one.
pub fn of_stored(files: impl IntoIterator<Item = (Vec<u8>, Stored)>) -> Loaded {
    let mut found = Found::default();
    let mut contents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut too_deep: BTreeSet<String> = BTreeSet::new();
    for (path, stored) in files.into_iter().filter(|(path, _)| belongs(path)) {
        let path = match String::from_utf8(path) {
            Ok(path) => path,
            Err(error) => {
                found.unnamed(&String::from_utf8_lossy(error.as_bytes()));
                continue;
            }
        };
        let folders: Vec<&str> = path.split('/').collect();
        if folders.len() > DEEPEST {
            let folder = folders[..DEEPEST].join("/");
            if !too_deep.contains(&folder) {
                found.too_deep(&folder);
                too_deep.insert(folder);
            }
            continue;
        }
        match stored {
            Stored::File(bytes) => {
                found.file(path.clone());
                contents.insert(path, bytes);
            }
            Stored::Large => found.problems.push(too_large(&path)),
            Stored::Link => found.link(&path),
            Stored::Unreadable(why) => found.problem(UNREADABLE, &path, why, ""),
        }
    }
    found.files.sort();
    let files: Vec<(String, Vec<u8>)> = std::mem::take(&mut found.files)
        .into_iter()
        .filter_map(|path| contents.remove_entry(&path))
        .collect();
    let pieces = files.into_par_iter().map(|(path, bytes)| decoded(&path, bytes)).collect();
    let (fleet, problems) = put_together(pieces);
    found.problems.extend(problems);
    Loaded { fleet, problems: found.problems }
}
