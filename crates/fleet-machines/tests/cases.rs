//! What becomes of the tests of policies: who tries what from where, and what cannot be tried.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use domi_fleet::{Features, Fleet, Piece};
use domi_fleet_files::project;
use domi_fleet_machines::{Case, World, cases};
use domi_model::{Action, Manifest, Platform};
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

const KEY: &str =
    "keys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl x']";

/// `p` may log in to `a`, `b` and the container `c`, as `p`; `q` to nothing; `r` to `a` without a key.
/// Hosts with the role `web` let TCP 80 in from `a`, TCP 81 from `c`, and UDP 53 from the network.
const FILES: [(&str, &str); 15] = [
    ("domain/people/p.toml", KEY),
    ("domain/people/q.toml", KEY),
    ("domain/people/r.toml", ""),
    ("users/p.toml", "uid = 1000"),
    ("users/q.toml", "uid = 1001"),
    ("users/r.toml", "uid = 1002"),
    (
        "domain/policies/authorization/login.toml",
        "who = ['p', 'r']\nmay = ['login']\non = { tags = ['p'] }",
    ),
    ("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/24', '2001:db8::/64']"),
    ("hosts/a.toml", "addresses.n = ['192.0.2.1', '2001:db8::1']\ntags = ['p']"),
    ("hosts/b.toml", "addresses.n = '2001:db8::2'\ntags = ['p']"),
    ("hosts/c.toml", "addresses.n = '192.0.2.3'\ntags = ['p']\nkind = 'container'"),
    ("hosts/arm.toml", "addresses.n = '192.0.2.4'\nsystem = 'aarch64-linux'\nroles = ['web']"),
    ("hosts/web.toml", "addresses.n = '192.0.2.9'\nroles = ['web']\nfeatures = ['open']"),
    (
        "nodes/web.toml",
        "[[reach]]\ntcp = [80]\nhosts = ['a']\n[[reach]]\ntcp = [81]\nhosts = ['c']\n\
         [[reach]]\nudp = [53]\nnetworks = ['n']",
    ),
    ("domain/organizations/o.toml", ""),
];

/// The only test, as a test on machines of each system.
fn case(test: &str) -> Case {
    case_on(&Platform::ALL, test)
}

