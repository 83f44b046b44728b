//! What a plugin prints, and how it ends.

use crate::fixture::{Fixture, manifest};

/// A workspace with a good feature and this script for another: only the other has a problem,
/// and it says this.
#[track_caller]
fn check(script: &str, expected: &[&str]) {
    let fixture = Fixture::new();
    fixture.script("good", &format!("echo '{}'", manifest("good")));
    fixture.script("other", script);
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    let said = seen.problems();
    for part in expected {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    assert!(seen.loaded.problems.iter().all(|p| p.subject.starts_with("other")), "{said}");
    assert!(seen.loaded.problems.iter().all(|p| !p.next.is_empty()), "{said}");
}

#[test]
fn a_plugin_that_fails_is_a_problem_with_what_it_said() {
    check("echo why >&2; exit 3", &["D0406", "exit code 3", "why"]);
    check("kill -SEGV $$", &["D0406", "signal 11"]);
}

#[test]
fn a_plugin_that_hangs_is_killed() {
    check("sleep 1000", &["D0407", "in time"]);
}

#[test]
fn a_plugin_that_prints_without_end_is_killed() {
    check("head -c 100000000 /dev/zero", &["D0408", "16 MiB"]);
    check("head -c 100000000 /dev/zero >&2", &["D0408"]);
}

#[test]
fn a_plugin_that_prints_no_json_is_a_problem() {
    check("true", &["D0409", "printed nothing"]);
    check("echo hello", &["D0410", "\"hello\"", "line 1 column 1"]);
    check("printf '{\"schema\":'", &["D0410"]);
    check("printf '\\377\\376'", &["D0410"]);
}

#[test]
fn a_plugin_that_chatters_is_a_problem() {
    let good = manifest("other");
    check(&format!("echo loading {{}}; echo '{good}'"), &["D0411", "\"loading {}\" before"]);
    check(&format!("echo '{good}'; echo done"), &["D0411", "\"done\" after"]);
}

#[test]
fn a_manifest_of_another_version_is_refused_with_the_version_it_wants() {
    let newer = manifest("other").replace("feature/4", "feature/6");
    check(
        &format!("echo '{newer}'"),
        &["D0412", "domi.feature/6", "`domi.feature/4` and `domi.feature/5`"],
    );
    let other = manifest("other").replace("feature/4", "feature/0");
    check(&format!("echo '{other}'"), &["D0413", "\"schema\": \"domi.feature/5\""]);
    let none = manifest("other").replace("schema", "sch");
    check(&format!("echo '{none}'"), &["D0413", "\"schema\": \"domi.feature/5\""]);
    check("echo '[]'", &["D0413"]);
}

#[test]
fn a_manifest_of_the_wrong_shape_is_refused_with_the_path_and_place() {
    let wrong = manifest("other").replace("\"dev\"", "\"ready\"");
    check(&format!("echo '{wrong}'"), &["D0414", "feature.maturity", "`ready`"]);
    let placed = manifest("other").replacen(
        '{',
        r#"{"options":[{"name":"a","type":"int","description":"b","default":7,"place":{"file":"src/main.rs","line":3}}],"#,
        1,
    );
    check(&format!("echo '{placed}'"), &["D0414", "options[0]", "at src/main.rs:3"]);
    let twice = r#"{"packages":{"a":{"nixpkgs":["a"],"debian":["aa"]},"a":{"nixpkgs":["b"],"debian":["bb"]}},"#;
    let twice = manifest("other").replacen('{', twice, 1);
    check(&format!("echo '{twice}'"), &["D0414", "`packages.a` stands twice"]);
}

#[test]
fn a_manifest_that_calls_itself_otherwise_is_refused() {
    check(&format!("echo '{}'", manifest("another")), &["D0416", "\"another\""]);
}

#[test]
fn a_manifest_that_is_not_valid_is_refused() {
    let renamed = manifest("other").replacen('{', r#"{"renamed":[{"from":["a"],"to":["b"]}],"#, 1);
    check(&format!("echo '{renamed}'"), &["error[D01", "other: "]);
}

#[test]
fn a_command_that_is_not_there_is_a_problem() {
    let fixture = Fixture::new();
    fixture.script("other", "");
    std::fs::remove_file(fixture.root.join("features/other/plugin.sh")).unwrap();
    assert!(fixture.load().problems().contains("D0405"));
}

#[test]
fn a_key_that_is_not_known_is_a_warning_with_its_path() {
    let fixture = Fixture::new();
    let odd = manifest("odd").replace("\"summary\"", "\"colour\":\"red\",\"summary\"");
    fixture.script("odd", &format!("echo '{odd}'"));
    let seen = fixture.load();
    assert_eq!(seen.names(), ["odd"]);
    assert!(
        seen.problems().contains("warning[D0415]: odd: `feature.colour`"),
        "{}",
        seen.problems()
    );
}

#[test]
fn a_key_that_is_not_known_is_an_error_where_it_may_change_what_is_tested() {
    #[track_caller]
    fn refused(part: &str, path: &str) {
        let odd = manifest("other").replacen('{', &format!("{{{part},"), 1);
        check(&format!("echo '{odd}'"), &["error[D0415]", &format!("`{path}`")]);
    }
    refused(
        r#""system":{"units":[{"kind":"target","name":{"literal":"a"},"unitconfig":{}}]}"#,
        "system.units[0].unitconfig",
    );
    refused(r#""system":{"sudo":[]}"#, "system.sudo");
    refused(
        r#""options":[{"name":"a","type":{"int":{"minn":1}},"description":"b","default":{"literal":1}}]"#,
        "options[0].type.int.minn",
    );
    refused(
        r#""assertions":[{"condition":{"literal":true},"message":{"literal":""},"unless":1}]"#,
        "assertions[0].unless",
    );
    refused(
        r#""tests":[{"name":"a","body":{"run":{"machines":{"m":{"memory":1}},"steps":[]}}}]"#,
        "tests[0].body.run.machines.m.memory",
    );
}

#[test]
fn a_word_of_a_later_version_is_an_error_where_the_manifest_names_an_earlier_one() {
    #[track_caller]
    fn refused(run: &str, path: &str) {
        let tests = format!(r#"{{"tests":[{{"name":"a","body":{{"run":{{{run}}}}}}}],"#);
        let later = manifest("other").replacen('{', &tests, 1).replace("feature/4", "feature/2");
        check(&format!("echo '{later}'"), &["error[D0418]", &format!("`{path}`")]);
    }
    let two = r#""machines":{"a":{},"b":{}}"#;
    refused(
        &format!(r#"{two},"needsKernel":"reads dmesg","steps":[]"#),
        "tests[0].body.run.needsKernel",
    );
    refused(
        &format!(r#"{two},"steps":[{{"machine":"a","action":{{"delayNetwork":{{"millis":1}}}}}}]"#),
        "tests[0].body.run.steps[0].action",
    );
}
