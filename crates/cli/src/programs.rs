//! Programs of the workspace's crates that features use: as packages of Nix, and built for portable
//! machines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use camino::Utf8Path;
use domi_debian::Distribution;
use domi_model::{Manifest, Problem};
use domi_nix::ProgramCrate;
use domi_plugin::Workspace;
use domi_portable_system::Builds;
use domi_programs::{Programs, copy_tree, crate_of};

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// What builds them for portable machines of this release.
pub(crate) fn builds(context: &Context, distribution: &Distribution) -> Result<Arc<dyn Builds>> {
    let (root, cache) = (context.root.clone(), domi_host::dirs::cache()?);
    Ok(Arc::new(Programs::new(root, cache, distribution.clone(), context.interrupt.clone())))
}

/// The crates whose programs features use, as packages of Nix.
pub(crate) fn of_features<'m>(
    workspace: &Workspace,
    features: impl Iterator<Item = &'m Manifest>,
) -> Result<Vec<ProgramCrate>, Vec<Problem>> {
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in features.flat_map(|manifest| manifest.packages.values()) {
        if let Some(name) = &package.of_crate {
            let programs = package.built().map(|(program, _)| program);
            wanted.entry(name).or_default().extend(programs);
        }
    }
    let (mut crates, mut problems) = (Vec::new(), Vec::new());
    for (name, programs) in wanted {
        match crate_of(workspace, name, programs) {
            Ok(found) => crates.push(as_package(workspace, found)),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() { Ok(crates) } else { Err(problems) }
}

fn as_package(workspace: &Workspace, found: domi_plugin::ProgramCrate) -> ProgramCrate {
    let plain = |name: &&str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+');
        !name.is_empty() && name.chars().all(is_part)
    };
    let licenses: Vec<&str> = found.license.split(" OR ").map(str::trim).collect();
    let known = licenses.iter().all(plain);
    let one = found.programs.len() == 1;
    ProgramCrate {
        main: found.programs.first().filter(|_| one).cloned(),
        licenses: licenses.iter().filter(|_| known).map(|name| (*name).to_owned()).collect(),
        name: found.name,
        folder: found.place.into_string(),
        version: found.version,
        description: found.description,
        sources: workspace
            .read_by_cargo()
            .into_iter()
            .map(camino::Utf8PathBuf::into_string)
            .collect(),
    }
}

/// Folders that modules and packages are written to: there, a link would lead to files of the workspace.
const WRITTEN: [&str; 2] = ["modules", "nix"];

/// How packages have what they are built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sources {
    /// As links, which is enough for all but a build.
    Linked,
    /// As files of their own.
    Copied,
}

/// Writes the packages where modules in this folder look for them: their files by the crates' names.
pub(crate) fn written<'m>(
    context: &Context,
    features: impl Iterator<Item = &'m Manifest>,
    folder: &Path,
    sources: Sources,
) -> Result<BTreeMap<String, PathBuf>> {
    let features: Vec<&Manifest> = features.collect();
    let mut files = BTreeMap::new();
    if features.iter().all(|manifest| manifest.crates().next().is_none()) {
        return Ok(files);
    }
    let workspace = context.workspace()?;
    let crates = of_features(&workspace, features.into_iter());
    let crates = crates.map_err(|problems| context.problems(Exit::Feature, problems))?;
    for source in workspace.read_by_cargo() {
        let from = workspace.root.join(&source);
        let to = Utf8Path::from_path(folder).context("a folder that is not UTF-8")?.join(&source);
        match sources {
            Sources::Linked if !WRITTEN.contains(&source.as_str()) => {
                fs_err::os::unix::fs::symlink(from, to)?;
            }
            _ => copy_tree(&from, &to, &workspace.target)?,
        }
    }
    for of in &crates {
        let file = domi_nix::program(of);
        let path = folder.join(&file.path);
        domi_host::file::write(&path, file.content)?;
        files.insert(of.name.clone(), path);
    }
    Ok(files)
}
