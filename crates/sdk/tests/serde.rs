//! The Rust types read exactly the values that their options accept, and write them back.

mod everything;

use std::collections::BTreeMap;
use std::fmt::Debug;

use domi::model::{OptionPath, Value, check};
use domi::prelude::*;
use domi::{Free, OptionType};
use everything::{Choice, Declared, Deeper, Level, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bounds and patterns, which the Rust types alone do not know.
#[derive(Debug, Clone, PartialEq, Options)]
struct Narrow {
    /// Few.
    #[option(default = 4, range = 1..=9)]
    few: u8,
    /// A word.
    #[option(default = "word", matching = "[a-z]+")]
    word: String,
    /// A word, or none.
    #[option(matching = "[a-z]+")]
    maybe: Option<String>,
}

/// Values of which many are nearly right.
fn values() -> impl Strategy<Value = Value> {
    let integers = prop_oneof![
        Just(0),
        Just(-1),
        Just(1),
        Just(9),
        Just(10),
        Just(127),
        Just(128),
        Just(-128),
        Just(-129),
        Just(255),
        Just(256),
        Just(65_535),
        Just(65_536),
        Just(2_147_483_647),
        Just(2_147_483_648),
        Just(4_294_967_295),
        Just(4_294_967_296),
        any::<i64>(),
    ];
    let strings = prop_oneof![
        Just(""),
        Just(" "),
        Just("word"),
        Just("Word"),
        Just("low"),
        Just("so-so"),
        Just("a\n"),
        Just("a\nb"),
        Just("/"),
        Just("/srv"),
        Just("srv"),
        Just("/nix/store"),
        Just("/nix/store/0000000000000000000000000000000a-x"),
    ];
    let names = prop_oneof![
        Just("few"),
        Just("word"),
        Just("maybe"),
        Just("level"),
        Just("port"),
        Just("memory"),
        Just("localFolder"),
        Just("path"),
        Just("other"),
    ];
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        integers.prop_map(Value::Int),
        prop_oneof![Just(0.5), Just(1.0), Just(-3e300)].prop_map(Value::Float),
        strings.prop_map(Value::from),
        ".{0,4}".prop_map(|s| Value::from(s.replace('\0', ""))),
    ];
    plain.prop_recursive(3, 12, 3, move |inner| {
        let attrs = prop::collection::btree_map(names.clone(), inner.clone(), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::List),
            attrs.prop_map(|a| a.into_iter().map(|(name, v)| (name.to_owned(), v)).collect()),
        ]
    })
}

/// Whether both sides accept the same values: `good` and `bad` among them.
fn check_type<T>(good: &str, bad: &str)
where
    T: OptionType + Serialize + DeserializeOwned + Debug + PartialEq,
{
    let ty = T::ty();
    let accepts = |value: &Value| {
        let accepted = check(&ty, value, &OptionPath::default(), &BTreeMap::new());
        let read = serde_json::from_value::<T>(value.to_json());
        let wrong = accepted.is_ok() != read.is_ok();
        assert!(!wrong, "{value} as {}: {accepted:?}, but {read:?}", ty.described());
        if let Ok(read) = read {
            let written = serde_json::to_value(&read).expect("what was read is written");
            let again: T =
                serde_json::from_value(written.clone()).expect("what was written is read");
            assert_eq!(read, again, "{value} was written as {written}");
        }
        accepted.is_ok()
    };
    let parse = |json| serde_json::from_str::<Value>(json).expect("the case is JSON");
    assert!(accepts(&parse(good)), "{good} is good");
    assert!(!accepts(&parse(bad)), "{bad} is bad");
    let mut runner =
        TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    runner
        .run(&values(), |value| {
            accepts(&value);
            Ok(())
        })
        .expect("nothing refuses a case");
}

#[test]
fn scalars_read_what_their_options_accept() {
    check_type::<Port>("65535", "65536");
    check_type::<Float>("0.5", "1");
    check_type::<NonEmptyStr>("\"x\"", "\" \\n\"");
    check_type::<SingleLineStr>("\"a\\n\"", "\"a\\nb\"");
    check_type::<Lines>("\"a\\nb\"", "1");
    check_type::<AbsolutePath>("\"/srv\"", "\"srv\"");
    check_type::<StorePath>("\"/nix/store/0000000000000000000000000000000a-x\"", "\"/srv\"");
    check_type::<SecretFile>("\"/srv\"", "\"/nix/store/0000000000000000000000000000000a-x\"");
    check_type::<Level>("\"so-so\"", "\"medium\"");
    check_type::<Either<bool, NonEmptyStr>>("\"x\"", "1");
    check_type::<Choice>("[\"a\"]", "[1]");
}

#[test]
fn containers_read_what_their_options_accept() {
    check_type::<NonEmptyVec<u8>>("[255]", "[]");
    check_type::<LazyMap<i8>>("{\"a\": -128}", "{\"a\": -129}");
    check_type::<Store>("{\"memory\": 1}", "{\"memory\": 1, \"localFolder\": {\"path\": \"/\"}}");
    check_type::<Settings<Toml>>("{\"a\": [1]}", "{\"a\": null}");
    check_type::<Settings<Ini>>("{\"a\": {\"b\": 1}}", "{\"a\": 1}");
    check_type::<Settings<Json, Declared>>("{\"a\": null}", "{\"port\": -1}");
    check_type::<Settings<Yaml, Free>>("{}", "[]");
}

#[test]
fn structs_read_what_their_options_accept() {
    check_type::<Deeper>("{\"level\": \"low\"}", "{\"level\": \"lower\"}");
    check_type::<Narrow>("{\"few\": 9}", "{\"few\": 10}");
    check_type::<Narrow>("{\"maybe\": \"a\"}", "{\"maybe\": \"A\"}");
    check_type::<Narrow>("{\"maybe\": null}", "{\"word\": \"two words\"}");
    check_type::<Narrow>("{}", "{\"unknown\": 1}");
}

#[test]
fn a_missing_option_has_its_default() {
    let narrow: Narrow = serde_json::from_str("{\"few\": 2}").unwrap();
    let expected = Narrow { few: 2, word: "word".to_owned(), maybe: None };
    assert_eq!(narrow, expected);
}

#[test]
fn an_error_names_every_option_that_is_wrong() {
    let error = serde_json::from_str::<Narrow>("{\"few\": 0, \"word\": \"\", \"more\": 1}");
    let error = error.unwrap_err().to_string();
    for part in ["few: 0 is not", "word: \"\" is not", "more: is not an option"] {
        assert!(error.contains(part), "{part:?} is missing: {error}");
    }
}

#[test]
fn a_running_service_reads_a_package_as_its_path() {
    let package: Package = serde_json::from_str("\"/nix/store/x-rsync\"").unwrap();
    assert_eq!(&*package, "/nix/store/x-rsync");
}
