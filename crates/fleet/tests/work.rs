//! Shells and homes: what is wrong with each, and where homes are.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod told;

use domi_fleet::{Access, Standing};
use told::fleet;

const MANIFEST: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]}
}"#;

const ADA: [(&str, &str); 3] = [
    ("domain/people/ada.toml", ""),
    ("users/ada.toml", "uid = 1000"),
    (
        "domain/policies/authorization/p.toml",
        "who = ['ada']\nmay = ['login']\non = { tags = ['t'] }",
    ),
];
const HOSTS: [(&str, &str); 2] = [("hosts/a.toml", "tags = ['t']"), ("hosts/b.toml", "")];

/// The beginnings of what is said of these files.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    told::check(MANIFEST, files, expected);
    let (_, said) = told::of(MANIFEST, files);
    assert!(said.iter().all(|it| !it.ends_with("| ")), "{said:#?}");
}

/// The same with a person who may log in to one of two hosts.
#[track_caller]
fn with_ada(files: &[(&str, &str)], expected: &[&str]) {
    check(&[&ADA[..], &HOSTS, files].concat(), expected);
}

#[test]
fn a_shell_has_packages_that_are_names_and_a_name_of_its_own() {
    let web = ("nodes/web.toml", "features = ['site']");
    let good = "packages = ['ripgrep', 'python3Packages.httpbin', '_7zz']\nroles = ['web']\n\
                variables = { PAGE = 'http://x', A_1 = '$x \"' }\nunits = ['o']";
    check(&[("domain/organizations/o.toml", ""), web, ("shells/page.toml", good)], &[]);
    let bad = "packages = ['rip grep', 'a..b', '7zz', 'a;b', 'good']";
    let no_package = "D2100 shells/page.toml:1 packages: ";
    check(&[("shells/page.toml", bad)], &[no_package; 4]);
    check(
        &[("shells/page.toml", "packages = ['a']\nunits = ['o']\nroles = ['wep']"), web],
        &[
            "D2008 shells/page.toml:3 roles: there is no role `wep`",
            "D2008 shells/page.toml:2 units: there is no organisation",
        ],
    );
    check(
        &[("shells/page.toml", "features = ['seit']")],
        &["D2008 shells/page.toml:1 seit: is no feature"],
    );
    check(
        &[("shells/site.toml", "packages = ['a']")],
        &["D2102 shells/site.toml:1 site: the feature `site` has a shell of this name already"],
    );
    check(&[("shells/page.toml", "")], &["D2022 shells/page.toml:1 page: there is nothing in it"]);
    // A role whose features' software is there is enough.
    check(&[web, ("shells/page.toml", "roles = ['web']")], &[]);
    check(&[("shells/page.toml", "status = 'retired'")], &[]);
}

#[test]
fn variables_are_set_by_name_and_stay_texts() {
    let of = |variables: &str| format!("packages = ['a']\nvariables = {{ {variables} }}");
    for bad in ["PATH = '/bin'", "LD_PRELOAD = '/x'", "'a b' = 'x'", "name = 'x'", "'' = 'x'"] {
        check(&[("shells/s.toml", &of(bad))], &["D2101 shells/s.toml:2 variables."]);
    }
    check(
        &[("shells/s.toml", &of("A = \"x\\ny\""))],
        &["D2101 shells/s.toml:2 variables.A: has more than one line"],
    );
    check(&[("shells/s.toml", &of("A = 5"))], &["D2003 shells/s.toml:2 variables: 5 is not"]);
}

#[test]
fn a_home_is_on_hosts_where_its_user_may_log_in() {
    let of = |text: &str| format!("state_version = '26.05'\n{text}");
    let good = of("packages = ['htop']\n[files]\n'.config/a b/c' = \"x\\ny\"");
    with_ada(&[("homes/ada.toml", &good)], &[]);
    with_ada(&[("homes/ada.toml", "")], &["D2004 homes/ada.toml:1 state_version: is not there"]);
    with_ada(
        &[("homes/ada.toml", "state_version = '26.5'")],
        &["D2003 homes/ada.toml:1 state_version: \"26.5\" is no release"],
    );
    with_ada(
        &[("homes/desk.toml", &of(""))],
        &[
            "D2008 homes/desk.toml:1 user: there is no user `desk`",
            "D2022 homes/desk.toml:1 on: its user may log in to no host",
        ],
    );
    with_ada(
        &[("homes/desk.toml", &of("user = 'ada'\non = { hosts = ['a', 'b'] }"))],
        &["D2103 homes/desk.toml:2 on: `ada` may not log in to host `b`"],
    );
    with_ada(&[("homes/desk.toml", &of("user = 'ada'\non = { hosts = ['a'] }"))], &[]);
    with_ada(
        &[("homes/desk.toml", &of("user = 'ada'\non = { tags = ['x'] }"))],
        &["D2022 homes/desk.toml:2 on: it is on no host"],
    );
    with_ada(
        &[("homes/ada.toml", &of("")), ("homes/desk.toml", &of("user = 'ada'"))],
        &["D2104 homes/desk.toml:1 on: `ada` is a home of `ada` on host `a`, too"],
    );
    with_ada(&[("homes/ada.toml", &of("packages = ['-']"))], &["D2100 homes/ada.toml:2 packages"]);
}

#[test]
fn no_file_of_a_home_is_outside_of_it() {
    for bad in
        ["/etc/passwd", "../x", "a/../../b", "a//b", "./a", "", "a\\\"b", "$HOME", "a\\u0000"]
    {
        let text = format!("state_version = '26.05'\nfiles = {{ \"{bad}\" = 'x' }}");
        with_ada(&[("homes/ada.toml", &text)], &["D2105 homes/ada.toml:2 files."]);
    }
    let text = "state_version = '26.05'\n[files]\n'a/b' = 'x'\n'a/b/c' = 'y'\n'a/bc' = 'z'";
    with_ada(&[("homes/ada.toml", text)], &["D2105 homes/ada.toml:4 files: `a/b/c` is in `a/b`"]);
    let text = "state_version = '26.05'\nfiles = { a = 5 }";
    with_ada(&[("homes/ada.toml", text)], &["D2003 homes/ada.toml:2 files: 5 is not"]);
}

#[test]
fn homes_are_where_logins_are() {
    let files = [&ADA[..], &HOSTS, &[("homes/ada.toml", "state_version = '26.05'")]].concat();
    let (fleet, _) = fleet(&files);
    let access = Access::of(&fleet);
    let on = |host: &str| {
        let standing = Standing::of(&fleet, &fleet.hosts[host]);
        Access::homes(&fleet, &standing, &access.logins(&standing)).count()
    };
    assert_eq!((on("a"), on("b")), (1, 0));
}
