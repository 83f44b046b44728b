use super::layout::{HEIGHT, layout};
use super::*;

fn node(name: &str) -> Node {
    Node {
        name: name.to_owned(),
        about: "services · 0.1.0".to_owned(),
        mark: Mark::Good,
        verdict: "2 passed".to_owned(),
        in_trunk: true,
    }
}

fn link(from: usize, to: usize) -> Link {
    Link { from, to, how: "requires".to_owned(), is_strong: true, is_against: false }
}

/// Features of which each third has to do with others, by chance that is the same each time.
fn many(count: usize) -> Graph {
    let nodes = (0..count).map(|n| node(&format!("feature-{n:03}"))).collect();
    let links = (0..count).filter(|n| n % 3 == 0 && *n > 0);
    let links = links.flat_map(|n| [link(n, n * 7 % count), link(n, n / 2)]).collect();
    Graph { nodes, links }
}

#[track_caller]
fn no_box_touches_another(graph: &Graph) {
    let layout = layout(graph);
    let places = &layout.places;
    for (at, one) in places.iter().enumerate() {
        assert!(one.width > 0 && one.x + one.width <= layout.width, "{one:?}");
        assert!(one.y + HEIGHT <= layout.height, "{one:?}");
        for other in &places[at + 1..] {
            let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
            let above = one.y + HEIGHT <= other.y || other.y + HEIGHT <= one.y;
            assert!(beside || above, "{one:?} {other:?}");
        }
    }
}

#[test]
fn names_can_be_read_at_any_size_and_circles_end() {
    for count in [0, 1, 2, 11, 300] {
        no_box_touches_another(&many(count));
    }
    let circle = Graph {
        nodes: ["a", "b", "c", "d"].map(node).into(),
        links: vec![link(0, 1), link(1, 2), link(2, 0), link(3, 3)],
    };
    no_box_touches_another(&circle);
    // A chain that is longer than any stack.
    let long = 20_000;
    let chain = Graph {
        nodes: (0..long).map(|n| node(&n.to_string())).collect(),
        links: (1..long).map(|n| link(n - 1, n)).collect(),
    };
    assert_eq!(layout(&chain).places.len(), long);
}

#[test]
fn who_depends_stands_before_what_it_depends_on() {
    let graph = Graph {
        nodes: ["c", "b", "a"].map(node).into(),
        links: vec![link(2, 1), link(1, 0), link(2, 0)],
    };
    let xs: Vec<usize> = layout(&graph).places.iter().map(|place| place.x).collect();
    assert!(xs[2] < xs[1] && xs[1] < xs[0], "{xs:?}");
}

#[test]
fn the_same_graph_is_the_same_picture_in_whatever_order_it_is_said() {
    let graph = many(60);
    let mut turned = graph.clone();
    turned.links.reverse();
    assert_eq!(layout(&graph), layout(&turned));
}

#[test]
fn what_comes_from_outside_is_text() {
    let evil = "</title><script>alert(1)</script>\"]:::x\n%%{init}%%";
    let mut graph = many(4);
    graph.nodes[0].name = evil.to_owned();
    graph.nodes[1].about = evil.to_owned();
    graph.nodes[2].verdict = evil.to_owned();
    graph.links[0].how = evil.to_owned();
    for text in [mermaid(&graph), svg(&graph), graph_page(&graph)] {
        assert!(!text.contains("<script>alert"), "{text}");
        assert!(!text.contains("\"]:::x"), "{text}");
    }
    assert!(!mermaid(&graph).contains("%%"));
}
