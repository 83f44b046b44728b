use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_host::hash::Key;
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::{FeatureCrate, Source, Workspace};

/// Digests of everything that features are built from.
pub(crate) struct Sources<'a> {
    workspace: &'a Workspace,
    /// What all crates have in common: compiler, flags, dependencies outside the workspace.
    common: String,
    /// Digest of each package folder.
    folders: BTreeMap<&'a Utf8Path, String>,
}

impl<'a> Sources<'a> {
    /// Reads the sources of these features.
    pub(crate) fn read(
        workspace: &'a Workspace,
        features: &[&'a FeatureCrate],
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let folders: BTreeSet<&Utf8Path> = features
            .iter()
            .flat_map(|feature| closure(workspace, feature).unwrap_or_default())
            .collect();
        let folders = folders
            .into_par_iter()
            .map(|path| Ok((path, folder(path)?)))
            .collect::<Result<Vec<_>>>()?;
        let binaries = features.iter().any(|f| matches!(f.source, Source::Binary(_)));
        let common = if binaries { common(workspace, interrupt)? } else { String::new() };
        Ok(Self { workspace, common, folders: folders.into_iter().collect() })
    }

    /// Looks again at what all crates have in common: cargo writes `Cargo.lock` as it builds.
    pub(crate) fn built(&mut self, interrupt: &Interrupt) -> Result<()> {
        self.common = common(self.workspace, interrupt)?;
        Ok(())
    }

    /// The key of a feature's manifest; `None` where not all it is built from is known.
    pub(crate) fn key(&self, feature: &FeatureCrate) -> Option<String> {
        let mut key = Key::new("domi.manifest/1").with(domi_model::SCHEMA).with(&feature.name);
        match &feature.source {
            Source::Binary(name) => {
                key.add(name);
                key.add(&self.common);
            }
            Source::Command(words) => words.iter().for_each(|word| key.add(word)),
        }
        for path in closure(self.workspace, feature)? {
            key.add(path.as_str());
            key.add(self.folders.get(path)?);
        }
        Some(key.finish())
    }

    /// The folders whose content the feature's key covers.
    pub(crate) fn covered(&self, feature: &FeatureCrate) -> Vec<&Utf8Path> {
        closure(self.workspace, feature).unwrap_or_default().into_iter().collect()
    }
}

/// The folders of a feature's crate and of all it depends on by path; `None` where one is
/// outside the workspace, so that what it depends on is not known.
fn closure<'a>(workspace: &'a Workspace, feature: &FeatureCrate) -> Option<BTreeSet<&'a Utf8Path>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Utf8Path> = vec![&feature.folder];
    while let Some(path) = open.pop() {
        let (path, dependencies) = workspace.packages.get_key_value(path)?;
        if found.insert(path.as_path()) && matches!(feature.source, Source::Binary(_)) {
            open.extend(dependencies.iter().map(Utf8PathBuf::as_path));
        }
    }
    Some(found)
}

fn common(workspace: &Workspace, interrupt: &Interrupt) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Program::new(rustc).arg("-vV").folder(&workspace.root).read(interrupt)?;
    let mut key = Key::new("domi.common/1").with(version);
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        key.add(std::env::var_os(name).unwrap_or_default().as_encoded_bytes());
    }
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        ".cargo/config",
        "rust-toolchain.toml",
        "rust-toolchain",
    ] {
        key.add(std::fs::read(workspace.root.join(name)).unwrap_or_default());
    }
    Ok(key.finish())
}

/// The digest of a package's folder: every file's name and content, but for what is built,
/// hidden, or another package.
fn folder(path: &Utf8Path) -> Result<String> {
    let mut key = Key::new("domi.folder/1");
    let walk = WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_source);
    for entry in walk {
        let entry = entry.with_context(|| format!("cannot read the sources in {path}"))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
        key.add(name.as_os_str().as_encoded_bytes());
        match std::fs::read(entry.path()) {
            Ok(content) => key.add(content),
            // A link to nowhere or to a folder; or a file that was just removed, as editors do.
            Err(_) => key.add(
                std::fs::read_link(entry.path()).unwrap_or_default().as_os_str().as_encoded_bytes(),
            ),
        }
    }
    Ok(key.finish())
}

fn is_source(entry: &DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    if entry.depth() == 0 {
        return true;
    }
    if !entry.file_type().is_dir() {
        return true;
    }
    !name.starts_with(b".") && name != b"target" && !entry.path().join("Cargo.toml").exists()
}
