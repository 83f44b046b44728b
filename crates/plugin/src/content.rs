use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::hash::{self, Key};
use walkdir::{DirEntry, WalkDir};

use crate::Workspace;

/// Digests of files and folders as they are now, each read once.
pub(crate) struct Content<'a> {
    target: &'a Utf8Path,
    known: Mutex<HashMap<Utf8PathBuf, Option<String>>>,
}

impl<'a> Content<'a> {
    pub(crate) fn of(workspace: &'a Workspace) -> Self {
        Self { target: &workspace.target, known: Mutex::default() }
    }

    /// The digest of a file, or of a folder with everything in it, links followed; `None` where
    /// any of it is not there or cannot be read.
    pub(crate) fn digest(&self, path: &Utf8Path) -> Option<String> {
        if let Some(known) = self.lock().get(path) {
            return known.clone();
        }
        let digest = self.read(path);
        self.lock().insert(path.to_owned(), digest.clone());
        digest
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Utf8PathBuf, Option<String>>> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn read(&self, path: &Utf8Path) -> Option<String> {
        if !path.is_dir() {
            return file(path.as_std_path());
        }
        let mut key = Key::new("domi.folder/2");
        for entry in entries_below(path, self.target) {
            // A link to nowhere, or in a circle, is an error too.
            let entry = entry.ok()?;
            let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
            key.add(name.as_os_str().as_encoded_bytes());
            if entry.file_type().is_file() {
                key.add(file(entry.path())?);
            }
        }
        Some(key.finish())
    }
}

/// The digest of a file's content, and of whether it may be executed.
fn file(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mut digest = hash::file(path).ok()?;
    if facts.permissions().mode() & 0o111 != 0 {
        digest.push('x');
    }
    Some(digest)
}

/// Everything in a folder, links followed, but for what cargo builds and what git keeps.
pub(crate) fn entries_below(
    folder: &Utf8Path,
    target: &Utf8Path,
) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let wanted = move |entry: &DirEntry| {
        !entry.file_type().is_dir() || (entry.path() != target && entry.file_name() != ".git")
    };
    WalkDir::new(folder)
        .min_depth(1)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(wanted)
}
