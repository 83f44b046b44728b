use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_plugin::{FeatureCrate, Workspace};

use crate::Change;
use crate::graph::{Graph, Id, differing};
use crate::settings::machines_differ;
use crate::workspace_toml::{Differs, differs};

/// A way to test features; what changes one need not change the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Machines that this tool makes, with what it realised.
    Portable,
    /// NixOS, from the flake.
    Nixos,
}

/// Why a feature is touched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The file that differs, from the workspace root.
    pub file: Utf8PathBuf,
    /// What the file has to do with the feature.
    pub how: How,
    /// The lanes in which it is touched.
    pub lanes: &'static [Lane],
}

/// What a file has to do with a feature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is part of the feature's crate.
    Own,
    /// It is part of a package that the crate is built from.
    BuiltFrom(String),
    /// It says that this package is another now, and the crate is built from that.
    Locked(String),
    /// It is made from the feature's crate.
    Generated,
    /// It is part of what runs tests in this lane: a package, or the machine's settings.
    Runs(String),
    /// Every NixOS of the repository is made from it.
    Trunk,
    /// Everything is built with it.
    Everything,
    /// Nobody knows what it is for.
    Unknown,
}

const BOTH: &[Lane] = &[Lane::Portable, Lane::Nixos];

/// The packages by which tests are run, each with the lane that is run by it. All that these are
/// built from is part of the lane.
const RUNNERS: [(&str, &[Lane]); 2] =
    [("domi-runner", &[Lane::Portable]), ("domi-nix-command", &[Lane::Nixos])];

/// The features that a change touches, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    features: BTreeMap<String, BTreeSet<Reason>>,
}

impl Touched {
    /// Why a feature is touched in a lane; nothing where it is not.
    pub fn why(&self, feature: &str, lane: Lane) -> impl Iterator<Item = &Reason> {
        let reasons = self.features.get(feature).into_iter().flatten();
        reasons.filter(move |reason| reason.lanes.contains(&lane))
    }
}

/// Follows a change to the features of a workspace.
///
/// # Errors
/// When `Cargo.toml` or `Cargo.lock` of the workspace cannot be read.
pub fn touched(workspace: &Workspace, change: &Change) -> Result<Touched> {
    let read = |name: &str| {
        let path = workspace.root.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    let lock =
        read("Cargo.lock").context("`cargo generate-lockfile` writes a missing Cargo.lock")?;
    let graph = Graph::new(&workspace.metadata, &lock)?;
    let mut following = Following::new(workspace, change, &graph);
    for file in &change.files {
        let before = change.before.get(file.as_str()).map_or("", String::as_str);
        match file.as_str() {
            "Cargo.toml" => following.cargo_toml(file, differs(before, &read("Cargo.toml")?)),
            "Cargo.lock" => following.lock(file, &differing(before, &lock)?),
            "domi.toml" => {
                // It may have been removed.
                let now = read("domi.toml").unwrap_or_default();
                if machines_differ(before, &now) {
                    let how = How::Runs("the settings of machines".to_owned());
                    following.touch(file, &how, &[Lane::Portable], |_| true);
                }
            }
            _ => following.file(file),
        }
    }
    Ok(following.touched)
}

struct Following<'a> {
    workspace: &'a Workspace,
    change: &'a Change,
    graph: &'a Graph,
    /// What each feature's crate is built from.
    features: Vec<(&'a FeatureCrate, BTreeSet<&'a Id>)>,
    /// What each lane's runner is built from.
    runners: Vec<(&'static [Lane], BTreeSet<&'a Id>)>,
    touched: Touched,
}

impl<'a> Following<'a> {
    fn new(workspace: &'a Workspace, change: &'a Change, graph: &'a Graph) -> Self {
        let of = |id: Option<&'a Id>| id.map(|id| graph.closure(id)).unwrap_or_default();
        let features = workspace.features.iter();
        let features = features.map(|feature| (feature, of(graph.member(&feature.folder))));
        let runners = RUNNERS.iter().map(|(name, lanes)| {
            (*lanes, graph.named(name).flat_map(|id| graph.closure(id)).collect())
        });
        Self {
            workspace,
            change,
            graph,
            features: features.collect(),
            runners: runners.collect(),
            touched: Touched::default(),
        }
    }

    fn file(&mut self, file: &Utf8Path) {
        let absolute = self.workspace.root.join(file);
        let graph = self.graph;
        let in_plugin = |feature: &FeatureCrate| {
            graph.member(&feature.folder).is_none() && absolute.starts_with(&feature.folder)
        };
        let is_plugins = self.workspace.features.iter().any(in_plugin);
        if is_plugins {
            self.touch(file, &How::Own, BOTH, in_plugin);
        }
        if let Some((folder, package)) = self.graph.holding(&absolute) {
            let within = absolute.strip_prefix(folder).unwrap_or(&absolute);
            if !ONLY_FOR_ITSELF.iter().any(|own| within.starts_with(own)) {
                self.package(file, package, &How::BuiltFrom(package.0.clone()));
            }
        } else if is_plugins {
            // Nothing else is made of it.
        } else if let Some(feature) = generated(file) {
            self.touch(file, &How::Generated, &[Lane::Nixos], |f| f.name == feature);
        } else if is_nix(file) {
            self.touch(file, &How::Trunk, &[Lane::Nixos], |_| true);
        } else if file == "quarantine.toml" {
            let how = How::Runs("the list of known failures".to_owned());
            self.touch(file, &how, BOTH, |_| true);
        } else if BUILT_WITH.iter().any(|path| file.starts_with(path)) {
            self.touch(file, &How::Everything, BOTH, |_| true);
        } else if !for_people(file) && !self.of_a_package_that_is_gone(file) {
            self.touch(file, &How::Unknown, BOTH, |_| true);
        }
    }

