//! A schema and the reader agree on what a file may say.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use domi_fleet::{KINDS, Kind, Piece, schema};
use serde_json::Value;

/// Whether the schema takes a file.
fn takes(kind: Kind, text: &str) -> bool {
    let value: Value = toml::from_str(text).unwrap();
    jsonschema::validator_for(&schema(kind)).unwrap().is_valid(&value)
}

/// What is wrong with the file alone.
fn is_read(kind: Kind, text: &str) -> bool {
    let path = format!("{}/a.toml", kind.folder());
    let (_, problems) = domi_fleet::Fleet::of([Piece::read(&path, text)]);
    problems.is_empty()
}

#[track_caller]
fn check(kind: Kind, text: &str, good: bool) {
    assert_eq!((takes(kind, text), is_read(kind, text)), (good, good), "{kind:?}: {text}");
}

#[test]
fn each_shape_is_known_to_both() {
    check(Kind::Host, "", true);
    check(Kind::Host, "kind = 'cloud'\nroles = ['web']\ntags = []", true);
    check(Kind::Host, "addresses = { office = '192.0.2.1', shop = ['192.0.2.9'] }", true);
    check(Kind::Host, "[settings.feature-x]\nport = 80\nfree = { a = [1, 'b'] }", true);
    check(Kind::User, "uid = 1000\ngroups = ['audio']", true);
    check(Kind::Authorization, "who = ['a']\nmay = ['login']\n[on]\nroles = ['web']", true);
    check(Kind::Authentication, "key = true", true);
    check(Kind::Wave, "after = ['a']\nsoak = '1h'\nat_once = 3\nkeep = { web = 2 }", true);
    check(Kind::Wave, "health = { units = ['a.service'], tcp = [22], within = '5m' }", true);
    check(Kind::Wave, "keep = { web = 0 }", false);
    check(Kind::Wave, "keep = 2", false);
    check(Kind::Wave, "health = { udp = [22] }", false);
    check(Kind::Secret, "on = { hosts = ['a'] }\npath = '/run/a'\nmode = '0440'", true);
    check(Kind::Secret, "rotate = '90d'\nrotated = '2026-11-27'", true);
    check(Kind::Secret, "rotated = 5", false);
    check(Kind::Account, "secret = { ref = 'a' }\nends = '2026-12-31'", true);
    check(Kind::Account, "secret = { file = '/a' }", true);
    check(Kind::Account, "secret = 'a'", false);
    check(Kind::Account, "secret = { ref = 'a', file = '/a' }", false);
    check(Kind::Application, "we = ['build']\nfeatures = []\non = { tags = ['a'] }", true);
    check(Kind::Application, "we = ['sell']", false);
    check(Kind::Group, "kind = 'on-call'\nmembers = ['a']", true);
    check(Kind::Group, "kind = 'club'", false);
    check(Kind::View, "keys = ['a']\nnetworks = ['b']", true);
    check(Kind::View, "secrets = ['a']", false);
    check(Kind::Context, "from = '../a.json'\nversion = 1", true);
    check(Kind::Context, "version = 0", false);
    check(Kind::Shell, "packages = ['a']\nvariables = { A = 'x' }\nroles = ['r']", true);
    check(Kind::Shell, "variables = { A = 5 }", false);
    let of = |answer: &str| format!("asks = 'a'\nquery = 'b'\nanswer = {answer}");
    check(Kind::Query, &of("true"), true);
    check(Kind::Query, &of("[['a', 'b'], []]"), true);
    check(Kind::Query, &of("['a']"), false);
    check(Kind::Query, &of("[[5]]"), false);
    let of =
        |is: &str| format!("from = 'host/a'\nto = 'host/b'\nis = '{is}'\nsince = '2026-01-01'");
    check(Kind::Relationship, &of("depends on"), true);
    check(Kind::Relationship, &of("likes"), false);
    check(Kind::Constant, "value = 5", true);
    check(Kind::Constant, "type = 'texts'\nvalue = ['a', 'b']", true);
    check(Kind::Constant, "value = { a = 5 }", false);
    check(Kind::Constant, "value = [5]", false);
    check(Kind::Constant, "value = 5\ntype = 'moon'", false);
    check(Kind::Home, "state_version = '26.05'\nfiles = { a = 'x' }\non = { tags = ['a'] }", true);
    check(Kind::Home, "files = ['a']", false);
    check(Kind::Host, "kind = 'moon'", false);
    check(Kind::Host, "kinds = 'metal'", false);
    check(Kind::Host, "status = 'lost'", false);
    check(Kind::User, "uid = 999", false);
    check(Kind::User, "uid = '1000'", false);
    check(Kind::Authorization, "may = ['fly']", false);
    check(Kind::Authorization, "on = { role = ['web'] }", false);
    check(Kind::Authentication, "key = 'yes'", false);
    check(Kind::Host, "roles = ['web', 'web']", false);
}

#[test]
fn what_the_schema_refuses_is_a_problem() {
    let values = ["5", "true", "'x'", "['x', 'x']", "[5]", "{}", "{ a = 5 }", "[{}]", "''"];
    let mut refused = 0;
    for kind in KINDS {
        for field in kind.fields().into_iter().flatten() {
            for value in values {
                let text = format!("{} = {value}", field.name);
                if !takes(kind, &text) {
                    assert!(!is_read(kind, &text), "{kind:?}: {text}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 300, "{refused}");
}
