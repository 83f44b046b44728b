use domi_model::Code;

/// A crate whose programs a feature uses has none that it could use.
pub(crate) const CRATE_UNUSABLE: Code = Code("D0717");
/// A program is built from what is not of the workspace.
pub(crate) const FROM_ELSEWHERE: Code = Code("D0718");
/// A program does not build.
pub(crate) const DOES_NOT_BUILD: Code = Code("D0719");

/// Every problem that this crate finds: its number, title, and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        CRATE_UNUSABLE,
        "A crate has no such program",
        "A feature uses programs of a crate by `Software::of_crate`. The workspace has no crate of \
         that name, or the crate has no program of a name that is given, or is a feature itself. \
         Correct the names.",
    ),
    (
        FROM_ELSEWHERE,
        "A program of the workspace is built from crates of others",
        "For a portable machine a program is built without a network, by the Rust of the machine's \
         Debian, from crates of this workspace alone. Crates of a registry or of git are not there. Do \
         without them, or test on NixOS, where Nix fetches them.",
    ),
    (
        DOES_NOT_BUILD,
        "A program of the workspace does not build for a portable machine",
        "It is built by the Rust of the Debian release that portable machines have, which may be older \
         than yours, from a copy of its crate and of those of the workspace that it is built from: a file \
         elsewhere is not there. The message has the last lines of what cargo said.",
    ),
];
