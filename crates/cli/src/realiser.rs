//! Prepares Nix to make the systems of portable machines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use domi_backend_container::NOT_FOR_CONTAINERS;
use domi_evaluate::Nixpkgs;
use domi_host::HeldFolder;
use domi_model::Problem;
use domi_nix_command::{NIXPKGS, Nix};
use domi_portable_system::nixos::NO_STORE;
use domi_portable_system::{ByHand, NixRealiser, RealStore};
use domi_runner::{Loaded, Programs};
use domi_transplant::Table;

use crate::Exit;
use crate::codes::NO_NIXPKGS;
use crate::context::Context;
use crate::failure::Result;
use crate::nix::BUILD_LIMIT;
use crate::programs::{self, Sources};
use crate::request::{NixRequest, RunRequest};

/// How long Nix may take for all tests of a feature.
const LIMIT: Duration = Duration::from_secs(600);

/// An empty folder for modules, until they have been evaluated.
pub(crate) fn module_folder(context: &Context) -> Result<HeldFolder> {
    let folder = context.target().join("domi/modules");
    Ok(HeldFolder::make(folder.as_std_path(), "run-")?)
}

/// The realiser for these features, whose modules are written to an empty folder.
pub(crate) fn for_features<'f>(
    context: &Context,
    request: &RunRequest,
    features: impl Iterator<Item = &'f Loaded>,
    folder: &Path,
) -> Result<NixRealiser> {
    let features: Vec<&Loaded> = features.collect();
    let manifests = features.iter().map(|feature| &feature.manifest);
    let sources = match request.programs {
        Programs::Debian => Sources::Linked,
        Programs::Store => Sources::Copied,
    };
    let programs = programs::written(context, manifests, folder, sources)?;
    let mut modules = BTreeMap::new();
    for feature in &features {
        let module = write_module(context, feature, folder)?;
        modules.insert(feature.manifest.feature.name.clone(), module);
    }
    let realiser = without_modules(context, request)?;
    Ok(NixRealiser { modules, programs, ..realiser })
}

/// The realiser for modules that were written by hand, each by its name.
pub(crate) fn by_hand(
    context: &Context,
    request: &RunRequest,
    by_hand: BTreeMap<String, ByHand>,
) -> Result<NixRealiser> {
    let realiser = without_modules(context, request)?;
    Ok(NixRealiser { by_hand, ..realiser })
}

fn without_modules(context: &Context, request: &RunRequest) -> Result<NixRealiser> {
    let (nix, nixpkgs) = evaluator(context, &request.nix)?;
    let table = Table::new(request.packages.clone());
    let (modules, programs, by_hand) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let store = match request.programs {
        Programs::Debian => None,
        Programs::Store => Some(real_store(context, request, &nix)?),
    };
    let (usual, nixos_tests, limit) = (request.usual_programs, None, LIMIT);
    Ok(NixRealiser {
        nix,
        nixpkgs,
        modules,
        programs,
        by_hand,
        nixos_tests,
        table,
        store,
        usual,
        limit,
    })
}

/// Nix's own store, for machines that have what units and scripts refer to from there.
fn real_store(context: &Context, request: &RunRequest, nix: &Nix) -> Result<RealStore> {
    let builders = request.nix.builders.clone();
    let here = nix.capabilities(builders.as_deref(), &context.interrupt);
    let Some(folder) = here.map_err(anyhow::Error::new)?.store else {
        let path = nix.path().display().to_string();
        let problem = Problem::error(NOT_FOR_CONTAINERS, path, NO_STORE)
            .next("leave out --store real, or name another nix with DOMI_NIX");
        return Err(context.problems(Exit::Missing, vec![problem]));
    };
    Ok(RealStore { folder, builders, build_limit: BUILD_LIMIT })
}

/// Writes the module as it would be generated now, with its extra.nix where the module looks for
/// it.
fn write_module(context: &Context, feature: &Loaded, folder: &Path) -> Result<PathBuf> {
    let about = &feature.manifest.feature;
    let crate_dir = feature.crate_dir.to_string_lossy();
    // As many folders down as the crate's path goes up, so that the path leads to the link below.
    let above = feature.crate_dir.iter().filter(|part| *part == "..");
    let folder = &above.fold(folder.to_owned(), |folder, _| folder.join("below"));
    let path = folder.join("modules").join(about.kind.as_str()).join(format!("{}.nix", about.name));
    domi_host::file::write(&path, domi_nix::module(&feature.manifest, &crate_dir))?;
    for file in domi_nix::shared() {
        domi_host::file::write(&folder.join(file.path), file.content)?;
    }
    let link = folder.join(&*crate_dir);
    // It is there already where a program is built from the workspace's crates.
    if feature.manifest.extra_nix && !link.exists() {
        let parent = link.parent().context("a folder of a crate has one above it")?;
        fs_err::create_dir_all(parent)?;
        fs_err::os::unix::fs::symlink(context.root.as_std_path().join(&*crate_dir), &link)?;
    }
    Ok(path)
}

/// A Nix that evaluates NixOS, and whose lib and modules: those that the command line or the
/// environment names, else what the flake has locked.
pub(crate) fn evaluator(context: &Context, request: &NixRequest) -> Result<(Nix, Nixpkgs)> {
    let nix = Nix::find(&context.interrupt)?;
    let nix = nix.map_err(|problem| context.problems(Exit::Missing, vec![problem]))?;
    if let Some(problem) = nix.too_old(NIXPKGS, "the lib of nixpkgs") {
        return Err(context.problems(Exit::Missing, vec![problem]));
    }
    let named = request.nixpkgs().map(str::to_owned);
    match named.or_else(|| locked(context.root.as_std_path())) {
        Some(named) => {
            let nixpkgs = Nixpkgs::named(&named).context("the folder of nixpkgs has no path")?;
            Ok((nix, nixpkgs))
        }
        None => {
            let problem = Problem::error(NO_NIXPKGS, "", "no nixpkgs is named")
                .next("name one with --nixpkgs or DOMI_NIXPKGS: a folder or a flake reference");
            Err(context.problems(Exit::Usage, vec![problem]))
        }
    }
}

/// A reference to the nixpkgs of a flake's lock.
fn locked(root: &Path) -> Option<String> {
    let lock = std::fs::read(root.join("flake.lock")).ok()?;
    let lock: serde_json::Value = serde_json::from_slice(&lock).ok()?;
    let node = lock["nodes"]["root"]["inputs"]["nixpkgs"].as_str()?;
    let locked = &lock["nodes"][node]["locked"];
    let text = |name: &str| locked[name].as_str();
    match text("type")? {
        "github" => Some(format!("github:{}/{}/{}", text("owner")?, text("repo")?, text("rev")?)),
        "path" => text("path").map(str::to_owned),
        _ => text("url").map(str::to_owned),
    }
}
