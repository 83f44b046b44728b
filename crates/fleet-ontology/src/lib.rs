//! What a fleet says, as linked data: the words with their meaning, statements about everything that
//! the fleet has, and questions that are asked of them in SPARQL.
//!
//! [`vocabulary`] is the same for every fleet, and [`Said::statements`] are those of one. Both are
//! written as Turtle or JSON-LD by [`turtle`] and [`json_ld`], and [`ask`] answers questions.
//!
//! Everything here is pure: this crate opens no file and no connection, and knows nothing of git, Nix
//! and terminals. No value of a setting and no key is in what it says.

mod ask;
mod base;
mod codes;
mod events;
mod glossary;
mod graph;
mod hosts;
mod questions;
mod relations;
mod said;
mod things;
mod vocabulary;
mod words;
mod written;

pub use ask::{Answer, ask, readable};
pub use base::Base;
pub use codes::{ANOTHER_ANSWER, CODES, NAME_IS_TAKEN, NO_QUERY, TOO_LONG};
pub use glossary::glossary;
pub use oxrdf::Dataset;
pub use questions::{QUESTIONS, Question, question};
pub use said::Said;
pub use vocabulary::vocabulary;
pub use written::{SHAPES, json_ld, turtle};
