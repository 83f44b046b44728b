use domi_model::Value;
use serde_json::json;

use super::*;

fn settings(json: serde_json::Value) -> BTreeMap<String, Value> {
    serde_json::from_value(json).expect("a set")
}

#[track_caller]
fn check_tests(text: &str, set: serde_json::Value, expected: &serde_json::Value) {
    let described = Described {
        word: "site".to_owned(),
        folder: env!("CARGO_MANIFEST_DIR").into(),
        file: concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into(),
        place: None,
        description: read("site.domi.toml", text).expect("it is right"),
    };
    let module = Module::new(described, &settings(set)).expect("it is a module");
    let tests = serde_json::to_value(module.tests).expect("it is JSON");
    let mut found = Vec::new();
    for test in tests.as_array().expect("a list") {
        found.push(json!({
            "machines": test["body"]["run"]["machines"],
            "refuse": test["body"]["refuse"]["settings"],
        }));
    }
    assert_eq!(json!(found), *expected);
}

#[test]
fn machines_and_refusals_have_the_settings_of_all_and_their_own_over_them() {
    check_tests(
        "settings.a = { b = 1, c = [1] }\n\
         [[test]]\nname = 'x'\n\
         [[test]]\nname = 'y'\nmachines.one.settings.a.b = 2\nmachines.two.enable = false\n\
         [[test]]\nname = 'z'\nrefuse = { settings.a.c = [], because = 'c' }\n",
        json!({}),
        &json!([
            { "machines": { "machine": { "settings": { "a": { "b": 1, "c": [1] } } } }, "refuse": null },
            {
                "machines": {
                    "one": { "settings": { "a": { "b": 2, "c": [1] } } },
                    "two": { "enable": false, "settings": { "a": { "b": 1, "c": [1] } } },
                },
                "refuse": null,
            },
            { "machines": null, "refuse": { "a": { "b": 1, "c": [] } } },
        ]),
    );
}

#[test]
fn what_is_set_from_outside_wins_on_machines_and_leaves_refusals_alone() {
    check_tests(
        "settings.a = { b = 1, c = 1 }\n\
         [[test]]\nname = 'y'\nmachines.one.settings.a.b = 2\n\
         [[test]]\nname = 'z'\nrefuse = { settings.a.b = 2, because = 'b' }\n",
        json!({ "a": { "b": 3 } }),
        &json!([
            { "machines": { "one": { "settings": { "a": { "b": 3, "c": 1 } } } }, "refuse": null },
            { "machines": null, "refuse": { "a": { "b": 2, "c": 1 } } },
        ]),
    );
}

#[test]
fn a_test_that_refuses_says_nothing_else() {
    let check = |more: &str, expected: usize| {
        let text =
            format!("[[test]]\nname = 'x'\nrefuse = {{ settings.a = 1, because = 'c' }}\n{more}\n");
        let description = read("site.domi.toml", &text).expect("it can be read");
        let found = both(&description.tests);
        assert_eq!(found.len(), expected, "{more}");
        let lines = found.iter().map(|it| it.place.as_ref().map(|place| place.line));
        assert!(lines.eq(found.iter().map(|_| Some(1))), "{found:?}");
    };
    check("", 0);
    check("steps = []", 0);
    check("steps = [{ action.succeed = 'true' }]", 1);
    check("machines.one.enable = false", 1);
    check("needsKernel = 'reads dmesg'", 1);
}

#[test]
fn of_two_values_the_later_one_holds() {
    let under = settings(json!({ "a": { "b": 1, "c": 2 }, "d": 3 }));
    let check = |later: serde_json::Value, expected: serde_json::Value| {
        assert_eq!(over(&under, &settings(later)), settings(expected));
    };
    check(json!({}), json!({ "a": { "b": 1, "c": 2 }, "d": 3 }));
    check(json!({ "a": { "b": 5 } }), json!({ "a": { "b": 5, "c": 2 }, "d": 3 }));
    check(json!({ "a": 4, "d": { "e": 5 } }), json!({ "a": 4, "d": { "e": 5 } }));
}

#[test]
fn a_flake_of_this_computer_is_what_git_knows_where_there_is_git() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = std::fs::canonicalize(folder.path()).expect("a path");
    let within = root.join("a b");
    std::fs::create_dir(&within).expect("a folder");
    let of = |folder: &Path, text: &str| match Reference::read("module", folder, text) {
        Ok(Reference::Flake(flake)) => (flake.flake, flake.attribute.join("/")),
        Ok(Reference::File(_)) => panic!("a file"),
        Err(problem) => (problem.message, String::new()),
    };
    let reference = |start: &str, end: &str| format!("{start}{}{end}", root.display());
    let site = |flake: String| (flake, "nixosModules/a.b".to_owned());
    let attribute = "#nixosModules.\"a.b\"";
    assert_eq!(of(&within, &format!(".{attribute}")), site(reference("path:", "/a%20b")));
    assert_eq!(of(&within, attribute), site(reference("path:", "/a%20b")));
    std::fs::create_dir(root.join(".git")).expect("a folder");
    assert_eq!(of(&within, &format!("..{attribute}")), site(reference("git+file:", "")));
    assert_eq!(of(&within, attribute), site(reference("git+file:", "?dir=a%20b")));
    assert_eq!(of(&within, &format!("nixpkgs{attribute}")), site("nixpkgs".to_owned()));
    assert_eq!(of(&within, ".#a..b").0, ".#a..b: a name is empty");
}
