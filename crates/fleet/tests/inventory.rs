//! Repositories, applications, accounts, equipment, groups of people and terms: what is wrong between
//! their files, and what follows from them.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod told;

use domi_fleet::{Access, KINDS, Needs, Standing};
use told::{fleet, said};

const MANIFEST: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]}
}"#;

const ADA: (&str, &str) = ("domain/people/ada.toml", "");

/// The beginnings of what is said of these files, and of hosts that have what they say.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    told::check(MANIFEST, files, expected);
}

#[test]
fn a_repository_is_one_place_and_somebody_answers_for_it() {
    let shop = "domain/inventory/sourcecode/shop.toml";
    check(
        &[(shop, "")],
        &["D2016 domain/inventory/sourcecode/shop.toml:1 responsible: nobody answers"],
    );
    let of = |text: &str| format!("responsible = 'ada'\n{text}");
    let one = of("address = 'https://example.org/Shop.git'\nbuilds = ['shop']");
    check(&[ADA, (shop, &one)], &[]);
    let other = of("builds = ['shop']\naddress = 'https://example.org/shop/'");
    check(
        &[ADA, ("domain/inventory/sourcecode/other.toml", &one), (shop, &other)],
        &[
            "D2075 domain/inventory/sourcecode/shop.toml:3 address: `domain/inventory/sourcecode/other.toml`",
            "D2075 domain/inventory/sourcecode/shop.toml:2 builds: `domain/inventory/sourcecode/other.toml`",
        ],
    );
}

#[test]
fn an_application_runs_where_it_says_and_is_made_from_something() {
    let page = "environments/page.toml";
    check(&[(page, "")], &["D2016 environments/page.toml:1 responsible: nobody answers"]);
    let of = |text: &str| format!("responsible = 'ada'\n{text}");
    let built = of("we = ['build', 'serve']");
    check(&[ADA, (page, &built)], &["D2004 environments/page.toml:2 source: is not there"]);
    check(&[ADA, (page, &of("we = ['sell']"))], &["D2003 environments/page.toml:2 we: \"sell\""]);
    let unknown = of("features = ['seit']\nsource = 'shop'");
    check(
        &[ADA, (page, &unknown)],
        &[
            "D2008 environments/page.toml:3 source: there is no repository `shop`",
            "D2008 environments/page.toml:2 seit: is no feature | did you mean `site`?",
        ],
    );
    let runs = of("features = ['site']\non = { hosts = ['h'] }");
    check(&[ADA, (page, &runs), ("hosts/h.toml", "features = ['site']")], &[]);
    check(
        &[ADA, (page, &runs), ("hosts/h.toml", "")],
        &[
            "D2076 environments/page.toml:2 site: `page` is to run where the feature is not (on host `h`)",
        ],
    );
    let nowhere = of("on = { tags = ['x'] }");
    check(
        &[ADA, (page, &nowhere), ("hosts/h.toml", "tags = ['y']")],
        &["D2022 environments/page.toml:2 on: no host has the tag `x`"],
    );
}

#[test]
fn an_account_is_held_by_one_who_is_there_and_ends() {
    let bank = "domain/inventory/accounts/bank.toml";
    check(
        &[(bank, "")],
        &[
            "D2004 domain/inventory/accounts/bank.toml:1 provider: is not there",
            "D2004 domain/inventory/accounts/bank.toml:1 holder: is not there",
        ],
    );
    let of = |text: &str| format!("provider = 'Example Bank'\nholder = 'ada'\n{text}");
    let gone = ("domain/people/ada.toml", "status = 'retired'");
    check(
        &[gone, (bank, &of(""))],
        &["D2015 domain/inventory/accounts/bank.toml:2 holder: `ada` is"],
    );
    check(
        &[ADA, (bank, &of("secret = { ref = 'bank' }"))],
        &["D2008 domain/inventory/accounts/bank.toml:3 secret: there is no secret `bank`"],
    );
    check(&[ADA, (bank, &of("secret = { file = '/run/x' }"))], &[]);
    for plain in ["'hunter2'", "{ file = 'hunter2' }", "{ ref = 5 }"] {
        let (_, problems) = fleet(&[ADA, (bank, &of(&format!("secret = {plain}")))]);
        let found = said(&problems);
        assert!(found.len() == 1 && found[0].starts_with("D2070"), "{found:?}");
        assert!(!found[0].contains("hunter2"), "{found:?}");
    }
    let one = of("login = 'Ada'");
    check(
        &[ADA, ("domain/inventory/accounts/a.toml", &of("login = 'ada'")), (bank, &one)],
        &["D2075 domain/inventory/accounts/bank.toml:3 login: `domain/inventory/accounts/a.toml`"],
    );
    let unit = ("domain/organizations/o.toml", "");
    check(
        &[ADA, unit, (bank, &of("unit = 'o'"))],
        &["D2003 domain/inventory/accounts/bank.toml:3 unit"],
    );
    let ends = of("ends = '2026-11-27'");
    let (fleet, _) = fleet(&[ADA, (bank, &ends)]);
    let overdue = |day: &str| said(&fleet.overdue(day.parse().unwrap()));
    assert_eq!(overdue("2026-11-27"), [""; 0]);
    assert!(
        overdue("2026-11-28")[0].starts_with("D2072 domain/inventory/accounts/bank.toml:3 ends")
    );
}

