//! Questions that are kept, in plain English and in SPARQL.

use domi_model::Problem;

use crate::codes::NO_SUCH;

/// A question that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Its name.
    pub name: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// The same in SPARQL.
    pub query: &'static str,
}

macro_rules! questions {
    ($($name:literal $asks:literal)+) => {
        &[$(Question {
            name: $name,
            asks: $asks,
            query: include_str!(concat!("questions/", $name, ".rq")),
        }),+]
    };
}

/// All of them.
pub const QUESTIONS: &[Question] = questions! {
    "who-answers-for-what" "Who answers for units and agents?"
    "who-is-in-each-unit" "Who belongs to each unit, and to what it is a part of?"
    "who-may-log-in" "Who may log in to which host, as which user, and which policy says so?"
    "who-reaches-which-port" "Who reaches which port of which host?"
    "who-has-which-address" "Which host has which address in each network?"
    "where-is-each-machine" "Where is each host, and which device is it?"
    "what-runs-where" "Which hosts run each feature?"
    "who-works-with-what" "Which homes and shells are for whom, and on which hosts?"
    "who-is-what-to-whom" "What are things to each other, where their own files do not say it?"
    "who-needs-it" "What names each thing in its file?"
    "what-stops-with-a-host" "What stops when a host stops?"
    "what-is-there-only-once" "Which roles does only one host have?"
    "what-is-not-active" "What is planned, not yet ready, in maintenance or retired?"
    "what-was-decided" "What was decided, when, and what did it follow from?"
    "what-do-words-mean" "What do the words mean?"
};

/// The question of a name.
///
/// # Errors
/// There is none.
pub fn question(name: &str) -> Result<Question, Box<Problem>> {
    QUESTIONS.iter().copied().find(|it| it.name == name).ok_or_else(|| {
        let problem = Problem::error(NO_SUCH, name, "no question that is kept has this name");
        Box::new(problem.next("`cargo xtask fleet ask` lists them"))
    })
}
