//! The workflows of a repository, as the texts of their files.

mod fleet;
mod jobs;
mod model;
mod parts;
mod pins;
mod scripts;
mod update;

use domi_model::Platform;
use serde_saphyr::ser_options;

use crate::lane::Lane;
use model::Workflow;

/// Where the workflow is, from the root of a repository.
pub const FILE: &str = ".github/workflows/ci.yml";

/// Where the workflow is that updates the lock of the flake.
pub const UPDATE_FILE: &str = ".github/workflows/update-flake-lock.yml";

/// The kind of a binary cache, which says what pushing to it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushTo {
    /// A cache of Cachix.
    Cachix,
    /// A cache of an Attic server.
    Attic,
    /// A bucket that is reached as those of S3.
    S3,
}

/// What differs between the workflows of repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The default branch, where everything is tested. A word of letters, digits and `._/-`.
    pub branch: String,
    /// Other branches that are tested whole, such as those of features that are not in use yet. Words
    /// in the same way.
    pub branches: Vec<String>,
    /// The systems under test.
    pub systems: Vec<Platform>,
    /// Whether there is a flake, and its lock: then Nix evaluates it, and NixOS tests run.
    pub has_flake: bool,
    /// The systems whose jobs containers may do.
    pub containers: Vec<Platform>,
    /// The systems of the hosts of a fleet that tests of policies are about.
    pub fleet: Vec<Platform>,
    /// The binary cache to push to, if there is one that a runner can push to.
    pub push: Option<PushTo>,
    /// The command that runs everything but machine tests: its words, none of which is special to a
    /// shell.
    pub checks: Vec<String>,
}

impl Settings {
    /// The branches that are tested whole whenever something is pushed to them, each once.
    fn pushed(&self) -> impl Iterator<Item = &String> {
        let others = self.branches.iter().enumerate().filter(|(at, branch)| {
            **branch != self.branch && !self.branches[..*at].contains(branch)
        });
        std::iter::once(&self.branch).chain(others.map(|(_, branch)| branch))
    }

    /// Where tests of policies run: where those of features do, for the systems under test.
    fn fleet_lanes(&self) -> Vec<Lane> {
        let systems = self.systems.iter().filter(|system| self.fleet.contains(system));
        Lane::all(&systems.copied().collect::<Vec<_>>(), false, &self.containers)
    }

    /// Where the jobs of the repository run.
    pub fn lanes(&self) -> Vec<Lane> {
        Lane::all(&self.systems, self.has_flake, &self.containers)
    }
}

/// The text of the workflow. `header` says, in lines of their own, what made it.
pub fn workflow(settings: &Settings, header: &str) -> String {
    text(&Workflow::of(settings), header)
}

/// The text of the workflow that updates the lock, for a repository with this default branch. It starts
/// the one that tests, so that has to be there as well.
pub fn update(branch: &str, header: &str) -> String {
    text(&update::of(branch), header)
}

fn text(workflow: &Workflow, header: &str) -> String {
    let comment: String = header.lines().map(|line| format!("# {line}\n")).collect();
    // GitHub reads `on` and `yes` as strings, as YAML 1.2 does.
    let options = ser_options! {
        yaml_12: true,
        no_lang_directive: true,
        compact_list_indent: false,
        // An expression stays on one line, however long.
        folded_wrap_chars: usize::MAX,
        anchor_generator: Some(|_| "shard".to_owned()),
    };
    let text = serde_saphyr::to_string_with_options(workflow, options)
        .expect("texts, numbers, lists and maps have a form in YAML");
    format!("{comment}\n{text}")
}

#[cfg(test)]
mod tests;
