//! The graph of a workspace, in its formats. What the page is like in a browser is tested with its code.

use serde_json::{Value, json};

use crate::workspace::{GREETING, Workspace};

#[test]
fn features_and_what_is_between_them_are_drawn() {
    let workspace = Workspace::with_greeting();
    let mut asking: Value =
        serde_json::from_str(&GREETING.replace("\"greeting\"", "\"asking\"")).unwrap();
    asking["requires"] = json!([{ "feature": "greeting" }]);
    asking["wants"] = json!([{ "feature": "nobody" }]);
    workspace.printing("asking", &asking.to_string());
    workspace.printing("alone", &GREETING.replace("\"greeting\"", "\"alone\""));
    workspace.run("generate");
    workspace.run("test greeting --backend portable");
    insta::assert_snapshot!(workspace.run("graph"));
    insta::assert_snapshot!("one_and_its_neighbours", workspace.run("graph greeting"));
    let printed = |format: &str| {
        let output = workspace.command(&format!("graph --format {format}")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr, b"");
        String::from_utf8(output.stdout).unwrap()
    };
    let document: Value = serde_json::from_str(&printed("json")).unwrap();
    let schema = include_str!("../../docs/reference/graph.schema.json");
    jsonschema::validate(&serde_json::from_str(schema).unwrap(), &document).unwrap();
    assert_eq!(document["features"][2]["tests"], json!({ "good": 1, "bad": 0, "open": 0 }));
    assert_eq!(document["missing"], json!(["nobody"]));
    for format in ["svg", "html"] {
        let text = printed(format);
        assert!(text.contains("asking requires greeting") && text.contains("1 good"), "{text}");
        assert_eq!(text, printed(format), "the same each time");
    }
    workspace.feature("alone", "exit 1");
    let said = workspace.run("graph");
    assert!(said.contains("asking") && said.contains("--- exit 5"), "{said}");
}
