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
            let lists = [
                "/etc/sysusers.d/domi-copy.conf",
                "/etc/tmpfiles.d/10-copy.conf",
                "/etc/tmpfiles.d/domi-copy.owned.conf",
            ];
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
fn users_get_what_their_parts_say_of_numbers_groups_homes_and_shells() {
    let all = json!({ "uid": 450, "extraGroups": [{ "literal": "video" }, { "literal": "g" }] });
    let home = json!({ "home": { "literal": "/srv/t%" }, "createHome": true });
    let group = json!({ "name": { "literal": "g" }, "gid": 451 });
    let text = json!({ "text": { "literal": "" } });
    let file = json!({ "path": { "literal": "f" }, "content": text, "mode": "0440",
        "user": { "literal": "root" }, "group": { "literal": "g" } });
    check(
        &json!({ "users": [user(all), user(home)], "groups": [group], "etc": [file] }),
        Ok(&[
            "g g 451",
            "u t 450:users - \"/srv/t%%\" /usr/sbin/nologin",
            "m t g",
            "m t video",
            "d \"/srv/t%%\" 0700 t users -",
            "f \"/etc/f\" 0440 root g -",
        ]),
    );
    check(
        &json!({ "users": [user(json!({ "normal": true, "uid": 1000 }))] }),
        Ok(&["u t 1000:users - \"/home/t\" /bin/bash", "d \"/home/t\" 0700 t users -"]),
    );
    check(
        &json!({ "users": [user(json!({ "uid": 450 })), user(json!({ "uid": 451 }))] }),
        Err(&["D0213 user `t`: two parts of the feature give it another `uid`"]),
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
