//! The files of this repository.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask has a parent folder")
}

/// The repository's files of a kind, sorted: `md`, `rs`.
pub(crate) fn files(extension: &str) -> Vec<PathBuf> {
    let entries = WalkDir::new(root()).sort_by_file_name().into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        // What cargo and Nix build is not ours to check.
        !(entry.depth() > 0 && name.starts_with('.') || name == "target" || name == "result")
    });
    entries
        .map(|entry| entry.expect("the repository can be read").into_path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|it| it == extension))
        .collect()
}
