//! Questions that files of a fleet keep: whether each can be read, and has the answer that is expected.

use std::sync::Arc;
use std::time::Duration;

use domi_fleet::{Expected, Query};
use domi_fleet_ontology::{
    ANOTHER_ANSWER, Answer, Base, Dataset, NAME_IS_TAKEN, QUESTIONS, ask, readable,
};
use domi_model::Problem;

use super::ontology::said;
use crate::fleet::Known;
use crate::request::FleetRequest;

/// How long a question may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The most rows that a message shows.
const MOST: usize = 3;

/// What is wrong with them. They are asked only where nothing else is wrong with the fleet.
pub(super) fn problems(request: &FleetRequest, known: &Known, is_sound: bool) -> Vec<Problem> {
    let base = Base::default();
    let mut problems = Vec::new();
    let mut asked: Vec<(&Query, &(Expected, u32))> = Vec::new();
    for query in known.fleet.queries.values().filter(|it| it.about.is_current()) {
        let name = &query.about.name;
        if QUESTIONS.iter().any(|it| it.name == name) {
            let message = "a question that every fleet has is called so already";
            let problem = Problem::error(NAME_IS_TAKEN, name, message).at(query.about.at(1));
            problems.push(problem.next("give the file another name"));
        }
        // That it is missing is said with all else that is.
        if query.query.0.trim().is_empty() {
            continue;
        }
        match readable(&query.query.0, &base) {
            Err(problem) => problems.push(placed(query, query.query.1, *problem)),
            Ok(()) => asked.extend(query.answer.as_ref().map(|answer| (query, answer))),
        }
    }
    if asked.is_empty() || !is_sound {
        return problems;
    }
    let statements = domi_fleet_log::read(&request.root).map(|log| said(known, &log, &base));
    match statements {
        // `fleet verify` says more of it.
        Err(problem) => problems.push(*problem),
        Ok(statements) => {
            let statements = Arc::new(statements);
            let differs = |(query, answer)| differs(&statements, &base, query, answer);
            problems.extend(asked.into_iter().filter_map(differs));
        }
    }
    problems
}

fn placed(query: &Query, line: u32, problem: Problem) -> Problem {
    let place = query.about.at(line);
    Problem { subject: query.about.name.clone(), ..problem }.at(place)
}

fn differs(
    statements: &Arc<Dataset>,
    base: &Base,
    query: &Query,
    (expected, line): &(Expected, u32),
) -> Option<Problem> {
    let answer = match ask(statements, base, &query.query.0, LIMIT) {
        Ok(answer) => answer,
        Err(problem) => return Some(placed(query, query.query.1, *problem)),
    };
    let message = match (expected, &answer) {
        (Expected::Is(expected), Answer::Is(is)) => {
            (expected != is).then(|| format!("the answer is {}", if *is { "yes" } else { "no" }))
        }
        (Expected::Rows(expected), Answer::Rows { columns, rows }) => {
            let rows = Answer::table(columns, rows, base).split_off(1);
            rows_differ(expected.clone(), rows)
        }
        (Expected::Is(_), _) => Some("the answer is not yes or no".to_owned()),
        (Expected::Rows(_), _) => Some("the answer has no rows".to_owned()),
    }?;
    let problem = Problem::error(ANOTHER_ANSWER, &query.about.name, message);
    let next = format!(
        "correct what the fleet says, or `answer`; `cargo xtask fleet ask {}` prints all of it",
        query.about.name
    );
    Some(problem.at(query.about.at(*line)).next(next))
}

/// How rows differ, in whichever order they are.
fn rows_differ(expected: Vec<Vec<String>>, mut more: Vec<Vec<String>>) -> Option<String> {
    let mut less = Vec::new();
    for row in expected {
        match more.iter().position(|it| *it == row) {
            Some(at) => drop(more.swap_remove(at)),
            None => less.push(row),
        }
    }
    more.sort();
    let shown = |rows: &[Vec<String>]| {
        let all: Vec<String> = rows.iter().take(MOST).map(|row| row.join(", ")).collect();
        let rest = rows.len().saturating_sub(MOST);
        let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        format!("({}){rest}", all.join("), ("))
    };
    match (less.is_empty(), more.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("the answer lacks {}", shown(&less))),
        (true, false) => Some(format!("the answer has {} as well", shown(&more))),
        (false, false) => {
            Some(format!("the answer lacks {}, and has {} instead", shown(&less), shown(&more)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_in_any_order_and_each_counts() {
        let rows = |text: &str| -> Vec<Vec<String>> {
            let row = |it: &str| it.split(',').map(str::to_owned).collect();
            text.split_whitespace().map(row).collect()
        };
        let check = |expected: &str, found: &str, says: Option<&str>| {
            assert_eq!(rows_differ(rows(expected), rows(found)).as_deref(), says);
        };
        check("a,b c,d", "c,d a,b", None);
        check("", "", None);
        check("a", "a a", Some("the answer has (a) as well"));
        check("a a", "a", Some("the answer lacks (a)"));
        check("a", "b", Some("the answer lacks (a), and has (b) instead"));
        check("", "e d c b a", Some("the answer has (a), (b), (c) and 2 more as well"));
    }
}
