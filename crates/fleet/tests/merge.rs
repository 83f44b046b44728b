//! The merge and its explanation are one: for generated hosts, the steps done again by other code
//! give the value of every option. And what one level says to another.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::collections::BTreeMap;

use domi_fleet::{Chosen, Features, Fleet, Piece, Settings, Standing, Together, replay};
use domi_model::{Manifest, Problem};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A feature with an option of every strategy.
fn manifest() -> Manifest {
    let option = |name: &str, ty: Json, default: Json| json!({"name": name, "type": ty, "description": "An option.", "default": {"literal": default}});
    let int = json!({"int": {}});
    let strings = json!({"listOf": "str"});
    let job = json!({"submodule": {"options": [
        option("every", int.clone(), json!(0)), option("what", strings.clone(), json!([])),
    ]}});
    let one_or_several = json!({"coerced": {"from": "str", "by": "singleton", "to": strings}});
    let digits = json!({"coerced": {"from": int, "by": "digits", "to": "str"}});
    let manifest = json!({
        "schema": "domi.feature/3",
        "feature": {"name": "all", "kind": "services", "summary": "All strategies", "maturity": "dev",
                    "version": "0.1.0", "platforms": ["x86_64-linux"]},
        "options": [
            option("number", int.clone(), json!(0)),
            option("words", strings.clone(), json!([])),
            option("lines", json!("lines"), json!("")),
            option("maybe", json!({"nullOr": int.clone()}), Json::Null),
            option("jobs", json!({"attrsOf": job}), json!({})),
            option("either", json!({"oneOf": [int, strings]}), json!(0)),
            option("free", json!({"settings": {"format": "json"}}), json!({})),
            option("any", json!("anything"), json!(0)),
            option("path", json!({"separatedStr": ":"}), json!("")),
            option("several", one_or_several, json!([])),
            option("mode", digits, json!("0")),
        ],
        "renamed": [{"from": ["old", "number"], "to": ["number"]}],
        "removed": [{"option": ["old", "gone"], "reason": "nobody used it"}],
    });
    serde_json::from_value(manifest).expect("it is a manifest")
}

fn features() -> Features {
    [manifest()].into_iter().collect()
}

/// A host `h` of these files, and what is wrong.
fn merged(files: &[(&str, String)]) -> (Chosen, Vec<Problem>) {
    let pieces = files.iter().map(|(path, text)| Piece::read(path, text));
    let (fleet, mut problems) = Fleet::of(pieces);
    let features = features();
    let (settings, found) = Settings::prepare(&fleet, &features);
    problems.extend(found);
    let standing = Standing::of(&fleet, &fleet.hosts["h"]);
    let chosen = settings.of(&standing);
    let mut together = Together::default();
    together.add(&standing.host.about, &chosen, &features);
    problems.extend(together.problems());
    (chosen, problems)
}

const FILES: [&str; 6] = [
    "domain/organizations/o.toml",
    "domain/organizations/u.toml",
    "domain/locations/l.toml",
    "nodes/a.toml",
    "nodes/b.toml",
    "hosts/h.toml",
];

/// What each file says besides: where it is.
const HEADS: [&str; 6] = [
    "features = [\"all\"]\n",
    "within = \"o\"\nresponsible = \"p\"\n",
    "",
    "",
    "",
    "unit = \"u\"\nlocation = \"l\"\nroles = [\"a\", \"b\"]\n",
];

fn files(said: &[String; 6]) -> Vec<(&'static str, String)> {
    let text = |(index, said): (usize, &String)| (FILES[index], format!("{}{said}", HEADS[index]));
    said.iter().enumerate().map(text).collect()
}

/// What is said on each of the six levels, from the organisation to the host.
#[track_caller]
fn check(said: [&str; 6], option: &str, expected: impl Into<Json>, codes: &[&str]) {
    let (chosen, problems) = merged(&files(&said.map(str::to_owned)));
    let found: Vec<_> = problems.iter().map(|problem| problem.code.0).collect();
    assert_eq!(found, codes, "{problems:#?}");
    let settings = &chosen.settings["all"].settings;
    let value = settings.get(option).map_or(Json::Null, domi_model::Value::to_json);
    assert_eq!(value, expected.into());
}

