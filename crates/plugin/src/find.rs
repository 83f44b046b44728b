use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::{Place, Problem};

use crate::codes::{CRATE_UNUSABLE, NO_WORKSPACE, SAME_NAME};
use crate::{metadata, outside};

/// A cargo workspace and the features in it.
#[derive(Debug)]
pub struct Workspace {
    /// Its root folder, absolute.
    pub root: Utf8PathBuf,
    /// cargo's folder for what it builds, absolute.
    pub target: Utf8PathBuf,
    /// The features that can be used, by name.
    pub features: Vec<FeatureCrate>,
    /// What keeps others from being used.
    pub problems: Vec<Problem>,
    /// The names of all the workspace's packages.
    pub package_names: BTreeSet<String>,
    /// All that cargo says of it.
    pub metadata: Metadata,
    /// Folders of all the workspace's packages, with those they depend on by path, and of plugins
    /// that are no packages.
    pub(crate) packages: BTreeMap<Utf8PathBuf, Vec<Utf8PathBuf>>,
}

/// A crate that is a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureCrate {
    /// The feature's name.
    pub name: String,
    /// The crate's name; of a folder that is no crate, a name that no crate can have.
    pub package: String,
    /// The crate's folder, absolute.
    pub folder: Utf8PathBuf,
    /// The crate's folder, from the workspace root.
    pub place: Utf8PathBuf,
    /// What prints the manifest.
    pub source: Source,
}

/// What prints a feature's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A binary of the crate, by name.
    Binary(String),
    /// A program with its arguments, run in the crate's folder.
    Command(Vec<String>),
}

impl Workspace {
    /// Reads the workspace whose root folder this is.
    ///
    /// The inner list is for the user to mend: cargo cannot read the workspace.
    pub fn find(root: &Utf8Path, interrupt: &Interrupt) -> Result<Result<Self, Vec<Problem>>> {
        let outcome = cargo()
            .args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"])
            .arg(root.join("Cargo.toml"))
            .run(interrupt)?;
        if !outcome.success() {
            let said = String::from_utf8_lossy(&outcome.stderr);
            let problem = Problem::error(NO_WORKSPACE, root.as_str(), said.trim())
                .next("mend what cargo says");
            return Ok(Err(vec![problem]));
        }
        let metadata: Metadata = serde_json::from_slice(&outcome.stdout)
            .context("`cargo metadata` printed what this tool cannot read")?;
        Ok(Ok(Self::new(metadata)))
    }

    fn new(metadata: Metadata) -> Self {
        let mut features = Vec::new();
        let mut problems = Vec::new();
        for package in metadata.workspace_packages() {
            match feature(package, &metadata.workspace_root) {
                None => {}
                Some(Ok(feature)) => features.push(feature),
                Some(Err(problem)) => problems.push(problem),
            }
        }
        let (plugins, unusable) = outside::plugins(&metadata);
        let folders = plugins.iter().map(|plugin| (plugin.folder.clone(), Vec::new()));
        let folders: BTreeMap<_, _> = folders.collect();
        features.extend(plugins);
        problems.extend(unusable);
        features.sort_by(|a, b| (&a.name, &a.package).cmp(&(&b.name, &b.package)));
        refuse_same_names(&mut features, &mut problems);
        let package_names = metadata.packages.iter().map(|package| package.name.to_string());
        let packages = metadata.packages.iter().map(|package| {
            (folder(package), metadata::path_dependencies(package).cloned().collect())
        });
        Self {
            root: metadata.workspace_root.clone(),
            target: metadata.target_directory.clone(),
            features,
            problems,
            package_names: package_names.collect(),
            packages: packages.chain(folders).collect(),
            metadata,
        }
    }

    /// The feature of this name.
    pub fn feature(&self, name: &str) -> Option<&FeatureCrate> {
        self.features.iter().find(|feature| feature.name == name)
    }
}

/// The cargo that runs us, or the one on PATH.
pub(crate) fn cargo() -> Program {
    Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn folder(package: &Package) -> Utf8PathBuf {
    package.manifest_path.parent().unwrap_or(Utf8Path::new("/")).to_owned()
}

fn feature(package: &Package, root: &Utf8Path) -> Option<Result<FeatureCrate, Problem>> {
    let table = metadata::table(package)?;
    let folder = folder(package);
    let place = folder.strip_prefix(root).unwrap_or(&folder).to_owned();
    let refuse = |message: String| {
        Problem::error(CRATE_UNUSABLE, package.name.as_str(), message)
            .at(Some(Place { file: place.join("Cargo.toml").into_string(), line: 1 }))
            .next("mend the crate's Cargo.toml, or remove its [package.metadata.domi]")
    };
    let table = match table {
        Ok(table) => table,
        Err(message) => return Some(Err(refuse(message))),
    };
    let name = table.name.unwrap_or_else(|| package.name.to_string());
    if !metadata::is_name(&name) {
        let message = format!("the crate's name `{name}` is not in kebab-case");
        return Some(Err(refuse(message)));
    }
    let source = match table.command.map_or_else(
        || metadata::binary(package).map(Source::Binary),
        |command| Ok(Source::Command(command)),
    ) {
        Ok(source) => source,
        Err(message) => return Some(Err(refuse(message))),
    };
    Some(Ok(FeatureCrate { name, package: package.name.to_string(), folder, place, source }))
}

/// Takes out features that share a name: neither is better than the other.
fn refuse_same_names(features: &mut Vec<FeatureCrate>, problems: &mut Vec<Problem>) {
    let mut crates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for feature in features.iter() {
        crates.entry(feature.name.clone()).or_default().push(feature.place.to_string());
    }
    crates.retain(|_, packages| packages.len() > 1);
    features.retain(|feature| !crates.contains_key(&feature.name));
    for (name, packages) in crates {
        let message = format!("{} all have this name", packages.join(" and "));
        problems.push(
            Problem::error(SAME_NAME, name, message)
                .next("rename one, or set `name` in its [package.metadata.domi]"),
        );
    }
}
