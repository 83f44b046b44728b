use domi_model::Code;

pub(crate) const CRATE_UNUSABLE: Code = Code("D0401");
pub(crate) const NO_WORKSPACE: Code = Code("D0402");
pub(crate) const DOES_NOT_COMPILE: Code = Code("D0403");
pub(crate) const CARGO_FAILED: Code = Code("D0404");
pub(crate) const CANNOT_START: Code = Code("D0405");
pub(crate) const FAILED: Code = Code("D0406");
pub(crate) const HANGS: Code = Code("D0407");
pub(crate) const TOO_MUCH_OUTPUT: Code = Code("D0408");
pub(crate) const NO_OUTPUT: Code = Code("D0409");
pub(crate) const NOT_JSON: Code = Code("D0410");
pub(crate) const CHATTER: Code = Code("D0411");
pub(crate) const NEWER_SCHEMA: Code = Code("D0412");
pub(crate) const NO_SCHEMA: Code = Code("D0413");
pub(crate) const WRONG_SHAPE: Code = Code("D0414");
pub(crate) const UNKNOWN_KEY: Code = Code("D0415");
pub(crate) const OTHER_NAME: Code = Code("D0416");
pub(crate) const SAME_NAME: Code = Code("D0417");
pub(crate) const LATER_KEY: Code = Code("D0418");

/// The problems of this crate: code, title, and what it means with how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        CRATE_UNUSABLE,
        "A feature's crate cannot be used",
        "The crate has a `[package.metadata.domi]` table, but no one program that could print its \
         manifest, or the table holds something else than it should. Give the crate one binary \
         (`src/main.rs`), or name the one that is meant with `default-run`. A plugin that is not \
         written in Rust says `command = [\"program\", \"argument\"]` in the table, or in a file \
         `plugin.toml` of a folder that `workspace.metadata.domi.plugins` names.",
    ),
    (
        NO_WORKSPACE,
        "cargo cannot read the workspace",
        "`cargo metadata` failed, so no feature could be found. What cargo said is in the \
         message; usually a `Cargo.toml` holds a mistake or names a folder that is not there.",
    ),
    (
        DOES_NOT_COMPILE,
        "A feature's crate does not compile",
        "The compiler refused the crate, or one that it depends on. Its full messages were \
         printed above the problem; the first one is repeated in it. Other features are not \
         stopped.",
    ),
    (
        CARGO_FAILED,
        "cargo failed before it compiled a feature",
        "`cargo build` ended without building the crate and without a message of the compiler: \
         dependencies that cannot be resolved or downloaded, a build script that fails, a full \
         disk. Run the command of the next step by hand to see it alone.",
    ),
    (
        CANNOT_START,
        "A plugin cannot be started",
        "The program of the feature could not be run at all. For a `command` in \
         `[package.metadata.domi]`: it must be on `PATH`, or a path relative to the crate's \
         folder that may be executed.",
    ),
    (
        FAILED,
        "A plugin failed",
        "The feature's program did not end with exit code 0. The end of what it printed on \
         standard error is in the message: a panic, or problems that the SDK found in the \
         feature itself.",
    ),
    (
        HANGS,
        "A plugin does not end",
        "The feature's program ran into its time limit and was killed. A plugin only has to print \
         its manifest: it should wait for nothing, not even its standard input, which is empty. \
         The limit is `limits.plugin` in `domi.toml`.",
    ),
    (
        TOO_MUCH_OUTPUT,
        "A plugin prints too much",
        "The feature's program printed more than 16 MiB on one stream and was killed. A manifest \
         is small enough to be read by a person: large data belongs into the package.",
    ),
    (
        NO_OUTPUT,
        "A plugin prints nothing",
        "The feature's program ended well but printed no manifest on standard output. In Rust, \
         its `main` must call the SDK's.",
    ),
    (
        NOT_JSON,
        "A plugin prints something else than JSON",
        "What the feature's program printed on standard output is no JSON. The message says where \
         it goes wrong.",
    ),
    (
        CHATTER,
        "A plugin prints more than its manifest",
        "The manifest is there, but something stands before or after it on standard output. \
         Standard output is for the one JSON document; print everything else on standard error.",
    ),
    (
        NEWER_SCHEMA,
        "A manifest is of a newer version than this tool reads",
        "The feature was built with a newer SDK than this tool knows. Update the tool, or use the \
         SDK of the version that belongs to it.",
    ),
    (
        NO_SCHEMA,
        "A manifest does not say its version",
        "The JSON document has no `schema` that this tool knows, so it is not read any further. A \
         manifest's first key is `\"schema\": \"domi.feature/5\"`.",
    ),
    (
        WRONG_SHAPE,
        "A manifest does not have the shape of its version",
        "A value in the manifest is not what its schema wants; the message names the path to it. \
         The schema is `docs/reference/manifest.schema.json`. Plugins that use the SDK of the \
         same version cannot print such a manifest.",
    ),
    (
        UNKNOWN_KEY,
        "A manifest holds a key that this tool does not know",
        "It is a typing mistake, or something that a newer version of the tool understands. Under \
         `options`, `system`, `assertions` and `tests` it is an error: whoever passed over it would \
         test something else than what was written. Elsewhere it is ignored.",
    ),
    (
        OTHER_NAME,
        "A feature does not have the name of its crate",
        "A feature is found and tested by the name of its crate, so its manifest must say the \
         same name. Where the crate must be called otherwise, set `name` in \
         `[package.metadata.domi]`.",
    ),
    (
        SAME_NAME,
        "Two crates are the same feature",
        "Two crates or folders of the workspace have the same feature name, so neither is used: their files \
         and options would overwrite each other. Rename one, or set another `name` in its \
         `[package.metadata.domi]`.",
    ),
    (
        LATER_KEY,
        "A manifest holds a key of a later version than it says",
        "The key came with a later version of the manifest than its `schema` names. A tool that \
         reads only the named version would pass over it. Say the later version, or leave the key \
         out.",
    ),
];
