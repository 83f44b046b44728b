//! Things within each other, as a picture: a row for each, further right the deeper it is.
//!
//! How far right a row stands follows from its depth alone, and how far down from the rows before
//! it. So one more row moves those below it by one place, and nothing else.

use maud::html;

use super::layout::{CHARACTER, HEIGHT, MARGIN};
use super::mermaid::escaped;
use super::svg::STYLE;

/// From one row to the next.
const STEP: usize = HEIGHT + 8;
/// How much further right what is within something stands.
const INDENT: usize = 32;

/// A row of an outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How many rows it is within.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
}

/// Things within each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// What the picture shows.
    pub title: String,
    /// The same in a sentence or two, for people who do not see it.
    pub about: String,
    /// From above. One is within the nearest row before it that is less deep.
    pub rows: Vec<Row>,
}

impl Outline {
    /// The row that each row is within.
    fn parents(&self) -> Vec<Option<usize>> {
        let mut open: Vec<usize> = Vec::new();
        let mut parents = Vec::with_capacity(self.rows.len());
        for (at, row) in self.rows.iter().enumerate() {
            while open.last().is_some_and(|last| self.rows[*last].depth >= row.depth) {
                open.pop();
            }
            parents.push(open.last().copied());
            open.push(at);
        }
        parents
    }
}

/// The outline as a picture of its own, which any browser shows.
pub fn outline_svg(outline: &Outline) -> String {
    let left = |at: usize| MARGIN + outline.rows[at].depth * INDENT;
    let top = |at: usize| MARGIN + at * STEP;
    let wide = |row: &Row| {
        let longest = row.name.chars().count().max(row.about.chars().count());
        (longest * CHARACTER).div_ceil(10) + 16
    };
    let right = (0..outline.rows.len()).map(|at| left(at) + wide(&outline.rows[at])).max();
    let width = right.unwrap_or_default() + MARGIN;
    let height = MARGIN * 2 + outline.rows.len() * STEP;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" id="picture" role="img"
            aria-labelledby="picture-title picture-about" width=(width) height=(height)
            viewBox=(format!("0 0 {width} {height}")) {
            title id="picture-title" { (outline.title) }
            desc id="picture-about" { (outline.about) }
            style { (STYLE) }
            @for (at, parent) in outline.parents().into_iter().enumerate() {
                @if let Some(parent) = parent {
                    path.link d=(format!("M{} {}V{}H{}", left(parent) + INDENT / 2,
                        top(parent) + HEIGHT, top(at) + HEIGHT / 2, left(at))) {}
                }
            }
            @for (at, row) in outline.rows.iter().enumerate() {
                g.node transform=(format!("translate({} {})", left(at), top(at))) {
                    rect width=(wide(row)) height=(HEIGHT) rx="4" {}
                    text.name x="8" y="16" { (row.name) }
                    text.about x="8" y="31" { (row.about) }
                }
            }
        }
    };
    let picture = picture.into_string();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", crate::shown(&picture))
}

/// The outline as a flowchart of Mermaid.
pub fn outline_mermaid(outline: &Outline) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, row) in outline.rows.iter().enumerate() {
        text += &format!("  r{at}[\"{}<br>{}\"]\n", escaped(&row.name), escaped(&row.about));
    }
    for (at, parent) in outline.parents().into_iter().enumerate() {
        if let Some(parent) = parent {
            text += &format!("  r{parent} --- r{at}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(rows: &[(usize, &str)]) -> Outline {
        let row = |(depth, name): &(usize, &str)| Row {
            depth: *depth,
            name: (*name).to_owned(),
            about: "host".to_owned(),
        };
        let (title, about) = ("A title".to_owned(), "What it shows".to_owned());
        Outline { title, about, rows: rows.iter().map(row).collect() }
    }

    #[test]
    fn one_more_row_moves_those_below_it_by_one_place() {
        let place = |outline: &Outline, name: &str| {
            let text = outline_svg(outline);
            let end = text.find(&format!(">{name}</text>")).expect("it is there");
            let begin = text[..end].rfind("translate(").expect("it has a place");
            let place = text[begin + 10..].split(')').next().expect("an end").to_owned();
            let (x, y) = place.split_once(' ').expect("two numbers");
            (x.parse::<usize>().expect("a number"), y.parse::<usize>().expect("a number"))
        };
        let before = outline(&[(0, "a"), (1, "b"), (1, "d"), (0, "e")]);
        let after = outline(&[(0, "a"), (1, "b"), (1, "c"), (1, "d"), (0, "e")]);
        for name in ["a", "b"] {
            assert_eq!(place(&before, name), place(&after, name), "{name}");
        }
        for name in ["d", "e"] {
            let (x, y) = place(&before, name);
            assert_eq!(place(&after, name), (x, y + STEP), "{name}");
        }
    }

    #[test]
    fn every_name_is_text() {
        let hostile = outline(&[(0, "</text><script>alert(1)</script>"), (1, "\"];x[\"#<br>")]);
        let svg = outline_svg(&hostile);
        assert!(!svg.contains("<script"), "{svg}");
        let mermaid = outline_mermaid(&hostile);
        assert!(!mermaid.contains("<script") && !mermaid.contains("];x"), "{mermaid}");
    }

    #[test]
    fn who_is_within_whom_follows_from_the_depth() {
        let tree = outline(&[(0, "a"), (1, "b"), (2, "c"), (1, "d"), (0, "e")]);
        assert_eq!(tree.parents(), [None, Some(0), Some(1), Some(0), None]);
    }
}
