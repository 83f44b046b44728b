//! Modules of NixOS that were written by hand, and are tested as features are: found, with what stands
//! beside them.

mod description;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domi_evaluate::FlakeModule;
use domi_model::{Place, Problem, Test, Value};
use domi_portable_system::{ByHand, HandWritten};

use crate::Exit;
use crate::codes::{DESCRIPTION, UNUSABLE};
use crate::config;
use crate::context::Context;
use crate::failure::{Failure, Result};

pub(crate) use self::description::schema;
use self::description::{Description, Written, over};
pub(crate) use self::read::read;

/// What the file is called that describes `site.nix`: `site.domi.toml`.
const SUFFIX: &str = ".domi.toml";

/// A module that was written by hand.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) about: HandWritten,
    /// What is evaluated.
    pub(crate) modules: ByHand,
    /// The configuration beside it.
    pub(crate) settings: BTreeMap<String, Value>,
    /// The tests that are written beside it.
    pub(crate) tests: Vec<Test>,
}

impl Module {
    /// The module at a path, with what stands beside it; or the one that a description is of. `set` are
    /// settings that win over those of the description.
    ///
    /// # Errors
    /// When there is none, or with all that is wrong with its description.
    pub(crate) fn find(
        context: &Context,
        path: &Path,
        set: &BTreeMap<String, Value>,
    ) -> Result<Self> {
        let unusable = |why: String| {
            let problem = Problem::error(UNUSABLE, path.display().to_string(), why)
                .next("give --module the path of a NixOS module, or of its description");
            context.problems(Exit::Usage, vec![problem])
        };
        let path = std::fs::canonicalize(path).map_err(|error| unusable(error.to_string()))?;
        let name = path.file_name().context("a module is a file")?.to_string_lossy().into_owned();
        let (module, beside) = match name.strip_suffix(SUFFIX) {
            Some(stem) => (path.with_file_name(format!("{stem}.nix")), path.clone()),
            None => {
                let stem = name.strip_suffix(".nix").unwrap_or(&name);
                (path.clone(), path.with_file_name(format!("{stem}{SUFFIX}")))
            }
        };
        let is_described = name.ends_with(SUFFIX) || beside.exists() || beside.is_symlink();
        let description =
            if is_described { read_description(context, &beside)? } else { Description::default() };
        let described = is_described.then_some(&*beside);
        let found = Self::new(context, &module, described, description, set)?;
        if name.ends_with(SUFFIX) || found.modules.files.contains(&path) {
            return Ok(found);
        }
        Err(unusable(format!("{} is about another module", beside.display())))
    }

    fn new(
        context: &Context,
        module: &Path,
        described: Option<&Path>,
        description: Description,
        set: &BTreeMap<String, Value>,
    ) -> Result<Self> {
        let folder = module.parent().unwrap_or(Path::new("/"));
        let stem = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = description.name.clone().unwrap_or(stem);
        let settings = over(&description.settings, set);
        let description = Description { settings: settings.clone(), ..description };
        let mut problems = Vec::new();
        let mut modules = ByHand::default();
        let own = match &description.module {
            None => Reference::file("module", module),
            Some(text) => Reference::read("module", folder, text),
        };
        let imports = description.imports.iter();
        let imports = imports.map(|text| Reference::read("imports", folder, text));
        for reference in std::iter::once(own).chain(imports) {
            match reference {
                Ok(Reference::File(file)) => modules.files.push(file),
                Ok(Reference::Flake(flake)) => modules.flakes.push(flake),
                Err(problem) => problems.push(*problem),
            }
        }
        if let Some(text) = &description.special_args {
            match Reference::file("specialArgs", &folder.join(text)) {
                Ok(Reference::File(file)) => modules.special_args = Some(file),
                Ok(Reference::Flake(_)) => {}
                Err(problem) => problems.push(*problem),
            }
        }
        let about = HandWritten {
            summary: description.summary.clone().unwrap_or_else(|| module.display().to_string()),
            packages: description.packages.clone(),
            folder: folder.to_owned(),
            name,
        };
        let tests = description.tests(set);
        if described.is_some() {
            problems.extend(domi_model::validate_free(&about.with_tests(tests.clone()).manifest));
            problems.extend(without_steps(&tests));
            problems.extend(both(&description.tests));
        }
        if let Some(file) = described {
            let file = shown(context, file);
            let placed = |problem: Problem| {
                let whole = Place { file: file.clone(), line: 1 };
                let place = problem.place.clone().unwrap_or(whole);
                problem.at(Some(place))
            };
            problems = problems.into_iter().map(placed).collect();
        }
        if !problems.is_empty() {
            return Err(context.problems(Exit::Usage, problems));
        }
        Ok(Self { about, modules, settings, tests })
    }
}

