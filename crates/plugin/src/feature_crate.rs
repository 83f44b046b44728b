//! A feature's crate, and what in it prints the manifest.

use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::command::Program;

/// The file of a folder without a cargo package that says what prints the manifest.
pub(crate) const PLUGIN_FILE: &str = "plugin.toml";

/// A crate that is a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureCrate {
    /// The feature's name.
    pub name: String,
    /// The crate's name; of a folder that is no crate, a name that no crate can have.
    pub package: String,
    /// What cargo tells it by from all others, whatever they are called.
    pub id: String,
    /// The crate's folder, absolute.
    pub folder: Utf8PathBuf,
    /// The crate's folder, from the workspace root; it may be elsewhere: `../other/crate`.
    pub place: Utf8PathBuf,
    /// What prints the manifest.
    pub source: Source,
}

impl FeatureCrate {
    /// Why nothing of the crate is changed from here, where it is outside of the workspace's folder.
    pub fn elsewhere(&self) -> Option<String> {
        let is_elsewhere = self.place.is_absolute() || self.place.starts_with("..");
        is_elsewhere.then(|| {
            format!("its crate is not in a folder of this workspace, but in {}", self.folder)
        })
    }
}

/// What prints a feature's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A binary of the crate, by name.
    Binary(String),
    /// A program with its arguments, run in the crate's folder.
    Command(Command),
}

/// A program that is no binary of the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// Files and folders that it reads, from the crate's folder, where the crate says that these
    /// are all.
    pub(crate) reads: Option<Vec<Utf8PathBuf>>,
}

impl Command {
    /// The program as it is started. A path is one from the crate's folder.
    pub(crate) fn program(&self, feature: &FeatureCrate) -> Program {
        let program = match &self.words[0] {
            path if path.contains('/') => feature.folder.join(path).into_string(),
            name => name.clone(),
        };
        Program::new(program).args(&self.words[1..]).folder(&feature.folder)
    }

    /// The files and folders, absolute, that it is known to be made from: the program, arguments
    /// that are files or folders, what the crate says that it reads, and the file that says so.
    pub(crate) fn paths(&self, root: &Utf8Path, feature: &FeatureCrate) -> Vec<Utf8PathBuf> {
        let tables = ["Cargo.toml", PLUGIN_FILE].map(|name| feature.folder.join(name));
        let mut paths: Vec<_> = tables.into_iter().filter(|path| path.exists()).collect();
        match &self.words[0] {
            path if path.contains('/') => paths.push(feature.folder.join(path)),
            name => paths.extend(on_path(name)),
        }
        let words = self.words[1..].iter().map(|word| feature.folder.join(word));
        let within = |path: &Utf8Path| path.is_dir() && path.starts_with(root);
        paths.extend(words.filter(|path| path.is_file() || within(path)));
        paths.extend(self.reads.iter().flatten().map(|path| feature.folder.join(path)));
        paths
    }
}

/// The path of a program as it would be started.
fn on_path(program: &str) -> Option<Utf8PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let is_file = |path: &PathBuf| Path::is_file(path);
    Utf8PathBuf::from_path_buf(found.into_iter().find(is_file)?).ok()
}