#[test]
fn equipment_is_in_one_place_and_devices_need_it() {
    let (rack, ups) =
        ("domain/inventory/equipment/rack.toml", "domain/inventory/equipment/ups.toml");
    let places = [("domain/locations/a.toml", ""), ("domain/locations/b.toml", "")];
    let files = |rack_says, ups_says, device| {
        let device = ("domain/inventory/devices/box.toml", device);
        [places[0], places[1], device, (rack, rack_says), (ups, ups_says)]
    };
    let good = files("location = 'a'\nholds = ['box']\npowered_by = 'ups'", "within = 'rack'", "");
    check(&good, &[]);
    let (fleet, _) = fleet(&good);
    assert_eq!(Needs::of(&fleet).of_device("box").collect::<Vec<_>>(), ["rack", "ups"]);
    check(
        &files("location = 'a'", "location = 'b'\nwithin = 'rack'", ""),
        &[
            "D2014 domain/inventory/equipment/ups.toml:1 location: is at `b` here, and within `rack`",
        ],
    );
    check(
        &files("location = 'a'", "within = 'rack'\nholds = ['box']", "location = 'b'"),
        &["D2014 domain/inventory/equipment/ups.toml:2 holds: `box` is at `b` in"],
    );
    check(
        &files("holds = ['box']", "holds = ['box']", ""),
        &["D2014 domain/inventory/equipment/ups.toml:1 holds: `box` is in `rack`, too"],
    );
    check(
        &files("powers = ['box']", "", "status = 'retired'"),
        &["D2015 domain/inventory/equipment/rack.toml:1 powers: `box` is retired"],
    );
    check(
        &files("within = 'ups'", "within = 'rack'", ""),
        &["D2009 domain/inventory/equipment/rack.toml:1 within: is within itself"],
    );
    check(
        &files("serial = '1'\nmodel = 'X'", "model = 'x'\nserial = '1'", ""),
        &["D2075 domain/inventory/equipment/ups.toml:2 serial"],
    );
    check(&files("serial = '1'\nmodel = 'X'", "model = 'y'\nserial = '1'", ""), &[]);
}

#[test]
fn groups_have_members_and_authorisations_name_them() {
    let (call, all) = ("domain/networks/people/call.toml", "domain/networks/people/all.toml");
    check(&[(all, "")], &[]);
    let nobody = "D2077 domain/networks/people/call.toml:1 members: nobody is on call in `call`";
    check(&[(call, "kind = 'on-call'")], &[nobody]);
    let robot = ("domain/people/robot.toml", "kind = 'agent'\nresponsible = 'ada'");
    check(&[ADA, robot, (call, "kind = 'on-call'\nmembers = ['robot']")], &[nobody]);
    check(&[ADA, (all, "members = ['ada']"), (call, "kind = 'on-call'\ngroups = ['all']")], &[]);
    check(
        &[(all, "groups = ['call']"), (call, "groups = ['all']")],
        &["D2009 domain/networks/people/all.toml:1 groups: is within itself, through `call`"],
    );
    check(&[(all, "groups = ['all']")], &["D2009 domain/networks/people/all.toml:1 groups"]);
    let policy = ("domain/policies/authorization/p.toml", "groups = ['call']\nmay = ['login']");
    let files = [
        ADA,
        ("users/ada.toml", "uid = 1000"),
        ("hosts/h.toml", ""),
        (all, "members = ['ada']"),
        (call, "groups = ['all']"),
        policy,
    ];
    check(&files, &[]);
    let (fleet, _) = fleet(&files);
    let standing = Standing::of(&fleet, &fleet.hosts["h"]);
    let logins = Access::of(&fleet).logins(&standing);
    assert_eq!(logins.iter().map(|it| &*it.user).collect::<Vec<_>>(), ["ada"]);
    check(&[policy], &["D2008 domain/policies/authorization/p.toml:1 groups: there is no group"]);
}

#[test]
fn a_word_has_one_meaning() {
    let (loaf, bread) = ("domain/names/loaf.toml", "domain/names/bread.toml");
    check(&[(loaf, "")], &["D2004 domain/names/loaf.toml:1 meaning: is not there"]);
    check(&[(bread, "meaning = 'x'"), (loaf, "meaning = 'x'\nsee = ['bread']")], &[]);
    check(
        &[(bread, "meaning = 'x'"), (loaf, "meaning = 'x'\nsynonyms = ['Bread']")],
        &["D2075 domain/names/loaf.toml:2 synonyms: `domain/names/bread.toml` says \"Bread\""],
    );
    check(
        &[(loaf, "meaning = 'x'\nthings = ['host/a', 'x', 'moon/a']\nsee = ['bread']")],
        &[
            "D2008 domain/names/loaf.toml:3 see: there is no term `bread`",
            "D2008 domain/names/loaf.toml:2 things: there is no host `a`",
            "D2003 domain/names/loaf.toml:2 things: \"x\" is no kind and name",
            "D2003 domain/names/loaf.toml:2 things: \"moon/a\" is no kind and name",
        ],
    );
}

#[test]
fn every_kind_is_found_by_its_name_and_its_links_lead_to_it() {
    for kind in KINDS {
        let path = format!("{}/a.toml", kind.folder());
        let (fleet, _) = fleet(&[(&path, "")]);
        assert_eq!(fleet.about(kind, "a").unwrap().subject(), format!("{}/a", kind.word()));
        assert_eq!(fleet.abouts_of(kind).count(), 1, "{kind:?}");
        assert_eq!(fleet.abouts().count(), 1, "{kind:?}");
        let term = format!("meaning = 'x'\nthings = ['{}/b']", kind.word());
        check(
            &[("domain/names/t.toml", &term)],
            &["D2008 domain/names/t.toml:2 things: there is no"],
        );
    }
}
