//! `show`: a feature on one screen, and as a document for programs.

use serde_json::Value;

use crate::workspace::serving::serving;
use crate::workspace::{GREETING, Workspace};

#[test]
fn a_feature_is_shown_on_one_screen() {
    let workspace = Workspace::with_greeting();
    let mut seen = workspace.run("show greeting");
    workspace.run("generate");
    workspace.run("test");
    seen += &day_left_out(&workspace.run("show greeting"));
    let changed = GREETING.replace("What to say.", "What is said.");
    workspace.write("features/greeting/manifest.json", &changed);
    seen += &day_left_out(&workspace.run("show greeting --set text=hi"));
    workspace.write("features/greeting/manifest.json", &serving());
    seen += &workspace.run("show greeting --system aarch64-linux");
    seen += &workspace.run("show greeting --system aarch64-linux --set port=80");
    insta::assert_snapshot!(seen);
}

/// The defaults are refused: what it runs is then shown with the settings of a test.
#[test]
fn where_defaults_are_refused_a_test_lends_its_settings() {
    let workspace = Workspace::with_greeting();
    let refused = GREETING.replace(
        "\"system\": {",
        r#""assertions": [{
    "condition": { "compare": {
      "op": "notEqual", "left": { "option": ["text"] }, "right": { "literal": "hello" } } },
    "message": { "literal": "say something else than hello" }
  }],
  "system": {"#,
    );
    workspace.write("features/greeting/manifest.json", &refused);
    let mut seen = workspace.run("show greeting");
    let with_test = refused.replace(
        "\"tests\": [",
        r#""tests": [
    {
      "name": "says hi",
      "body": { "run": {
        "machines": { "machine": { "settings": { "text": "hi" } } },
        "steps": [{ "machine": "machine", "action": { "waitForFile": "/etc/greeting" } }]
      } }
    },"#,
    );
    workspace.write("features/greeting/manifest.json", &with_test);
    seen += &workspace.run("show greeting");
    insta::assert_snapshot!(seen);
}

fn day_left_out(text: &str) -> String {
    let day = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d").unwrap();
    day.replace_all(text, "DAY").into_owned()
}

#[test]
fn what_cannot_be_shown_is_said() {
    let workspace = Workspace::with_greeting();
    workspace.feature("broken", "exit 3");
    let words = [
        "show greetings",
        "show broken",
        "show greeting --system aarch64-linux",
        "show greeting --set text=",
        "show greeting --set txet=x",
        "show greeting --host web-1",
    ];
    insta::assert_snapshot!(words.map(|words| workspace.run(words)).concat());
}

#[test]
fn the_document_is_what_its_schema_says() {
    let workspace = Workspace::with_greeting();
    workspace.run("generate");
    workspace.run("test");
    let schema = include_str!("../../docs/reference/show.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let shown = |words: &str| -> Value {
        let output = workspace.command(words).output().unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap();
        let wrong: Vec<_> = validator.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        document
    };
    let plain = shown("show greeting --json");
    assert_eq!(plain["schema"], "domi.show/1");
    assert_eq!(plain["options"][0]["value"], "hello");
    assert_eq!(plain["tests"][0]["last"][0]["verdict"], "refused");
    assert_eq!(plain["deployed"]["nixosModules"][0], "greeting");
    let set = shown("show greeting --json --set text=hi");
    assert_eq!(
        (&set["options"][0]["value"], &set["options"][0]["set"]),
        (&"hi".into(), &true.into())
    );
    workspace.write("features/greeting/manifest.json", &serving());
    let serving = shown("show greeting --json --set port=80");
    assert_eq!(
        serving["runs"]["ports"][0],
        serde_json::json!({"protocol": "tcp", "port": 80, "open": true})
    );
    assert_eq!(serving["options"][1]["value"], "hello!");
    assert_eq!(serving["builds"]["files"][0]["state"], "stale");
    let mut wrong = plain;
    wrong["tests"][0].as_object_mut().unwrap().remove("last");
    assert!(!validator.is_valid(&wrong), "a document without what must be there is refused");
}

/// A run with other settings than the feature's own says nothing of the feature as it is.
#[test]
fn verdicts_are_of_the_feature_as_it_is() {
    let workspace = Workspace::with_greeting();
    let verdict = || {
        let output = workspace.command("show greeting --json").output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["tests"][0]["last"][0]["verdict"].clone()
    };
    assert_eq!(verdict(), Value::Null);
    let lax = GREETING.replace("nonEmptyStr", "str");
    workspace.write("features/greeting/manifest.json", &lax);
    workspace.run("test --set text=hi");
    assert_eq!(verdict(), Value::Null);
    workspace.run("test");
    assert_eq!(verdict(), "failed");
    workspace.write("features/greeting/manifest.json", GREETING);
    workspace.run("test");
    assert_eq!(verdict(), "refused");
}

#[test]
fn hosts_that_have_it_are_named_and_lend_their_settings() {
    let workspace = Workspace::with_greeting();
    let organization = "responsible = \"ada\"\n";
    workspace.write("domain/organizations/us.toml", organization);
    workspace.write("domain/people/ada.toml", "");
    let host = "kind = \"virtual\"\nsystem = \"x86_64-linux\"\nunit = \"us\"\n";
    let settings = "features = [\"greeting\"]\n\n[settings.greeting]\ntext = \"ahoy\"\n";
    workspace.write("hosts/web-1.toml", &format!("{host}{settings}"));
    workspace.write("hosts/web-2.toml", host);
    let seen = workspace.run("fleet hosts")
        + &workspace.run("show greeting --host web-1")
        + &workspace.run("show greeting --host web-2");
    insta::assert_snapshot!(seen);
}
