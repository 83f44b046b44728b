//! Tests of ports that stand beside policies: who reaches what, as firewalls let it in.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use domi_fleet::{Features, Fleet, Piece};
use domi_fleet_files::project;
use domi_model::Manifest;
use serde_json::json;

/// A feature that opens TCP 8080 to everybody.
fn features() -> Features {
    let about = json!({"name": "open", "kind": "services", "summary": "A feature", "maturity": "dev",
                       "version": "0.1.0", "platforms": ["x86_64-linux"]});
    let ports = json!([{"protocol": "tcp", "ports": {"literal": [8080]}}]);
    let manifest: Manifest = serde_json::from_value(json!({
        "schema": "domi.feature/3", "feature": about, "system": {"firewall": ports},
    }))
    .unwrap();
    [manifest].into_iter().collect()
}

/// `p` may log in to `a` as `p`, and to `b` as `p` and `p2`; `q` to nothing. Hosts with the role `web`
/// let TCP 80 in from `a`, UDP 53 from the network, and TCP 22 from hosts with the role `old`.
const FILES: [(&str, &str); 15] = [
    ("domain/organizations/o.toml", ""),
    ("domain/people/p.toml", ""),
    ("domain/people/q.toml", ""),
    ("users/p.toml", "uid = 1000"),
    ("users/q.toml", "uid = 1002"),
    (
        "domain/policies/authorization/login.toml",
        "who = ['p']\nmay = ['login']\non = { tags = ['p'] }",
    ),
    ("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/24', '2001:db8::/64']"),
    ("hosts/a.toml", "addresses.n = '192.0.2.1'\ntags = ['p']"),
    ("hosts/b.toml", "addresses.n = '2001:db8::2'\ntags = ['p']"),
    ("hosts/old.toml", "addresses.n = '192.0.2.3'\nroles = ['old']"),
    ("hosts/web.toml", "addresses.n = '192.0.2.9'\nroles = ['web']\nfeatures = ['open']"),
    ("hosts/new.toml", "addresses.n = '2001:db8::9'\nroles = ['web']\nfeatures = ['open']"),
    ("hosts/gone.toml", "status = 'retired'"),
    (
        "nodes/web.toml",
        "[[reach]]\ntcp = [80]\nhosts = ['a']\n[[reach]]\nudp = [53]\nnetworks = ['n']\n\
         [[reach]]\ntcp = [22]\nroles = ['old']",
    ),
    ("nodes/old.toml", ""),
];

/// The codes and messages of what is wrong with a test.
fn said(test: &str) -> Vec<String> {
    let text =
        format!("who = ['q']\nmay = ['login']\non = {{ hosts = ['old'] }}\n[[tests]]\n{test}\n");
    let tests = Piece::read("domain/policies/authorization/tests.toml", &text);
    let pieces = FILES.iter().map(|(path, text)| Piece::read(path, text));
    let (fleet, mut problems) = Fleet::of(pieces.chain([tests]));
    problems.extend(fleet.check().into_iter().filter(|problem| problem.code.0 != "D2016"));
    let projected = project(&fleet, &features());
    problems.extend(projected.unmet(&fleet));
    problems.extend(projected.problems);
    problems.iter().map(|it| format!("{} {} {}", it.code, it.subject, it.message)).collect()
}

/// Whether somebody reaches a port, and why or why not: of the two tests, one fails and says it.
#[track_caller]
fn check(test: &str, reached: bool, why: &str) {
    let (may, not) = (said(&format!("{test}\nmay = ['reach']")), said(test));
    let (fails, holds) = if reached { (not, may) } else { (may, not) };
    assert_eq!(holds, [""; 0], "{test}");
    assert!(
        fails.len() == 1 && fails[0].starts_with("D2028 tests ") && fails[0].contains(why),
        "{fails:#?}"
    );
}

#[test]
fn somebody_reaches_what_hosts_reach_that_they_may_log_in_to() {
    check("who = 'p'\nhost = 'web'\ntcp = [80]", true, "`a` is let in, as 192.0.2.1");
    check("who = 'p'\nhost = 'web'\ntcp = [22]", false, "`web` lets none of the hosts in there");
    check("who = 'q'\nhost = 'web'\ntcp = [22]", true, "`old` is let in, as 192.0.2.3");
    check("who = 'q'\nhost = 'web'\ntcp = [80]", false, "`web` does not let `old` in there");
    check("who = 'p'\nhost = 'web'\nudp = [53]", true, "`a` is let in");
    check("who = 'p'\nhost = 'web'\ntcp = [53]", false, "none of the hosts");
    // The one from which it can be reached speaks another version of addresses.
    check("who = 'p'\nhost = 'new'\ntcp = [80]", false, "none of the hosts");
    check("who = 'p'\nhost = 'new'\nudp = [53]", true, "`b` is let in, as 2001:db8::2");
    check("who = 'p'\nhost = 'a'\ntcp = [1]", true, "no firewall is within a host");
    check("who = 'p'\nhost = 'old'\ntcp = [1]", false, "none of the hosts");
}

#[test]
fn what_features_open_is_reached_by_everybody() {
    check("who = 'q'\nhost = 'web'\ntcp = [8080]", true, "a feature lets everybody in");
    check("who = 'q'\nhost = 'web'\nudp = [8080]", false, "does not let `old` in");
    check("who = 'p'\nhost = 'web'\nfrom = 'a'\ntcp = [8080]", true, "and so `a`");
    check("who = 'p'\nhost = 'new'\nfrom = 'a'\ntcp = [8080]", false, "does not let `a` in");
}

#[test]
fn from_and_user_say_where_somebody_is() {
    check("who = 'p'\nhost = 'web'\nfrom = 'b'\ntcp = [80]", false, "does not let `b` in");
    check("who = 'p'\nhost = 'web'\nfrom = 'a'\ntcp = [80]", true, "`a` is let in");
    check(
        "who = 'p'\nhost = 'web'\nfrom = 'old'\ntcp = [22]",
        false,
        "they may not log in to `old`",
    );
    check("who = 'p'\nhost = 'web'\nuser = 'p'\ntcp = [80]", true, "`a` is let in");
    check(
        "who = 'p'\nhost = 'web'\nuser = 'q'\ntcp = [80]",
        false,
        "they may log in nowhere as `q`",
    );
}

/// What is said of a test that says something else than it can.
#[track_caller]
fn wrong(test: &str, expected: &str) {
    let found = said(test);
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:#?}");
}

#[test]
fn a_test_is_about_ports_or_about_logging_in() {
    let of = |more: &str| format!("who = 'p'\nhost = 'web'\n{more}");
    wrong(
        &of("tcp = [80]\nmay = ['login']"),
        "D2003 tests.may \"login\" is nothing that one may do with ports",
    );
    wrong(&of("may = ['reach']"), "D2003 tests.may \"reach\" is said of ports");
    wrong(&of("from = 'a'"), "D2003 tests.from");
    wrong(&of("tcp = []"), "D2003 tests.tcp the test is about ports, and names none");
    wrong(&of("tcp = [0]"), "D2003 tests.tcp");
    wrong(&of("tcp = [80]\nfrom = 'c'"), "D2008 tests.from there is no host `c`");
    wrong("host = 'web'\ntcp = [22]", "D2004 tests.who");
    wrong("who = 'p'\nhost = 'gone'\ntcp = [22]", "D2015 tests.host");
    // Each port that is otherwise is said.
    let both = said(&of("tcp = [80, 22, 81]\nmay = ['reach']"));
    assert!(
        both.len() == 2 && both[0].contains("tcp 22") && both[1].contains("tcp 81"),
        "{both:#?}"
    );
}
