use domi_model::Code;

pub(crate) const NO_HISTORY: Code = Code("D1201");
pub(crate) const NO_BASE: Code = Code("D1202");
pub(crate) const NO_LOCK: Code = Code("D1203");

/// Every problem that this crate finds: its code, its title, and what is behind it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_HISTORY,
        "No history to compare with",
        "What a change touches is found by comparing with another commit, and git cannot read a work \
         tree here: there is none, it belongs to another user, or git is not installed. The message \
         says it in git's words. Run all jobs instead, without `--affected`.",
    ),
    (
        NO_BASE,
        "The commit to compare with is not known",
        "The base of the comparison names no commit here, or shares no history with what is \
         checked out. A clone that CI made is often cut short: fetch the whole history (on \
         GitHub, `fetch-depth: 0`), or name a commit that is there.",
    ),
    (
        NO_LOCK,
        "Which packages there are is not known",
        "A change is followed from package to package by what `Cargo.lock` says of them. The \
         workspace has none, or one that cannot be read, such as one with conflicts of a merge in \
         it. `cargo generate-lockfile` writes it; commit it.",
    ),
];
