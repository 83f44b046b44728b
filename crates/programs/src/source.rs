//! What a program is built from, as a workspace of its own: the crates that it needs, and none else. There
//! is no `Cargo.lock`, since none of them is from elsewhere.

use std::path::Path;

use anyhow::{Context, Result};
use camino::Utf8Path;
use domi_host::hash::Key;
use domi_plugin::{ProgramCrate, Workspace};
use fs_err as fs;
use toml_edit::{Array, DocumentMut, Item, Table};
use walkdir::WalkDir;

/// Tables of a crate that only tests and benchmarks need: what they name may not be there.
const NOT_BUILT: [&str; 4] = ["dev-dependencies", "test", "bench", "example"];

/// A copy.
#[derive(Debug)]
pub(crate) struct Source {
    folder: tempfile::TempDir,
    digest: String,
}

impl Source {
    pub(crate) fn copy(workspace: &Workspace, of: &ProgramCrate) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for the source")?;
        let to = Utf8Path::from_path(folder.path()).context("a folder that is not UTF-8")?;
        let mut members = Array::new();
        for crate_folder in &of.folders {
            let place = crate_folder.strip_prefix(&workspace.root)?;
            members.push(place.as_str());
            copy_tree(crate_folder, &to.join(place), &workspace.target)?;
            edit(&to.join(place).join("Cargo.toml"), |table| {
                NOT_BUILT.iter().for_each(|name| drop(table.remove(name)));
            })?;
        }
        fs::copy(workspace.root.join("Cargo.toml"), to.join("Cargo.toml"))?;
        edit(&to.join("Cargo.toml"), |table| {
            // A crate in the root itself is not of the program, nor is what takes the place of others.
            table.retain(|key, _| ["profile", "workspace"].contains(&key));
            if let Some(profiles) = table.get_mut("profile").and_then(Item::as_table_mut) {
                profiles.retain(|name, _| name == "release");
            }
            if let Some(workspace) = table.get_mut("workspace").and_then(Item::as_table_mut) {
                ["default-members", "exclude"].iter().for_each(|key| drop(workspace.remove(key)));
                workspace.insert("members", members.into());
            }
        })?;
        let digest = digest(to)?;
        Ok(Self { folder, digest })
    }

    /// Of all that is in it.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Puts it into a new folder.
    pub(crate) fn put(&self, to: &Path) -> Result<()> {
        let from = Utf8Path::from_path(self.folder.path()).context("a folder that is not UTF-8")?;
        let to = Utf8Path::from_path(to).context("a folder that is not UTF-8")?;
        copy_tree(from, to, Utf8Path::new("/"))
    }
}

fn edit(path: &Utf8Path, change: impl FnOnce(&mut Table)) -> Result<()> {
    let mut document: DocumentMut = fs::read_to_string(path)?.parse()?;
    change(document.as_table_mut());
    Ok(fs::write(path, document.to_string())?)
}

/// Copies a file, or files and folders, links followed, but for what cargo builds and what git keeps.
///
/// # Errors
/// When something cannot be read or written.
pub fn copy_tree(from: &Utf8Path, to: &Utf8Path, target: &Utf8Path) -> Result<()> {
    let wanted = |entry: &walkdir::DirEntry| {
        !entry.file_type().is_dir() || (entry.path() != target && entry.file_name() != ".git")
    };
    for entry in WalkDir::new(from).follow_links(true).into_iter().filter_entry(wanted) {
        let entry = entry?;
        // A file has nothing within, and a path that ends in a slash is none of a file.
        let within = entry.path().strip_prefix(from)?;
        let to = match within.as_os_str().is_empty() {
            true => to.as_std_path().to_owned(),
            false => to.as_std_path().join(within),
        };
        if entry.file_type().is_dir() {
            fs::create_dir_all(to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn digest(folder: &Utf8Path) -> Result<String> {
    let mut key = Key::new("domi.source/1");
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        let name = entry.path().strip_prefix(folder)?;
        if entry.file_type().is_file() {
            key.add(name.as_os_str().as_encoded_bytes());
            key.add_file(entry.path())?;
        }
    }
    Ok(key.finish())
}
