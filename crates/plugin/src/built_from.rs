use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::content::entries_below;
use crate::{Command, FeatureCrate, Workspace};

/// What a feature's manifest is made from.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BuiltFrom {
    /// Files and folders, absolute; of a folder, everything in it. Where a path leads through a
    /// link, both the link and what it leads to are here.
    pub paths: BTreeSet<Utf8PathBuf>,
    /// Whether there may be more that nobody knows of.
    pub and_more: bool,
}

impl BuiltFrom {
    /// Nobody knows.
    pub fn unknown() -> Self {
        Self { paths: BTreeSet::new(), and_more: true }
    }

    /// What the compiler noted; nothing where it noted nothing.
    pub(crate) fn compiled(files: Option<&BTreeSet<Utf8PathBuf>>) -> Self {
        let Some(files) = files else { return Self::unknown() };
        let mut all = Self::default();
        files.iter().for_each(|path| all.add(path));
        all
    }

    /// What a command reads: its program, its arguments where they are files, the crate's folder,
    /// and whatever else; or only that what the crate says it reads.
    pub(crate) fn command(
        workspace: &Workspace,
        feature: &FeatureCrate,
        command: &Command,
    ) -> Self {
        let mut all = Self { and_more: command.reads.is_none(), ..Self::default() };
        for path in command.paths(&workspace.root, feature) {
            all.add_tree(&path, &workspace.target);
        }
        if command.reads.is_none() {
            all.add_tree(&feature.folder, &workspace.target);
        }
        all
    }

    /// Adds what the programs of a crate of the workspace are built from. Where there is no such crate,
    /// whoever builds them says so.
    pub(crate) fn add_program(&mut self, workspace: &Workspace, name: &str) {
        let Ok(program) = workspace.program(name) else { return };
        program.folders.iter().for_each(|folder| self.add_tree(folder, &workspace.target));
        self.add(&workspace.root.join("Cargo.toml"));
    }

    /// The files of a path: itself, or all that are in it.
    pub fn files_in(path: &Utf8Path, target: &Utf8Path) -> Vec<Utf8PathBuf> {
        if path.is_file() {
            return vec![path.to_owned()];
        }
        let entries =
            entries_below(path, target).flatten().filter(|entry| entry.file_type().is_file());
        entries.filter_map(|entry| entry.path().canonicalize().ok()?.try_into().ok()).collect()
    }

    /// Whether a change of this path, which is absolute, is one of what the manifest is made from.
    pub fn has(&self, path: &Utf8Path) -> bool {
        // A path may be a folder too: a git repository within this one.
        self.paths.iter().any(|own| path.starts_with(own) || own.starts_with(path))
    }

    fn add(&mut self, path: &Utf8Path) {
        self.paths.insert(without_dots(path));
        if let Ok(real) = path.canonicalize_utf8() {
            self.paths.insert(real);
        }
    }

    fn add_tree(&mut self, path: &Utf8Path, target: &Utf8Path) {
        self.add(path);
        if !path.is_dir() {
            return;
        }
        for entry in
            entries_below(path, target).flatten().filter(walkdir::DirEntry::path_is_symlink)
        {
            if let Some(link) = Utf8Path::from_path(entry.path()) {
                self.add(link);
            }
        }
    }
}

/// A path without `.` and `..`. Where one of its folders is a link, this may be another file.
fn without_dots(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for part in path.components() {
        match part.as_str() {
            "." => {}
            ".." => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
