//! `diff`: what a change of settings means for a machine, for people and for programs.

use serde_json::Value;

use crate::workspace::{Workspace, serving};

fn with_service() -> Workspace {
    let workspace = Workspace::with_greeting();
    workspace.write("features/greeting/manifest.json", &serving::serving());
    workspace
}

#[test]
fn what_a_change_means_is_said_before_anything_is_built() {
    let workspace = with_service();
    let words = [
        "diff greeting --before port=80 --after port=81 --after text=hi",
        "diff greeting --before port=80 --after port=80",
        "diff greeting --before port=80 --after port=80 --after enable=false",
        // What cannot be, on either side.
        "diff greeting --after port=80",
        "diff greeting --before port=80 --after port=http --after text=",
        "diff greeting --before port=80 --after txet=hi",
        "diff greeting --host web-1 --after port=80",
        "diff greeting",
    ];
    insta::assert_snapshot!(words.map(|words| workspace.run(words)).concat());
}

#[test]
fn the_document_is_what_its_schema_says() {
    let schema = include_str!("../../docs/reference/diff.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let words = "diff greeting --json --before port=80 --after port=81";
    let output = with_service().command(words).output().unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    let names = document["differences"].as_array().unwrap().iter().map(|it| &it["name"]);
    assert!(names.clone().any(|name| name == "tcp 81"), "{document:#}");
    assert!(names.clone().any(|name| name == "tcp 80"), "{document:#}");
}
