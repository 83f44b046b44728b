//! Several fleets: what one publishes, what another may name of it, and a fleet that is divided.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::collections::BTreeMap;

use domi_fleet::{
    Access, Admitted, Context, Fleet, Part, Piece, Published, Standing, document_of, published,
    renewed, split,
};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl";
const VIEW: &str = "domain/views/all.toml";

fn fleet(files: &[(&str, &str)]) -> (Fleet, Vec<String>) {
    let (fleet, mut problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
    problems.extend(fleet.check());
    let said = |it: &domi_model::Problem| {
        let place = it.place.as_ref().map_or(String::new(), ToString::to_string);
        format!("{} {place} {}: {}", it.code, it.subject, it.message)
    };
    let said = problems.iter().map(said).collect();
    (fleet, said)
}

/// What the mill publishes.
fn mill(more: &[(&str, &str)], version: u32) -> Published {
    let milo = format!(
        "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\ntitle = 'M. Miller'\nkeys = ['{KEY} milo at home']\n"
    );
    let mut files = vec![
        ("domain/organizations/mill.toml", ""),
        ("domain/people/milo.toml", milo.as_str()),
        ("domain/people/robot.toml", "kind = 'agent'\nresponsible = 'milo'\n"),
        ("domain/networks/equipment/yard.toml", "ranges = ['198.51.100.0/25']\n"),
        ("hosts/scale.toml", "[addresses]\nyard = '198.51.100.7'\n"),
        ("hosts/old.toml", "status = 'retired'\n"),
        (
            VIEW,
            "units = ['mill']\npeople = ['robot']\nkeys = ['milo']\nnetworks = ['yard']\nhosts = ['scale', 'old']\n",
        ),
    ];
    files.extend(more);
    let files: BTreeMap<&str, &str> = files.into_iter().collect();
    let (fleet, problems) = fleet(&files.into_iter().collect::<Vec<_>>());
    assert_eq!(problems, [""; 0]);
    published(&fleet, &fleet.views["all"], version)
}

/// What is wrong with a fleet that knows the mill.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) -> Fleet {
    let known = mill(&[], 3);
    let pinned = Context::pinned("title = 'The mill'\n", 3, &known.digest()).unwrap();
    let text = known.text();
    let mut all = vec![
        ("domain/contexts/mill.toml", pinned.as_str()),
        ("domain/contexts/mill.json", text.as_str()),
    ];
    all.extend(files);
    let all: BTreeMap<&str, &str> = all.into_iter().collect();
    let (fleet, problems) = fleet(&all.into_iter().collect::<Vec<_>>());
    let fits = problems.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits && problems.len() == expected.len(), "{problems:#?}");
    fleet
}

#[test]
fn a_view_has_what_is_listed_and_nothing_else_of_it() {
    let text = mill(&[], 1).text();
    assert!(text.contains(KEY), "{text}");
    for personal in ["Miller", "at home", "responsible"] {
        assert!(!text.contains(personal), "{text}");
    }
    assert_eq!(text, mill(&[("hosts/other.toml", "")], 1).text());
    let read = Published::read("domain/views/all.json", &text).unwrap();
    assert_eq!((read.version, read.text()), (1, text));
}

#[test]
fn names_of_another_fleet_stand_where_they_have_a_meaning() {
    let policy = "domain/policies/authorization/p.toml";
    let fleet = check(
        &[
            ("hosts/flour.toml", "roles = ['stock']\n"),
            (
                "nodes/stock.toml",
                "[[reach]]\ntcp = [443]\nnetworks = ['mill:yard']\nhosts = ['mill:scale']\n",
            ),
            ("users/milo.toml", "of = 'mill:milo'\nuid = 1001\n"),
            (
                policy,
                "who = ['mill:milo']\nmay = ['login']\n[[tests]]\nwho = 'mill:milo'\nhost = 'flour'\nmay = ['login']\n",
            ),
            ("domain/networks/people/g.toml", "kind = 'on-call'\nmembers = ['mill:milo']\n"),
        ],
        &[],
    );
    let rules = Admitted::of(&fleet).rules(&fleet.hosts["flour"]);
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["ip saddr { 198.51.100.0/25 } tcp dport { 443 } accept"]);
    let standing = Standing::of(&fleet, &fleet.hosts["flour"]);
    let logins = Access::of(&fleet).logins(&standing);
    assert_eq!(logins[0].principal, "mill:milo");
    assert_eq!(fleet.person("mill:milo").unwrap().keys, [KEY]);
}

