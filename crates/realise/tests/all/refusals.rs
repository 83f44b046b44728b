//! What settings, each legal, may not come to together; and what a system may not be.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

/// The problems of a system part, over options `text`, `names` and `flag`.
fn check(system: Json, given: Json, expected: &[&str]) {
    let manifest = manifest(json!({
        "options": [
            option("text", json!("str"), Some(json!({ "literal": "t" }))),
            option("names", json!({ "attrsOf": "bool" }), Some(json!({ "literal": {} }))),
            option("flag", json!("bool"), Some(json!({ "literal": false }))),
        ],
        "assertions": [{
            "condition": { "not": { "option": ["flag"] } },
            "message": { "text": [{ "literal": "flag must not be " }, { "option": ["flag"] }] },
        }],
        "system": system,
    }));
    match realised(&manifest, &given) {
        Ok(_) => assert_eq!(expected, [""; 0]),
        Err(problems) => assert_eq!(lines(&problems), expected),
    }
}

fn lit(value: &str) -> Json {
    json!({ "literal": value })
}

fn text() -> Json {
    json!({ "option": ["text"] })
}

fn service(parts: Json) -> Json {
    let mut unit = json!({ "kind": "service", "name": lit("x") });
    unit.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    json!({ "units": [unit] })
}

#[test]
fn a_failed_assertion_says_its_message() {
    check(json!({}), json!({ "flag": true }), &["D0208 : flag must not be true"]);
    check(json!({}), json!({}), &[]);
}

#[test]
fn names_of_units_are_checked() {
    let each = json!({ "units": [{
        "kind": "service",
        "name": { "text": [lit("job-"), { "variable": { "name": "n" } }] },
        "scope": { "each": { "over": { "option": ["names"] }, "name": "n", "value": "v" } },
    }] });
    let refused = |name: &str| {
        format!(
            "D0212 job-<n>.service: \"job-{name}\" cannot be a unit's name: only letters, digits and :-_.\\@ can be in it"
        )
    };
    let made = |name: &str| {
        let name = format!("job-{name}");
        format!(
            "D0212 job-<n>.service: {name:?} cannot be made a unit's name: it begins with `-`, ends with \
             `@` or has a backslash in it"
        )
    };
    for name in ["a@", "@", "a\\x2d"] {
        check(each.clone(), json!({ "names": { name: true } }), &[&made(name)]);
    }
    check(each.clone(), json!({ "names": { "good-1.x": true } }), &[]);
    check(
        each,
        json!({ "names": { "a b": true, "../x": true, "%i": true } }),
        &[&refused("%i"), &refused("../x"), &refused("a b")],
    );
    check(
        service(json!({ "wantedBy": [text()] })),
        json!({ "text": "multi user.target" }),
        &["D0212 x.service: \"multi user.target\" is no unit's name"],
    );
    check(
        service(json!({ "relations": { "after": [text()] } })),
        json!({ "text": "network" }),
        &["D0212 x.service: \"network\" is no unit's full name, such as `network.target`"],
    );
    for suffix in ["path", "timer", "socket", "service", "automount"] {
        let named = |stem: usize| format!("{}.{suffix}", "a".repeat(stem));
        let most = 254 - suffix.len();
        let refused = format!("D0212 x.service: {:?} is no unit's name", named(most + 1));
        for parts in
            [json!({ "wantedBy": [text()] }), json!({ "relations": { "after": [text()] } })]
        {
            check(service(parts.clone()), json!({ "text": named(most) }), &[]);
            check(service(parts), json!({ "text": named(most + 1) }), &[&refused]);
        }
    }
}

#[test]
fn a_slice_has_levels_and_fits_a_file() {
    let slice = json!({ "units": [{ "kind": "slice", "name": text() }] });
    let longest = "a".repeat(249);
    for name in ["a", "a-b", "a-b.c", &longest] {
        check(slice.clone(), json!({ "text": name }), &[]);
    }
    for name in ["a--b", "a-", "a@b"] {
        let expected = format!(
            "D0212 <text>.slice: {name:?} cannot be a slice's name, whose levels have `-` between \
             them"
        );
        check(slice.clone(), json!({ "text": name }), &[&expected]);
    }
    let longer = format!("{longest}a");
    let expected = format!(
        "D0212 <text>.slice: {longer:?} cannot be a unit's name: it is too long, or begins with `@` \
         or `.`"
    );
    check(slice, json!({ "text": longer }), &[&expected]);
}

