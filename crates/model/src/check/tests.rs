//! What NixOS accepts, and what it refuses.

use super::*;
use crate::{Conversion, Expr, Submodule};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn packages() -> BTreeMap<String, Package> {
    let package = Package {
        of_crate: None,
        nixpkgs: vec!["rsync".into()],
        debian: vec!["rsync".into()],
        debian_paths: BTreeMap::new(),
    };
    [("rsync".to_owned(), package)].into()
}

fn option(name: &str, ty: Type, default: Option<Value>) -> OptionDecl {
    OptionDecl {
        name: name.into(),
        ty,
        description: "For a test.".into(),
        default: default.map(Expr::Literal),
        default_text: None,
        example: None,
        internal: false,
        hidden: false,
        read_only: false,
        place: None,
    }
}

#[track_caller]
fn accepted(ty: &Type, values: &[&str]) {
    for value in values {
        let value = json(value);
        let result = check(ty, &value, &OptionPath::new("o"), &packages());
        assert_eq!(result, Ok(value.clone()), "{ty:?} must accept {value}");
    }
}

#[track_caller]
fn refused(ty: &Type, values: &[&str]) {
    for value in values {
        let value = json(value);
        let result = check(ty, &value, &OptionPath::new("o"), &packages());
        assert!(result.is_err(), "{ty:?} must refuse {value}");
    }
}

#[test]
fn scalars_accept_what_nixos_accepts() {
    accepted(&Type::Bool, &["true"]);
    refused(&Type::Bool, &["1", "\"true\"", "null"]);
    let byte = Type::Int(IntRange { min: Some(0), max: Some(255) });
    accepted(&byte, &["0", "255"]);
    refused(&byte, &["-1", "256", "1.0", "\"1\""]);
    accepted(&Type::Port, &["0", "65535"]);
    refused(&Type::Port, &["65536", "-1"]);
    accepted(&Type::Float, &["1.0", "-0.5"]);
    refused(&Type::Float, &["1"]);
    let share = Type::Number(NumberRange { min: Some(0.0), max: Some(1.0) });
    accepted(&share, &["0", "1", "0.5"]);
    refused(&share, &["2", "1.01", "\"0\""]);
    accepted(&Type::Enum(vec!["a".into(), "b".into()]), &["\"a\""]);
    refused(&Type::Enum(vec!["a".into(), "b".into()]), &["\"c\"", "null"]);
    accepted(&Type::Package, &["\"rsync\""]);
    refused(&Type::Package, &["\"nginx\""]);
}

