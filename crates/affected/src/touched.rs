use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_plugin::{BuiltFrom, FeatureCrate, Workspace};

use crate::graph::{Graph, Id};
use crate::settings::machines_differ;
use crate::workspace_toml::{Differs, differs};
use crate::{Change, How, Lane, Reason};

/// What these features are made from, by name, as far as that is known.
pub type Asking<'a> = dyn FnMut(&[&FeatureCrate]) -> Result<BTreeMap<String, BuiltFrom>> + 'a;

/// The packages by which tests are run, each with the lane that is run by it. All that these are
/// built from is part of the lane. A backend that is not among them may run either.
const RUNNERS: [(&str, &[Lane]); 5] = [
    ("domi-runner", &[Lane::Portable]),
    ("domi-backend-portable", &[Lane::Portable]),
    ("domi-backend-container", &[Lane::Portable]),
    ("domi-backend-nixos", &[Lane::Nixos]),
    ("domi-nix-command", &[Lane::Nixos]),
];

/// What the packages of backends are called.
const BACKEND: &str = "domi-backend-";

/// The features that a change touches, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    features: BTreeMap<String, BTreeSet<Reason>>,
}

impl Touched {
    /// Why a feature is touched in a lane; nothing if it is not.
    pub fn why(&self, feature: &str, lane: Lane) -> impl Iterator<Item = &Reason> {
        let reasons = self.features.get(feature).into_iter().flatten();
        reasons.filter(move |reason| reason.lanes.contains(&lane))
    }
}

