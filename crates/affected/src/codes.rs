use domi_model::Code;

pub(crate) const NO_HISTORY: Code = Code("D1201");
pub(crate) const NO_BASE: Code = Code("D1202");
pub(crate) const NO_LOCK: Code = Code("D1203");

/// Every problem that this crate finds: its code, its title, and its explanation.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_HISTORY,
        "No history to compare with",
        "`--affected` compares with another commit, but git cannot read a work tree here: there \
         is none, it belongs to another user, or git is not installed. The message holds git's \
         own words. Without `--affected` all jobs run.",
    ),
    (
        NO_BASE,
        "The commit to compare with is not known",
        "There is no commit of the given name here, or it has no history in common with the \
         checked-out commit. CI often clones only a part of the history: fetch all of it (on \
         GitHub, `fetch-depth: 0`), or name a commit that is here.",
    ),
    (
        NO_LOCK,
        "Which packages there are is not known",
        "A change is followed from package to package by what `Cargo.lock` says of them. The \
         workspace has none, or one that cannot be read, such as one with conflicts of a merge in \
         it. `cargo generate-lockfile` writes it; commit it.",
    ),
];
