//! In which order the options of features on one machine are known: what a feature sets of another
//! one follows from its own options, and from those that it reads for it.

use std::collections::BTreeSet;

use crate::codes::CIRCULAR;
use crate::{Expr, Manifest, NeighbourSetting, Problem, former, misfits};

/// The order in which the options of features on one machine are known, where they take each other
/// for what they are: their places in the list.
///
/// # Errors
/// All that they take each other for and that they are not, and options that decide on each other
/// in a circle.
pub fn order(features: &[&Manifest]) -> Result<Vec<usize>, Vec<Problem>> {
    let mut problems: Vec<Problem> =
        features.iter().flat_map(|manifest| misfits(manifest, features)).collect();
    problems.extend(former::conflicts(features));
    match flow(features) {
        Ok(order) if problems.is_empty() => return Ok(order),
        Ok(_) => {}
        Err(circle) => problems.push(*circle),
    }
    Err(problems)
}

/// The features by their places in the list, each behind those that decide on its options.
///
/// # Errors
/// Options of features that decide on each other in a circle.
fn flow(features: &[&Manifest]) -> Result<Vec<usize>, Box<Problem>> {
    let deciding: Vec<_> = (0..features.len()).map(|at| deciding(features, at)).collect();
    let mut open: BTreeSet<usize> = (0..features.len()).collect();
    let mut order = Vec::new();
    while !open.is_empty() {
        let is_ready = |at: &usize| deciding[*at].is_disjoint(&open);
        let Some(next) = open.iter().copied().find(is_ready) else {
            return Err(Box::new(circle(features, &deciding, &open)));
        };
        open.remove(&next);
        order.push(next);
    }
    Ok(order)
}

/// The features that decide on options of one.
fn deciding(features: &[&Manifest], of: usize) -> BTreeSet<usize> {
    let name = &features[of].feature.name;
    let place = |name: &str| features.iter().position(|it| it.feature.name == name);
    let mut found = BTreeSet::new();
    for (at, feature) in features.iter().enumerate() {
        let set = feature.system.settings.iter().filter(|it| it.feature == *name);
        for setting in set {
            found.insert(at);
            found.extend(read(setting).iter().filter_map(|name| place(name)));
        }
    }
    found
}

/// The features whose options a setting follows from, beside that which says it.
fn read(setting: &NeighbourSetting) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for expr in std::iter::once(&setting.value).chain(&setting.when) {
        neighbours(expr, &mut found);
    }
    found
}

fn neighbours(expr: &Expr, found: &mut BTreeSet<String>) {
    if let Expr::Neighbour(read) = expr {
        found.insert(read.feature.clone());
    }
    expr.parts().into_iter().for_each(|part| neighbours(part, found));
}

/// The problem of features that are left: each waits for another one of them.
fn circle(features: &[&Manifest], deciding: &[BTreeSet<usize>], left: &BTreeSet<usize>) -> Problem {
    let mut way = Vec::new();
    let mut at = left.first().copied().unwrap_or_default();
    while !way.contains(&at) {
        way.push(at);
        at = deciding[at].iter().copied().find(|other| left.contains(other)).unwrap_or(at);
    }
    let start = way.iter().position(|it| *it == at).unwrap_or_default();
    let mut names: Vec<&str> = way[start..].iter().map(|it| &*features[*it].feature.name).collect();
    names.push(names[0]);
    // The way was gone from what is set to what sets it.
    names.reverse();
    let places = way[start..].iter().flat_map(|it| &features[*it].system.settings);
    let in_circle = |it: &&NeighbourSetting| names.contains(&&*it.feature);
    let place = places.clone().find(in_circle).and_then(|it| it.place.clone());
    let message = format!("their options decide on each other: {}", names.join(" → "));
    let subject = names[1..].to_vec();
    Problem::error(CIRCULAR, subject.join(", "), message)
        .at(place)
        .next("let one of them read what it needs instead of being set by the other")
}
