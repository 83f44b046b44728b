//! Questions in SPARQL, and their answers.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use domi_model::Problem;
use oxrdf::{Dataset, GraphName, NamedNodeRef, Quad, Term, Variable};
use sparesults::{QueryResultsFormat, QueryResultsSerializer};
use spareval::{CancellationToken, QueryEvaluationError, QueryEvaluator, QueryResults};
use spargebra::{Query, SparqlParser};

use crate::Base;
use crate::codes::{NO_ANSWER, NO_QUERY, NO_SUCH, TOO_LONG};
use crate::graph::{prefixes, short};

/// An answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Rows, each with a cell for each column; a cell may be empty.
    Rows {
        /// The names of the columns.
        columns: Vec<Variable>,
        /// The rows.
        rows: Vec<Vec<Option<Term>>>,
    },
    /// Yes or no.
    Is(bool),
    /// Statements.
    Statements(Dataset),
}

/// Answers a query from statements. Prefixes that [`crate::turtle`] writes are known; `limit` is how
/// long it may take. A query that takes longer goes on in a thread of its own until it next looks at
/// new statements, or the process ends.
///
/// # Errors
/// The query cannot be read or answered, or takes too long.
pub fn ask(
    statements: &Arc<Dataset>,
    base: &Base,
    query: &str,
    limit: Duration,
) -> Result<Answer, Box<Problem>> {
    let query = read(query, base)?;
    let token = CancellationToken::new();
    let (tell, told) = channel();
    thread::spawn({
        let (statements, token) = (Arc::clone(statements), token.clone());
        move || {
            let evaluator = QueryEvaluator::new().with_cancellation_token(token);
            let results = evaluator.prepare(&query).execute(&*statements);
            // Whoever asked may be gone.
            let _ = tell.send(results.and_then(whole));
        }
    });
    let answer = told.recv_timeout(limit).unwrap_or_else(|_| {
        token.cancel();
        Err(QueryEvaluationError::Cancelled)
    });
    answer.map_err(|error| {
        let problem = match error {
            QueryEvaluationError::Cancelled => {
                let message = format!("it was stopped after {} s", limit.as_secs_f64());
                Problem::error(TOO_LONG, "the query", message)
                    .next("join its patterns by a variable")
            }
            other => Problem::error(NO_ANSWER, "the query", other.to_string())
                .next("ask for what `cargo xtask fleet ontology` prints"),
        };
        Box::new(problem)
    })
}

/// Looks whether a query can be read.
///
/// # Errors
/// It cannot.
pub fn readable(query: &str, base: &Base) -> Result<(), Box<Problem>> {
    read(query, base).map(drop)
}

fn read(text: &str, base: &Base) -> Result<Query, Box<Problem>> {
    let mut parser = SparqlParser::new();
    for (name, iri) in prefixes(base) {
        let known = parser.with_prefix(name, iri);
        parser = known.map_err(|error| refused(&error.to_string()))?;
    }
    parser.parse_query(text).map_err(|error| refused(&error.to_string()))
}

fn refused(why: &str) -> Box<Problem> {
    // The parser names place and expectation, over several lines.
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let problem = Problem::error(NO_QUERY, "the query", why);
    Box::new(
        problem.next("`cargo xtask fleet ask who-may-log-in --show` prints one that can be read"),
    )
}

fn whole(results: QueryResults<'_>) -> Result<Answer, QueryEvaluationError> {
    Ok(match results {
        QueryResults::Boolean(is) => Answer::Is(is),
        QueryResults::Solutions(solutions) => {
            let columns = solutions.variables().to_vec();
            let row = |row: Result<spareval::QuerySolution, _>| {
                let row = row?;
                Ok(columns.iter().map(|column| row.get(column).cloned()).collect())
            };
            let rows: Result<Vec<_>, QueryEvaluationError> = solutions.map(row).collect();
            Answer::Rows { rows: rows?, columns }
        }
        QueryResults::Graph(triples) => {
            let mut statements = Dataset::new();
            for triple in triples {
                let triple = triple?;
                let (subject, of, object) = (triple.subject, triple.predicate, triple.object);
                statements.insert(&Quad::new(subject, of, object, GraphName::DefaultGraph));
            }
            Answer::Statements(statements)
        }
    })
}

impl Answer {
    /// Keeps the rows whose column shows this text.
    ///
    /// # Errors
    /// There is no such column.
    pub fn only(&mut self, base: &Base, column: &str, text: &str) -> Result<(), Box<Problem>> {
        let columns: &[Variable] =
            if let Self::Rows { columns, .. } = self { columns } else { &[] };
        let Some(at) = columns.iter().position(|it| it.as_str() == column) else {
            let known: Vec<&str> = columns.iter().map(Variable::as_str).collect();
            let message = format!("no column is called `{column}`");
            let problem = Problem::error(NO_SUCH, "--only", message);
            let next = match known.as_slice() {
                [] => "this answer has none: leave it out".to_owned(),
                known => format!("take one of {}", known.join(", ")),
            };
            return Err(Box::new(problem.next(next)));
        };
        if let Self::Rows { rows, .. } = self {
            rows.retain(|row| {
                let cell = cell(base, row[at].as_ref());
                cell == text || cell.rsplit_once('/').is_some_and(|(_, name)| name == text)
            });
        }
        Ok(())
    }

    /// The cells as people read them: a head of columns, then the rows.
    pub fn table(
        columns: &[Variable],
        rows: &[Vec<Option<Term>>],
        base: &Base,
    ) -> Vec<Vec<String>> {
        let head = columns.iter().map(|it| it.as_str().to_uppercase()).collect();
        let row = |row: &Vec<Option<Term>>| row.iter().map(|it| cell(base, it.as_ref())).collect();
        std::iter::once(head).chain(rows.iter().map(row)).collect()
    }

    /// Rows, or yes or no, as the W3C's JSON for results of queries; statements have none.
    ///
    /// # Errors
    /// Those of the library that writes.
    pub fn json(&self) -> std::io::Result<Option<String>> {
        let writer = QueryResultsSerializer::from_format(QueryResultsFormat::Json);
        let bytes = match self {
            Self::Statements(_) => return Ok(None),
            Self::Is(is) => writer.serialize_boolean_to_writer(Vec::new(), *is)?,
            Self::Rows { columns, rows } => {
                let mut writer =
                    writer.serialize_solutions_to_writer(Vec::new(), columns.clone())?;
                for row in rows {
                    let cells = columns.iter().zip(row);
                    writer
                        .serialize(cells.filter_map(|(column, it)| Some((column, it.as_ref()?))))?;
                }
                writer.finish()?
            }
        };
        String::from_utf8(bytes).map(Some).map_err(std::io::Error::other)
    }
}

/// A term as people read it: `host/counter`, `domi:Host`, a text alone.
fn cell(base: &Base, term: Option<&Term>) -> String {
    match term {
        None => String::new(),
        Some(Term::Literal(literal)) => literal.value().to_owned(),
        Some(Term::NamedNode(node)) => named(base, node.as_ref()),
        Some(other) => other.to_string(),
    }
}

fn named(base: &Base, node: NamedNodeRef<'_>) -> String {
    let iri = node.as_str();
    base.short(iri).map(str::to_owned).or_else(|| short(iri)).unwrap_or_else(|| iri.to_owned())
}
