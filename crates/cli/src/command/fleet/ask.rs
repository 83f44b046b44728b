//! Questions about a fleet, in SPARQL.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use domi_fleet_ontology::{Answer, Base, NO_QUERY, QUESTIONS, TOO_LONG, ask, question, turtle};
use domi_model::Problem;

use super::ontology::{base, everything};
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::files;
use crate::input::rest;
use crate::request::FleetRequest;
use crate::values::{duration, given};
use crate::{Exit, out};

/// What is asked.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// A question that is kept
    #[arg(value_name = "QUESTION", value_parser = given)]
    question: Option<String>,
    /// Ask what this file says in SPARQL; - is the standard input
    #[arg(long, value_name = "FILE", value_parser = given, conflicts_with = "question")]
    query: Option<String>,
    /// Keep rows whose column says this, such as host=counter; may be repeated
    #[arg(long, value_name = "COLUMN=TEXT", value_parser = pair)]
    only: Vec<(String, String)>,
    /// How long it may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    limit: Duration,
    /// Print the question in SPARQL instead of its answer
    #[arg(long, requires = "question")]
    show: bool,
    /// What the things of the fleet are named from
    #[arg(long, value_name = "IRI", value_parser = given)]
    base: Option<String>,
    /// Print JSON, as the W3C writes results of queries
    #[arg(long)]
    json: bool,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(column, _)| !column.is_empty());
    let (column, text) = pair.ok_or("write a column and a text, such as host=counter")?;
    Ok((column.to_owned(), text.to_owned()))
}

/// Prints the answer.
pub(super) fn run(context: &Context, request: &FleetRequest, asked: &Ask) -> Result<Exit> {
    let refused = |problem: Box<Problem>| context.problems(Exit::Usage, vec![*problem]);
    let base = base(context, asked.base.as_deref())?;
    let query = match (&asked.question, &asked.query) {
        (Some(name), _) => kept(request, name).map_err(refused)?,
        (None, Some(file)) => read(context, file)?,
        (None, None) => return listed(request, asked.json),
    };
    if asked.show {
        out::data(format_args!("{query}"))?;
        return Ok(Exit::Pass);
    }
    let statements = everything(context, request, &base)?;
    let answer = ask(&Arc::new(statements), &base, &query, asked.limit);
    let mut answer = answer.map_err(|problem| refused(with_limit(problem)))?;
    for (column, text) in &asked.only {
        answer.only(&base, column, text).map_err(refused)?;
    }
    print(&answer, &base, asked.json)?;
    Ok(Exit::Pass)
}

/// What else can be done where an answer takes too long.
fn with_limit(mut problem: Box<Problem>) -> Box<Problem> {
    if problem.code == TOO_LONG {
        problem.next += ", or give it longer with --limit";
    }
    problem
}

fn print(answer: &Answer, base: &Base, json: bool) -> Result<()> {
    if json && let Some(text) = answer.json().context("writing JSON")? {
        return Ok(data!("{text}")?);
    }
    match answer {
        Answer::Is(is) => data!("{}", if *is { "yes" } else { "no" })?,
        Answer::Statements(statements) if json => {
            let text = domi_fleet_ontology::json_ld(statements, base).context("writing JSON-LD")?;
            out::data(format_args!("{text}"))?;
        }
        Answer::Statements(statements) => {
            let text = turtle(statements, base).context("writing Turtle")?;
            out::data(format_args!("{text}"))?;
        }
        Answer::Rows { columns, rows } => {
            let table = out::table(&Answer::table(columns, rows, base));
            out::data(format_args!("{table}"))?;
        }
    }
    Ok(())
}

/// The query of a question that every fleet has, or that this one keeps.
fn kept(request: &FleetRequest, name: &str) -> std::result::Result<String, Box<Problem>> {
    question(name).map(|it| it.query.to_owned()).or_else(|problem| {
        let mut queries = files(request).fleet.queries;
        queries.remove(name).map(|it| it.query.0).ok_or(problem)
    })
}

/// Prints the questions that are kept: those that every fleet has, then those of this one.
fn listed(request: &FleetRequest, json: bool) -> Result<Exit> {
    let own = files(request).fleet.queries;
    let own = own.values().filter(|it| it.about.is_current());
    if json {
        let all: Vec<_> = QUESTIONS
            .iter()
            .map(|it| serde_json::json!({ "name": it.name, "asks": it.asks, "query": it.query }))
            .chain(own.map(|it| {
                let file = request.shown(&it.about.file);
                let (name, query) = (&it.about.name, &it.query.0);
                serde_json::json!({ "name": name, "asks": it.asks, "query": query, "file": file })
            }))
            .collect();
        data!("{:#}", serde_json::json!({ "questions": all }))?;
    } else {
        let rows = QUESTIONS.iter().map(|it| vec![it.name.to_owned(), it.asks.to_owned()]);
        let own = own.map(|it| vec![it.about.name.clone(), it.asks.clone()]);
        let rows: Vec<Vec<String>> = rows.chain(own).collect();
        out::data(format_args!("{}", out::table(&rows)))?;
    }
    Ok(Exit::Pass)
}

/// The longest that a query may be.
const MOST: usize = 256 << 10;

fn read(context: &Context, file: &str) -> Result<String> {
    let refused = |why: String| {
        let problem = Problem::error(NO_QUERY, file, why);
        context.problems(Exit::Usage, vec![problem.next("give a file with a query of SPARQL")])
    };
    let bytes = match file {
        "-" => rest(&context.interrupt, MOST)?,
        _ => {
            let bytes = fs_err::read(file).map_err(|error| refused(error.to_string()))?;
            Some(bytes).filter(|bytes| bytes.len() <= MOST)
        }
    };
    let bytes = bytes.ok_or_else(|| refused(format!("has more than {} KiB", MOST >> 10)))?;
    String::from_utf8(bytes).map_err(|_| refused("is not UTF-8".to_owned()))
}
