//! A graph as SVG.

use maud::{Markup, html};

use super::layout::{HEIGHT, Place, layout};
use super::model::{Graph, Link, Node};

pub(super) const STYLE: &str = include_str!("picture.css");

/// The graph as a picture of its own, which any browser shows.
pub fn svg(graph: &Graph) -> String {
    let picture = picture(graph, true).into_string();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", crate::shown(&picture))
}

/// The picture; with its style where it stands alone.
pub(super) fn picture(graph: &Graph, alone: bool) -> Markup {
    let layout = layout(graph);
    let place = |at: usize| layout.places[at];
    html! {
        svg xmlns="http://www.w3.org/2000/svg" id="picture" role="img"
            aria-label=(format!("{} features and what they have to do with each other", graph.nodes.len()))
            width=(layout.width) height=(layout.height)
            viewBox=(format!("0 0 {} {}", layout.width, layout.height)) {
            @if alone { style { (STYLE) } }
            defs {
                marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9"
                    markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse" {
                    path d="M0 0L8 4L0 8z" {}
                }
            }
            @for link in graph.links.iter().filter(|link| link.from != link.to) {
                (line(graph, link, place(link.from), place(link.to)))
            }
            @for (at, node) in graph.nodes.iter().enumerate() { (boxed(at, node, place(at))) }
        }
    }
}

fn line(graph: &Graph, link: &Link, from: Place, to: Place) -> Markup {
    let middle = |place: Place| place.y + HEIGHT / 2;
    let (y, end) = (middle(from), middle(to));
    // From the right side to the left one; within a column, from side to side.
    let (x, into) = if from.x < to.x {
        (from.x + from.width, to.x)
    } else if from.x > to.x {
        (from.x, to.x + to.width)
    } else {
        (from.x + from.width, to.x + to.width)
    };
    let bend = if from.x == to.x { 40 } else { (x.abs_diff(into) / 2).max(20) };
    let near = |at: usize, other: usize, same: bool| {
        if same || at < other { at + bend } else { at.saturating_sub(bend) }
    };
    let same = from.x == to.x;
    let (c1, c2) = (near(x, into, same), near(into, x, same));
    html! {
        path class={ "link " (link.class()) } data-from=(link.from) data-to=(link.to)
            d=(format!("M{x} {y}C{c1} {y} {c2} {end} {into} {end}")) marker-end="url(#arrow)" {
            title { (link.sentence(graph)) }
        }
    }
}

fn boxed(at: usize, node: &Node, place: Place) -> Markup {
    let class = if node.in_trunk { "" } else { " outside" };
    html! {
        g class={ "node " (node.mark.class()) (class) } data-at=(at)
            transform=(format!("translate({} {})", place.x, place.y)) {
            title { (node.name) ": " (node.verdict) }
            rect width=(place.width) height=(HEIGHT) rx="4" {}
            text.name x="8" y="16" { tspan.sign { (node.mark.sign()) } " " (node.name) }
            text.about x="8" y="31" { (node.about) }
        }
    }
}