#[test]
fn of_scalars_the_nearer_counts_and_it_is_said_unless_it_is_meant() {
    let n = |mode: &str, n: i64| format!("{mode}.all.number = {n}");
    let (one, two) = (n("settings", 1), n("settings", 2));
    check([&one, "", "", "", "", ""], "number", json!(1), &[]);
    check([&one, "", "", "", "", &two], "number", json!(2), &["D2021"]);
    check([&one, "", "", "", "", &one], "number", json!(1), &[]);
    check([&n("defaults", 1), "", "", "", "", &two], "number", json!(2), &[]);
    check([&one, &n("override", 2), "", "", "", ""], "number", json!(2), &[]);
    check([&one, "", "remove.all.number = true", "", "", ""], "number", Json::Null, &[]);
}

#[test]
fn two_values_on_one_level_contradict_each_other_until_a_nearer_one_settles_it() {
    let (one, two) = ("settings.all.number = 1", "settings.all.number = 2");
    check(["", "", "", one, two, ""], "number", json!(2), &["D2020"]);
    check(["", "", "", one, one, ""], "number", json!(1), &[]);
    check(["", "", "", one, two, "override.all.number = 3"], "number", json!(3), &[]);
    let (with, without) = ("settings.all.words = ['x']", "remove.all.words = ['x']");
    check(
        ["settings.all.words = ['x']", "", "", with, without, ""],
        "words",
        json!(["x"]),
        &["D2020"],
    );
    let set = "override.all.words = ['y']";
    check(["", "", "", with, set, ""], "words", json!(["y"]), &["D2020"]);
    check(["", "", "", set, with, ""], "words", json!(["y", "x"]), &["D2020"]);
}

#[test]
fn lists_and_lines_grow_from_the_organisation_to_the_host() {
    let words = |mode: &str, words: &str| format!("{mode}.all.words = {words}");
    let (a, b) = (words("settings", "['a']"), words("settings", "['b', 'a']"));
    check([&a, "", &b, "", "", ""], "words", json!(["a", "b", "a"]), &[]);
    check([&a, "", "", "", "", &words("override", "['c']")], "words", json!(["c"]), &[]);
    check([&a, &b, "", "", "", &words("remove", "['a']")], "words", json!(["b"]), &[]);
    check([&a, "", "", "", "", &words("remove", "['z']")], "words", json!(["a"]), &["D2022"]);
    let line = |text: &str| format!("settings.all.lines = '{text}'");
    check([&line("x"), "", "", &line("y"), "", ""], "lines", json!("x\ny"), &[]);
}

#[test]
fn texts_with_a_separator_grow_as_well() {
    let path = |mode: &str, text: &str| format!("{mode}.all.path = '{text}'");
    let (bin, local) = (path("settings", "/bin"), path("settings", "/local/bin"));
    check([&bin, "", "", "", "", &local], "path", json!("/bin:/local/bin"), &[]);
    check(
        [&bin, "", "", &local, &path("settings", "/x"), ""],
        "path",
        json!("/bin:/local/bin:/x"),
        &[],
    );
    check([&bin, "", "", "", "", &path("override", "/x")], "path", json!("/x"), &[]);
}

#[test]
fn what_a_type_makes_of_another_is_merged_as_that_type() {
    let several = |mode: &str, value: &str| format!("{mode}.all.several = {value}");
    let (one, two) = (several("settings", "'a'"), several("settings", "['b', 'c']"));
    check([&one, "", "", "", "", &two], "several", json!(["a", "b", "c"]), &[]);
    check([&two, &one, "", "", "", &several("remove", "'b'")], "several", json!(["c", "a"]), &[]);
    check([&two, "", "", "", "", &several("remove", "['b']")], "several", json!(["c"]), &[]);
    check(["", "", "", "", "", &several("settings", "5")], "several", Json::Null, &["D0201"]);
    check(["", "", "", "", "", "settings.all.mode = 7"], "mode", json!("7"), &[]);
    check(
        ["settings.all.mode = 7", "", "", "", "", "settings.all.mode = '7'"],
        "mode",
        json!("7"),
        &[],
    );
}

#[test]
fn old_names_within_others_are_known() {
    check(["", "", "", "", "", "settings.all.old.number = 3"], "number", json!(3), &["D0204"]);
    check(["", "", "", "", "", "settings.all.old.gone = 3"], "number", Json::Null, &["D0205"]);
    check(["", "", "", "", "", "settings.all.old.words = 3"], "number", Json::Null, &["D0202"]);
    check(["", "", "", "", "", "settings.all.old = 3"], "number", Json::Null, &["D0202"]);
    check(
        ["settings.all.number = 1", "", "", "", "", "remove.all.old.number = true"],
        "number",
        Json::Null,
        &["D0204"],
    );
}

