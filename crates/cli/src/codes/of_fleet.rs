//! Problems of the commands that look at a fleet and at the git repository that has it.

use domi_model::Code;

pub(crate) const NOT_DEPLOYED: Code = Code("D0534");
pub(crate) const LIKE_A_PROFILE: Code = Code("D0535");
pub(crate) const NO_REVISION: Code = Code("D2051");
pub(crate) const NO_WORK_TREE: Code = Code("D2052");
pub(crate) const NOT_DESCRIBED: Code = Code("D2115");

/// Code, title, and what it means with how to fix it.
pub(super) const CODES: &[(Code, &str, &str)] = &[
    (
        NOT_DEPLOYED,
        "A host of the fleet does not have the feature",
        "`cargo xtask show --host` shows a feature with the settings that a host of the fleet has of \
         it. There is no such host, or the feature is not on it. `cargo xtask fleet hosts` lists the \
         hosts with their features.",
    ),
    (
        LIKE_A_PROFILE,
        "A host of the fleet is named like a profile",
        "The flake makes a system of each host, and one of each profile for each platform: \
         `minimal`, `minimal-aarch64-linux`. Two of one name are one too many.",
    ),
    (
        NO_REVISION,
        "There is no commit of this name",
        "`cargo xtask fleet plan`, `fleet update` and `fleet log rebase` take a commit by a name that git knows: \
         `HEAD~3`, a branch, a tag, a hash. There is none of this name in the repository that is asked. A \
         clone may have only a part of the history.",
    ),
    (
        NO_WORK_TREE,
        "Git reads no work tree here",
        "What was before is read from git: by `release`, `promote`, `fleet plan` and others. Git cannot read a \
         work tree around the folder: there is none, it belongs to another user, or git is not installed. \
         The message holds git's own words.",
    ),
    (
        NOT_DESCRIBED,
        "This computer cannot be described as a host of the fleet",
        "`cargo xtask fleet describe` writes new files and changes none: the fleet has this computer or the \
         name already, a file is there, or an argument names what the fleet does not have. Nothing was \
         written.",
    ),
];
