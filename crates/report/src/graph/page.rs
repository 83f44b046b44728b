//! A graph as a page: the picture, and the same as a table; both can be searched.

use maud::{Markup, PreEscaped, html};

use super::model::{Graph, Link};
use super::svg::picture;
use crate::html::frame;

/// The graph as one HTML page, which needs no network, no server and no other file.
pub fn graph_page(graph: &Graph) -> String {
    let title = format!("{} features", graph.nodes.len());
    let body = html! {
        header {
            h1 { (title) }
            p.facts {
                "✓ all tests were good when they last ran · ✗ one was not · ○ some have no verdict · \
                 ? not here · a broken outline: not in the trunk"
            }
            p.facts {
                "thick: does not go without it · thin: does less without it, sets or reads its \
                 options, is tested beside it · broken: cannot be on one machine"
            }
        }
        main {
            p.filters {
                label for="filter" { "Search features" }
                input #filter type="search" placeholder="a part of a name";
                span #shown role="status" {}
            }
            h2 #features { "Picture" }
            div.wide.picture tabindex="0" role="region" aria-label="Picture" {
                style { (PreEscaped(include_str!("picture.css"))) }
                (picture(graph, false))
            }
            h2 #table { "Table" }
            div.wide tabindex="0" role="region" aria-label="Table" { (table(graph)) }
        }
        script { (PreEscaped(include_str!("page.js"))) }
    };
    frame(&title, ("#table", "Skip to the table"), &body)
}

fn table(graph: &Graph) -> Markup {
    let sentences = |of: &dyn Fn(&Link) -> bool| -> Vec<String> {
        graph.links.iter().filter(|link| of(link)).map(|link| link.sentence(graph)).collect()
    };
    html! {
        table {
            thead { tr { th { "Feature" } th { "Tests" } th { "Has to do with" } th { "Others with it" } } }
            tbody {
                @for (at, node) in graph.nodes.iter().enumerate() {
                    tr data-at=(at) {
                        th scope="row" { (node.name) div.facts { (node.about) } }
                        td {
                            span class={ "sign " (node.mark.class()) } { (node.mark.sign()) } " "
                            (node.verdict)
                        }
                        td { @for it in sentences(&|link| link.from == at) { div { (it) } } }
                        td { @for it in sentences(&|link| link.to == at && link.from != at) { div { (it) } } }
                    }
                }
            }
        }
    }
}
