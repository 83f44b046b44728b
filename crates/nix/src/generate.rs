//! The plan of every generated file.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Code, Manifest, Problem, order};
use rayon::prelude::*;

use crate::library::library_of;
use crate::module::{module_path, with_functions};

/// Two features, or a feature and a fixed file, want one file.
pub const SAME_FILE: Code = Code("D0301");
/// A feature's name cannot be the name of its files.
pub const BAD_FILE_NAME: Code = Code("D0302");
/// Two tests of a feature have one slug, or a test has none.
pub const SAME_TEST: Code = Code("D0303");

/// Two tests of different features would be one check of the flake.
pub const SAME_CHECK: Code = Code("D0304");

/// A feature requires one that is not there, or features require each other.
pub const BAD_REQUIREMENT: Code = Code("D0305");

/// The codes of this crate, each with a title and an explanation.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        SAME_FILE,
        "two features want one generated file",
        "Modules, tests and documentation are named after their feature, whatever its kind, so \
         that a feature's name must be its own in the whole repository, and none of the names \
         that the reference keeps for itself. Rename one of the features.",
    ),
    (
        BAD_FILE_NAME,
        "a feature's name cannot name a file",
        "Generated files and option paths are named after the feature, which must therefore be \
         written in kebab-case: lower-case letters, digits and single hyphens, beginning with a \
         letter. Rename the feature.",
    ),
    (
        SAME_TEST,
        "two tests of a feature cannot be told apart",
        "A test is known by its name with everything but letters and digits replaced by hyphens, \
         such as `answers-with-the-greeting`. What is left must be no other test's, and not \
         nothing. Rename one of the tests.",
    ),
    (
        SAME_CHECK,
        "two checks of the flake have one name",
        "A flake has one list of checks: `<feature>-<test>` for every test and `<feature>-eval` \
         for the evaluation of every feature. No two of them may be the same, as the test `b-c` \
         of a feature `a` and the test `c` of a feature `a-b` would be. Rename one of the tests.",
    ),
    (
        BAD_REQUIREMENT,
        "a feature requires what cannot be had",
        "What a feature requires whatever its settings is on every machine where it is enabled, and \
         in its tests. It must be a feature of this repository, and none that requires the first \
         one again. Correct the name, or let one of them want the other.",
    ),
];

/// A file that is generated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeneratedFile {
    /// Its path from the root of the repository, with `/` between its parts.
    pub path: String,
    /// All that it holds.
    pub content: String,
}

/// Every generated file of a repository, sorted by path: a module, tests and documentation for
/// each feature, and what brings them together.
///
/// Features come with the folder of their crate from the root of the repository, with `/` between
/// its parts.
///
/// # Errors
/// Names that cannot stand beside each other, all at once.
pub fn generate(features: &[(Manifest, String)]) -> Result<Vec<GeneratedFile>, Vec<Problem>> {
    let problems = problems(features);
    if !problems.is_empty() {
        return Err(problems);
    }
    let manifests = || features.iter().map(|(manifest, _)| manifest);
    let with_folders = features.iter().map(|(manifest, folder)| (manifest, folder.as_str()));
    let mut files = vec![
        file("modules/default.nix", crate::aggregate(manifests())),
        file(crate::INDEX, crate::index(with_folders)),
        file("docs/reference/types.md", crate::types_reference()),
    ];
    let each = features.par_iter().map(|(manifest, crate_dir)| of_feature(manifest, crate_dir));
    let mut used = BTreeSet::new();
    for (of_feature, functions) in each.collect::<Vec<_>>() {
        files.extend(of_feature);
        used.extend(functions);
    }
    files.extend(library_of(&used).map(|library| file(crate::LIBRARY, library)));
    if !features.is_empty() {
        files.push(file(crate::TOGETHER, crate::together()));
    }
    files.par_sort();
    Ok(files)
}

/// The generated files of one feature, without those that bring features together.
pub fn generate_one(manifest: &Manifest, crate_dir: &str) -> Vec<GeneratedFile> {
    let mut files = of_feature(manifest, crate_dir).0;
    files.sort();
    files
}

/// What modules find beside them, whatever features they are of.
pub fn shared() -> [GeneratedFile; 2] {
    [file(crate::LIBRARY, crate::library()), file(crate::TOGETHER, crate::together())]
}

fn file(path: impl Into<String>, content: String) -> GeneratedFile {
    GeneratedFile { path: path.into(), content }
}