/// Follows a change to the features of a workspace. `ask` is called at most once, for features that
/// are not reached by the place of a file.
///
/// # Errors
/// When `Cargo.toml` of the workspace cannot be read, or asking fails.
pub fn touched(workspace: &Workspace, change: &Change, ask: &mut Asking<'_>) -> Result<Touched> {
    let read = |name: &str| {
        let path = workspace.root.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    let mut following = Following::new(workspace, change, &change.graph);
    for path in &change.files {
        let file = workspace.place(path);
        let before = change.before.get(file.as_str()).map_or("", String::as_str);
        match file.as_str() {
            "Cargo.toml" => following.cargo_toml(&file, differs(before, &read("Cargo.toml")?)),
            "Cargo.lock" => {
                // If it cannot be read, everything counts as new.
                let before = Graph::new(&workspace.metadata, before).unwrap_or_default();
                following.lock(&file, &before);
            }
            "domi.toml" => {
                // It may have been removed.
                let now = read("domi.toml").unwrap_or_default();
                if machines_differ(before, &now) {
                    let how = How::Runs("the settings of machines".to_owned());
                    following.touch(&file, &how, &[Lane::Portable], |_| true);
                }
            }
            _ => following.file(path, &file),
        }
    }
    following.made_from(ask)?;
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
        let known = |name: &str| RUNNERS.iter().find(|(known, _)| *known == name);
        let runners = graph.packages().filter_map(|id| {
            let lanes = match known(&id.0) {
                Some((_, lanes)) => *lanes,
                None if id.0.starts_with(BACKEND) => Lane::ALL,
                None => return None,
            };
            Some((lanes, graph.closure(id)))
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

    /// A path that differs, absolute, and its name in messages.
    fn file(&mut self, path: &Utf8Path, file: &Utf8Path) {
        let (graph, root) = (self.graph, &self.workspace.root);
        let in_plugin = |feature: &FeatureCrate| {
            graph.member(&feature.folder).is_none() && path.starts_with(&feature.folder)
        };
        let is_plugins = self.workspace.features.iter().any(in_plugin);
        if is_plugins {
            self.touch(file, &How::Own, Lane::ALL, in_plugin);
        }
        let mut below = graph.below(path).peekable();
        if below.peek().is_some() {
            // A repository within this one, with packages in it.
            for package in below.collect::<BTreeSet<_>>() {
                self.package(file, package, &How::BuiltFrom(package.0.clone()));
            }
        } else if is_read_from_above(path, root)
            || BUILT_WITH.iter().any(|name| file.starts_with(name))
        {
            self.touch(file, &How::Everything, Lane::ALL, |_| true);
        } else if let Some((folder, package)) = self.graph.holding(path) {
            let within = path.strip_prefix(folder).unwrap_or(path);
            if ONLY_FOR_ITSELF.iter().any(|own| within.starts_with(own)) {
                self.data_of(file, within, package);
            } else {
                self.package(file, package, &How::BuiltFrom(package.0.clone()));
            }
        } else if is_plugins {
            // Nothing else is made from it.
        } else if let Some(feature) = generated(file) {
            self.touch(file, &How::Generated, &[Lane::Nixos], |f| f.name == feature);
        } else if is_nix(file) {
            self.touch(file, &How::Trunk, &[Lane::Nixos], |_| true);
        } else if file == "quarantine.toml" {
            let how = How::Runs("the list of known failures".to_owned());
            self.touch(file, &how, Lane::ALL, |_| true);
        } else {
            let within = path.strip_prefix(&self.change.tree).unwrap_or(path);
            let for_people = for_people(file) || for_people(within);
            if !for_people && !self.of_a_package_that_is_gone(path) {
                self.touch(file, &How::Unknown, Lane::ALL, |_| true);
            }
        }
    }

    /// A file in a folder that no other package is built from. It affects only the package itself,
    /// whose plugin may read it when it runs.
    fn data_of(&mut self, file: &Utf8Path, within: &Utf8Path, package: &Id) {
        if within.extension() != Some("rs") {
            let graph = self.graph;
            self.touch(file, &How::Own, Lane::ALL, |feature| {
                graph.member(&feature.folder) == Some(package)
            });
        }
    }

    fn cargo_toml(&mut self, file: &Utf8Path, differs: Differs) {
        match differs {
            Differs::Everything => self.touch(file, &How::Everything, Lane::ALL, |_| true),
            Differs::Dependencies(names) => {
                let asking = names.iter().flat_map(|name| self.graph.asking_for(name));
                for package in asking.collect::<BTreeSet<_>>() {
                    self.package(file, package, &How::BuiltFrom(package.0.clone()));
                }
            }
        }
    }

    fn lock(&mut self, file: &Utf8Path, before: &Graph) {
        let called = |id: &Id| format!("{} {}", id.0, id.1);
        let mut found = Vec::new();
        for (feature, packages) in &self.features {
            for id in self.graph.new_in(packages, before) {
                found.push((feature.name.clone(), How::Locked(called(id)), Lane::ALL));
            }
        }
        for (lanes, packages) in &self.runners {
            for id in self.graph.new_in(packages, before) {
                let how = How::Runs(called(id));
                found.extend(
                    self.features.iter().map(|(f, _)| (f.name.clone(), how.clone(), *lanes)),
                );
            }
        }
        for (feature, how, lanes) in found {
            self.add(feature, Reason { file: file.to_owned(), how, lanes });
        }
    }

    /// Asks what features are made from, for those not yet touched in all lanes.
    fn made_from(&mut self, ask: &mut Asking<'_>) -> Result<()> {
        let whole = |feature: &&FeatureCrate| {
            Lane::ALL.iter().all(|lane| self.touched.why(&feature.name, *lane).next().is_some())
        };
        let open: Vec<_> = self.workspace.features.iter().filter(|f| !whole(f)).collect();
        if open.is_empty() {
            return Ok(());
        }
        let known = ask(&open)?;
        for feature in open {
            let unknown = BuiltFrom::unknown();
            let from = known.get(&feature.name).unwrap_or(&unknown);
            let mut reasons = Vec::new();
            for path in &self.change.files {
                if from.has(path) {
                    reasons.push((path.clone(), How::Read));
                } else if from.and_more && self.may_be_read(feature, path) {
                    reasons.push((path.clone(), How::MayBeRead));
                }
            }
            reasons.extend(self.not_kept(from).map(|path| (path, How::NotKept)));
            for (path, how) in reasons {
                let file = self.workspace.place(&path);
                self.add(feature.name.clone(), Reason { file, how, lanes: Lane::ALL });
            }
        }
        Ok(())
    }

    /// Whether a plugin may read this file, if it is not known what the plugin reads. Features know
    /// nothing of each other, and nothing of what is made from them.
    fn may_be_read(&self, feature: &FeatureCrate, path: &Utf8Path) -> bool {
        let file = self.workspace.place(path);
        let package = self.graph.holding(path).map(|(folder, _)| folder);
        let features = self.workspace.features.iter().map(|feature| &*feature.folder);
        let holding = features.filter(|folder| path.starts_with(folder)).chain(package);
        let innermost = holding.max_by_key(|folder| folder.as_str().len());
        let of_another = innermost.is_some_and(|folder| {
            self.workspace.features.iter().any(|f| f.folder == folder && f.name != feature.name)
        });
        let made = generated(&file).is_some() || MADE.iter().any(|made| file.starts_with(made));
        !of_another && !made
    }

    /// A file among these that git does not track.
    fn not_kept(&self, from: &BuiltFrom) -> Option<Utf8PathBuf> {
        let unknown = |path: &Utf8Path| {
            !path.starts_with(&self.workspace.target)
                && !path.as_str().contains("/__pycache__/")
                && self.change.cannot_tell(path)
        };
        // git does not know a path through a link; the file that it leads to is in the list too.
        let real = from
            .paths
            .iter()
            .filter(|path| path.canonicalize_utf8().is_ok_and(|real| real == **path));
        real.flat_map(|path| BuiltFrom::files_in(path, &self.workspace.target))
            .find(|path| unknown(path))
    }

    /// A package differs, by this file.
    fn package(&mut self, file: &Utf8Path, package: &Id, how: &How) {
        let mut found = Vec::new();
        for (feature, built_from) in &self.features {
            if built_from.contains(package) {
                let own = self.graph.member(&feature.folder) == Some(package);
                let how =
                    if own && matches!(how, How::BuiltFrom(_)) { How::Own } else { how.clone() };
                found.push((feature.name.clone(), how, Lane::ALL));
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

    /// A package that was built from it says so in its own Cargo.toml, which has changed too.
    fn of_a_package_that_is_gone(&self, file: &Utf8Path) -> bool {
        let mut manifests = file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
        manifests.any(|path| {
            path.parent() != Some(&self.workspace.root)
                && self.change.files.contains(&path)
                && !path.exists()
        })
    }
}

/// Folders of a package that no other package is built from.
const ONLY_FOR_ITSELF: [&str; 3] = ["tests", "benches", "examples"];

/// What every package is built with.
const BUILT_WITH: [&str; 3] = ["rust-toolchain.toml", "rust-toolchain", ".cargo"];

/// Folders of files made from features, beside their modules and tests.
const MADE: [&str; 5] =
    ["modules", "nix/features.nix", "docs/reference", "docs/problems.md", ".github"];

/// Whether cargo or rustup reads a file in a folder above the workspace's members.
fn is_read_from_above(path: &Utf8Path, root: &Utf8Path) -> bool {
    let Some(folder) = path.parent() else { return false };
    match path.file_name() {
        Some("config.toml" | "config") if folder.file_name() == Some(".cargo") => {
            folder.parent().is_some_and(|above| root.starts_with(above))
        }
        Some("rust-toolchain.toml" | "rust-toolchain") => root.starts_with(folder),
        _ => false,
    }
}

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

/// Whether a file is only for reading: it cannot change the result of a test.
fn for_people(file: &Utf8Path) -> bool {
    const FOLDERS: [&str; 5] = ["docs", ".github", ".ci", "templates", "tests"];
    const FILES: [&str; 6] =
        [".gitignore", ".gitattributes", ".editorconfig", "rustfmt.toml", "clippy.toml", "LICENSE"];
    FOLDERS.iter().any(|folder| file.starts_with(folder))
        || FILES.contains(&file.as_str())
        || file.extension() == Some("md")
        || file.as_str().starts_with("LICENSE-")
}