#[test]
fn what_another_fleet_does_not_have_is_said_by_its_name() {
    let app = "environments/a.toml";
    check(&[(app, "responsible = 'mil:milo'\n")], &["D2090 environments/a.toml:1 responsible: no"]);
    check(
        &[(app, "responsible = 'mill:mila'\n")],
        &[
            "D2091 environments/a.toml:1 responsible: `mill` publishes no person or agent `mila`, as of version 3",
        ],
    );
    check(
        &[(app, "responsible = 'mill:robot'\n")],
        &["D2016 environments/a.toml:1 responsible: `mill:robot` is an agent"],
    );
    check(
        &[("hosts/a.toml", "device = 'mill:x'\n")],
        &["D2092 hosts/a.toml:1 device: `mill:x` is of"],
    );
    check(
        &[("nodes/a.toml", "[[reach]]\ntcp = [1]\nroles = ['mill:web']\n")],
        &["D2092 nodes/a.toml:3 reach.roles", "D2022"],
    );
    check(
        &[("nodes/a.toml", "[[reach]]\ntcp = [1]\nhosts = ['mill:scale', 'mill:old']\n")],
        &["D2015 nodes/a.toml:3 reach.hosts: `mill:old` is retired"],
    );
    let policy = "domain/policies/authorization/p.toml";
    check(
        &[("hosts/a.toml", ""), (policy, "who = ['mill:milo']\nmay = ['login']\n")],
        &["D2019 domain/contexts/mill.json:1 mill:milo: may log in"],
    );
    check(
        &[("hosts/a.toml", ""), (policy, "units = ['mill:mill']\nmay = ['login']\n")],
        &["D2092 domain/policies"],
    );
}

#[test]
fn a_view_is_the_one_that_is_pinned_or_is_refused() {
    let (toml, json) = ("domain/contexts/mill.toml", "domain/contexts/mill.json");
    check(&[(toml, "")], &["D2093 domain/contexts/mill.toml:1 mill: is pinned to no view"]);
    check(
        &[(json, &mill(&[], 4).text())],
        &["D2093 domain/contexts/mill.toml:3 mill: `domain/contexts/mill.json` has version 4"],
    );
    let text = mill(&[], 3).text();
    let check_text = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from), "{text}");
        check(&[(json, &text.replace(from, to))], &[expected]);
    };
    check_text(
        "198.51.100.0/25",
        "0.0.0.0/0",
        "D2094 domain/contexts/mill.json:1 domain/contexts/mill.json: was changed by hand",
    );
    check_text(
        "view/1",
        "view/2",
        "D2094 domain/contexts/mill.json:1 domain/contexts/mill.json: its schema is \"domi.fleet-view/2\"",
    );
    check_text("\"kind\": \"host\"", "\"kind\": \"role\"", "D2094");
    check_text("\"scale\"", "\"../scale\"", "D2094");
    check_text(KEY, "ssh-ed25519 AAAA", "D2094");
    check_text(
        KEY,
        &format!("{KEY} milo"),
        "D2094 domain/contexts/mill.json:1 domain/contexts/mill.json: \"person\" \"milo\": a key has a remark",
    );
    check_text("\"things\"", "\"more\": 1, \"things\"", "D2094");
    let (one, _) = fleet(&[(toml, "version = 1\n")]);
    assert_eq!(document_of(&one.contexts["mill"].about), json);
}

#[test]
fn mutated_views_are_read_or_refused() {
    let text = mill(&[], 3).text();
    domi_mutate::read_texts(&[text.as_str()], |text| {
        if let Ok(it) = Published::read("domain/contexts/mill.json", text) {
            assert_eq!(Published::read("x.json", &it.text()), Ok(it));
        }
    });
}

#[test]
fn what_is_gone_is_said_first_and_an_id_is_the_same_thing() {
    let ours = check(&[("environments/a.toml", "responsible = 'mill:milo'\n")], &[]);
    let milo = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    let new = mill(
        &[
            ("domain/people/milo.toml", ""),
            ("domain/people/emil.toml", milo),
            ("domain/people/robot.toml", "kind = 'agent'\nresponsible = 'emil'\n"),
            ("hosts/gate.toml", "status = 'planned'\n"),
            (
                VIEW,
                "units = ['mill']\npeople = ['emil']\nnetworks = ['yard']\nhosts = ['gate', 'scale', 'old']\n",
            ),
        ],
        4,
    );
    let old = ours.known_of("mill");
    let all = renewed(&ours, Some("mill"), old, &new);
    let said: Vec<(&str, &str)> = all.iter().map(|it| (it.what, it.thing.as_str())).collect();
    assert_eq!(said, [("gone", "person/robot"), ("renamed", "person/milo"), ("new", "host/gate")]);
    assert!(all[1].dangles() && !all[0].dangles());
    assert_eq!(all[1].now[0], "person/emil");
    assert_eq!(all[1].named[0].to_string(), "environments/a.toml:1");
}

