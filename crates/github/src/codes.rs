use domi_model::Code;

pub(crate) const TOO_MANY_SHARDS: Code = Code("D1301");
pub(crate) const TOO_MUCH_OUTPUT: Code = Code("D1302");

/// Every problem that this crate finds: its code, its title, and its explanation.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        TOO_MANY_SHARDS,
        "A plan needs more shards than a workflow has room for",
        "GitHub starts at most 256 jobs of one matrix, and the generated workflow has four \
         matrices. The jobs of the plan take so long that they need more shards than that. No \
         job is left out: make shards longer with `github.shard` in `domi.toml`, or split the \
         repository's tests by `--filter` into several workflows.",
    ),
    (
        TOO_MUCH_OUTPUT,
        "A matrix is larger than GitHub accepts",
        "The outputs of a job on GitHub may have 1 MB together, and a character counts as two \
         bytes. Make shards longer, and so fewer, with `github.shard` in `domi.toml`.",
    ),
];
