use domi_model::Code;

pub(crate) const TOO_MANY_SHARDS: Code = Code("D1301");
pub(crate) const TOO_MUCH_OUTPUT: Code = Code("D1302");

/// Every problem that this crate finds: its code, its title, and what is behind it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        TOO_MANY_SHARDS,
        "A plan needs more shards than a workflow has room for",
        "GitHub starts at most 256 jobs of one matrix, and the generated workflow has four of \
         them. The jobs of the plan take so long that shards of the wanted time do not fit. None \
         is left out for that: make shards longer with `github.shard` in `domi.toml`, or split \
         the repository's tests by `--filter` into several workflows.",
    ),
    (
        TOO_MUCH_OUTPUT,
        "A matrix is larger than GitHub takes",
        "The outputs of a job on GitHub have at most 1 MB together, where a character counts as \
         two bytes. Fewer and longer shards, with `github.shard` in `domi.toml`, make the matrix \
         smaller.",
    ),
];
