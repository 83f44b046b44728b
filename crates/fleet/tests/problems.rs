//! Everything that is wrong with a fleet is found at once, each problem with its file, line and key.

use domi_fleet::{Fleet, Piece, State, compare};
use domi_model::Problem;

fn said(problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem.place.as_ref().map_or(String::new(), ToString::to_string);
        format!(
            "{} {place} {}: {} | {}",
            problem.code, problem.subject, problem.message, problem.next
        )
    };
    problems.iter().map(line).collect()
}

fn fleet(files: &[(&str, &str)]) -> (Fleet, Vec<Problem>) {
    Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)))
}

/// The beginnings of what is said of these files.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let (fleet, mut problems) = fleet(files);
    problems.extend(fleet.check());
    let found = said(&problems);
    let fits = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits && found.len() == expected.len(), "{found:#?}");
}

const KEY: &str =
    "keys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl']";

#[test]
fn what_is_wrong_is_not_said_to_be_missing_too() {
    let ada = ("domain/people/ada.toml", "");
    let policy = "domain/policies/authorization/p.toml";
    check(&[ada, (policy, "who = ['ada']\nmay = 'login'\n")], &["D2003 domain/policies"]);
    check(&[ada, (policy, "who = 'ada'\nmay = ['login']\n")], &["D2003 domain/policies"]);
    check(&[ada, (policy, "who = []\nmay = ['login']\n")], &["D2004 domain/policies"]);
    check(&[ada, ("users/ada.toml", "uid = 'x'\n")], &["D2003 users/ada.toml:1 uid"]);
    check(
        &[("domain/people/a.toml", "kind = 'agent'\nresponsible = 5\n")],
        &["D2003 domain/people/a.toml:2 responsible"],
    );
}

#[test]
fn an_empty_folder_is_a_fleet_and_so_is_one_empty_file_of_each_kind() {
    check(&[], &[]);
    check(&[("hosts/a.toml", "")], &[]);
    check(
        &[("nodes/a.toml", ""), ("domain/locations/a.toml", ""), ("domain/people/a.toml", "")],
        &[],
    );
    check(&[("domain/organizations/a.toml", ""), ("domain/inventory/devices/a.toml", "")], &[]);
    check(&[("domain/networks/equipment/a.toml", "")], &[]);
    check(&[("domain/policies/authorization/a.toml", "")], &[]);
}

#[test]
fn a_folder_that_takes_no_files_says_where_they_belong() {
    check(
        &[("domain/events/a.toml", "")],
        &["D2005  domain/events/a.toml: is not read: `domain/events` has the log"],
    );
    check(
        &[("domain/procedures/a.toml", "")],
        &["D2005  domain/procedures/a.toml: is not read: `domain/procedures` has folders"],
    );
    check(
        &[("networks/a.toml", "")],
        &["D2005  networks/a.toml: is not read: networks of machines"],
    );
    check(&[("domain/poeple/a.toml", "")], &["D2006  domain/poeple/a.toml: is in no folder"]);
    check(&[("hosts/A.toml", "")], &["D2006  hosts/A.toml: \"A\" is no name"]);
    check(&[("hosts/a.yaml", "")], &["D2006  hosts/a.yaml: does not end in `.toml`"]);
    check(&[("users/root.toml", "uid = 1000")], &["D2006  users/root.toml: machines have a user"]);
}

#[test]
fn keys_and_values_are_checked_at_their_lines() {
    check(
        &[("hosts/a.toml", "\ntitel = 'x'\nkind = 'metall'")],
        &[
            "D2002 hosts/a.toml:2 titel: is no key of this file | did you mean `title`?",
            "D2003 hosts/a.toml:3 kind: \"metall\" is not \"metal\", \"virtual\"",
        ],
    );
    check(&[("hosts/a.toml", "a = 1\na = 2\n")], &["D2001 hosts/a.toml:2 hosts/a.toml:"]);
    check(
        &[("hosts/a.toml", "addresses = { n = 'x' }")],
        &["D2003 hosts/a.toml:1 addresses.n: is no"],
    );
    check(
        &[("domain/people/a.toml", "keys = ['x']")],
        &["D2003 domain/people/a.toml:1 keys: a key"],
    );
    check(
        &[("domain/networks/equipment/a.toml", "ranges = ['192.0.2.1/24']")],
        &[
            "D2003 domain/networks/equipment/a.toml:1 ranges: \"192.0.2.1/24\" is an address within a range, \
         and no range | write \"192.0.2.0/24\"",
        ],
    );
    check(
        &[("hosts/a.toml", "id = 'x'")],
        &["D2003 hosts/a.toml:1 id: \"x\" is no UUID of version 7"],
    );
}

