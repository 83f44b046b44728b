//! Modules of NixOS that were written by hand, and are tested as features are: found, with what is said of
//! them beside them or in `domi.toml`.

mod description;
mod find;
mod flake;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domi_evaluate::FlakeModule;
use domi_host::command::shell_word;
use domi_model::{Problem, Test, Value};
use domi_portable_system::{ByHand, HandWritten};

use crate::Exit;
use crate::codes::{DESCRIPTION, UNUSABLE};
use crate::context::Context;
use crate::failure::{Failure, Located, Result};

pub(crate) use self::description::schema;
use self::description::{Written, over};
use self::find::Described;
pub(crate) use self::flake::flake_module;
#[cfg(test)]
pub(crate) use self::read::{listed, read};

/// A module that was written by hand.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    /// What `--module` takes for it alone.
    pub(crate) word: String,
    pub(crate) about: HandWritten,
    /// What is evaluated.
    pub(crate) modules: ByHand,
    /// The configuration beside it.
    pub(crate) settings: BTreeMap<String, Value>,
    /// The tests that are written beside it.
    pub(crate) tests: Vec<Test>,
}

impl Module {
    /// The modules that are asked for: each by its path, by that of its description, or by the name that
    /// `domi.toml` has for it. All that `domi.toml` has where none is named. `set` are settings that win over
    /// those of the descriptions. `of_one` are the options that are given and are of one module.
    ///
    /// # Errors
    /// When there are none, or several for an option that is of one; or with all that is wrong with their
    /// descriptions.
    pub(crate) fn find(
        context: &Context,
        asked: &[PathBuf],
        set: &BTreeMap<String, Value>,
        of_one: &[&str],
    ) -> Result<Vec<Self>> {
        let (mut modules, mut wrong) = (Vec::<Self>::new(), Vec::<Located>::new());
        let described = match find::described(&context.root, asked) {
            Ok(described) => described,
            Err(wrong) => return Err(Failure::problems(Exit::Usage, &context.root, wrong)),
        };
        if let [first, _, ..] = &described[..]
            && !of_one.is_empty()
        {
            let several = |option: &&str| {
                let message = format!("it is of one module, and there are {}", described.len());
                let next = format!("name one of them: --module {}", shell_word(&first.word));
                Problem::error(UNUSABLE, *option, message).next(next)
            };
            return Err(context.problems(Exit::Usage, of_one.iter().map(several).collect()));
        }
        for described in described {
            match Self::new(described, set) {
                Ok(module) => modules.push(module),
                Err(problems) => wrong.extend(problems.into_iter().map(Located::from)),
            }
        }
        let mut words = BTreeMap::<&String, Vec<String>>::new();
        for module in &modules {
            words.entry(&module.about.name).or_default().push(shell_word(&module.word));
        }
        for (name, words) in words.into_iter().filter(|(_, words)| words.len() > 1) {
            let problem = Problem::error(DESCRIPTION, name, "several modules have this name");
            let is_alone = words.iter().filter(|word| **word == words[0]).count() == 1;
            let example = if is_alone { format!(": --module {}", words[0]) } else { String::new() };
            let next = format!("give each its own `name`, or ask for one of them{example}");
            wrong.push(problem.next(next).into());
        }
        if wrong.is_empty() {
            Ok(modules)
        } else {
            Err(Failure::problems(Exit::Usage, &context.root, wrong))
        }
    }

    fn new(
        described: Described,
        set: &BTreeMap<String, Value>,
    ) -> std::result::Result<Self, Vec<Problem>> {
        let Described { word, folder, file, place, description } = described;
        let settings = over(&description.settings, set);
        let mut problems = Vec::new();
        let mut modules = ByHand::default();
        let own = match &description.module {
            None => Reference::file("module", &file),
            Some(text) => Reference::read("module", &folder, text),
        };
        let imports = description.imports.iter();
        let imports = imports.map(|text| Reference::read("imports", &folder, text));
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
            name: description.name.clone().unwrap_or_default(),
            summary: description.summary.clone().unwrap_or_default(),
            packages: description.packages.clone(),
            folder,
        };
        let tests = description.tests(set);
        if let Some(whole) = place {
            problems.extend(domi_model::validate_free(&about.with_tests(tests.clone()).manifest));
            problems.extend(without_steps(&tests));
            problems.extend(both(&description.tests));
            let placed = |problem: Problem| {
                let place = problem.place.clone().unwrap_or_else(|| whole.clone());
                problem.at(Some(place))
            };
            problems = problems.into_iter().map(placed).collect();
        }
        if problems.is_empty() {
            Ok(Self { word, about, modules, settings, tests })
        } else {
            Err(problems)
        }
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

#[cfg(test)]
mod tests;