    fn cargo_toml(&mut self, file: &Utf8Path, differs: Differs) {
        match differs {
            Differs::Everything => self.touch(file, &How::Everything, BOTH, |_| true),
            Differs::Dependencies(names) => {
                let asking = names.iter().flat_map(|name| self.graph.asking_for(name));
                for package in asking.collect::<BTreeSet<_>>() {
                    self.package(file, package, &How::BuiltFrom(package.0.clone()));
                }
            }
        }
    }

    fn lock(&mut self, file: &Utf8Path, differing: &[Id]) {
        for package in differing {
            let what = format!("{} {}", package.0, package.1);
            self.package(file, package, &How::Locked(what));
        }
    }

    /// A package differs, by this file.
    fn package(&mut self, file: &Utf8Path, package: &Id, how: &How) {
        let mut found = Vec::new();
        for (feature, built_from) in &self.features {
            if built_from.contains(package) {
                let own = self.graph.member(&feature.folder) == Some(package);
                let how =
                    if own && matches!(how, How::BuiltFrom(_)) { How::Own } else { how.clone() };
                found.push((feature.name.clone(), how, BOTH));
            }
        }
        for (lanes, built_from) in &self.runners {
            if built_from.contains(package) {
                let how = match how {
                    How::Locked(what) => How::Runs(what.clone()),
                    _ => How::Runs(package.0.clone()),
                };
                let all = self.features.iter();
                found.extend(all.map(|(f, _)| (f.name.clone(), how.clone(), *lanes)));
            }
        }
        for (feature, how, lanes) in found {
            self.add(feature, Reason { file: file.to_owned(), how, lanes });
        }
    }

    fn touch(
        &mut self,
        file: &Utf8Path,
        how: &How,
        lanes: &'static [Lane],
        which: impl Fn(&FeatureCrate) -> bool,
    ) {
        for feature in self.workspace.features.iter().filter(|feature| which(feature)) {
            let reason = Reason { file: file.to_owned(), how: how.clone(), lanes };
            self.add(feature.name.clone(), reason);
        }
    }

    fn add(&mut self, feature: String, reason: Reason) {
        self.touched.features.entry(feature).or_default().insert(reason);
    }

    /// Who was built from it says so in a Cargo.toml of its own, which differs too.
    fn of_a_package_that_is_gone(&self, file: &Utf8Path) -> bool {
        let manifests = file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
        let gone = |path: &Utf8PathBuf| {
            path != "Cargo.toml"
                && self.change.files.contains(path)
                && !self.workspace.root.join(path).exists()
        };
        manifests.into_iter().any(|path| gone(&path))
    }
}

/// Folders of a package that no other package is built from.
const ONLY_FOR_ITSELF: [&str; 3] = ["tests", "benches", "examples"];

/// What every package is built with.
const BUILT_WITH: [&str; 3] = ["rust-toolchain.toml", "rust-toolchain", ".cargo"];

/// The feature that a generated file is of: `modules/<kind>/<feature>.nix`, `tests/<feature>.nix`.
fn generated(file: &Utf8Path) -> Option<&str> {
    let feature = file.file_name()?.strip_suffix(".nix")?;
    let mut folders = file.components().map(|component| component.as_str());
    let (first, depth) = (folders.next()?, file.components().count());
    let place = (first == "modules" && depth == 3) || (first == "tests" && depth == 2);
    (place && feature != "default").then_some(feature)
}

fn is_nix(file: &Utf8Path) -> bool {
    file == "flake.lock" || file.extension() == Some("nix")
}

/// Whether a file is there to be read: no test can come out otherwise because of it.
fn for_people(file: &Utf8Path) -> bool {
    const FOLDERS: [&str; 5] = ["docs", ".github", ".ci", "templates", "tests"];
    const FILES: [&str; 6] =
        [".gitignore", ".gitattributes", ".editorconfig", "rustfmt.toml", "clippy.toml", "LICENSE"];
    FOLDERS.iter().any(|folder| file.starts_with(folder))
        || FILES.contains(&file.as_str())
        || file.extension() == Some("md")
        || file.as_str().starts_with("LICENSE-")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match &self.how {
            How::Own => write!(f, "{file} is part of it"),
            How::BuiltFrom(package) => write!(f, "it is built from {package}: {file}"),
            How::Locked(package) => write!(f, "it is built from {package}, which is new in {file}"),
            How::Generated => write!(f, "{file} is made from it"),
            How::Runs(what) => write!(f, "its tests are run with {what}: {file}"),
            How::Trunk => write!(f, "every NixOS here is made from {file}"),
            How::Everything => write!(f, "everything is built with {file}"),
            How::Unknown => write!(f, "nobody knows what {file} is for"),
        }
    }
}