#[test]
fn names_lead_somewhere_and_to_nothing_that_is_gone() {
    check(
        &[("hosts/a.toml", "roles = ['wbe']"), ("nodes/web.toml", "")],
        &["D2008 hosts/a.toml:1 roles: there is no role `wbe` | did you mean `web`?"],
    );
    check(
        &[("hosts/a.toml", "roles = ['web']"), ("nodes/web.toml", "status = 'retired'")],
        &["D2015 hosts/a.toml:1 roles: `web` is retired"],
    );
    let circle = ["within = 'b'", "within = 'a'"];
    check(
        &[("domain/locations/a.toml", circle[0]), ("domain/locations/b.toml", circle[1])],
        &["D2009 domain/locations/a.toml:1 within: is within itself: a, within b, within a"],
    );
    check(
        &[("hosts/x/a.toml", ""), ("hosts/y/a.toml", "")],
        &["D2007 hosts/y/a.toml:1 a: `hosts/x/a.toml`"],
    );
    let id = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'";
    check(&[("hosts/a.toml", id), ("nodes/a.toml", id)], &["D2010 nodes/a.toml:1 id:"]);
}

#[test]
fn somebody_answers_for_units_and_agents() {
    let unit =
        [("domain/organizations/o.toml", ""), ("domain/organizations/u.toml", "within = 'o'")];
    check(&unit, &["D2016 domain/organizations/u.toml:1 responsible: nobody answers for `u`"]);
    check(&[("domain/people/a.toml", "kind = 'agent'")], &["D2016 domain/people/a.toml:1"]);
    let agents = "kind = 'agent'\nresponsible = 'a'";
    check(
        &[("domain/people/a.toml", agents)],
        &["D2016 domain/people/a.toml:2 responsible: `a` is an agent"],
    );
}

#[test]
fn numbers_and_addresses_are_given_once() {
    let p = ("domain/people/p.toml", KEY);
    check(
        &[p, ("users/p.toml", "")],
        &["D2004 users/p.toml:1 uid: is not there, and has no default | write `uid = 1000`"],
    );
    let gone = ("users/old.toml", "of = 'p'\nuid = 1007\nstatus = 'retired'");
    check(
        &[p, gone, ("users/p.toml", "uid = 1007")],
        &[
            "D2011 users/p.toml:1 uid: `users/old.toml` has the number 1007 already | write `uid = 1008`",
        ],
    );
    let n = ("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/28']");
    let address = "addresses.n = '192.0.2.1'";
    check(
        &[n, ("hosts/a.toml", address), ("hosts/b.toml", address)],
        &["D2012 hosts/b.toml:1 addresses.n: `a` has 192.0.2.1 already"],
    );
    check(
        &[n, ("hosts/a.toml", "addresses.n = '192.0.2.16'")],
        &["D2012 hosts/a.toml:1 addresses.n: 192.0.2.16 is not"],
    );
    check(&[n, ("hosts/a.toml", "addresses.n = '192.0.2.15'")], &["D2012 hosts/a.toml:1"]);
    let wide = ("domain/networks/equipment/wide.toml", "ranges = ['192.0.2.0/24']");
    check(
        &[n, wide],
        &["D2013 domain/networks/equipment/n.toml:1 ranges: 192.0.2.0/28 overlaps 192.0.2.0/24"],
    );
}

#[test]
fn a_device_is_one_machine_in_one_place() {
    let device = ("domain/inventory/devices/d.toml", "location = 'x'");
    let places = [("domain/locations/x.toml", ""), ("domain/locations/y.toml", "")];
    let at = |host: &'static str| [places[0], places[1], device, ("hosts/a.toml", host)];
    check(&at("device = 'd'"), &[]);
    check(
        &at("device = 'd'\nlocation = 'y'"),
        &["D2014 hosts/a.toml:2 location: `d` is at `y` here"],
    );
    check(
        &at("device = 'd'\nkind = 'virtual'"),
        &["D2003 hosts/a.toml:1 device: only a machine of metal"],
    );
    let two =
        [places[0], device, ("hosts/a.toml", "device = 'd'"), ("hosts/b.toml", "device = 'd'")];
    check(&two, &["D2014 hosts/b.toml:1 device: `d` is the device of `a`, too"]);
}