/// A test that does nothing would pass.
fn without_steps(tests: &[Test]) -> Vec<Problem> {
    let empty = tests.iter().filter(|test| test.run().is_some_and(|run| run.steps.is_empty()));
    let problem = |test: &Test| {
        Problem::error(DESCRIPTION, &test.name, "the test has no steps, and refuses nothing")
            .at(test.place.clone())
            .next("write what it does as `steps`, or what must be refused as `refuse`")
    };
    empty.map(problem).collect()
}

/// A test that refuses settings starts nothing: what else it says would be passed over.
fn both(tests: &[Written]) -> Vec<Problem> {
    let says_more = |test: &&Written| {
        let Written { machines, steps, needs_kernel, .. } = test;
        let more = !machines.is_empty() || !steps.is_empty() || needs_kernel.is_some();
        test.refuse.is_some() && more
    };
    let problem = |test: &Written| {
        let message = "a test that refuses settings starts no machine";
        Problem::error(DESCRIPTION, &test.name, message)
            .at(test.place.clone())
            .next("leave out `machines`, `steps` and `needsKernel`, or write a test of its own")
    };
    tests.iter().filter(says_more).map(problem).collect()
}

/// Where a module comes from.
enum Reference {
    File(PathBuf),
    Flake(FlakeModule),
}

impl Reference {
    /// A file that a key of a description names.
    fn file(key: &str, path: &Path) -> std::result::Result<Self, Box<Problem>> {
        match std::fs::canonicalize(path) {
            Ok(path) => Ok(Self::File(path)),
            Err(error) => {
                let message = format!("{}: {error}", path.display());
                let problem = Problem::error(DESCRIPTION, key, message);
                Err(Box::new(problem.next("name a file of Nix, seen from the description")))
            }
        }
    }

    /// `site.nix`, or `.#nixosModules.site`.
    fn read(key: &str, folder: &Path, text: &str) -> std::result::Result<Self, Box<Problem>> {
        if !text.contains('#') {
            return Self::file(key, &folder.join(text));
        }
        flake_module(folder, text).map(Self::Flake).map_err(|why| {
            let problem = Problem::error(DESCRIPTION, key, format!("{text}: {why}"));
            Box::new(problem.next("write a flake's attribute as .#nixosModules.site"))
        })
    }
}

/// An attribute of a flake, such as `.#nixosModules.site`, with a path seen from a folder.
///
/// # Errors
/// What is wrong with the path of the attribute.
pub(crate) fn flake_module(folder: &Path, text: &str) -> std::result::Result<FlakeModule, String> {
    let (flake, attribute) = text.split_once('#').unwrap_or((text, ""));
    let attribute = format!("{attribute}=");
    let (attribute, _) = domi_realise::set::split(&attribute)?;
    let flake = match flake {
        "" => local_flake(folder),
        path if path.starts_with(['.', '/']) => local_flake(&folder.join(path)),
        reference => reference.to_owned(),
    };
    Ok(FlakeModule { flake, attribute })
}

/// The reference of a flake in a folder, without links in its path.
fn local_flake(folder: &Path) -> String {
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    domi_nix_command::flake_reference(&folder)
}

/// A file as it is named in problems: from the root, where it is below.
fn shown(context: &Context, file: &Path) -> String {
    file.strip_prefix(context.root.as_std_path()).unwrap_or(file).display().to_string()
}

fn read_description(context: &Context, path: &Path) -> Result<Description> {
    let file = shown(context, path);
    let text = config::text(&context.root, &file)
        .map_err(|problem| Failure::problems(Exit::Usage, &context.root, [*problem]))?
        .unwrap_or_default();
    read(&file, &text).map_err(|wrong| Failure::problems(Exit::Usage, &context.root, wrong))
}

#[cfg(test)]
mod tests;