const SHOP: [(&str, &str); 9] = [
    ("domain/organizations/bakery.toml", "responsible = 'ada'\n"),
    ("domain/organizations/shop.toml", "within = 'bakery'\nresponsible = 'cem'\n"),
    ("domain/people/ada.toml", "units = ['bakery']\n"),
    ("domain/people/cem.toml", "units = ['shop']\n"),
    ("users/ada.toml", "uid = 1000\n"),
    ("domain/policies/authorization/all.toml", "who = ['ada']\nmay = ['login']\n"),
    ("nodes/web.toml", "purpose = 'Pages'\n"),
    ("hosts/till.toml", "unit = 'shop'\nroles = ['web']\n"),
    ("hosts/page.toml", "unit = 'bakery'\nroles = ['web']\n"),
];

fn divided(more: &[(&str, &str)]) -> Result<domi_fleet::Halves, Vec<String>> {
    divided_by(Part::Unit("shop"), more)
}

fn divided_by(part: Part<'_>, more: &[(&str, &str)]) -> Result<domi_fleet::Halves, Vec<String>> {
    let files: BTreeMap<&str, &str> = SHOP.iter().chain(more).copied().collect();
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let (fleet, mut problems) = fleet(&files.into_iter().collect::<Vec<_>>());
    // What holds on no host is a warning.
    problems.retain(|it| !it.starts_with("D2022"));
    assert_eq!(problems, [""; 0]);
    let said = |it: &domi_model::Problem| format!("{} {}", it.place.as_ref().unwrap(), it.subject);
    split(&fleet, part, &texts).map_err(|all| all.iter().map(said).collect())
}

#[test]
fn a_unit_goes_with_what_is_its_own_and_shares_what_both_need() {
    let halves = divided(&[]).unwrap();
    assert_eq!(halves.hosts.iter().collect::<Vec<_>>(), ["till"]);
    let text = |file: &str| halves.part.texts.get(file).cloned().flatten();
    assert_eq!(text("users/ada.toml").unwrap(), "uid = 1000\nof = \"bakery:ada\"\n");
    let policy = "domain/policies/authorization/all.toml";
    assert_eq!(text(policy).unwrap(), "who = [\"bakery:ada\"]\nmay = ['login']\n");
    assert_eq!(text("hosts/page.toml"), None);
    assert!(halves.both.contains("nodes/web.toml") && !halves.both.contains("hosts/till.toml"));
    assert_eq!(halves.rest.texts["hosts/till.toml"], None);
    assert_eq!(halves.rest.texts.get(policy), None, "what stays is as it was");
    let view = halves.rest.view.unwrap();
    assert_eq!(view, "title = \"What shop names\"\nkeys = [\"ada\"]\npeople = [\"ada\"]\n");
    assert_eq!(halves.part.view, None);
}

#[test]
fn what_keeps_the_two_together_is_listed() {
    let box_1 = ("domain/inventory/devices/box-1.toml", "unit = 'shop'\n");
    let page = ("hosts/page.toml", "unit = 'bakery'\nkind = 'virtual'\nruns_on = 'till'\n");
    let refused = divided(&[box_1, page]).unwrap_err();
    assert_eq!(refused, ["hosts/page.toml:3 runs_on"]);
    let context = ("domain/contexts/shop.toml", "status = 'retired'\nversion = 1\n");
    let digest = mill(&[], 1);
    let context_text = Context::pinned(context.1, 1, &digest.digest()).unwrap();
    let known = digest.text();
    let refused = divided(&[
        (context.0, context_text.as_str()),
        ("domain/contexts/shop.json", known.as_str()),
    ]);
    assert_eq!(refused.unwrap_err(), ["domain/contexts/shop.toml:1 shop"]);
}

#[test]
fn what_chooses_hosts_of_the_other_side_alone_never_chooses_all() {
    let kiosk = ("domain/organizations/kiosk.toml", "within = 'shop'\nresponsible = 'cem'\n");
    let policy = "domain/policies/authorization/kiosk.toml";
    let text = "who = ['ada']\nmay = ['login']\non = { units = ['kiosk'] }\n";
    assert_eq!(divided(&[kiosk, (policy, text)]).unwrap_err(), [format!("{policy}:3 on.units")]);
    // Where a name is left, the other one goes.
    let text = "who = ['ada']\nmay = ['login']\non = { units = ['kiosk', 'bakery'] }\n";
    let halves = divided(&[kiosk, (policy, text)]).unwrap();
    let rest = halves.rest.texts[policy].as_deref();
    assert_eq!(rest, Some("who = ['ada']\nmay = ['login']\non = { units = ['bakery'] }\n"));
}