#[test]
fn whoever_may_log_in_has_a_user_and_where_it_is_asked_for_a_key() {
    let host = ("hosts/a.toml", "");
    let may = ("domain/policies/authorization/x.toml", "who = ['p']\nmay = ['login']");
    let key = ("domain/policies/authentication/k.toml", "key = true");
    check(&[host, may, ("domain/people/p.toml", "")], &["D2019 domain/people/p.toml:1 p:"]);
    let user = ("users/p.toml", "uid = 1000");
    check(
        &[host, may, key, ("domain/people/p.toml", ""), user],
        &["D2018 domain/people/p.toml:1 p:"],
    );
    check(&[host, may, key, ("domain/people/p.toml", KEY), user], &[]);
    check(&[host, ("domain/policies/authorization/x.toml", "on.tags = ['t']")], &["D2022"]);
}

#[test]
fn what_is_expected_of_policies_is_held_against_all_of_them() {
    let people = [("domain/people/p.toml", KEY), ("domain/people/q.toml", KEY)];
    let users = [("users/p.toml", "uid = 1000"), ("users/q.toml", "uid = 1001")];
    let hosts = [("hosts/a.toml", "tags = ['t']"), ("hosts/b.toml", "")];
    let first = "domain/policies/authorization/first.toml";
    let all = "who = ['p']\nmay = ['administer']\non = { tags = ['t'] }\n";
    let second = ("domain/policies/authorization/second.toml", "who = ['p']\nmay = ['login']");
    let expects = |test: &str, expected: &[&str]| {
        let text = format!("{all}[[tests]]\n{test}");
        let files = [people, users, hosts, [(first, text.as_str()), second]].concat();
        check(&files, expected);
    };
    expects("who = 'p'\nhost = 'a'\nmay = ['administer']", &[]);
    expects("who = 'p'\nhost = 'a'\nuser = 'p'\nmay = ['login', 'administer']", &[]);
    expects("who = 'p'\nhost = 'b'\nmay = ['login']", &[]);
    expects("who = 'q'\nhost = 'a'", &[]);
    expects("who = 'p'\nhost = 'a'\nuser = 'q'\nmay = []", &[]);
    let at = |line: u32| format!("domain/policies/authorization/first.toml:{line}");
    let fails =
        |test: &str, says: &str| expects(test, &[&format!("D2028 {} tests: {says}", at(4))]);
    fails(
        "who = 'p'\nhost = 'b'",
        "`p` may log in on `b`, as `domain/policies/authorization/second.toml` says; the test expects them to do nothing",
    );
    fails("who = 'p'\nhost = 'a'\nmay = ['login']", "`p` may administer on `a`, as `domain");
    fails(
        "who = 'q'\nhost = 'a'\nmay = ['login']",
        "`q` may do nothing on `a`; the test expects them to log in",
    );
    expects("host = 'a'", &[&format!("D2004 {} tests.who", at(4))]);
    expects("who = 'x'\nhost = 'a'", &[&format!("D2008 {} tests.who: there is no", at(5))]);
    expects("who = 'p'\nhost = 'a'\nmay = 'login'", &[&format!("D2003 {} tests.may", at(7))]);
    expects("who = 'p'\nhost = 'a'\ncan = 1", &[&format!("D2002 {} tests.can", at(7)), "D2028"]);
}

#[test]
fn a_host_says_where_it_belongs_where_that_is_not_clear() {
    let (o, p) = (("domain/organizations/o.toml", ""), ("domain/organizations/p.toml", ""));
    check(&[o, ("hosts/a.toml", "")], &[]);
    check(&[o, p, ("hosts/a.toml", "")], &["D2017 hosts/a.toml:1 unit:"]);
    check(&[o, p, ("hosts/a.toml", "unit = 'p'")], &[]);
}

