//! The codes of what several fleets have to do with each other.

use domi_model::Code;

/// A name is of a fleet that nothing is known of.
pub(crate) const NO_FLEET: Code = Code("D2090");
/// Another fleet does not publish the name.
pub(crate) const NOT_SHARED: Code = Code("D2091");
/// A name of another fleet stands where it cannot.
pub(crate) const NOT_ACROSS: Code = Code("D2092");
/// What is known of another fleet is not what is pinned.
pub(crate) const NOT_PINNED: Code = Code("D2093");
/// A view cannot be read.
pub(crate) const BAD_VIEW: Code = Code("D2094");
/// A published view is not what the files say.
pub const STALE_VIEW: Code = Code("D2095");
/// A view of another fleet is not taken over.
pub const NOT_UPDATED: Code = Code("D2096");
/// A part of a fleet cannot be split off.
pub const NOT_SPLIT: Code = Code("D2097");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const ACROSS: &[(Code, &str, &str)] = &[
    (
        NO_FLEET,
        "A name is of a fleet that nothing is known of",
        "`mill:office` means `office` of the fleet that this one calls `mill`. What is known of that stands \
         in `domain/contexts/mill.toml`, which is not there.",
    ),
    (
        NOT_SHARED,
        "Another fleet does not publish the name",
        "Of another fleet, only what its view has can be named. The view is as it was when `fleet update` \
         took it over; what the other fleet has published since is known after the next one.",
    ),
    (
        NOT_ACROSS,
        "A name of another fleet stands where it cannot",
        "What another fleet has can be named where that has a meaning: who answers, members of groups, who \
         may log in, networks and hosts that are let in, places, units, applications that are needed. Its \
         settings, roles, secrets, policies and groups cannot be used from here.",
    ),
    (
        NOT_PINNED,
        "What is known of another fleet is not what is pinned",
        "A file of `domain/contexts/` says which version of the other fleet's view is known, and its digest. \
         The view stands beside it, in a file that ends in `.json`, and must be that very one.",
    ),
    (
        BAD_VIEW,
        "A view of a fleet cannot be read",
        "The file is no view, was changed by hand, or is of a later version of Domi. `fleet publish` writes \
         it in the fleet that it is of, `fleet update` takes it over in others.",
    ),
    (
        STALE_VIEW,
        "A published view is not what the files say",
        "What others may refer to is written to a file that ends in `.json`, beside the view. It is not \
         there, or says something else than the files by now. `fleet publish` writes it; look at what \
         others get to know by that.",
    ),
    (
        NOT_UPDATED,
        "A view of another fleet is not taken over",
        "The view cannot be found or read, is older than the one that is known, or something of this fleet \
         would name what is not there any more. Nothing was written.",
    ),
    (
        NOT_SPLIT,
        "A part of the fleet cannot be split off",
        "The message names what keeps the part and the rest together, or why the new repository cannot be \
         made. Nothing was written.",
    ),
];
