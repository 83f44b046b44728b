//! A check and what it came to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the rules: of what the checks below hold to be right. A change of any of them is
/// another number, so that it is not taken for a change of what is checked.
pub(super) const RULES: u32 = 2;

/// A check that there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Its name, which never gets another meaning.
    pub(super) id: &'static str,
    /// What is so where it is green.
    pub(super) about: &'static str,
}

/// Every check, in the order in which they are shown.
pub(super) const CHECKS: &[Kind] = &[
    TOOLS,
    KVM,
    CONTAINERS,
    DISK,
    NIX,
    BUILDERS,
    CACHE,
    FEATURES,
    TESTED,
    GENERATED,
    PINNED,
    AGE,
    AGREES,
    SEARCH_PATH,
    ACTIONS,
    VERSIONS,
    FLAKE_SIZE,
    FLAKE_CHECK,
];

pub(super) const TOOLS: Kind = Kind {
    id: "computer.tools",
    about: "every program that test machines of this computer's system need is here",
};
pub(super) const KVM: Kind =
    Kind { id: "computer.kvm", about: "KVM works: a kernel has run with it" };
pub(super) const CONTAINERS: Kind =
    Kind { id: "computer.containers", about: "containers can be made here" };
pub(super) const DISK: Kind =
    Kind { id: "computer.disk", about: "there is room for images and for what cargo builds" };
pub(super) const NIX: Kind =
    Kind { id: "computer.nix", about: "the Nix that is here is new enough for nixpkgs" };
pub(super) const BUILDERS: Kind = Kind {
    id: "computer.builders",
    about: "some Nix builder has KVM for every system that features claim",
};
pub(super) const CACHE: Kind =
    Kind { id: "computer.cache", about: "the binary cache that domi.toml names is there" };
pub(super) const FEATURES: Kind =
    Kind { id: "repository.features", about: "every feature can be loaded" };
pub(super) const TESTED: Kind = Kind {
    id: "repository.tested",
    about: "every feature has passed its tests on every system that it claims",
};
pub(super) const GENERATED: Kind =
    Kind { id: "repository.generated", about: "every generated file is as it should be" };
pub(super) const PINNED: Kind = Kind {
    id: "repository.inputs-pinned",
    about: "every input of the flake is locked to one content",
};
pub(super) const AGE: Kind =
    Kind { id: "repository.lock-age", about: "the lock of nixpkgs is not too old" };
pub(super) const AGREES: Kind =
    Kind { id: "repository.lock-agrees", about: "flake.lock has what flake.nix asks for" };
pub(super) const SEARCH_PATH: Kind =
    Kind { id: "repository.search-path", about: "no Nix file takes nixpkgs from the search path" };
pub(super) const ACTIONS: Kind = Kind {
    id: "repository.actions-pinned",
    about: "every action of the workflows is named by a commit",
};
pub(super) const VERSIONS: Kind =
    Kind { id: "repository.tool-versions", about: "CI uses the versions of tools that are here" };
pub(super) const FLAKE_SIZE: Kind =
    Kind { id: "repository.flake-size", about: "flake.nix is small: what it has is in modules" };
pub(super) const FLAKE_CHECK: Kind = Kind {
    id: "repository.flake-check",
    about: "all outputs of the flake evaluate, on all systems",
};

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
    fn new(kind: Kind, state: State, reason: impl Into<String>, fix: Option<&str>) -> Self {
        let fix = fix.filter(|fix| !fix.is_empty()).map(str::to_owned);
        let (id, about, reason) = (kind.id.to_owned(), kind.about.to_owned(), reason.into());
        Self { id, about, state, reason, fix, turned_red: false }
    }

    pub(super) fn green(kind: Kind, reason: impl Into<String>) -> Self {
        Self::new(kind, State::Green, reason, None)
    }

    pub(super) fn red(kind: Kind, reason: impl Into<String>, fix: &str) -> Self {
        Self::new(kind, State::Red, reason, Some(fix))
    }

    pub(super) fn not_run(kind: Kind, reason: impl Into<String>, fix: &str) -> Self {
        Self::new(kind, State::NotRun, reason, Some(fix))
    }

    /// Green where nothing is wrong, else red with what is.
    pub(super) fn of(kind: Kind, wrong: &[String], good: &str, fix: &str) -> Self {
        match wrong {
            [] => Self::green(kind, good),
            wrong => Self::red(kind, some(wrong), fix),
        }
    }

    /// One of the checks that evaluate or build, which were not asked for.
    pub(super) fn only_in_full(kind: Kind) -> Self {
        Self::not_run(kind, "it takes its time", "cargo xtask doctor --full")
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
        let starts = CHECKS.iter().map(|Kind { id, about }| format!("| `{id}` | {about} |"));
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
