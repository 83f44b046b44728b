use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package};
use domi_host::Interrupt;
use domi_host::command::{Outcome, Program};
use domi_model::{Place, Problem};

use crate::codes::{CRATE_UNUSABLE, NO_WORKSPACE, SAME_NAME};
use crate::feature_crate::{Command, FeatureCrate, Source};
use crate::{metadata, outside};

/// A cargo workspace and the features in it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its root folder, absolute.
    pub root: Utf8PathBuf,
    /// cargo's folder for what it builds, absolute.
    pub target: Utf8PathBuf,
    /// Whether that was chosen here, whatever cargo is told elsewhere.
    target_is_chosen: bool,
    /// The features that can be used, by name.
    pub features: Vec<FeatureCrate>,
    /// What keeps others from being used.
    pub problems: Vec<Problem>,
    /// The names of all the workspace's packages.
    pub package_names: BTreeSet<String>,
    /// All that cargo says of it.
    pub metadata: Metadata,
}

impl Workspace {
    /// The workspace that a folder is in, as cargo finds it; nothing where no folder above has a
    /// `Cargo.toml`, or where one of its packages cannot be read.
    pub fn around(folder: &Utf8Path, interrupt: &Interrupt) -> Result<Option<Self>> {
        if !folder.ancestors().any(|folder| folder.join("Cargo.toml").exists()) {
            return Ok(None);
        }
        let outcome = read_packages().folder(folder).run(interrupt)?;
        Ok(if outcome.success() { Some(Self::parse(&outcome)?) } else { None })
    }

    /// The root folder of the workspace that a folder is in, as cargo finds it; nothing where no
    /// folder above has a `Cargo.toml`. It may have packages that cannot be read.
    ///
    /// The inner list is for the user to fix: cargo cannot read one of them.
    pub fn root_around(
        folder: &Utf8Path,
        interrupt: &Interrupt,
    ) -> Result<Result<Option<Utf8PathBuf>, Vec<Problem>>> {
        if !folder.ancestors().any(|folder| folder.join("Cargo.toml").exists()) {
            return Ok(Ok(None));
        }
        let outcome = cargo()
            .args(["locate-project", "--workspace", "--message-format=plain"])
            .folder(folder)
            .run(interrupt)?;
        if !outcome.success() {
            return Ok(Err(vec![unreadable(folder, &outcome)]));
        }
        let path = String::from_utf8(outcome.stdout).context("the workspace is not UTF-8")?;
        Ok(Ok(Utf8Path::new(path.trim_end_matches('\n')).parent().map(Utf8Path::to_owned)))
    }

    /// Reads the workspace whose root folder this is.
    ///
    /// The inner list is for the user to fix: cargo cannot read the workspace.
    pub fn find(root: &Utf8Path, interrupt: &Interrupt) -> Result<Result<Self, Vec<Problem>>> {
        let program = read_packages().arg("--manifest-path").arg(root.join("Cargo.toml"));
        let outcome = program.run(interrupt)?;
        if !outcome.success() {
            return Ok(Err(vec![unreadable(root, &outcome)]));
        }
        Self::parse(&outcome).map(Ok)
    }

    /// As [`Workspace::find`]. It is built in another folder than cargo would take: never where a
    /// workspace of the same crates at another time is built.
    pub fn find_built_in(
        root: &Utf8Path,
        target: &Utf8Path,
        interrupt: &Interrupt,
    ) -> Result<Result<Self, Vec<Problem>>> {
        let program = read_packages().arg("--manifest-path").arg(root.join("Cargo.toml"));
        let outcome = program.env(TARGET, target).run(interrupt)?;
        if !outcome.success() {
            return Ok(Err(vec![unreadable(root, &outcome)]));
        }
        Ok(Ok(Self { target_is_chosen: true, ..Self::parse(&outcome)? }))
    }

    /// The cargo that builds it.
    pub(crate) fn cargo(&self) -> Program {
        if self.target_is_chosen { cargo().env(TARGET, &self.target) } else { cargo() }
    }

    fn parse(outcome: &Outcome) -> Result<Self> {
        let metadata = serde_json::from_slice(&outcome.stdout)
            .context("`cargo metadata` printed what this tool cannot read")?;
        Ok(Self::new(metadata))
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
        features.extend(plugins);
        problems.extend(unusable);
        features.sort_by(|a, b| (&a.name, &a.package).cmp(&(&b.name, &b.package)));
        refuse_same_names(&mut features, &mut problems);
        let package_names = metadata.packages.iter().map(|package| package.name.to_string());
        Self {
            root: metadata.workspace_root.clone(),
            target: metadata.target_directory.clone(),
            target_is_chosen: false,
            features,
            problems,
            package_names: package_names.collect(),
            metadata,
        }
    }

    /// cargo's folder for what it builds on the way, absolute.
    pub(crate) fn build_folder(&self) -> &Utf8Path {
        self.metadata.build_directory.as_deref().unwrap_or(&self.target)
    }

    /// A file or folder as it is named in what is generated and shown: from the workspace root,
    /// also where it is elsewhere.
    pub fn place(&self, path: &Utf8Path) -> Utf8PathBuf {
        from(&self.root, path)
    }

    /// The feature of this name.
    pub fn feature(&self, name: &str) -> Option<&FeatureCrate> {
        self.features.iter().find(|feature| feature.name == name)
    }
}

/// The variable that tells cargo where to build.
const TARGET: &str = "CARGO_TARGET_DIR";

fn read_packages() -> Program {
    cargo().args(["metadata", "--no-deps", "--format-version=1"])
}

/// What cargo says of a workspace that it cannot read.
fn unreadable(folder: &Utf8Path, outcome: &Outcome) -> Problem {
    let said = String::from_utf8_lossy(&outcome.stderr);
    Problem::error(NO_WORKSPACE, folder.as_str(), said.trim()).next("fix what cargo says")
}

/// The cargo that runs us, or the one on PATH.
pub fn cargo() -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // A cache of the compiler that it starts serves other builds, too.
    Program::new(cargo).leaves_servers()
}

fn folder(package: &Package) -> Utf8PathBuf {
    package.manifest_path.parent().unwrap_or(Utf8Path::new("/")).to_owned()
}

fn feature(package: &Package, root: &Utf8Path) -> Option<Result<FeatureCrate, Problem>> {
    let table = metadata::table(package)?;
    let folder = folder(package);
    let place = from(root, &folder);
    let refuse = |message: String| {
        Problem::error(CRATE_UNUSABLE, package.name.as_str(), message)
            .at(Some(Place { file: place.join("Cargo.toml").into_string(), line: 1 }))
            .next("fix the crate's Cargo.toml, or remove its [package.metadata.domi]")
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
    let source = match table.command {
        None => metadata::binary(package).map(Source::Binary),
        Some(words) => Ok(Source::Command(Command { words, reads: table.reads })),
    };
    let source = match source {
        Ok(source) => source,
        Err(message) => return Some(Err(refuse(message))),
    };
    let (package, id) = (package.name.to_string(), package.id.repr.clone());
    Some(Ok(FeatureCrate { name, package, id, folder, place, source }))
}

/// The way from a folder to a path, both absolute.
fn from(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let shared = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| "..");
    let down = path.components().skip(shared).map(|part| part.as_str());
    up.chain(down).collect()
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
