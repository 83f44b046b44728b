//! Relationships: to itself, twice, and in a circle.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;

use super::references::no_subject;
use crate::Fleet;
use crate::codes::{IN_A_CIRCLE, TO_ITSELF, TWICE};
use crate::relationship::{Relationship, Tie};
use crate::time::Date;

/// A relationship that says all that it has to.
struct Edge<'f> {
    it: &'f Relationship,
    from: &'f str,
    is: Tie,
    to: &'f str,
}

pub(super) fn relationships(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut edges: Vec<Edge<'_>> = Vec::new();
    for it in fleet.relationships.values().filter(|it| it.about.is_current()) {
        let (Some(from), Some((is, _)), Some(to)) = (&it.from, it.is, &it.to) else { continue };
        let strange = [("from", from), ("to", to)];
        let before = problems.len();
        let wrong = |(key, thing)| no_subject(&it.about, key, thing);
        problems.extend(strange.into_iter().filter_map(wrong));
        if problems.len() > before {
            continue;
        }
        if from.name == to.name {
            let message = format!("`{}` {} itself", from.name, is.as_str());
            let problem = Problem::error(TO_ITSELF, "to", message).at(it.about.at(to.line));
            problems.push(problem.next("name another thing, or remove the file"));
        } else {
            edges.push(Edge { it, from: &from.name, is, to: &to.name });
        }
    }
    problems.extend(twice(&edges));
    for tie in Tie::ALL.into_iter().filter(|tie| tie.orders()) {
        let of_tie: Vec<&Edge<'_>> = edges.iter().filter(|edge| edge.is == tie).collect();
        problems.extend(circle(tie, &of_tie));
    }
    problems
}

/// Relationships that say the same of one time.
fn twice(edges: &[Edge<'_>]) -> Vec<Problem> {
    let mut said: BTreeMap<(&str, Tie, &str), Vec<&Relationship>> = BTreeMap::new();
    let mut problems = Vec::new();
    for Edge { it, from, is, to } in edges {
        let others = said.entry((*from, *is, *to)).or_default();
        if let Some(other) = others.iter().find(|other| other.overlaps(it)) {
            let message = format!("`{}` says the same of the same time", other.about.file);
            let problem = Problem::error(TWICE, "from", message).at(it.about.at(1));
            problems.push(problem.next("say it in one of the two files alone"));
        }
        others.push(it);
    }
    problems
}

/// The first circle of things that are all so on one day.
fn circle(tie: Tie, edges: &[&Edge<'_>]) -> Option<Problem> {
    // Most are in no circle on whichever days.
    let edges = in_circles(edges.to_vec());
    let days: BTreeSet<Option<Date>> =
        edges.iter().map(|edge| edge.it.since.map(|(day, _)| day)).collect();
    days.into_iter().find_map(|day| {
        let on_day = edges.iter().filter(|edge| edge.it.holds_on(day)).copied();
        said(tie, &in_circles(on_day.collect()))
    })
}

/// Drops edges that nothing leads to or from until none is left to drop: what remains is in a circle, or on a way
/// between two.
fn in_circles<'e, 'f>(mut left: Vec<&'e Edge<'f>>) -> Vec<&'e Edge<'f>> {
    loop {
        let from: BTreeSet<&str> = left.iter().map(|edge| edge.from).collect();
        let to: BTreeSet<&str> = left.iter().map(|edge| edge.to).collect();
        let before = left.len();
        left.retain(|edge| to.contains(edge.from) && from.contains(edge.to));
        if left.len() == before {
            return left;
        }
    }
}

/// A circle of those that are left.
fn said(tie: Tie, left: &[&Edge<'_>]) -> Option<Problem> {
    let first = left.first()?;
    let mut way: Vec<&Edge<'_>> = vec![first];
    let begin = loop {
        let last = way.last()?.to;
        if let Some(begin) = way.iter().position(|edge| edge.from == last) {
            break begin;
        }
        way.push(left.iter().find(|edge| edge.from == last)?);
    };
    let circle = &way[begin..];
    let names: Vec<&str> =
        circle.iter().map(|edge| edge.from).chain([circle.first()?.from]).collect();
    let message = format!("leads back to itself: {}", names.join(&format!(" {} ", tie.as_str())));
    let about = &circle.iter().map(|edge| edge.it).min_by_key(|it| &it.about.file)?.about;
    let problem = Problem::error(IN_A_CIRCLE, "to", message).at(about.at(1));
    Some(problem.next("take one of them out of the circle"))
}
