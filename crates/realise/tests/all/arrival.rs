//! A value arrives as itself wherever systemd expands or splits what it reads, or is refused.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

/// The line of a directive whose value settings bring as `text`, or the problem.
#[track_caller]
fn check(parts: Json, given: &str, expected: Result<&str, &str>) {
    let mut unit = json!({ "kind": "service", "name": { "literal": "x" } });
    unit.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    let manifest = manifest(json!({
        "options": [option("text", json!("str"), None)],
        "system": { "units": [unit] },
    }));
    match (realised(&manifest, &json!({ "text": given })), expected) {
        (Ok(realised), Ok(expected)) => {
            let text = &realised.system.units["x.service"].text;
            let own = |line: &&str| line.contains('=') && !line.starts_with("Environment=\"PATH=");
            assert_eq!(text.lines().find(own), Some(expected), "{given:?}");
        }
        (Err(problems), Err(expected)) => {
            assert_eq!(lines(&problems), [format!("D0214 x.service: {expected}")], "{given:?}");
        }
        (got, _) => panic!("{given:?}: {got:#?}"),
    }
}

fn text() -> Json {
    json!({ "option": ["text"] })
}

fn lit(text: &str) -> Json {
    json!({ "literal": text })
}

#[track_caller]
fn check_key(key: &str, given: &str, expected: Result<&str, &str>) {
    let own = expected.map(|value| format!("{key}={value}"));
    let faulty = own.map_err(|fault| format!("{key}: {fault}"));
    let expected = faulty.as_ref().map(String::as_str).map_err(String::as_str);
    check(json!({ "config": { key: { "value": text() } } }), given, expected);
}

const ELSEWHERE: &str = "cannot stand where it would";

#[test]
fn a_text_is_one_line_without_specifiers() {
    for key in ["SyslogIdentifier", "StandardOutput", "PIDFile"] {
        check_key(key, "100% \"of\" %h $x", Ok("100%% \"of\" %%h $x"));
        check_key(key, " x", Err("\" x\" begins or ends with a blank, which would be lost"));
    }
    check(json!({ "description": text() }), "half %h off", Ok("Description=half %%h off"));
    check(
        json!({ "unitConfig": { "ConditionHost": { "value": text() } } }),
        "100%",
        Ok("ConditionHost=100%%"),
    );
    let refused = format!("ConditionHost: \"!x\" {ELSEWHERE}");
    check(json!({ "unitConfig": { "ConditionHost": { "value": text() } } }), "!x", Err(&refused));
}

#[test]
fn a_path_is_absolute_and_brings_no_prefix() {
    for key in ["WorkingDirectory", "RootDirectory", "EnvironmentFile"] {
        check_key(key, "/srv/a b%h\"", Ok("/srv/a b%%h\""));
        for given in ["-/srv", "~", "srv", "", "+/srv"] {
            check_key(key, given, Err(&format!("{given:?} {ELSEWHERE}")));
        }
    }
}

#[test]
fn a_word_is_quoted() {
    for key in ["ReadWritePaths", "BindPaths", "InaccessiblePaths"] {
        check_key(key, "/srv/a", Ok("/srv/a"));
        check_key(key, "/srv/a b", Ok("\"/srv/a b\""));
        check_key(key, "/srv/%h", Ok("\"/srv/%%h\""));
        check_key(key, "/srv/\"\\", Ok("\"/srv/\\\"\\\\\""));
        check_key(key, "-/srv", Err(&format!("\"-/srv\" {ELSEWHERE}")));
        check_key(key, "", Err(&format!("\"\" {ELSEWHERE}")));
    }
    check_key("PassEnvironment", "A B", Ok("\"A B\""));
    check(
        json!({ "config": { "BindPaths": { "value": { "text": [text(), lit(":/srv/x%y:norbind")] } } } }),
        "/a:b c",
        Ok("BindPaths=\"/a:b c\":/srv/x%%y:norbind"),
    );
}

#[test]
fn a_name_that_cannot_be_quoted_is_one_name() {
    check_key("User", "me", Ok("me"));
    check_key("StateDirectory", "a/b%c", Ok("a/b%%c"));
    for given in ["a b", "..", "a/..", "./a", "a:b", "/a", "a\"", "a\\b", ""] {
        check_key("StateDirectory", given, Err(&format!("{given:?} {ELSEWHERE}")));
    }
    for given in ["~@clock", "a b", "-x"] {
        check_key("SystemCallFilter", given, Err(&format!("{given:?} {ELSEWHERE}")));
    }
    for given in ["docs", "ä"] {
        let expected = format!("StateDirectory=sub/{given}");
        let part = json!({ "text": [lit("sub/"), text()] });
        check(json!({ "config": { "StateDirectory": { "value": part } } }), given, Ok(&expected));
    }
}