#[test]
fn a_line_stays_a_line() {
    let injected = json!({ "text": "x\nExecStart=/bin/evil" });
    check(
        service(json!({
            "description": text(),
            "unitConfig": { "RebootArgument": { "value": text() } },
            "config": { "SyslogIdentifier": { "value": text() } },
        })),
        injected.clone(),
        &[
            "D0214 x.service: \"x\\nExecStart=/bin/evil\" has a line break in it, which would begin another line",
            "D0214 x.service: RebootArgument: \"x\\nExecStart=/bin/evil\" has a line break in it, which would begin another line",
            "D0214 x.service: SyslogIdentifier: \"x\\nExecStart=/bin/evil\" has a line break in it, which would begin another line",
        ],
    );
    check(
        service(json!({ "description": text() })),
        json!({ "text": "x\\" }),
        &["D0214 x.service: \"x\\\\\" ends with a backslash, which would take in the next line"],
    );
    // Commands and variables are quoted instead.
    check(
        service(json!({
            "environment": { "X": { "value": text() } },
            "commands": { "ExecStart": [{ "argv": { "list": [lit("/bin/sh"), text()] } }] },
        })),
        injected.clone(),
        &[],
    );
    check(
        json!({ "sysctl": [{ "name": "a.b", "value": text() }] }),
        injected,
        &[
            "D0214 kernel parameter `a.b`: \"x\\nExecStart=/bin/evil\" has a line break in it, which would begin another line",
        ],
    );
}

#[test]
fn a_service_has_the_words_that_nixos_knows() {
    check(
        service(
            json!({ "config": { "Type": { "value": text() }, "Restart": { "value": lit("no") } } }),
        ),
        json!({ "text": "onshot" }),
        &[
            "D0214 x.service: Type: \"onshot\" is not one of simple, exec, forking, oneshot, dbus, notify, idle",
        ],
    );
}

#[test]
fn nothing_is_lost_by_having_the_name_of_another() {
    let unit = json!({ "kind": "service", "name": text() });
    check(
        json!({ "units": [{ "kind": "service", "name": lit("t") }, unit, { "kind": "timer", "name": lit("t") }] }),
        json!({}),
        &["D0213 t.service: two units of the feature have this name"],
    );
    let file = |path: Json| json!({ "path": path, "content": { "text": lit("x") } });
    check(
        json!({ "etc": [file(lit("t")), file(text())] }),
        json!({}),
        &["D0213 /etc/t: two parts of the feature write this file"],
    );
    let user = |group: &str| json!({ "name": text(), "group": lit(group) });
    check(
        json!({ "users": [user("users"), user("users"), user("nogroup")] }),
        json!({}),
        &["D0213 user `t`: two parts of the feature give it another `group`"],
    );
    check(
        service(json!({
            "relations": { "after": [lit("a.target")] },
            "unitConfig": { "After": { "value": lit("b.target") } },
        })),
        json!({}),
        &["D0213 x.service: `After` is given twice"],
    );
}

