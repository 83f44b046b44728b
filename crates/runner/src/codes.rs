use domi_model::Code;

/// A feature is asked for that is not there.
pub const NO_SUCH_FEATURE: Code = Code("D0701");
/// A test is asked for that is not there.
pub const NO_SUCH_TEST: Code = Code("D0702");
/// The settings given with `--set` fit no feature that is tested.
pub const SET_FITS_NOTHING: Code = Code("D0703");

/// A backend is asked for together with what only the portable one has.
pub const ONLY_PORTABLE: Code = Code("D0704");
/// A stronger backend is required than there is.
pub const WEAKER: Code = Code("D0705");

/// A filter that leaves nothing.
pub const FILTER_FITS_NOTHING: Code = Code("D0710");

/// An entry of the quarantine that is about nothing.
pub(crate) const QUARANTINE_FITS_NOTHING: Code = Code("D0711");

/// A feature requires one that is not there.
pub const NOT_FOUND_BESIDE: Code = Code("D0715");
/// One feature alone is to be tested together with others.
pub(crate) const NOTHING_BESIDE: Code = Code("D0716");

/// Every problem that planning a run finds: its number, title, and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_SUCH_FEATURE,
        "No such feature",
        "The workspace has no feature of this name. `cargo xtask list` shows the ones it has; a \
         feature is a package whose `Cargo.toml` has `[package.metadata.domi]`.",
    ),
    (
        NO_SUCH_TEST,
        "No such test",
        "None of the chosen features has a test with this in its name. A test is called by its name, \
         its name as one word (`answers-with-the-greeting`), or a part of either; \
         `cargo xtask test --list` shows them.",
    ),
    (
        SET_FITS_NOTHING,
        "A setting without a feature",
        "`--set` was given, but no test was chosen that it could change: tests that show that bad \
         settings are refused keep their own.",
    ),
    (
        ONLY_PORTABLE,
        "Only the portable guest can do that",
        "A test that Nix builds is what the flake says it is: `--set`, `--cold`, `--shell`, \
         `--together`, `--realiser` and `--driver` change what happens on portable guests, and have no effect on \
         `--backend eval`, `nixos-vm` and `nixos-container`. `--store real` is for `portable-container` and `portable`.",
    ),
    (
        WEAKER,
        "A stronger backend is required than there is",
        "`--require` names the weakest backend that is still good enough; the weakest first, they \
         are `eval`, `portable-container`, `portable`, `nixos-native`, `nixos-container`, `nixos-snapshot` and `nixos-vm`. The message says what would have \
         been used, and why nothing better. Nothing was run.",
    ),
    (
        FILTER_FITS_NOTHING,
        "No job fits the filter",
        "The expression given with `--filter` is sound, and none of the jobs that would be run \
         without it fits. A run of nothing is never taken for a good one.",
    ),
    (
        QUARANTINE_FITS_NOTHING,
        "An entry of the quarantine fits no job",
        "What the entry says of jobs is sound, and none of all jobs fits. The test has another \
         name now, or is gone; an entry that nobody needs would hide the next failure.",
    ),
    (
        NOT_FOUND_BESIDE,
        "A feature requires one that is not there",
        "A test of a feature has what the feature requires on its machines, and no feature of the \
         workspace has the name, or the one that has it cannot be loaded. `cargo xtask list` shows \
         those that there are.",
    ),
    (
        NOTHING_BESIDE,
        "One feature alone cannot be tested together",
        "`--together` runs the tests of each feature on machines where the others are enabled too. \
         Name at least two features, or none for all of them.",
    ),
];