#[test]
fn attribute_sets_are_merged_at_every_depth() {
    let far = "settings.all.jobs.a = { every = 1, what = ['x'] }";
    let near = "settings.all.jobs.a.what = ['y']\nsettings.all.jobs.b.every = 2";
    let both = json!({"a": {"every": 1, "what": ["x", "y"]}, "b": {"every": 2}});
    check([far, "", "", "", "", near], "jobs", both, &[]);
    let gone = "remove.all.jobs = ['a']";
    check([far, "", "", "", "", gone], "jobs", json!({}), &[]);
    let free = "settings.all.free = { a = { b = 1 }, c = [1] }";
    let more = "settings.all.free = { a = { d = 2 }, c = [2] }";
    check([free, "", "", "", "", more], "free", json!({"a": {"b": 1, "d": 2}, "c": [1, 2]}), &[]);
}

#[test]
fn a_value_of_another_type_takes_the_place_of_what_was_said() {
    let (number, list) = ("settings.all.either = 1", "override.all.either = ['x']");
    check([number, "", "", "", "", list], "either", json!(["x"]), &[]);
    check([list, "", "", "", "", "override.all.either = 2"], "either", json!(2), &[]);
}

#[test]
fn what_a_file_says_is_checked_by_the_types_of_the_feature_at_its_line() {
    let place = |said: &str, code: &str, line: u32| {
        let (_, problems) = merged(&files(&["", "", "", "", "", said].map(str::to_owned)));
        let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
        let at = problem.place.as_ref().expect("a place");
        assert_eq!((problem.code.0, &*at.file, at.line), (code, "hosts/h.toml", line));
    };
    place("[settings.all]\nnumber = 'x'", "D0201", 5);
    place("[settings.all]\nnumbr = 1", "D0202", 5);
    place("[settings.all.jobs.a]\nevry = 1", "D0202", 5);
    place("[settings.all]\nenable = true", "D2003", 5);
    place("[settings.al]\nnumber = 1", "D2008", 4);
    place("[settings.all]\nnumber = 9223372036854775808", "D0201", 5);
    place("[settings.all]\nany = 2026-11-26", "D0201", 5);
    place("remove.all.number = 3", "D0201", 4);
}

/// What a file says of the feature: by mode, by option.
fn said() -> impl Strategy<Value = String> {
    let number = (0..3_i64).prop_map(|n| json!(n));
    let words = prop::collection::vec("[a-c]", 0..3).prop_map(|words| json!(words));
    let text = "[a-c]{1,2}".prop_map(|text| json!(text));
    let several = prop_oneof![text.clone(), words.clone()];
    let job = (prop::option::of(0..3_i64), prop::option::of(prop::collection::vec("[a-c]", 0..2)))
        .prop_map(|(every, what)| {
            let mut job = Map::new();
            every.map(|it| job.insert("every".to_owned(), json!(it)));
            what.map(|it| job.insert("what".to_owned(), json!(it)));
            Json::Object(job)
        });
    let jobs = prop::collection::btree_map("[xy]", job, 0..2).prop_map(|jobs| json!(jobs));
    let any = prop_oneof![
        number.clone(),
        words.clone(),
        prop::collection::btree_map("[xy]", 0..3_i64, 0..2).prop_map(|it| json!(it)),
    ];
    let free = prop::collection::btree_map("[xy]", any.clone(), 0..2).prop_map(|it| json!(it));
    let either = prop_oneof![number.clone(), words.clone()];
    let value = prop_oneof![
        number.clone().prop_map(|it| ("number", it)),
        number.prop_map(|it| ("maybe", it)),
        words.prop_map(|it| ("words", it)),
        text.clone().prop_map(|it| ("lines", it)),
        text.prop_map(|it| ("path", it)),
        several.prop_map(|it| ("several", it)),
        jobs.prop_map(|it| ("jobs", it)),
        either.prop_map(|it| ("either", it)),
        free.prop_map(|it| ("free", it)),
        any.prop_map(|it| ("any", it)),
    ];
    let removal = prop_oneof![
        Just(("number", json!(true))),
        Just(("words", json!(["a"]))),
        Just(("several", json!("a"))),
        Just(("jobs", json!(["x"]))),
        Just(("jobs", json!({"x": {"every": true}}))),
        Just(("either", json!(true))),
        Just(("any", json!(["x"]))),
    ];
    let mode = prop::sample::select(vec!["defaults", "settings", "override"]);
    let one = prop_oneof![
        6 => (mode, value),
        1 => (Just("remove"), removal),
    ];
    prop::collection::vec(one, 0..4).prop_map(|said| {
        let mut modes: BTreeMap<&str, Map<String, Json>> = BTreeMap::new();
        for (mode, (option, value)) in said {
            modes.entry(mode).or_default().insert(option.to_owned(), value);
        }
        let line = |(mode, options): (&str, Map<String, Json>)| {
            let each = options.iter().map(|(name, value)| format!("{name} = {}", inline(value)));
            format!("{mode}.all = {{ {} }}\n", each.collect::<Vec<_>>().join(", "))
        };
        modes.into_iter().map(line).collect()
    })
}