/// The only test, as a test on machines of some systems.
fn case_on(systems: &[Platform], test: &str) -> Case {
    let text =
        format!("who = ['q']\nmay = ['login']\non = {{ tags = ['none'] }}\n[[tests]]\n{test}\n");
    let tests = Piece::read("domain/policies/authorization/tests.toml", &text);
    let pieces = FILES.iter().map(|(path, text)| Piece::read(path, text));
    let (fleet, _) = Fleet::of(pieces.chain([tests]));
    let projected = project(&fleet, &features());
    let world = World::new(&fleet, &projected, systems.iter().copied(), "fleet/");
    let mut all = cases(&world);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What is tried after the machines are there, machine by machine; or why nothing is.
#[track_caller]
fn check(test: &str, name: &str, expected: &[&str]) {
    let case = case(test);
    assert_eq!(case.test.name, name);
    let steps = case.test.run().unwrap().steps.iter().filter_map(|step| match &step.action {
        Action::Succeed(command) => Some((step.machine.as_ref()?, command.split_once(' ')?.1)),
        _ => None,
    });
    let of_all = ["begin", "try", "tried", "server"];
    let steps = steps.filter(|(_, does)| !of_all.contains(does));
    let steps = steps.map(|(machine, does)| format!("{machine}: {does}"));
    let said = case.not_run.iter().chain(&case.not_covered).map(|why| format!("- {why}"));
    assert_eq!(steps.chain(said).collect::<Vec<_>>(), expected);
}

#[test]
fn each_address_is_tried_and_is_expected_to_come_as_far_as_the_files_say() {
    check(
        "who = 'p'\nhost = 'web'\ntcp = [80]\nmay = ['reach']\nfrom = 'a'",
        "p reaches tcp 80 of web from a",
        &["web: let-in tcp 80 192.0.2.1 192.0.2.9", "a: connected 80 192.0.2.1 192.0.2.9"],
    );
    check(
        "who = 'q'\nhost = 'web'\ntcp = [8080]\nmay = ['reach']",
        "q reaches tcp 8080 of web",
        &[
            "web: let-in tcp 8080 198.18.0.2 192.0.2.9",
            "outside: connected 8080 198.18.0.2 192.0.2.9",
        ],
    );
    let container = "- from `c`, which is a container of another host, and no machine of its own";
    check(
        "who = 'p'\nhost = 'web'\nudp = [53]\nmay = ['reach']",
        "p reaches udp 53 of web",
        &[
            "web: let-in udp 53 192.0.2.1 192.0.2.9",
            "web: dropped udp 53 198.18.0.2 192.0.2.9",
            container,
        ],
    );
}

#[test]
fn what_the_files_contradict_is_asked_of_machines_all_the_same() {
    // The files let `a` in, and the test wants nobody to be.
    check(
        "who = 'p'\nhost = 'web'\ntcp = [80]\nfrom = 'a'",
        "p does not reach tcp 80 of web from a",
        &["web: dropped tcp 80 192.0.2.1 192.0.2.9", "a: unconnected 80 192.0.2.1 192.0.2.9"],
    );
    // The files let nobody in, and the test wants somebody to be.
    check(
        "who = 'q'\nhost = 'web'\ntcp = [80]\nmay = ['reach']",
        "q reaches tcp 80 of web",
        &["web: let-in tcp 80 198.18.0.2 192.0.2.9", "outside: connected 80 198.18.0.2 192.0.2.9"],
    );
    check("who = 'p'\nhost = 'a'", "p does not log in to a", &["a: refused p p"]);
    check(
        "who = 'p'\nhost = 'a'\nmay = ['administer']",
        "p administers a",
        &["a: login p p", "a: administers p p"],
    );
}

#[test]
fn who_may_not_log_in_where_they_are_said_to_be_is_refused_there() {
    check(
        "who = 'q'\nhost = 'web'\ntcp = [80]\nfrom = 'a'",
        "q does not reach tcp 80 of web from a",
        &["a: refused q q"],
    );
    check("who = 'q'\nhost = 'web'", "q does not log in to web", &["web: refused q q"]);
    check("who = 'p'\nhost = 'a'\nuser = 'q'", "p does not log in to a as q", &["a: refused p q"]);
    check(
        "who = 'p'\nhost = 'a'\nmay = ['login']",
        "p logs in to a and does not administer it",
        &["a: login p p", "a: administers-nothing p p"],
    );
}

/// What decides on a port and cannot be tried is no reason for a pass, whatever is expected.
#[test]
fn what_cannot_be_tried_is_not_run_by_name() {
    let of_container = "- tcp 81 cannot be tried from `c`, which is a container of another host, and no \
                        machine of its own";
    for may in ["", "may = ['reach']"] {
        let name = if may.is_empty() { "p does not reach" } else { "p reaches" };
        check(
            &format!("who = 'p'\nhost = 'web'\ntcp = [81]\n{may}"),
            &format!("{name} tcp 81 of web"),
            &[of_container],
        );
    }
    check(
        "who = 'p'\nhost = 'web'\ntcp = [80]\nfrom = 'b'",
        "p does not reach tcp 80 of web from b",
        &["- tcp 80 cannot be tried where no address has the version of another"],
    );
    check(
        "who = 'p'\nhost = 'c'\nmay = ['login']",
        "p logs in to c and does not administer it",
        &["- `c` is a container of another host, and no machine of its own"],
    );
    check(
        "who = 'r'\nhost = 'a'\nmay = ['login']",
        "r logs in to a and does not administer it",
        &["- `r` has no key, and how else they log in is not known"],
    );
}

#[test]
fn hosts_of_two_systems_are_machines_of_one_test_where_there_are_machines_of_both() {
    let (x86_64, aarch64) = (Platform::X86_64Linux, Platform::Aarch64Linux);
    let test = "who = 'p'\nhost = 'arm'\ntcp = [80]\nfrom = 'a'\nmay = ['reach']";
    let case = case_on(&[x86_64, aarch64], test);
    assert_eq!((case.not_run, case.not_covered.len(), case.system), (None, 0, aarch64));
    assert_eq!(case.test.run().unwrap().machines.keys().collect::<Vec<_>>(), ["a", "arm"]);

    let said = |systems: &[Platform]| case_on(systems, test).not_run.unwrap();
    assert_eq!(
        said(&[x86_64]),
        "`arm` is aarch64-linux (tried with --system x86_64-linux --system aarch64-linux)"
    );
    assert_eq!(
        said(&[aarch64]),
        "tcp 80 cannot be tried from `a`, which is x86_64-linux (tried with --system aarch64-linux --system \
         x86_64-linux)"
    );
}

#[test]
fn texts_of_a_fleet_are_data_in_the_program_of_a_machine() {
    let case = case("who = 'p'\nhost = 'a'\nmay = ['login']");
    assert_eq!(
        case.test.place.as_ref().unwrap().to_string(),
        "fleet/domain/policies/authorization/tests.toml:4"
    );
    let Action::Write(program) = &case.test.run().unwrap().steps[0].action else {
        panic!("a program")
    };
    assert!(program.content.contains("told() {\n    printf %s '"), "{}", program.content);
    assert!(!program.content.contains("told() { :; }"));
    assert!(program.content.contains("u p 1000:users - /home/p /bin/bash"));
}

#[test]
fn the_files_of_secrets_are_there_and_nobodys_own_secret_is_in_them() {
    let secret = "responsible = 'p'\non = { hosts = ['a'] }\npath = '/run/s'\nmode = '0440'";
    let tests = "[[tests]]\nwho = 'p'\nhost = 'a'\nmay = ['login']\n\
                 [[tests]]\nwho = 'p'\nhost = 'b'\nmay = ['login']";
    let more = [
        ("domain/inventory/secrets/s.toml", secret),
        ("domain/policies/authorization/tests.toml", tests),
    ];
    let pieces = FILES.iter().chain(&more).map(|(path, text)| Piece::read(path, text));
    let (fleet, _) = Fleet::of(pieces);
    let projected = project(&fleet, &features());
    let all = cases(&World::new(&fleet, &projected, Platform::ALL, "fleet/"));
    let files = all.iter().map(|case| {
        let domi_model::TestBody::Run(run) = &case.test.body else { panic!("it is run") };
        let files = run.machines.values().flat_map(|machine| &machine.files);
        files.map(|it| format!("{} {} {}", it.path, it.mode, it.content)).collect::<Vec<_>>()
    });
    let files: Vec<_> = files.collect();
    assert_eq!(files, [vec!["/run/s 0440 made-up-for-a-test\n".to_owned()], Vec::new()]);
}