#[test]
fn nothing_becomes_what_it_cannot_become() {
    let id = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    let became = |before: &[(&str, &str)], after: &[(&str, &str)], expected: &[&str]| {
        let found = said(&compare(&State::of(&fleet(before).0), &fleet(after).0));
        let fits = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
        assert!(fits && found.len() == expected.len(), "{found:#?}");
    };
    let host = |text: &str| format!("{id}{text}");
    let (active, retired) = (host("status = 'active'"), host("status = 'retired'"));
    became(&[("hosts/a.toml", &active)], &[("hosts/a.toml", &retired)], &[]);
    became(
        &[("hosts/a.toml", &retired)],
        &[("hosts/b.toml", &active)],
        &["D2024 hosts/b.toml:2 b: what was retired cannot become active"],
    );
    // A rename keeps the identity; a file that is simply gone does not end anything.
    became(&[("hosts/a.toml", &active)], &[("hosts/b.toml", &active)], &[]);
    became(
        &[("hosts/a.toml", &active)],
        &[],
        &["D2024  a: `hosts/a.toml` is gone, and was active"],
    );
    became(&[("hosts/a.toml", &retired)], &[], &[]);
    became(&[("hosts/a.toml", &active)], &[("hosts/a.toml", "")], &["D2025 hosts/a.toml:1 id:"]);
    let user = |uid: u32| format!("uid = {uid}");
    became(
        &[("users/a.toml", &user(1000))],
        &[("users/a.toml", &user(1001))],
        &["D2025 users/a.toml:1 uid: was 1000"],
    );
    let gone = "uid = 1000\nstatus = 'retired'";
    became(
        &[("users/a.toml", gone)],
        &[("users/b.toml", &user(1000))],
        &["D2025 users/b.toml:1 uid: 1000 was given to `a`"],
    );
}

#[test]
fn no_group_of_a_user_says_more_than_the_authorisations() {
    let ada = ("domain/people/ada.toml", "");
    check(
        &[ada, ("users/ada.toml", "uid = 1000\ngroups = [\n'audio',\n'wheel']")],
        &[
            "D2003 users/ada.toml:4 groups: whoever is in `wheel` can act as root | say `may = [\"administer\"]`",
        ],
    );
    for group in ["sudo", "root", "disk", "shadow", "kmem", "docker", "podman", "libvirtd", "lxd"] {
        let text = format!("uid = 1000\ngroups = ['{group}']");
        check(&[ada, ("users/ada.toml", &text)], &["D2003 users/ada.toml:2 groups: whoever"]);
    }
}

#[test]
fn what_was_planned_and_removed_gets_its_number_again_and_nobody_else_does() {
    let id = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    let other = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ac'\n";
    let planned = format!("{id}uid = 1000\nstatus = 'planned'");
    let before = State::of(&fleet(&[("users/ada.toml", &planned)]).0);
    let mut gone = before.clone();
    for change in before.changes(&State::default()) {
        assert_eq!(gone.apply(&change), Ok(()));
    }
    let again = |id: &str| {
        let text = format!("{id}uid = 1000");
        said(&compare(&gone, &fleet(&[("users/ada.toml", &text)]).0)).len()
    };
    assert_eq!((again(id), again(other), again("")), (0, 1, 1));
}

#[test]
fn what_took_the_name_of_something_removed_is_no_change_of_that() {
    let id = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    let state = |files: &[(&str, &str)]| State::of(&fleet(files).0);
    let before = state(&[("hosts/a.toml", id), ("hosts/b.toml", "")]);
    let after = state(&[("hosts/b.toml", id)]);
    let said: Vec<String> = before
        .changes(&after)
        .iter()
        .map(|change| format!("{:?} {}", change.what, change.thing.name))
        .collect();
    assert_eq!(said, ["Removed b", "Renamed(\"a\") b"]);
}

#[test]
fn a_long_chain_of_renames_is_put_in_order() {
    let id = |at: usize| format!("id = '01932f5e-7c00-7a3b-8c1d-{at:012x}'\n");
    let state = |from: usize| {
        let files: Vec<_> =
            (0..3000).map(|at| (format!("hosts/h{:05}.toml", at + from), id(at))).collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        State::of(&fleet(&files).0)
    };
    let (mut there, after) = (state(0), state(1));
    for change in there.changes(&after) {
        assert_eq!(there.apply(&change), Ok(()));
    }
    assert_eq!(there, after);
}