/// The files of a feature, and the functions of the library that its module uses.
fn of_feature(
    manifest: &Manifest,
    crate_dir: &str,
) -> (Vec<GeneratedFile>, BTreeSet<&'static str>) {
    let name = &manifest.feature.name;
    let (module, functions) = with_functions(manifest, crate_dir);
    let mut files = vec![
        file(module_path(manifest), module),
        file(format!("docs/reference/{name}.md"), crate::reference(manifest, crate_dir)),
        file(format!("docs/reference/{name}.json"), crate::options_json(manifest)),
    ];
    if !manifest.tests.is_empty() {
        files.push(file(format!("tests/{name}.nix"), crate::tests(manifest, crate_dir)));
    }
    (files, functions)
}

fn problems(features: &[(Manifest, String)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (manifest, crate_dir) in features {
        let name = manifest.feature.name.as_str();
        if !is_kebab(name) {
            let message = format!("{name:?} cannot be the name of a file");
            problems.push(
                Problem::error(BAD_FILE_NAME, crate_dir, message)
                    .next("give the feature a name in kebab-case, such as `feature-x`"),
            );
        }
        if name == "types" {
            problems.push(
                Problem::error(SAME_FILE, crate_dir, "`types` is the page of all option types")
                    .next("give the feature another name"),
            );
        }
        if let Some(other) = owners.insert(name, crate_dir) {
            let message = format!("{other} is a feature named {name:?} too");
            problems
                .push(Problem::error(SAME_FILE, crate_dir, message).next("rename one of the two"));
        }
        problems.extend(same_tests(manifest, crate_dir));
    }
    problems.extend(same_checks(features));
    problems.extend(bad_requirements(features));
    problems.extend(bad_neighbours(features));
    problems
}

/// What features take each other for that they are not, and options that decide on each other.
fn bad_neighbours(features: &[(Manifest, String)]) -> Vec<Problem> {
    let all: Vec<&Manifest> = features.iter().map(|(manifest, _)| manifest).collect();
    order(&all).err().unwrap_or_default()
}

/// What features require whatever their settings, and cannot have.
fn bad_requirements(features: &[(Manifest, String)]) -> Vec<Problem> {
    let all: Vec<&Manifest> = features.iter().map(|(manifest, _)| manifest).collect();
    let find = |name: &str| all.iter().find(|it| it.feature.name == name);
    let mut problems = Vec::new();
    for (manifest, crate_dir) in features {
        let name = &manifest.feature.name;
        let mut problem = |other: &str, message: String, next: &str| {
            let place = manifest.requires.iter().find(|it| it.feature == other);
            let place = place.and_then(|it| it.place.clone());
            let problem = Problem::error(BAD_REQUIREMENT, crate_dir, message).at(place);
            problems.push(problem.next(next));
        };
        for other in manifest.always_requires() {
            match find(other) {
                None => problem(
                    other,
                    format!("{name} requires {other}, and there is no such feature"),
                    "correct the name, or add the feature",
                ),
                Some(it) if crate::index::required(it, &all).contains(name) => problem(
                    other,
                    format!("{name} requires {other}, which requires {name} again"),
                    "let one of the two want the other",
                ),
                Some(_) => {}
            }
        }
    }
    problems
}

/// Checks of the flake that two features want.
fn same_checks(features: &[(Manifest, String)]) -> Vec<Problem> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (manifest, _) in features {
        let name = &manifest.feature.name;
        owners.insert(format!("{name}-eval"), name);
    }
    let mut problems = Vec::new();
    for (manifest, crate_dir) in features {
        let name = &manifest.feature.name;
        let mut own = BTreeMap::new();
        for test in &manifest.tests {
            let check = format!("{name}-{}", test.slug());
            match owners.get(&check) {
                // Features of one name are told about elsewhere.
                Some(owner) if owner != name || test.slug() == "eval" => {
                    let message = format!("{check} is a check of {owner} already");
                    problems.push(
                        Problem::error(SAME_CHECK, crate_dir, message)
                            .at(test.place.clone())
                            .next("give the test another name"),
                    );
                }
                _ => drop(own.insert(check, name.as_str())),
            }
        }
        owners.extend(own);
    }
    problems
}

fn same_tests(manifest: &Manifest, crate_dir: &str) -> Vec<Problem> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for test in &manifest.tests {
        let slug = test.slug();
        let message = match names.get(&slug) {
            _ if slug.is_empty() => format!("the test {:?} has no letter in its name", test.name),
            Some(other) => format!("the tests {other:?} and {:?} are both {slug}", test.name),
            None => {
                names.insert(slug, &test.name);
                continue;
            }
        };
        problems.push(
            Problem::error(SAME_TEST, crate_dir, message)
                .at(test.place.clone())
                .next("give it a name of its own"),
        );
    }
    problems
}

fn is_kebab(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}
