//! Waves that cannot be gone through, and hosts that no change would reach.

use domi_fleet::{Fleet, Piece, Standing, Waves};

const W: &str = "domain/procedures/waves/";

fn fleet(waves: &[(&str, &str)], others: &[(&str, &str)]) -> (Fleet, Vec<domi_model::Problem>) {
    let waves = waves.iter().map(|(name, text)| Piece::read(&format!("{W}{name}.toml"), text));
    Fleet::of(waves.chain(others.iter().map(|(path, text)| Piece::read(path, text))))
}

/// The beginnings of what is said of these files.
#[track_caller]
fn check(waves: &[(&str, &str)], others: &[(&str, &str)], expected: &[&str]) {
    let (fleet, mut problems) = fleet(waves, others);
    problems.extend(fleet.check());
    let line = |problem: &domi_model::Problem| {
        let place = problem.place.as_ref().map_or(String::new(), ToString::to_string);
        format!("{} {place} {}: {}", problem.code, problem.subject, problem.message)
    };
    let found: Vec<String> = problems.iter().map(line).collect();
    let fits = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits && found.len() == expected.len(), "{found:#?}");
}

const A: (&str, &str) = ("hosts/a.toml", "roles = ['web']\ntags = ['first']\n");
const B: (&str, &str) = ("hosts/b.toml", "roles = ['web']\n");
const WEB: (&str, &str) = ("nodes/web.toml", "");

#[test]
fn without_waves_nothing_is_asked_and_with_one_every_host_has_its_own() {
    let hosts = [A, B, WEB];
    check(&[], &hosts, &[]);
    check(&[("all", "")], &hosts, &[]);
    check(&[("all", "")], &[], &[]);
    let first = ("first", "on = { tags = ['first'] }\n");
    check(&[first], &hosts, &["D2053 hosts/b.toml:1 b: is in no wave"]);
    let rest = ("rest", "after = ['first']\n");
    check(&[first, rest], &hosts, &[]);
    check(
        &[first, ("rest", "")],
        &hosts,
        &["D2054 hosts/a.toml:1 a: is in the waves `first` and `rest`"],
    );
    // What is retired needs none, and is in none.
    let gone = ("hosts/b.toml", "status = 'retired'\n");
    check(&[first], &[A, gone, WEB], &[]);
    check(&[first, ("rest", "status = 'retired'\n")], &hosts, &["D2053"]);
}

#[test]
fn what_waves_name_is_there() {
    check(
        &[("x", "on = { roles = ['wep'] }\n")],
        &[A, B, WEB],
        &[
            "D2008 domain/procedures/waves/x.toml:1 on.roles: there is no role `wep`",
            "D2053 hosts/a.toml",
            "D2053 hosts/b.toml",
            "D2022 domain/procedures/waves/x.toml:1 on: no host is in it",
        ],
    );
    check(
        &[("x", "after = ['y']\n")],
        &[A, WEB],
        &["D2008 domain/procedures/waves/x.toml:1 after"],
    );
    check(
        &[("x", "\n[keep]\nwep = 1\n")],
        &[A, WEB],
        &["D2008 domain/procedures/waves/x.toml:3 keep"],
    );
    let never = ("never", "on = { tags = ['last'] }\n");
    check(&[("x", ""), never], &[A, WEB], &["D2022 domain/procedures/waves/never.toml:1 on"]);
}

#[test]
fn a_circle_of_edges_is_named() {
    let hosts = [A, WEB];
    check(
        &[("x", "after = ['x']\n")],
        &hosts,
        &["D2009 domain/procedures/waves/x.toml:1 after: is after itself: x, after x"],
    );
    let circle = [
        ("x", "after = ['y']\n"),
        ("y", "\nafter = ['o', 'z']\n"),
        ("z", "after = ['x']\n"),
        ("o", ""),
    ];
    check(
        &circle,
        &hosts,
        &[
            "D2009 domain/procedures/waves/x.toml:1 after: is after itself: x, after y, after z, after x",
        ],
    );
    // What only leads to a circle is not in it.
    let tail = [("a", "after = ['x']\n"), ("x", "after = ['y']\n"), ("y", "after = ['x']\n")];
    check(
        &tail,
        &hosts,
        &["D2009 domain/procedures/waves/x.toml:1 after: is after itself: x, after y, after x"],
    );
}

#[test]
fn a_budget_that_can_never_be_met_is_refused() {
    let hosts = [A, B, WEB, ("nodes/db.toml", "")];
    check(&[("x", "[keep]\nweb = 1\n")], &hosts, &[]);
    check(
        &[("x", "[keep]\nweb = 2\n")],
        &hosts,
        &[
            "D2055 domain/procedures/waves/x.toml:2 keep.web: 2 are to be left alone, and 2 active hosts",
        ],
    );
    check(
        &[("x", "[keep]\ndb = 1\n")],
        &hosts,
        &["D2022 domain/procedures/waves/x.toml:2 keep.db"],
    );
    let down = ("hosts/b.toml", "roles = ['web']\nstatus = 'maintenance'\n");
    check(&[("x", "[keep]\nweb = 1\n")], &[A, down, WEB], &["D2055"]);
    check(&[("x", "at_once = 0\n")], &hosts, &["D2003 domain/procedures/waves/x.toml:1 at_once"]);
    check(
        &[("x", "[keep]\nweb = 0\n")],
        &hosts,
        &["D2003 domain/procedures/waves/x.toml:2 keep.web"],
    );
    check(
        &[("x", "soak = '5 minutes'\n")],
        &hosts,
        &["D2003 domain/procedures/waves/x.toml:1 soak"],
    );
    check(
        &[("x", "[health]\nwithin = '5m'\n")],
        &hosts,
        &["D2003 domain/procedures/waves/x.toml:1 health"],
    );
    check(&[("x", "[health]\ntcp = [0]\n")], &hosts, &["D2003", "D2003"]);
}

#[test]
fn waves_are_in_the_order_of_their_edges_and_a_host_is_in_the_first_that_fits() {
    let waves = [
        ("a", "after = ['m']\n"),
        ("m", "after = ['z']\n"),
        ("z", "on = { tags = ['first'] }\n"),
        ("b", "on = { hosts = ['c'] }\n"),
    ];
    let (fleet, problems) = fleet(&waves, &[A, B, WEB]);
    assert_eq!(problems, []);
    let waves = Waves::of(&fleet).expect("there is no circle");
    let order: Vec<&str> = waves.order().iter().map(|wave| wave.about.name.as_str()).collect();
    assert_eq!(order, ["b", "z", "m", "a"]);
    let of = |host: &str| -> Vec<&str> {
        let with = waves.with(&Standing::of(&fleet, &fleet.hosts[host]));
        with.into_iter().map(|wave| wave.about.name.as_str()).collect()
    };
    assert_eq!((of("a"), of("b")), (vec!["z"], vec!["m"]));
}
