use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

/// Where nixpkgs is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nixpkgs {
    /// A folder with a checkout of it, or with a flake without inputs that has its `lib`,
    /// `legacyPackages` and `nixos`. It is read in place, by its absolute path.
    Folder(PathBuf),
    /// A flake reference, such as `nixpkgs` or `github:NixOS/nixpkgs/nixos-unstable`.
    Flake(String),
}

impl Nixpkgs {
    /// A folder, if there is one of that name (also after `path:`), else a flake reference.
    ///
    /// # Errors
    /// If the folder's path cannot be made absolute.
    pub fn named(name: &str) -> std::io::Result<Self> {
        let folder = Path::new(name.strip_prefix("path:").unwrap_or(name));
        if folder.is_dir() {
            return std::path::absolute(folder).map(Self::Folder);
        }
        Ok(Self::Flake(name.to_owned()))
    }

    /// What `-I nixpkgs=` names it by.
    pub(crate) fn search_path(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Flake(reference) => format!("flake:{reference}"),
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Folder(path) => json!({ "folder": path }),
            Self::Flake(reference) => json!({ "flake": reference }),
        }
    }
}

impl fmt::Display for Nixpkgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Flake(reference) => f.write_str(reference),
        }
    }
}
