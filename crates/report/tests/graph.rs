//! The page of a graph in a real browser. Without Chromium the test is skipped, with a message.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

#[path = "browser/page.rs"]
mod page;

use domi_report::{Graph, Link, Mark, Node, graph_page};
use serde_json::json;

use self::page::Page;

/// So many features, some of which require others.
fn many(count: usize) -> Graph {
    let marks = [Mark::Good, Mark::Bad, Mark::Open];
    let nodes = (0..count).map(|n| Node {
        name: format!("feature-{n:03}"),
        about: "services · dev 0.1.0".to_owned(),
        mark: marks[n % 3],
        verdict: "2 good".to_owned(),
        in_trunk: n % 7 > 0,
    });
    let link = |from, to, is_strong, is_against| {
        let how = if is_strong { "requires" } else { "wants" }.to_owned();
        Link { from, to, how, is_strong, is_against }
    };
    let links = (1..count)
        .filter(|n| n % 3 > 0)
        .flat_map(|n| [link(n, n / 2, true, false), link(n, n * 7 % count, false, n % 50 == 1)]);
    Graph { nodes: nodes.collect(), links: links.collect() }
}

#[test]
fn three_hundred_features_are_searched_and_read() {
    let Some(mut page) = Page::open(&graph_page(&many(300)), "") else { return };
    let visible = "[...document.querySelectorAll('#picture .node')]
        .filter((e) => getComputedStyle(e).display !== 'none').length";
    assert_eq!(page.value(visible), json!(300));
    // As large as it was drawn, so that names can be read; and every name within its box.
    let inside = "[...document.querySelectorAll('#picture .node')].every((e) => {
        const box = e.querySelector('rect').getBoundingClientRect();
        return box.height >= 30 && [...e.querySelectorAll('text')].every((t) => {
          const text = t.getBoundingClientRect();
          return text.height >= 10 && text.left >= box.left && text.right <= box.right;
        });
      })";
    assert_eq!(page.value(inside), json!(true));
    let find = "(() => { const f = document.getElementById('filter'); f.value = 'feature-004';
        f.dispatchEvent(new Event('input')); return document.getElementById('shown').textContent; })()";
    assert_eq!(page.value(find), json!("1 of 300"));
    // Itself, 002 and 028, which it leads to, and those that lead to it.
    let names =
        "[...document.querySelectorAll('#picture .node')].filter((e) => getComputedStyle(e).display !== 'none')
        .map((e) => e.querySelector('.name').textContent.slice(-3)).join(' ')";
    let near: Vec<String> = (0..300)
        .filter(|n| {
            let leads =
                |a: usize, b: usize| !a.is_multiple_of(3) && (a / 2 == b || a * 7 % 300 == b);
            *n == 4 || leads(4, *n) || leads(*n, 4)
        })
        .map(|n| format!("{n:03}"))
        .collect();
    assert_eq!(page.value(names), json!(near.join(" ")));
    let rows = "[...document.querySelectorAll('tr[data-at]')].filter((e) => !e.hidden).length";
    assert_eq!(page.value(rows), json!(1));
    let click = "(() => { document.querySelector('#picture .node[data-at=\"2\"]')
        .dispatchEvent(new Event('click')); return document.getElementById('filter').value; })()";
    assert_eq!(page.value(click), json!("feature-002"));
    page.ask(
        "Emulation.setDeviceMetricsOverride",
        json!({ "width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": false }),
    );
    assert_eq!(page.value("document.documentElement.scrollWidth <= 360"), json!(true));
    assert_eq!(page.complaints, Vec::<serde_json::Value>::new());
}
