//! A graph as Mermaid's text.

use super::model::{Graph, Mark};

/// The graph as a flowchart of Mermaid.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, node) in graph.nodes.iter().enumerate() {
        let label = format!("{} {}", node.mark.sign(), node.name);
        let about = [&*node.about, if node.in_trunk { "" } else { "not in the trunk" }];
        let about: Vec<String> =
            about.iter().filter(|it| !it.is_empty()).map(|it| escaped(it)).collect();
        let lines: Vec<String> = std::iter::once(escaped(&label)).chain(about).collect();
        text += &format!("  f{at}[\"{}\"]:::{}\n", lines.join("<br>"), node.mark.class());
    }
    for link in &graph.links {
        let arrow = match link.class() {
            "against" => "x--x",
            "strong" => "==>",
            _ => "-->",
        };
        text += &format!("  f{} {arrow}|\"{}\"| f{}\n", link.from, escaped(&link.how), link.to);
    }
    for (mark, style) in [
        (Mark::Good, "stroke:#116329"),
        (Mark::Bad, "stroke:#b3121d,stroke-width:3px"),
        (Mark::Open, "stroke:#57606a"),
        (Mark::Missing, "stroke:#7d4e00,stroke-dasharray:4"),
    ] {
        text += &format!("  classDef {} {style}\n", mark.class());
    }
    text
}

/// A text within quotes: whatever may mean something to Mermaid, or to a browser, by its number.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in crate::shown(text).chars() {
        let is_plain = c.is_alphanumeric() || " -_.,·✓✗○".contains(c);
        if is_plain { out.push(c) } else { out += &format!("#{};", u32::from(c)) }
    }
    out
}
