//! What the guide knows of a repository. Whatever it says follows from this alone.

use domi_fleet::Fleet;

/// A repository, as far as it can be seen without building.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    /// How this program was called, as a word of a shell.
    pub(super) program: String,
    pub(super) place: Place,
    pub(super) sdk: Sdk,
    /// Names of all features.
    pub(super) features: Vec<String>,
    /// Features whose programs are not up to date.
    pub(super) not_built: Vec<String>,
    /// What is wrong with features, a line each.
    pub(super) wrong: Vec<String>,
    /// What is known of those that can be read.
    pub(super) known: Vec<Known>,
    pub(super) generated: Generated,
    pub(super) git: Git,
    /// Whether `domi.toml` is there.
    pub(super) has_config: bool,
    /// A file that says what a service for continuous integration runs.
    pub(super) ci: Option<String>,
    /// Whether there is a `flake.nix`.
    pub(super) has_flake: bool,
    /// The fleet, if there is one.
    pub(super) fleet: Option<FleetFacts>,
}

/// What the current folder is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// An empty folder in no workspace.
    #[default]
    Empty,
    /// A folder with something else in it, in no workspace.
    Other,
    /// A workspace that cannot be read: why.
    Unreadable(String),
    /// A workspace.
    Workspace,
}

/// What the workspace's `Cargo.toml` says of the SDK.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sdk {
    /// Where it comes from.
    #[default]
    There,
    /// Nothing, and it has no table for that.
    NoTable,
    /// Nothing, and it has the table.
    NotInTable,
}

/// A feature that can be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) name: String,
    /// Its folder, from the root.
    pub(super) folder: String,
    /// How many tests it has.
    pub(super) tests: usize,
    /// Tests that were bad when they ran last, by this computer's system and by others.
    pub(super) bad: [Vec<String>; 2],
    /// How many tests have no verdict, in the same way.
    pub(super) open: [usize; 2],
    /// Whether it was released, under its name or under one that it had.
    pub(super) is_released: bool,
}

/// Whether generated files are as they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Generated {
    /// Not every feature can be read.
    #[default]
    Unknown,
    /// All of this many files.
    Fresh(usize),
    /// These are not.
    Stale(Vec<String>),
    /// What should be generated cannot be: why.
    Refused(String),
}

/// What git says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Git {
    /// It is not installed.
    Missing,
    /// The folder is in no repository.
    #[default]
    None,
    /// It refuses: in its own words.
    Refuses(String),
    Repository {
        /// Whether anything was committed.
        has_commit: bool,
        /// How many files and folders are not committed as they are.
        changed: usize,
        /// Whether cargo's folder would be committed: its name.
        target: Option<String>,
    },
}

/// A fleet.
#[derive(Debug, Clone)]
pub(super) struct FleetFacts {
    /// Its folder from the root, with a `/` behind it; empty for the root.
    pub(super) folder: String,
    pub(super) fleet: Fleet,
    /// What is wrong with its files, a line each.
    pub(super) wrong: Vec<String>,
    /// Hosts that get no feature; nothing where not all features are known.
    pub(super) without_feature: Option<Vec<String>>,
    /// How many things differ from what the log has of them; why nobody knows.
    pub(super) unrecorded: Result<usize, String>,
}
