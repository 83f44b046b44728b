//! Problems of the commands that change features: `new`, `rename`, `remove`, `release`, `promote`.

use domi_model::Code;

pub(crate) const NEW_NAME: Code = Code("D0532");
pub(crate) const NEW_PLACE: Code = Code("D0533");
pub(crate) const NOT_REMOVED: Code = Code("D0544");
pub(crate) const NOT_RENAMED: Code = Code("D0549");
pub(crate) const VERSION_TOO_LOW: Code = Code("D0560");
pub(crate) const NOT_COMPARED: Code = Code("D0561");
pub(crate) const NOT_RELEASED: Code = Code("D0562");
pub(crate) const NOT_PROMOTED: Code = Code("D0563");
pub(crate) const NO_TEMPLATE: Code = Code("D1181");
pub(crate) const TEMPLATE_CONFLICT: Code = Code("D1182");
pub(crate) const NOT_UNDONE: Code = Code("D1183");
pub(crate) const CHANGING: Code = Code("D1184");

/// Code, title, and what it means with how to fix it.
pub(super) const CODES: &[(Code, &str, &str)] = &[
    (
        NOT_UNDONE,
        "What a killed command left cannot be undone",
        "A command that changes several files notes in `.domi-undo`, at the root, what they held and the \
         digest of what it writes. Where it is killed, the next command undoes all of it. It does not \
         where a file is neither as it was nor as the command wrote it: somebody has changed it since, and \
         that would be lost. Put such files back, and the next command undoes; or keep everything as it \
         is, and remove `.domi-undo`.",
    ),
    (
        CHANGING,
        "Another command is changing files here",
        "Of commands that change several files of a workspace, one works at a time. The other may have \
         looked at what is about to change. Start this one again when it has ended.",
    ),
    (
        NEW_NAME,
        "A new feature cannot have this name",
        "`cargo xtask new` makes a crate, options and files of one name. It is written in \
         kebab-case, such as `web-gateway`, and belongs to no other feature of the workspace, and \
         to no crate that the workspace has or depends on.",
    ),
    (
        NEW_PLACE,
        "There is no place for something new",
        "`cargo xtask new` writes the crate into the folder that most features are in. Nothing may \
         be there under the new name yet; and the workspace's `Cargo.toml` says where the SDK comes \
         from, as `domi-sdk` in `[workspace.dependencies]`. `cargo xtask template new` writes into a \
         folder that has none of its files yet, and through no link. Nothing was written.",
    ),
    (
        NOT_REMOVED,
        "A feature cannot be removed",
        "Something depends on it: a feature, a crate or a host of the fleet, which the message names; \
         `cargo xtask why` shows more. Or nobody can be asked: without a terminal, `remove` wants \
         `--yes`.",
    ),
    (
        NOT_RENAMED,
        "An option or a feature cannot be renamed",
        "There is nothing of the old name, the new one is taken or is none that an option or a feature can \
         have, or the program does not compile with it, in which case each place is named that has to be \
         changed by hand. Only options of a feature's own struct in Rust are renamed: NixOS can give no \
         old name to what is within another option or only read. A feature that says something else \
         under another name is not renamed either, as machines would lose what they have of it. Nothing \
         was changed.",
    ),
    (
        VERSION_TOO_LOW,
        "A version is too low for what changed",
        "What changed of the feature since its last tag asks for a higher version than its \
         `Cargo.toml` has. The message names the effects that weigh most and the least version that \
         may follow; `docs/reference/effects.md` is the table of effects. `cargo xtask release FEATURE --write` \
         sets that version. Or take back what breaks: keep the old name of an option with an alias, \
         give a new option a default.",
    ),
    (
        NOT_COMPARED,
        "A feature could not be compared with its last tag",
        "The feature as it was could not be built or read from the commit of its tag, so nobody knows \
         what changed. That is never taken for no change. The message has the cause: a crate that no \
         longer compiles with this compiler, one that cannot be fetched, a feature that was not there. \
         Where the old one can never be built again, release by hand, with a higher first number.",
    ),
    (
        NOT_RELEASED,
        "A feature cannot be released as things are",
        "Something that a release needs is missing, and nothing was changed. A tag is set only on a \
         commit that has everything, with an entry for the version in the feature's `CHANGELOG.md`, and \
         never moved. A version is written only where a `Cargo.toml` of this workspace has it.",
    ),
    (
        NOT_PROMOTED,
        "A feature lacks what a maturity asks for",
        "`test` asks for a test that runs the feature, on each system that it claims. `prod` asks for a \
         version from 1.0.0 on and for all tests to have passed on NixOS on each of these systems, in \
         runs of this computer or of others (`--runs`) whose commit has the feature as it is now. A \
         feature is never more mature than one that it requires. Nothing was changed; \
         `docs/releases.md` says more.",
    ),
    (
        NO_TEMPLATE,
        "There is no template that this is made from",
        "`cargo xtask template new` knows the templates `default` and `cim`, and `--source` names a clone of \
         domi-nix. `template update` reads from `.domi-template.json` which template a repository is made from; \
         where it is a copy without that file, `template record` writes it.",
    ),
    (
        TEMPLATE_CONFLICT,
        "A template's newer version does not fit a file",
        "The file was changed here, and the same lines are others in the template now. `template update \
         --mark` writes both, between marks as git makes them, and you choose. Or something else than a file \
         of text is there. Nothing was changed.",
    ),
];