/// A value as TOML writes it on one line.
fn inline(value: &Json) -> String {
    match value {
        Json::Object(attrs) => {
            let each = attrs.iter().map(|(name, value)| format!("{name} = {}", inline(value)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Does a step as it is printed. Written again for this test, on JSON, from its description alone.
fn done(root: &mut Json, step: &Json) {
    let path: Vec<&str> =
        step["option"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let (last, around) = path.split_last().unwrap();
    let action = &step["action"];
    let (what, with) = match action {
        Json::String(word) => (word.as_str(), &Json::Null),
        other => other.as_object().unwrap().iter().next().map(|(k, v)| (k.as_str(), v)).unwrap(),
    };
    let mut at = root;
    for name in around {
        if matches!(what, "unset" | "remove") && !at[*name].is_object() {
            return;
        }
        if !at[*name].is_object() {
            at[*name] = json!({});
        }
        at = &mut at[*name];
    }
    let attrs = at.as_object_mut().unwrap();
    let there = attrs.get(*last).cloned();
    let list = || there.as_ref().and_then(Json::as_array).cloned().unwrap_or_default();
    let items = || with.as_array().unwrap().clone();
    let new = match what {
        "set" => with.clone(),
        "append" => Json::Array([list(), items()].concat()),
        "lines" => match &there {
            Some(Json::String(lines)) => json!(format!("{lines}\n{}", with.as_str().unwrap())),
            _ => with.clone(),
        },
        "join" => match (&there, with["separator"].as_str().unwrap()) {
            (Some(Json::String(text)), separator) => {
                json!(format!("{text}{separator}{}", with["text"].as_str().unwrap()))
            }
            _ => with["text"].clone(),
        },
        "make" => there.clone().filter(Json::is_object).unwrap_or(json!({})),
        "unset" => {
            attrs.remove(*last);
            return;
        }
        "remove" => match there {
            Some(Json::Array(list)) => {
                Json::Array(list.into_iter().filter(|it| !items().contains(it)).collect())
            }
            Some(Json::Object(names)) => {
                names.into_iter().filter(|(name, _)| !items().contains(&json!(name))).collect()
            }
            Some(other) => other,
            None => return,
        },
        other => panic!("{other}"),
    };
    attrs.insert((*last).to_owned(), new);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_steps_done_again_give_the_value(said in prop::array::uniform6(said())) {
        let (chosen, _) = merged(&files(&said));
        let merged = &chosen.settings["all"];
        prop_assert_eq!(&replay(&merged.steps), &merged.settings);
        let mut again = json!({});
        for step in &merged.steps {
            done(&mut again, &serde_json::to_value(step).unwrap());
        }
        let settings = serde_json::to_value(&merged.settings).unwrap();
        prop_assert_eq!(again, settings);
        // What is replaced came before, and from no nearer level.
        for (index, step) in merged.steps.iter().enumerate() {
            for other in &step.replaces {
                prop_assert!(*other < index && merged.steps[*other].rank <= step.rank);
            }
        }
        // A step that nothing replaced and that is no removal left something at its option.
        let replaced: Vec<usize> = merged.steps.iter().flat_map(|it| it.replaces.clone()).collect();
        for (index, step) in merged.steps.iter().enumerate() {
            let is_removal = serde_json::to_value(step.mode).unwrap() == json!("remove");
            let is_unset = serde_json::to_value(&step.action).unwrap() == json!("unset");
            if !is_removal && !is_unset && !replaced.contains(&index) {
                let mut at = Some(&serde_json::Value::Null);
                let settings = serde_json::to_value(&merged.settings).unwrap();
                at.replace(&settings);
                for name in &step.option.0 {
                    at = at.and_then(|it| it.get(name));
                }
                prop_assert!(at.is_some(), "{:?}", step);
            }
        }
    }
}