#[test]
fn a_credential_has_a_path_and_no_other_name() {
    let credential = json!({ "text": [lit("key:"), text()] });
    let parts = json!({ "config": { "LoadCredential": { "value": credential } } });
    check(parts.clone(), "/srv/a%h \\b", Ok("LoadCredential=key:/srv/a%%h \\b"));
    for given in ["srv", "/srv/../x", "/srv//x", "", "/a/."] {
        let expected = format!("LoadCredential: {given:?} {ELSEWHERE}");
        check(parts.clone(), given, Err(&expected));
    }
}

#[test]
fn a_value_of_a_form_is_raw_and_has_it() {
    check_key("CPUQuota", "50%", Ok("50%"));
    check_key("CPUQuota", "half", Err("\"half\" is not a percentage such as `50%`"));
    check_key("TimeoutStopSec", "5min 20s", Ok("5min 20s"));
    check_key("TimeoutStopSec", "soon", Err("\"soon\" is not a time span such as `5min 20s`"));
    check_key("PrivateTmp", "maybe", Err("\"maybe\" is not a boolean"));
}

#[test]
fn a_variable_and_an_argument_are_what_was_set() {
    let parts = json!({ "environment": { "GREETING": { "value": text() } } });
    let parts = |_: ()| parts.clone();
    check(parts(()), "half %h off", Ok("Environment=\"GREETING=half %%h off\""));
    check(
        parts(()),
        "http://h/%20x $y \"z\"\n",
        Ok("Environment=\"GREETING=http://h/%%20x $y \\\"z\\\"\\n\""),
    );
    let argument = json!({ "text": [lit("--x="), text(), { "specifier": "%n" }] });
    check(
        json!({ "commands": { "ExecStart": [{ "argv": { "list": [lit("/bin/sh"), argument] } }] } }),
        "a$b %h \"",
        Ok("ExecStart=\"/bin/sh\" \"--x=a$$b %%h \\\"%n\""),
    );
}

#[test]
fn a_program_from_a_setting_is_a_path_that_every_machine_may_have() {
    let parts = |program: Json| json!({ "commands": { "ExecStart": [{ "argv": { "list": [program, lit("x")] } }] } });
    check(parts(text()), "/srv/a b%", Ok("ExecStart=\"/srv/a b%%\" \"x\""));
    for given in ["/srv/a$b", "/srv/a\"b", "/srv/a\\b"] {
        let expected = format!(
            "ExecStart: {given:?} holds a quote, a backslash, a `$` or a control character, with \
             which systemd finds no program"
        );
        check(parts(text()), given, Err(&expected));
    }
    for given in ["-/bin/false", "@/x", "+/x", "", "/srv/", "a/b"] {
        let expected = format!("ExecStart: {given:?} is no absolute path of a program");
        check(parts(text()), given, Err(&expected));
    }
    for given in ["sleep", "/usr/bin/sleep"] {
        let expected = format!(
            "ExecStart: NixOS has no program `{given}`, only /bin/sh and /usr/bin/env; declare the \
             package that brings it, and run its `bin/sleep`"
        );
        check(parts(text()), given, Err(&expected));
    }
}

#[test]
fn only_a_specifier_is_expanded() {
    let value = json!({ "list": [{ "text": [{ "specifier": "%t" }, lit("/100%")] }, text()] });
    check(
        json!({ "config": { "ReadOnlyPaths": { "value": value } } }),
        "/%t",
        Ok("ReadOnlyPaths=%t/100%%"),
    );
    let rule = |path: Json, argument: Json| {
        manifest(json!({
            "options": [option("text", json!("str"), None)],
            "system": { "tmpfiles": [{ "kind": "L", "path": path, "argument": argument }] },
        }))
    };
    let check = |path: Json, argument: Json, given: &str, expected: Option<&str>| {
        let realised = realised(&rule(path, argument), &json!({ "text": given })).ok();
        let line = realised.as_ref().map(|it| it.system.tmpfiles[0].trim_end());
        assert_eq!(line, expected);
    };
    check(text(), text(), "/srv/%h x", Some("'L' '/srv/%%h x' '-' '-' '-' '-' /srv/%%h\\x20x"));
    let specifier = json!({ "text": [{ "specifier": "%t" }, lit("/%x")] });
    check(specifier.clone(), specifier, "", Some("'L' '%t/%%x' '-' '-' '-' '-' %t/%%x"));
    check(text(), text(), "%t/x", None);
}
