//! Pictures of the example fleet are as recorded, a large one is folded, and hostile names are text.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod fleets;

use domi_fleet::{Fleet, Piece};
use domi_fleet_picture::{View, explorer, outline};
use domi_report::{outline_mermaid, outline_svg};

use self::fleets::{Known, example, large};

const VIEWS: [(View, &str); 5] = [
    (View::Organisation, "organisation"),
    (View::Topology, "topology"),
    (View::Places, "places"),
    (View::Reach, "reach"),
    (View::Relationships, "relationships"),
];

fn svg(view: View, known: &Known) -> String {
    outline_svg(&outline(view, &known.fleet, &known.hosts))
}

#[test]
fn pictures_of_the_example_are_as_recorded() {
    let known = example();
    for (view, name) in VIEWS {
        let text = svg(view, &known);
        insta::assert_snapshot!(name, text.replace("><", ">\n<"));
        assert_eq!(text, svg(view, &example()), "the same bytes again");
    }
    let places = outline(View::Places, &known.fleet, &known.hosts);
    insta::assert_snapshot!("places.mermaid", outline_mermaid(&places));
}

#[test]
fn a_large_fleet_is_counted_and_no_host_is_left_out() {
    let known = large(1000);
    for (view, name) in VIEWS {
        let drawn = outline(view, &known.fleet, &known.hosts);
        assert!(drawn.rows.len() <= 150, "{name}: {} rows", drawn.rows.len());
    }
    let places = outline(View::Places, &known.fleet, &known.hosts);
    let numbers = places.rows.iter().filter(|row| row.depth == 0).map(|row| {
        let count = row.about.split(" · ").find_map(|it| it.strip_suffix(" hosts")).unwrap();
        count.parse::<usize>().unwrap()
    });
    assert_eq!(numbers.sum::<usize>(), 1000);
}

#[test]
fn a_hostile_title_is_text_wherever_it_stands() {
    let mut known = example();
    let hostile = "</script><script>alert(1)</script>\"'&<b>";
    known.fleet.hosts.get_mut("page").unwrap().about.title = hostile.to_owned();
    known.fleet.locations.get_mut("mill-lane").unwrap().address = hostile.to_owned();
    let page = explorer(&known.fleet, &known.hosts, &str::to_owned).unwrap();
    assert!(!page.contains("alert(1)</script>") && !page.contains("<script>alert"));
    let picture = svg(View::Places, &known);
    assert!(!picture.contains("<script") && picture.contains("&lt;script&gt;"), "{picture}");
}

#[test]
fn no_value_of_a_setting_is_on_the_page() {
    let mut known = example();
    let secret = "kept-away-from-the-page";
    for settings in known.hosts.iter_mut().flat_map(|host| host.features.values_mut()) {
        settings.insert("password".to_owned(), secret.into());
    }
    let page = explorer(&known.fleet, &known.hosts, &str::to_owned).unwrap();
    assert!(page.contains("web-page"), "features are named");
    assert!(!page.contains(secret) && !page.contains("password"));
}

#[test]
fn all_that_has_a_file_is_on_the_page_but_waves_and_devices() {
    let known = example();
    let page = explorer(&known.fleet, &known.hosts, &str::to_owned).unwrap();
    let data = page.split("type=\"application/json\">").nth(1).unwrap();
    let data: serde_json::Value =
        serde_json::Deserializer::from_str(data).into_iter().next().unwrap().unwrap();
    let items = data["items"].as_array().unwrap();
    let files: Vec<&str> = items.iter().map(|it| it["file"].as_str().unwrap()).collect();
    let missing = known.fleet.abouts().map(|it| it.file.as_str()).filter(|it| !files.contains(it));
    let folders = ["domain/inventory/devices/", "domain/procedures/waves/", "users/"];
    let missing: Vec<&str> =
        missing.filter(|it| !folders.iter().any(|folder| it.starts_with(folder))).collect();
    assert_eq!(missing, [""; 0]);
    // What a cell leads to is an item.
    let names: Vec<String> =
        items.iter().map(|it| format!("{}/{}", it["kind"], it["name"]).replace('"', "")).collect();
    let secret = items.iter().find(|it| it["kind"] == "secret").unwrap();
    for number in
        secret["rows"].as_array().unwrap().iter().flat_map(|row| row[1].as_array().unwrap())
    {
        let to =
            data["cells"][usize::try_from(number.as_u64().unwrap()).unwrap()][1].as_str().unwrap();
        assert!(to.is_empty() || names.iter().any(|it| it == to), "{to}");
    }
}

#[test]
fn what_things_are_to_each_other_is_drawn_from_both_sides_and_counted_where_it_is_too_much() {
    let relationship = |number: usize, rest: &str| {
        let (path, to) = (format!("domain/relationships/r{number}.toml"), number % 100 + 1);
        let text = format!("from = 'host/h{number}'\nis = 'depends on'\nto = 'host/h{to}'\n{rest}");
        Piece::read(&path, &text)
    };
    let rows = |all: Vec<Piece>| {
        let (fleet, problems) = Fleet::of(all);
        assert!(problems.is_empty(), "{problems:#?}");
        let drawn = outline(View::Relationships, &fleet, &[]);
        let rows = drawn.rows.iter().map(|it| format!("{} {}: {}", it.depth, it.name, it.about));
        (rows.collect::<Vec<_>>(), drawn.about)
    };
    let few = vec![relationship(1, "since = '2026-01-01'"), relationship(9, "status = 'retired'")];
    let expected = [
        "0 h1: host",
        "1 h2: depends on · host · since 2026-01-01",
        "0 h2: host",
        "1 h1: depends on it · host · since 2026-01-01",
    ];
    assert_eq!(rows(few).0, expected);
    let (many, about) = rows((0..100).map(|number| relationship(number, "")).collect());
    assert_eq!(many, ["0 host depends on host: 100 files"]);
    assert!(about.ends_with("There are too many: they are counted by kinds."), "{about}");
}
