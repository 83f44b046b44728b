//! The codes of this crate's problems.

use domi_model::Code;

/// A query cannot be read.
pub const NO_QUERY: Code = Code("D2080");
/// A query takes too long.
pub(crate) const TOO_LONG: Code = Code("D2081");
/// A query cannot be answered.
pub(crate) const NO_ANSWER: Code = Code("D2082");
/// There is no such question, or no such column.
pub(crate) const NO_SUCH: Code = Code("D2083");
/// What statements are named from is no address.
pub(crate) const NO_BASE: Code = Code("D2084");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_QUERY,
        "A query cannot be read",
        "`cargo xtask fleet ask --query FILE` takes a query of SPARQL 1.1: `SELECT`, `ASK`, \
         `CONSTRUCT` or `DESCRIBE`. Updates are none. The prefixes that `fleet ontology` prints \
         need not be written.",
    ),
    (
        TOO_LONG,
        "A query takes too long",
        "It was stopped after the time that `--limit` says. Most often two patterns have no \
         variable in common, so that each of one goes with each of the other.",
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
];
