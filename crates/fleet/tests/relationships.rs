//! Relationships: what one thing is to another, and what is wrong with that.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use domi_fleet::{Fleet, Kind, Piece};

const THINGS: [(&str, &str); 3] =
    [("domain/people/a.toml", ""), ("domain/people/b.toml", ""), ("domain/people/c.toml", "")];

fn fleet(files: &[(&str, &str)]) -> (Fleet, Vec<String>) {
    let files = THINGS.iter().chain(files);
    let (fleet, mut problems) = Fleet::of(files.map(|(path, text)| Piece::read(path, text)));
    problems.extend(fleet.check());
    let said = |it: &domi_model::Problem| {
        let place = it.place.as_ref().map_or(String::new(), ToString::to_string);
        assert!(!it.next.is_empty(), "{it}");
        let file = place.replace("domain/relationships/", "");
        format!("{} {file} {}: {}", it.code, it.subject, it.message)
    };
    let said = problems.iter().map(said).collect();
    (fleet, said)
}

/// What is said of relationships `r0`, `r1` and so on, each `from is to`, and more of its file.
#[track_caller]
fn check(relationships: &[(&str, &str)], expected: &[&str]) {
    let file = |(number, (what, more)): (usize, &(&str, &str))| {
        let (from, rest) = what.split_once(' ').unwrap();
        let (is, to) = rest.rsplit_once(' ').unwrap();
        let text = format!("from = 'person/{from}'\nis = '{is}'\nto = 'person/{to}'\n{more}");
        (format!("domain/relationships/r{number}.toml"), text)
    };
    let files: Vec<(String, String)> = relationships.iter().enumerate().map(file).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let (_, found) = fleet(&files);
    let fits = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits && found.len() == expected.len(), "{found:#?}");
}

#[test]
fn both_ends_are_there_and_are_two() {
    check(&[("a advises b", "since = '2026-01-01'\nresponsible = 'c'")], &[]);
    check(&[("a advises d", "")], &["D2008 r0.toml:3 to: there is no person or agent `d`"]);
    check(&[("a advises a", "")], &["D2109 r0.toml:3 to: `person/a` advises itself"]);
    check(&[("a likes b", "")], &["D2003 r0.toml:2 is: \"likes\" is not one of advises"]);
    check(
        &[("a advises b", "since = '2026-02-01'\nuntil = '2026-01-31'")],
        &["D2003 r0.toml:5 until: it ends on 2026-01-31, before it begins on 2026-02-01"],
    );
    let alone = |text: &str| fleet(&[("domain/relationships/r.toml", text)]).1;
    assert_eq!(alone("").len(), 3);
    let found = alone("from = 'a'\nis = 'owns'\nto = 'moon/b'");
    assert!(found[0].starts_with("D2003 r.toml:1 from: \"a\" is no kind and name"), "{found:?}");
    assert!(found[1].starts_with("D2003 r.toml:3 to: \"moon/b\" is no kind"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn the_same_is_said_once_of_one_time() {
    let twice = "D2075 r1.toml:1 from: `domain/relationships/r0.toml` says the same";
    check(&[("a advises b", ""), ("a advises b", "")], &[twice]);
    check(&[("a advises b", ""), ("b advises a", ""), ("a supports b", "")], &[]);
    let (first, then) = ("until = '2025-12-31'", "since = '2026-01-01'");
    check(&[("a advises b", first), ("a advises b", then)], &[]);
    check(&[("a advises b", "until = '2026-01-01'"), ("a advises b", then)], &[twice]);
    check(&[("a advises b", ""), ("a advises b", "status = 'retired'")], &[]);
}

#[test]
fn what_orders_leads_nowhere_back() {
    let circle = "D2110 r0.toml:1 to: leads back to itself: person/";
    check(&[("a depends on b", ""), ("b depends on c", ""), ("a depends on c", "")], &[]);
    check(&[("a depends on b", ""), ("b depends on c", ""), ("c depends on a", "")], &[circle]);
    check(&[("a depends on b", ""), ("b owns a", ""), ("b supplies a", "")], &[]);
    check(&[("a supplies b", ""), ("b supplies a", "")], &[]);
    // Only what holds on one day makes a circle.
    let (first, then) = ("until = '2025-12-31'", "since = '2026-01-01'");
    check(&[("a owns b", first), ("b owns a", then)], &[]);
    check(&[("a owns b", "since = '2025-12-31'"), ("b owns a", then)], &[circle]);
    check(&[("a owns b", first), ("b owns a", "")], &[circle]);
}

#[test]
fn its_last_day_is_known_and_its_ends_lead_to_it() {
    let text = "from = 'person/a'\nis = 'owns'\nto = 'person/b'\nuntil = '2026-11-27'";
    let (fleet, _) = fleet(&[("domain/relationships/r.toml", text)]);
    assert_eq!(fleet.overdue("2026-11-27".parse().unwrap()).len(), 0);
    let over = fleet.overdue("2026-11-28".parse().unwrap());
    assert_eq!((over[0].code.0, &*over[0].subject), ("D2072", "until"));
    let links = fleet.links();
    let ends = links.iter().filter(|it| it.from.subject() == "relationship/r");
    let ends: Vec<(Kind, &str)> = ends.map(|it| (it.kind, it.to)).collect();
    assert_eq!(ends, [(Kind::Person, "a"), (Kind::Person, "b")]);
}

#[test]
fn what_a_domain_knows_nothing_of_is_named_through_an_application() {
    let files = [
        ("domain/organizations/o.toml", ""),
        ("domain/inventory/devices/d.toml", ""),
        ("environments/app.toml", "responsible = 'a'"),
        ("hosts/h.toml", ""),
        ("nodes/r.toml", ""),
        ("users/a.toml", "uid = 1000"),
        ("domain/names/t.toml", "meaning = 'A word.'"),
    ];
    let check = |from: &str, to: &str, expected: &str| {
        let text = format!("from = '{from}'\nis = 'depends on'\nto = '{to}'");
        let with = files.iter().copied().chain([("domain/relationships/r.toml", &*text)]);
        let (_, found) = fleet(&with.collect::<Vec<_>>());
        assert_eq!(found.concat(), expected, "{from} {to}");
    };
    let wrong = |from: &str, of: &str, to: &str, other: &str| {
        format!(
            "D2113 r.toml:3 to: `{from}` is of the domain {of}, and `{to}` of the domain {other}, \
             which it knows nothing of"
        )
    };
    for host in ["host/h", "role/r", "user/a"] {
        check("organisation/o", host, &wrong("organisation/o", "business", host, "nix"));
        check("application/app", host, "");
        check(host, "person/a", "");
    }
    check("organisation/o", "application/app", "");
    check("application/app", "device/d", "");
    check("host/h", "device/d", "");
    check("host/h", "application/app", &wrong("host/h", "nix", "application/app", "application"));
    check("term/t", "host/h", "");
}