#[test]
fn strings_accept_what_nixos_accepts() {
    accepted(&Type::Str, &[r#""""#, r#""a\nb""#]);
    refused(&Type::NonEmptyStr, &[r#""""#, r#"" \t\n""#]);
    accepted(&Type::NonEmptyStr, &[r#""\r""#, r#""a""#]);
    refused(&Type::SingleLineStr, &[r#""a\nb""#, r#""a\r""#, r#""a\n\n""#]);
    let line = check(&Type::SingleLineStr, &json(r#""a\n""#), &OptionPath::new("o"), &packages());
    assert_eq!(line, Ok(Value::from("a")));
    accepted(&Type::StrMatching("[a-z]{2}".into()), &[r#""ab""#]);
    refused(&Type::StrMatching("[a-z]{2}".into()), &[r#""abc""#, r#""ab\n""#]);
}

#[test]
fn paths_know_the_store() {
    let stored = r#""/nix/store/00000000000000000000000000000000-x/y""#;
    let around = r#""/run/../nix//store/./00000000000000000000000000000000-x""#;
    accepted(&Type::Path(PathKind::Any), &[r#""/""#, stored]);
    refused(&Type::Path(PathKind::Any), &[r#""a""#, r#""""#]);
    accepted(&Type::Path(PathKind::InStore), &[stored, around]);
    refused(&Type::Path(PathKind::External), &[stored, around, r#""run/key""#]);
    accepted(&Type::Path(PathKind::External), &[r#""/run/key""#, r#""/nix/store""#]);
}

#[test]
fn collections_report_every_wrong_element() {
    let ty = Type::AttrsOf(Box::new(Type::NonEmptyListOf(Box::new(Type::Port))));
    accepted(&ty, &[r#"{"a": [1], "b": [2, 3]}"#]);
    let problems = check(
        &ty,
        &json(r#"{"a": [], "b c": [1, 70000, "x"]}"#),
        &OptionPath::new("ports"),
        &packages(),
    )
    .unwrap_err();
    let subjects: Vec<_> = problems.iter().map(|p| &*p.subject).collect();
    assert_eq!(subjects, ["ports.a", "ports.\"b c\"[1]", "ports.\"b c\"[2]"]);
}

#[test]
fn submodules_know_their_options() {
    let ty = Type::Submodule(Submodule {
        options: vec![
            option("schedule", Type::Str, None),
            option("keep", Type::Port, Some(Value::Int(3))),
        ],
    });
    accepted(&ty, &[r#"{"schedule": "daily"}"#, r#"{"schedule": "daily", "keep": 1}"#]);
    let problems =
        check(&ty, &json(r#"{"shedule": "daily"}"#), &OptionPath::new("job"), &packages());
    let codes: Vec<_> = problems.unwrap_err().iter().map(|p| p.code).collect();
    assert_eq!(codes, [MISSING_VALUE, UNKNOWN_OPTION]);
}

#[test]
fn a_union_has_exactly_one_tag() {
    let variant = |name: &str| Variant {
        name: name.into(),
        description: "For a test.".into(),
        ty: Type::Port,
    };
    let ty = Type::AttrTag(vec![variant("tcp"), variant("udp")]);
    accepted(&ty, &[r#"{"tcp": 1}"#]);
    refused(&ty, &["{}", r#"{"tcp": 1, "udp": 2}"#, r#"{"icmp": 1}"#, r#"{"tcp": "x"}"#]);
}

#[test]
fn settings_hold_what_their_format_can() {
    let of = |format| Type::Settings(Settings { format, options: Vec::new() });
    accepted(&of(Format::Json), &[r#"{"a": {"b": [null, 1, {"c": 1.5}]}}"#]);
    refused(&of(Format::Json), &["1", "null"]);
    refused(&of(Format::Toml), &[r#"{"a": {"b": [null]}}"#]);
    accepted(&of(Format::Ini), &[r#"{"section": {"a": 1, "b": null}}"#]);
    refused(&of(Format::Ini), &[r#"{"a": 1}"#, r#"{"s": {"a": []}}"#, r#"{"s": {"a": {}}}"#]);
    let lines = of(Format::KeyValue);
    accepted(
        &lines,
        &[r#"{"a": 1, "b": true, "c": "x y", "d": 1.5, "e": [1, "x", false], "f": []}"#],
    );
    refused(&lines, &[r#"{"a": null}"#, r#"{"a": {}}"#, r#"{"a": [null]}"#, r#"{"a": [[1]]}"#]);
}

#[test]
fn the_first_fitting_alternative_decides() {
    let ty = Type::OneOf(vec![Type::Port, Type::ListOf(Box::new(Type::Port))]);
    accepted(&ty, &["1", "[1, 2]"]);
    refused(&ty, &["\"a\"", "[\"a\"]", "70000"]);
}

#[test]
fn a_misspelt_option_is_answered_with_the_right_one() {
    let problem = unknown_option(&OptionPath::new("gretting"), "gretting", &["port", "greeting"]);
    assert_eq!(problem.next, "did you mean `greeting`?");
}

#[test]
fn an_enum_of_integers_takes_no_float_that_is_equal() {
    let levels = Type::IntEnum(vec![1, 2, -3]);
    accepted(&levels, &["1", "-3"]);
    refused(&levels, &["1.0", "0", "\"1\"", "null"]);
    accepted(&Type::SeparatedStr(",".into()), &["\"\"", "\"a,b\""]);
    refused(&Type::SeparatedStr(",".into()), &["[\"a\"]", "1"]);
}

#[test]
fn a_value_of_the_other_type_becomes_one_of_the_type() {
    let becomes = |ty: &Type, value: &str, expected: &str| {
        let result = check(ty, &json(value), &OptionPath::new("o"), &packages());
        assert_eq!(result, Ok(json(expected)), "{value}");
    };
    let coerced =
        |from: Type, by: Conversion, to: Type| Type::Coerced(Box::new(Coerced { from, by, to }));
    let one_or_many = coerced(Type::Str, Conversion::Singleton, Type::ListOf(Box::new(Type::Str)));
    becomes(&one_or_many, "\"a\"", "[\"a\"]");
    becomes(&one_or_many, "[\"a\", \"b\"]", "[\"a\", \"b\"]");
    refused(&one_or_many, &["1", "[1]", "null", "{}"]);
    let octal = coerced(
        Type::Int(IntRange::default()),
        Conversion::Digits,
        Type::StrMatching("[0-7]{3}".into()),
    );
    becomes(&octal, "644", "\"644\"");
    becomes(&octal, "\"644\"", "\"644\"");
    refused(&octal, &["648", "64", "644.0", "\"9\""]);
    let lines =
        coerced(Type::ListOf(Box::new(Type::Str)), Conversion::Join("\n".into()), Type::Lines);
    becomes(&lines, "[]", "\"\"");
    becomes(&lines, "[\"a\", \"b\"]", "\"a\\nb\"");
    refused(&lines, &["[1]", "[null]", "1"]);
    let maybe = Type::NullOr(Box::new(one_or_many));
    becomes(&maybe, "null", "null");
    becomes(&maybe, "\"a\"", "[\"a\"]");
}
