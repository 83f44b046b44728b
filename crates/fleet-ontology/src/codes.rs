//! The codes of this crate's problems.

use domi_model::Code;

/// A query cannot be read.
pub const NO_QUERY: Code = Code("D2080");
/// A query takes too long.
pub const TOO_LONG: Code = Code("D2081");
/// A query cannot be answered.
pub(crate) const NO_ANSWER: Code = Code("D2082");
/// There is no such question, or no such column.
pub(crate) const NO_SUCH: Code = Code("D2083");
/// What statements are named from is no address.
pub(crate) const NO_BASE: Code = Code("D2084");
/// A question of a fleet has the name of one that every fleet has.
pub const NAME_IS_TAKEN: Code = Code("D2107");
/// A question has another answer than its file says.
pub const ANOTHER_ANSWER: Code = Code("D2108");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_QUERY,
        "A query cannot be read",
        "`cargo xtask fleet ask --query FILE` takes a query of SPARQL 1.1: `SELECT`, `ASK`, \
         `CONSTRUCT` or `DESCRIBE`. Updates are none. The prefixes that `fleet ontology` prints \
         need not be written. The same holds for `query` of a question that a file of \
         `domain/procedures/queries` keeps.",
    ),
    (
        TOO_LONG,
        "A query takes too long",
        "It was stopped after the time that `--limit` says, in `fleet check` after 10 s. Most often \
         two patterns have no variable in common, so that each of one goes with each of the other.",
    ),
    (
        NO_ANSWER,
        "A query cannot be answered",
        "It can be read, and asks for something that is not there: another service, a function \
         that nobody knows. Questions are answered from the files of the fleet and its log alone.",
    ),
    (
        NO_SUCH,
        "There is no such question or column",
        "`cargo xtask fleet ask` without a question lists those that are kept, each with its \
         columns.",
    ),
    (
        NO_BASE,
        "What statements are named from is no address",
        "`--base` takes an absolute IRI that ends in `/` or `#`, such as \
         `https://fleet.example.org/`.",
    ),
    (
        NAME_IS_TAKEN,
        "A question has the name of one that every fleet has",
        "`cargo xtask fleet ask NAME` asks a question by its name, and some names are those of questions \
         that every fleet has. A file of `domain/procedures/queries` takes another one.",
    ),
    (
        ANOTHER_ANSWER,
        "A question has another answer than its file says",
        "A file of `domain/procedures/queries` says under `answer` what the answer must be, and the files \
         and the log of the fleet now say something else. Rows are compared in any order, cell by cell \
         as `fleet ask` prints them. `fleet check` asks where nothing else is wrong.",
    ),
];
