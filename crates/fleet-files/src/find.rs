//! Finds the files of a fleet.

use std::ffi::OsStr;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use domi_fleet::{Folder, Piece, STRANGE_FILE, folder_of, is_left_alone};
use domi_model::{Code, Problem};

use crate::codes::{LINK, NO_ROOT, TOO_MUCH, UNREADABLE};

/// The most folders within each other, the root included.
pub(crate) const DEEPEST: usize = 11;
/// The most files.
const MOST_FILES: usize = 500_000;

/// The files of a fleet, by their paths from its root.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Sorted.
    pub(crate) files: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

/// Looks through the folders of a fleet, and through no others.
pub(crate) fn find(root: &Utf8Path) -> Found {
    let mut found = Found::default();
    match fs_err::metadata(root) {
        Ok(facts) if facts.is_dir() => found.folder(root, "", 1),
        Ok(_) => found.problem(NO_ROOT, root.as_str(), "is no folder", "name one"),
        Err(error) => {
            let next = "make the folder, or name another as `root` under `[fleet]`";
            found.problem(NO_ROOT, root.as_str(), &error.to_string(), next);
        }
    }
    found.files.sort();
    found
}

impl Found {
    pub(crate) fn problem(&mut self, code: Code, subject: &str, message: &str, next: &str) {
        self.problems.push(Problem::error(code, subject, message).next(next));
    }

    pub(crate) fn link(&mut self, path: &str) {
        self.problem(LINK, path, "is a link", "put the file itself there");
    }

    pub(crate) fn too_deep(&mut self, path: &str) {
        self.problem(TOO_MUCH, path, "is too deep within folders", "put its files further up");
    }

    pub(crate) fn unnamed(&mut self, path: &str) {
        self.problem(UNREADABLE, path, "its name is not UTF-8", "give it another");
    }

    fn folder(&mut self, root: &Utf8Path, path: &str, depth: usize) {
        let entries = match fs_err::read_dir(root.join(path)) {
            Ok(entries) => entries,
            Err(error) => return self.problem(UNREADABLE, path, &error.to_string(), ""),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.problem(UNREADABLE, path, &error.to_string(), ""),
            };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                if !path.is_empty() {
                    let shown = shown(path, &name);
                    self.unnamed(&shown);
                }
                continue;
            };
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            // A root may have more than a fleet in it.
            if is_left_alone(name) || folder_of(&below) == Folder::Outside {
                self.near(path, name, &entry.path());
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => {
                    self.link(&below);
                }
                Ok(kind) if kind.is_dir() && depth >= DEEPEST => {
                    self.too_deep(&below);
                }
                Ok(kind) if kind.is_dir() => self.folder(root, &below, depth + 1),
                Ok(kind) if kind.is_file() && folder_of(&below) == Folder::Log => {}
                Ok(kind) if kind.is_file() => self.file(below),
                Ok(_) => self.problem(UNREADABLE, &below, "is no ordinary file", "remove it"),
                Err(error) => self.problem(UNREADABLE, &below, &error.to_string(), ""),
            }
        }
    }

    pub(crate) fn file(&mut self, path: String) {
        match Piece::refused(&path) {
            Some(problem) => self.problems.push(problem),
            None if self.files.len() == MOST_FILES => {
                let message = format!("there are more than {MOST_FILES} files");
                self.problem(TOO_MUCH, &path, &message, "make several fleets of it");
                self.files.push(path);
            }
            None if self.files.len() > MOST_FILES => {}
            None => self.files.push(path),
        }
    }

    /// A folder beside those of the fleet whose name is nearly one of theirs, with files of TOML in
    /// it, is most often a mistake.
    fn near(&mut self, path: &str, name: &str, folder: &Path) {
        const ALIKE: [(&str, &str); 6] = [
            ("host", "hosts"),
            ("node", "nodes"),
            ("roles", "nodes"),
            ("user", "users"),
            ("people", "domain/people"),
            ("domains", "domain"),
        ];
        let Some((_, meant)) = ALIKE.iter().find(|(alike, _)| path.is_empty() && *alike == name)
        else {
            return;
        };
        let is_toml = |path: &Path| path.extension() == Some(OsStr::new("toml"));
        let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        if entries.any(|entry| is_toml(&entry.path())) {
            let message =
                format!("is no folder of a fleet, and its files are not read; `{meant}` is");
            let problem = Problem::warning(STRANGE_FILE, name, message);
            self.problems
                .push(problem.next(format!("rename it to `{meant}` if it is meant for it")));
        }
    }
}

fn shown(path: &str, name: &OsStr) -> String {
    Utf8PathBuf::from(path).join(name.to_string_lossy().as_ref()).into_string()
}
