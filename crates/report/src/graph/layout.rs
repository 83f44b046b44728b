//! Where each node of a picture stands.
//!
//! Who depends on nobody stands in the last column, everybody else in a column before all that it
//! depends on. Who has nothing to do with anybody stands below, in rows. Boxes never overlap, so that
//! every name can be read.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Graph;

/// The height of a box, and of the room between two.
pub(super) const HEIGHT: usize = 38;
const BETWEEN: usize = 14;
/// The room between two columns, for links.
const LINKS: usize = 90;
/// The width of a character, as wide as they come in the font, in tenths of a unit.
pub(super) const CHARACTER: usize = 78;
/// The most boxes one above the other; a column that has more is two.
const TALLEST: usize = 40;
/// The room at each side.
pub(super) const MARGIN: usize = 12;

/// A box, by its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
}

/// Where everything is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) width: usize,
    pub(super) height: usize,
}

pub(super) fn layout(graph: &Graph) -> Layout {
    let widths: Vec<usize> = graph
        .nodes
        .iter()
        .map(|node| {
            let longest = (node.name.chars().count() + 2).max(node.about.chars().count());
            (longest * CHARACTER).div_ceil(10) + 16
        })
        .collect();
    let ranks = ranks(graph);
    let mut alone: Vec<usize> =
        (0..graph.nodes.len()).filter(|at| !ranks.contains_key(at)).collect();
    alone.sort_by_key(|at| &graph.nodes[*at].name);
    let mut places = vec![Place { x: 0, y: 0, width: 0 }; graph.nodes.len()];
    let (mut x, mut height) = (MARGIN, MARGIN);
    for column in columns(graph, &ranks) {
        let width = column.iter().map(|at| widths[*at]).max().unwrap_or_default();
        let mut y = MARGIN;
        for at in column {
            places[at] = Place { x, y, width };
            y += HEIGHT + BETWEEN;
        }
        height = height.max(y);
        x += width + LINKS;
    }
    let mut right = if x > MARGIN { x - LINKS } else { x };
    // The others in as many columns as make about a square of them, or fill the width.
    let widest = alone.iter().map(|at| widths[*at]).max().unwrap_or_default();
    let step = widest + BETWEEN;
    let fitting = right.saturating_sub(MARGIN) / step.max(1);
    let square = (1..=alone.len()).find(|n| n * n * step >= alone.len() * (HEIGHT + BETWEEN));
    let across = fitting.max(square.unwrap_or(1)).max(1);
    let rows = alone.len().div_ceil(across);
    for (nth, at) in alone.into_iter().enumerate() {
        let (x, y) = (MARGIN + nth % across * step, height + nth / across * (HEIGHT + BETWEEN));
        places[at] = Place { x, y, width: widest };
        right = right.max(x + widest);
    }
    height += rows * (HEIGHT + BETWEEN);
    Layout { places, width: right + MARGIN, height: height.max(MARGIN * 2) }
}

/// How many steps each node is from the end of the longest way of dependencies; none for those that
/// have nothing to do with others. A circle is cut where it is closed.
fn ranks(graph: &Graph) -> BTreeMap<usize, usize> {
    let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for link in graph.links.iter().filter(|link| link.from != link.to) {
        let to = below.entry(link.from).or_default();
        if !link.is_against {
            to.push(link.to);
        }
        below.entry(link.to).or_default();
    }
    let name = |at: &usize| &graph.nodes[*at].name;
    for all in below.values_mut() {
        all.sort_by_key(name);
        all.dedup();
    }
    let mut order: Vec<usize> = below.keys().copied().collect();
    order.sort_by_key(name);
    let (mut ranks, mut entered) = (BTreeMap::new(), BTreeSet::new());
    for start in order {
        // By hand, as a chain may be longer than the stack.
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.pop() {
            if next == 0 && !entered.insert(at) {
                continue;
            }
            match below[&at].get(next) {
                Some(to) => {
                    open.push((at, next + 1));
                    if !entered.contains(to) {
                        open.push((*to, 0));
                    }
                }
                None => {
                    let longest = below[&at].iter().filter_map(|to| ranks.get(to)).max();
                    ranks.insert(at, longest.map_or(0, |rank| rank + 1));
                }
            }
        }
    }
    ranks
}

/// The columns from left to right, each from above: near to what they depend on.
fn columns(graph: &Graph, ranks: &BTreeMap<usize, usize>) -> Vec<Vec<usize>> {
    let mut by_rank: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, rank) in ranks {
        by_rank.entry(*rank).or_default().push(*at);
    }
    let mut leads: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for link in &graph.links {
        leads.entry(link.from).or_default().push(link.to);
    }
    let mut height: BTreeMap<usize, usize> = BTreeMap::new();
    let mut columns = Vec::new();
    for mut column in by_rank.into_values() {
        column.sort_by_cached_key(|at| {
            let others = leads.get(at).into_iter().flatten();
            let heights: Vec<usize> = others.filter_map(|to| height.get(to).copied()).collect();
            let sum: usize = heights.iter().sum();
            (sum * 1000 / heights.len().max(1), &graph.nodes[*at].name)
        });
        for (nth, at) in column.iter().enumerate() {
            height.insert(*at, nth);
        }
        columns.extend(column.chunks(TALLEST).rev().map(<[usize]>::to_vec));
    }
    columns.reverse();
    columns
}