#[test]
fn what_is_published_of_the_unit_goes_with_it() {
    let (toml, json) = ("domain/views/tills.toml", "domain/views/tills.json");
    let view = (toml, "hosts = ['till']\n");
    let files: BTreeMap<&str, &str> = SHOP.iter().chain([&view]).copied().collect();
    let (fleet, _) = fleet(&files.into_iter().collect::<Vec<_>>());
    let text = published(&fleet, &fleet.views["tills"], 1).text();
    let halves = divided(&[view, (json, &text)]).unwrap();
    for (file, text) in [(toml, view.1), (json, &text)] {
        assert_eq!(halves.part.texts[file].as_deref(), Some(text));
        assert_eq!(halves.rest.texts[file], None);
    }
}

/// A street with two houses, and a town around it.
const STREET: [(&str, &str); 9] = [
    ("domain/locations/town.toml", "[settings.site]\nport = 1\n"),
    ("domain/locations/street.toml", "within = 'town'\n"),
    ("domain/locations/attic.toml", "within = 'street'\n"),
    ("domain/locations/mill-lane.toml", "within = 'town'\n"),
    ("domain/networks/equipment/lan.toml", "location = 'street'\nranges = ['192.0.2.0/24']\n"),
    ("domain/inventory/devices/box.toml", "location = 'attic'\nunit = 'shop'\n"),
    (
        "domain/inventory/equipment/rack.toml",
        "location = 'attic'\nholds = ['box']\nunit = 'shop'\n",
    ),
    ("domain/inventory/equipment/power.toml", "within = 'rack'\n"),
    ("hosts/till.toml", "device = 'box'\naddresses.lan = '192.0.2.1'\nroles = ['web']\n"),
];

#[test]
fn a_location_goes_with_what_is_there_and_units_are_on_both_sides() {
    let halves = divided_by(Part::Location("street"), &STREET).unwrap();
    assert_eq!(halves.hosts.iter().collect::<Vec<_>>(), ["till"]);
    assert_eq!([halves.part.name, halves.rest.name], ["street", "bakery"]);
    let gone: Vec<&str> = halves
        .rest
        .texts
        .iter()
        .filter(|(_, text)| text.is_none())
        .map(|(file, _)| file.as_str())
        .collect();
    assert_eq!(
        gone,
        [
            "domain/inventory/devices/box.toml",
            "domain/inventory/equipment/power.toml",
            "domain/inventory/equipment/rack.toml",
            "domain/locations/attic.toml",
            "domain/locations/street.toml",
            "domain/networks/equipment/lan.toml",
            "hosts/till.toml",
        ]
    );
    let both: Vec<&str> = halves.both.iter().map(String::as_str).collect();
    assert_eq!(
        both,
        [
            "domain/locations/town.toml",
            "domain/organizations/bakery.toml",
            "domain/organizations/shop.toml",
            "domain/policies/authorization/all.toml",
            "nodes/web.toml",
            "users/ada.toml",
        ]
    );
    let text = |file: &str| halves.part.texts[file].clone().unwrap();
    let shop = text("domain/organizations/shop.toml");
    assert_eq!(shop, "within = 'bakery'\nresponsible = \"bakery:cem\"\n");
    let view = "title = \"What street names\"\nkeys = [\"ada\"]\npeople = [\"ada\", \"cem\"]\n";
    assert_eq!(halves.rest.view.as_deref(), Some(view));
    assert_eq!(halves.part.view, None);
}

#[test]
fn what_keeps_a_location_and_the_rest_together_is_listed() {
    let part = Part::Location("street");
    let with = |more: &[(&str, &str)]| {
        let files: Vec<_> = STREET.iter().chain(more).copied().collect();
        divided_by(part, &files).map(|halves| halves.rest.name)
    };
    // A host elsewhere has an address in the network of the place; a policy is about the place alone.
    let page = ("hosts/page.toml", "unit = 'bakery'\naddresses.lan = '192.0.2.2'\n");
    assert_eq!(with(&[page]).unwrap_err(), ["hosts/page.toml:2 addresses"]);
    let policy = "domain/policies/authorization/attic.toml";
    let text = "who = ['ada']\nmay = ['login']\non = { locations = ['attic', 'mill-lane'] }\n";
    assert_eq!(with(&[(policy, text)]), Ok("bakery".to_owned()));
    // The rest is called by nothing that the part is called by.
    let bakery = [
        ("domain/organizations/bakery.toml", "within = 'street'\nresponsible = 'ada'\n"),
        ("domain/organizations/street.toml", "responsible = 'ada'\n"),
    ];
    assert_eq!(with(&bakery), Ok("town".to_owned()));
    let alone = [("domain/locations/hall.toml", ""), ("hosts/a.toml", "location = 'hall'\n")];
    let (fleet, _) = fleet(&alone);
    let texts = alone.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let refused = split(&fleet, Part::Location("hall"), &texts).unwrap_err();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].message.contains("could be called"), "{}", refused[0]);
}
