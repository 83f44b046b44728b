//! Parts of one name that NixOS merges.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

/// The lines of sysusers.d and tmpfiles.d that parts come to, or their problems.
#[track_caller]
fn check(system: &Json, expected: Result<&[&str], &[&str]>) {
    let text = option("text", json!("str"), Some(json!({ "literal": "t" })));
    let manifest = manifest(json!({ "options": [text], "system": system }));
    let found = match realised(&manifest, &json!({})) {
        Ok(realised) => {
            let files = realised.system.files();
            let lists = ["/etc/sysusers.d/domi-copy.conf", "/etc/tmpfiles.d/10-copy.conf"];
            let texts = files.iter().filter(|file| lists.contains(&&*file.path));
            let text: String = texts
                .map(|file| match &file.content {
                    domi_realise::Content::Text(text) => text.clone(),
                    other => panic!("{other:?} is no text"),
                })
                .collect();
            Ok(text.lines().map(str::to_owned).collect::<Vec<_>>())
        }
        Err(problems) => Err(lines(&problems)),
    };
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert_eq!(found, expected.map(owned).map_err(owned));
}

/// What is not fixed, so that the manifest itself tells nothing of it.
fn text() -> Json {
    json!({ "option": ["text"] })
}

fn user(parts: Json) -> Json {
    let mut user = json!({ "name": text(), "group": { "literal": "users" } });
    user.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    user
}

#[test]
fn a_user_is_what_all_its_parts_say() {
    let home = |home: &str| user(json!({ "home": { "literal": home } }));
    let described = user(json!({ "description": text() }));
    check(
        &json!({ "users": [home("/srv"), described, user(json!({})), home("/srv")] }),
        Ok(&["u t -:users \"t\" \"/srv\" /usr/sbin/nologin"]),
    );
    check(
        &json!({ "users": [home("/srv"), home("/")] }),
        Err(&["D0213 user `t`: two parts of the feature give it another `home`"]),
    );
    let empty = user(json!({ "description": { "literal": "" } }));
    let described = user(json!({ "description": text() }));
    check(
        &json!({ "users": [empty, described] }),
        Err(&["D0213 user `t`: two parts of the feature give it another `description`"]),
    );
}

#[test]
fn a_rule_is_what_all_its_parts_say() {
    let rule = |kind: &str, parts: Json| {
        let path = json!({ "text": [{ "literal": "/run/" }, text()] });
        let mut rule = json!({ "kind": kind, "path": path });
        rule.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        rule
    };
    let (mode, age) = (json!({ "mode": "0750" }), json!({ "age": { "literal": "1d" } }));
    check(
        &json!({ "tmpfiles": [rule("d", mode.clone()), rule("d", age), rule("Z", json!({}))] }),
        Ok(&["'Z' '/run/t' '-' '-' '-' '-' ", "'d' '/run/t' '0750' '-' '-' '1d' "]),
    );
    check(
        &json!({ "tmpfiles": [rule("d", mode), rule("d", json!({ "mode": "0700" }))] }),
        Err(&["D0213 tmpfiles rule `/run/t`: two rules of type `d` give this path another `mode`"]),
    );
}
