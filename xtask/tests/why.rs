//! Why a feature depends on another one, as a person and as a program sees it.

use serde_json::{Value, json};

use crate::workspace::{GREETING, Workspace};

/// Adds a feature like `greeting` under another name, with these keys of the manifest.
fn feature(workspace: &Workspace, name: &str, keys: &Value) {
    let mut manifest: Value = serde_json::from_str(GREETING).unwrap();
    manifest["feature"]["name"] = name.into();
    manifest["system"]["etc"][0]["path"] = json!({ "literal": name });
    for (key, value) in keys.as_object().unwrap() {
        manifest[key] = value.clone();
    }
    workspace.printing(name, &manifest.to_string());
}

fn at(feature: &str, other: &str, line: u32) -> Value {
    let place = json!({ "file": format!("features/{feature}/src/main.rs"), "line": line });
    json!([{ "feature": other, "place": place }])
}

/// web → app → store, by its crate and as a requirement; web → log → store; and others.
fn features() -> Workspace {
    let workspace = Workspace::empty();
    feature(
        &workspace,
        "web",
        &json!({ "requires": at("web", "app", 3), "wants": at("web", "log", 4) }),
    );
    feature(&workspace, "app", &json!({ "requires": at("app", "store", 5) }));
    let file = workspace.root.join("features/app/Cargo.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        file,
        text + "\n[dependencies]\n# Its words.\nstore = { path = \"../store\" }\n",
    )
    .unwrap();
    feature(&workspace, "log", &json!({ "wants": at("log", "store", 6) }));
    feature(&workspace, "store", &json!({ "conflicts": at("store", "other", 7) }));
    feature(&workspace, "other", &json!({}));
    workspace
}

#[test]
fn the_shortest_ways_are_shown_or_that_there_is_none() {
    let workspace = features();
    let words = ["web store", "web app", "store web", "store other", "other web", "web wbe"];
    let said: Vec<String> = words.iter().map(|it| workspace.run(&format!("why {it}"))).collect();
    insta::assert_snapshot!(said.join("\n"));
    let out = workspace.command("why app store --json").output().unwrap();
    let printed: Value = serde_json::from_slice(&out.stdout).unwrap();
    let schema = include_str!("../../docs/reference/why.schema.json");
    jsonschema::validate(&serde_json::from_str(schema).unwrap(), &printed).unwrap();
    assert_eq!(printed["ways"][0][0]["by"][1]["place"], "features/app/Cargo.toml:9");
    assert_eq!(printed["shortestWays"], 1);
}

#[test]
fn what_cannot_be_read_may_be_on_the_way() {
    let workspace = features();
    workspace.feature("app", "exit 1");
    // By the log, which can be read.
    let there = workspace.run("why web store");
    assert!(there.contains("log wants store") && there.contains("--- exit 0"), "{there}");
    let unknown = workspace.run("why other store");
    assert!(!unknown.contains("does not depend"), "{unknown}");
    assert!(unknown.contains("--- exit 5"), "{unknown}");
}
