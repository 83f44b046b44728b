//! A check and what it came to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the rules: of what the checks below hold to be right. A change of any of them is
/// another number, so that it is not taken for a change of what is checked.
pub(super) const RULES: u32 = 2;

/// Every check, by its name, which never gets another meaning: what is so where it is green.
pub(super) const CHECKS: &[(&str, &str)] = &[
    (TOOLS, "every program that test machines of this computer's system need is here"),
    (KVM, "KVM works: a kernel has run with it"),
    (CONTAINERS, "containers can be made here"),
    (DISK, "there is room for images and for what cargo builds"),
    (NIX, "the Nix that is here is new enough for nixpkgs"),
    (BUILDERS, "some Nix builder has KVM for every system that features claim"),
    (CACHE, "the binary cache that domi.toml names is there"),
    (FEATURES, "every feature can be loaded"),
    (TESTED, "every feature has passed its tests on every system that it claims"),
    (GENERATED, "every generated file is as it should be"),
    (PINNED, "every input of the flake is locked to one content"),
    (AGE, "the lock of nixpkgs is not too old"),
    (AGREES, "flake.lock has what flake.nix asks for"),
    (SEARCH_PATH, "no Nix file takes nixpkgs from the search path"),
    (ACTIONS, "every action of the workflows is named by a commit"),
    (VERSIONS, "CI uses the versions of tools that are here"),
    (FLAKE_SIZE, "flake.nix is small: what it has is in modules"),
    (FLAKE_CHECK, "all outputs of the flake evaluate, on all systems"),
];

pub(super) const TOOLS: &str = "computer.tools";
pub(super) const KVM: &str = "computer.kvm";
pub(super) const CONTAINERS: &str = "computer.containers";
pub(super) const DISK: &str = "computer.disk";
pub(super) const NIX: &str = "computer.nix";
pub(super) const BUILDERS: &str = "computer.builders";
pub(super) const CACHE: &str = "computer.cache";
pub(super) const FEATURES: &str = "repository.features";
pub(super) const TESTED: &str = "repository.tested";
pub(super) const GENERATED: &str = "repository.generated";
pub(super) const PINNED: &str = "repository.inputs-pinned";
pub(super) const AGE: &str = "repository.lock-age";
pub(super) const AGREES: &str = "repository.lock-agrees";
pub(super) const SEARCH_PATH: &str = "repository.search-path";
pub(super) const ACTIONS: &str = "repository.actions-pinned";
pub(super) const VERSIONS: &str = "repository.tool-versions";
pub(super) const FLAKE_SIZE: &str = "repository.flake-size";
pub(super) const FLAKE_CHECK: &str = "repository.flake-check";

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// It is as it should be.
    Green,
    /// It is not.
    Red,
    /// Nobody knows. This is never counted as green.
    NotRun,
}

/// A check and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    /// Its name: `repository.generated`.
    pub(super) id: String,
    /// What is so where it is green.
    pub(super) about: String,
    /// What it came to.
    pub(super) state: State,
    /// What was found; or why it was not run.
    pub(super) reason: String,
    /// The command that fixes it, or what to do where no command can; for what was not run, what
    /// runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// Whether it was green when that was recorded last, and is red.
    pub(super) turned_red: bool,
}

impl Check {
    fn new(id: &'static str, state: State, reason: impl Into<String>, fix: Option<&str>) -> Self {
        let about = CHECKS.iter().find(|(known, _)| *known == id).map_or("", |(_, about)| about);
        let fix = fix.filter(|fix| !fix.is_empty()).map(str::to_owned);
        let (id, about, reason) = (id.to_owned(), about.to_owned(), reason.into());
        Self { id, about, state, reason, fix, turned_red: false }
    }

    pub(super) fn green(id: &'static str, reason: impl Into<String>) -> Self {
        Self::new(id, State::Green, reason, None)
    }

    pub(super) fn red(id: &'static str, reason: impl Into<String>, fix: &str) -> Self {
        Self::new(id, State::Red, reason, Some(fix))
    }

    pub(super) fn not_run(id: &'static str, reason: impl Into<String>, fix: &str) -> Self {
        Self::new(id, State::NotRun, reason, Some(fix))
    }

    /// Green where nothing is wrong, else red with what is.
    pub(super) fn of(id: &'static str, wrong: &[String], good: &str, fix: &str) -> Self {
        match wrong {
            [] => Self::green(id, good),
            wrong => Self::red(id, some(wrong), fix),
        }
    }

    /// One of the checks that evaluate or build, which were not asked for.
    pub(super) fn only_in_full(id: &'static str) -> Self {
        Self::not_run(id, "it takes its time", "cargo xtask doctor --full")
    }
}

/// The most things that are named.
const NAMED: usize = 5;

/// These, or the first of them and how many more there are.
pub(super) fn some(all: &[String]) -> String {
    match all.len().checked_sub(NAMED + 1) {
        None => all.join("; "),
        Some(more) => format!("{}; and {} more", all[..NAMED].join("; "), more + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_in_the_page_word_for_word() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md");
        let page = std::fs::read_to_string(page).expect("it can be read");
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let starts = CHECKS.iter().map(|(id, about)| format!("| `{id}` | {about} |"));
        let starts: Vec<_> = starts.collect();
        assert_eq!(rows.len(), starts.len());
        for (row, start) in rows.iter().zip(starts) {
            assert!(row.starts_with(&start), "{row} is not {start}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_up_to_a_point() {
        let all: Vec<_> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(some(&all[..5]), "1; 2; 3; 4; 5");
        assert_eq!(some(&all), "1; 2; 3; 4; 5; and 2 more");
    }
}
