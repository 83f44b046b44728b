//! The codes of this crate's problems.

use domi_model::Code;

/// The fleet's root cannot be used.
pub(crate) const NO_ROOT: Code = Code("D2031");
/// A link is among the files of a fleet.
pub(crate) const LINK: Code = Code("D2032");
/// A fleet is beyond a limit.
pub(crate) const TOO_MUCH: Code = Code("D2033");
/// A file cannot be read.
pub(crate) const UNREADABLE: Code = Code("D2034");
/// There is no such host or option.
pub const NO_SUCH: Code = Code("D2035");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_ROOT,
        "The fleet's root cannot be used",
        "`[fleet] root` in `domi.toml` names a folder, from the workspace's root. It is not there, \
         is no folder, or may not be read.",
    ),
    (
        LINK,
        "A link is among the files of a fleet",
        "Links are not followed, so that nothing outside of the fleet is read. Write the file \
         itself.",
    ),
    (
        TOO_MUCH,
        "A fleet is beyond a limit",
        "A file has 256 KiB at most, folders are within each other up to 10 deep from the \
         fleet's root on, and a fleet has 500,000 files at most.",
    ),
    (
        UNREADABLE,
        "A file of the fleet cannot be read",
        "It may not be read, is no ordinary file, or is not UTF-8.",
    ),
    (
        NO_SUCH,
        "There is no such host, option or file",
        "`fleet why` takes a host, or the path of an option from a host on: `web-1.feature-x.port`; \
         `web-1.features` is the set of its features; `fleet test` takes hosts; `fleet show` takes what something is and its name: \
         `secret/bank`. The message names the nearest.",
    ),
];