#[test]
fn files_and_users_stay_where_they_belong() {
    let file = json!({ "etc": [{ "path": text(), "content": { "text": lit("x") } }] });
    let folder = "a".repeat(255);
    let longest = [&*folder; 4].join("/");
    check(file.clone(), json!({ "text": longest }), &[]);
    let (wide, deep) = (format!("x/{folder}a"), format!("{longest}/a"));
    for path in ["../passwd", "/passwd", "a//b", "a/./b", "", "a\nb", &wide, &deep] {
        let expected = format!("D0212 etc file `<text>`: {path:?} is no path below /etc");
        check(file.clone(), json!({ "text": path }), &[&expected]);
    }
    let user = json!({ "users": [{ "name": lit("u"), "group": lit("users"), "home": text() }] });
    for home in ["home", "/a/..", "/srv/./a"] {
        let expected = format!(
            "D0212 user `u`: its home {home:?} is no absolute path without `.` and `..` in it"
        );
        check(user.clone(), json!({ "text": home }), &[&expected]);
    }
    let user =
        json!({ "users": [{ "name": text(), "group": lit("mine"), "description": text() }] });
    check(
        user,
        json!({ "text": "u:0" }),
        &["D0212 user `<text>`: \"u:0\" cannot be a user's or group's name"],
    );
    let described =
        json!({ "users": [{ "name": lit("t"), "group": lit("users"), "description": text() }] });
    check(
        described,
        json!({ "text": "a:b" }),
        &["D0214 user `t`: \"a:b\" holds a colon or a control character"],
    );
    check(
        json!({ "users": [{ "name": text(), "group": lit("mine") }] }),
        json!({}),
        &["D0212 user `t`: its group `mine` is one that nobody makes"],
    );
    check(
        json!({ "tmpfiles": [{ "kind": "d", "path": text() }] }),
        json!({ "text": "/x' 0777 '" }),
        &[
            "D0214 tmpfiles rule `<text>`: \"/x' 0777 '\" holds a quote, a backslash or a control character",
        ],
    );
}

#[test]
fn formats_refuse_what_they_cannot_hold() {
    let file = |format: &str, value: Json| json!({ "etc": [{ "path": lit("x"), "content": { "settings": { "format": format, "value": value } } }] });
    check(
        file("ini", json!({ "attrs": { "a": { "attrs": { "b": text() } } } })),
        json!({ "text": "x\n[evil]" }),
        &["D0214 /etc/x: `a.b` has a line break, which INI cannot hold"],
    );
}

#[test]
fn ports_of_the_firewall_are_ports() {
    check(
        json!({ "firewall": [{ "protocol": "tcp", "ports": { "literal": [1, 70000] } }] }),
        json!({}),
        &["D0212 TCP ports [1,70000]: 70000 is no port"],
    );
}

/// The problems of free settings, and of a set of names.
#[track_caller]
fn check_names(given: Json, expected: &[&str]) {
    let manifest = manifest(json!({
        "options": [
            option("free", json!({ "settings": { "format": "json" } }), Some(json!({ "literal": {} }))),
            option("labels", json!({ "attrsOf": "str" }), Some(json!({ "literal": {} }))),
            option("any", json!("anything"), Some(json!({ "literal": {} }))),
            option("tls", json!({ "submodule": { "options": [] } }), Some(json!({ "literal": {} }))),
        ],
    }));
    let found = realised(&manifest, &given).map_err(|problems| lines(&problems)).err();
    assert_eq!(found.unwrap_or_default(), expected);
}

#[test]
fn names_that_nix_reads_itself_are_refused_at_any_depth() {
    let means = |at: &str| format!("D0201 {at}: NixOS means something else by this name");
    for name in ["_module", "_type", "__functor", "__toString", "outPath"] {
        let inner = json!({ name: "/srv" });
        check_names(json!({ "free": inner }), &[&means(&format!("free.{name}"))]);
        check_names(
            json!({ "free": { "a": [{ "b": inner }] } }),
            &[&means(&format!("free.a[0].b.{name}"))],
        );
        check_names(json!({ "labels": inner }), &[&means(&format!("labels.{name}"))]);
        check_names(json!({ "any": [inner] }), &[&means(&format!("any[0].{name}"))]);
        check_names(json!({ "tls": inner }), &[&means(&format!("tls.{name}"))]);
    }
    let conditional = json!({ "_type": "if", "condition": false, "content": 1 });
    check_names(json!({ "free": { "a": conditional } }), &[&means("free.a._type")]);
    let harmless =
        json!({ "type": "derivation", "drvPath": "/x", "__structuredAttrs": true, "_": 1 });
    check_names(json!({ "free": harmless, "any": harmless }), &[]);
}
