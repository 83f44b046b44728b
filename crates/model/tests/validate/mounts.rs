//! Mounts, and other names of units.

use domi_model::names::path_unit;
use serde_json::{Value, json};

use crate::all_faults as check;

fn unit(kind: &str, name: &str, more: Value) -> Value {
    let mut unit = json!({ "kind": kind, "name": { "literal": name } });
    unit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    unit
}

#[test]
fn a_mount_is_named_by_where_it_is() {
    // What `systemd-escape --path` answers.
    for (path, expected) in [
        ("/srv/data", "srv-data"),
        ("/srv/a-b_c.d", r"srv-a\x2db_c.d"),
        ("/.x/.y", r"\x2ex-.y"),
        ("//srv//x/", "srv-x"),
        ("/", "-"),
    ] {
        assert_eq!(path_unit(path), expected);
    }
}

#[test]
fn a_mount_has_a_free_fixed_place_and_something_to_mount() {
    let what = || json!({ "config": { "What": { "value": { "literal": "/dev/x" } } } });
    let mount = |path: &str| json!([unit("mount", path, what())]);
    check(mount("/srv/data"), &[]);
    check(
        json!([unit("automount", "/srv/data", json!({})), unit("mount", "/srv/data", what())]),
        &[],
    );
    check(json!([unit("mount", "/srv/data", json!({}))]), &["a mount needs a `What`"]);
    for path in ["srv", "/srv/", "/srv/../x", "/srv/a b", "/srv/%h", "/"] {
        check(mount(path), &["is no place to mount at"]);
    }
    for path in ["/tmp", "/usr", "/home"] {
        check(mount(path), &["is a folder that machines have themselves"]);
    }
    let mut units = mount("/srv");
    units[0]["name"] = json!({ "text": [{ "literal": "/srv/" }, { "option": ["port"] }] });
    check(units, &["where something is mounted must be fixed"]);
    let place = json!({ "config": { "Where": { "value": { "literal": "/srv/x" } } } });
    check(json!([unit("automount", "/srv/x", place)]), &["its `Where` is the path that names it"]);
    check(
        json!([unit("mount", "/srv/x", what()), unit("mount", "/srv/x", what())]),
        &["two units of the feature have this name"],
    );
}

#[test]
fn another_name_of_a_unit_is_free_and_of_its_kind() {
    let target = |name: &str, aliases: Value| unit("target", name, json!({ "aliases": aliases }));
    check(json!([target("a", json!(["b.target"]))]), &[]);
    check(json!([target("a", json!(["b.service"]))]), &["which ends with `.target`"]);
    check(json!([target("a", json!(["multi-user.target"]))]), &["machines have a unit"]);
    check(
        json!([target("a", json!(["b.target"])), target("b", json!([]))]),
        &["is called `b.target`"],
    );
    check(
        json!([target("a", json!(["b.target", "b.target"]))]),
        &["is called `b.target`", "is called"],
    );
}
