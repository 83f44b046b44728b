//! Tests that were written for the NixOS test driver, from the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use domi_evaluate::{TestFile, TestName, TestSource};
use domi_model::{Machine, Problem, Run, Test, TestBody};
use domi_nix_command::NixFailed;
use domi_portable_system::{HandWritten, NixRealiser, NixosTests};
use domi_runner::{Loaded, host_system};

use crate::by_hand;
use crate::codes::NO_NIXOS_TEST;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::request::RunRequest;
use crate::{Exit, realiser};

/// The tests of a file or of a flake's attribute, and the realiser that has Nix make their machines. What
/// becomes of each is evaluated when it is run.
pub(super) fn load(
    context: &Context,
    request: &RunRequest,
    written: &str,
) -> Result<(Loaded, NixRealiser)> {
    let unusable = |why: String, next: &str| {
        let problem = Problem::error(NO_NIXOS_TEST, written, why).next(next);
        context.problems(Exit::Usage, vec![problem])
    };
    let source = source(written).map_err(|why| unusable(why, NAME_ONE))?;
    let system = request.choice.system.first().copied().or_else(host_system);
    let system = system.context("there are no machines for this computer's architecture")?;
    let realiser = realiser::by_hand(context, request, BTreeMap::new())?;
    let file = TestFile {
        nixpkgs: realiser.nixpkgs.clone(),
        system: system.as_str().to_owned(),
        source,
        limit: realiser.limit,
    };
    let names = match file.names(&realiser.nix, &context.interrupt) {
        Ok(names) => names,
        Err(NixFailed::Interrupted) => {
            return Err(anyhow::Error::new(domi_host::Interrupted).into());
        }
        Err(NixFailed::Ended { message, .. }) => return Err(unusable(message, OF_NIX)),
        Err(other) => return Err(Failure::from(anyhow!(other))),
    };
    if names.is_empty() {
        return Err(unusable("there is no NixOS test in it".to_owned(), NAME_ONE));
    }
    let about = HandWritten {
        name: feature(&file.source),
        summary: "tests for the NixOS test driver".to_owned(),
        packages: BTreeMap::new(),
        folder: context.root.as_std_path().to_owned(),
    };
    let paths = names.iter().map(|name| (test_name(name), name.path.clone())).collect();
    let loaded = about.with_tests(names.iter().map(test).collect());
    Ok((loaded, NixRealiser { nixos_tests: Some(NixosTests { file, paths }), ..realiser }))
}

const NAME_ONE: &str = "name a file with a test for the NixOS test driver, or a flake's attribute such \
                        as .#checks.x86_64-linux.site";
const OF_NIX: &str = "the message is Nix's; where the file wants what only a flake has, name the flake's \
                      attribute: .#checks.x86_64-linux.site";

/// `tests/site.nix`, or `.#checks.x86_64-linux.site`.
fn source(written: &str) -> std::result::Result<TestSource, String> {
    if written.contains('#') {
        return by_hand::flake_module(Path::new("."), written).map(TestSource::Flake);
    }
    let path = std::fs::canonicalize(written).map_err(|error| error.to_string())?;
    if path.is_dir() && !path.join("default.nix").is_file() {
        return Err("it is a folder without a default.nix".to_owned());
    }
    Ok(TestSource::File(path))
}

/// What the tests are called together: as their file or attribute is, in kebab-case.
fn feature(source: &TestSource) -> String {
    let name = match source {
        TestSource::File(path) => {
            path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        }
        TestSource::Flake(module) => module.attribute.last().cloned().unwrap_or_default(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let words: Vec<_> = name.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "tests".to_owned() } else { words.join("-") }
}

/// A test's name: its own, where it is alone, else its attribute.
fn test_name(name: &TestName) -> String {
    if name.path.is_empty() { name.name.clone() } else { name.path.join(".") }
}

/// The test as the plan has it: its machines are known, and what is done with them only to the driver.
fn test(name: &TestName) -> Test {
    let machines = name.nodes.iter().map(|node| (node.clone(), Machine::default()));
    let run = Run {
        needs_kernel: None,
        beside: BTreeSet::new(),
        machines: machines.collect(),
        steps: Vec::new(),
    };
    Test { name: test_name(name), body: TestBody::Run(run), place: None }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use domi_evaluate::FlakeModule;

    use super::*;

    #[test]
    fn tests_are_called_as_their_file_or_attribute() {
        let file = |path: &str| feature(&TestSource::File(PathBuf::from(path)));
        assert_eq!(file("/x/My_site.nix"), "my-site");
        assert_eq!(file("/x/_.nix"), "tests");
        let attribute = ["checks", "x86_64-linux", "site"].map(str::to_owned).to_vec();
        let flake = FlakeModule { flake: "x".to_owned(), attribute };
        assert_eq!(feature(&TestSource::Flake(flake)), "site");
        let of_set = TestName {
            path: ["a", "b"].map(str::to_owned).to_vec(),
            name: "x".to_owned(),
            nodes: Vec::new(),
        };
        assert_eq!(test_name(&of_set), "a.b");
        assert_eq!(test_name(&TestName { path: Vec::new(), ..of_set }), "x");
    }
}
