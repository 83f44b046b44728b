//! What holds for any settings.

use domi_model::{
    Expr, Format, IntRange, OptionDecl, OptionPath, PathKind, Settings, Submodule, Type, Value,
    Variant, check,
};
use domi_realise::{DebianPaths, realise, resolve};
use proptest::prelude::*;
use serde_json::json;

use crate::common::{manifest, option};

/// Strings that are likely to break out of something.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z0-9@:._-]{0,6}",
        "[\"'\\\\%$;\\n\\t\\r #=\\[\\]{}/]{1,3}",
        "\\PC{0,4}",
        any::<char>().prop_map(|c| if c == '\0' { ' ' } else { c }.to_string()),
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i32>().prop_map(|n| Value::Float(f64::from(n) / 8.0)),
        prop::sample::select(vec![1e300, 1e-300, 0.1, 1e15, 1e14, -1e-5]).prop_map(Value::Float),
        text().prop_map(Value::Str),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(Value::Attrs),
        ]
    })
}

/// The words of a line as systemd reads them: quotes, escapes, then `%%` and `$$`. Written from
/// systemd.syntax(7) and systemd.service(5), not from the code under test.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    while rest.peek().is_some() {
        assert_eq!(rest.next(), Some('"'), "every word is quoted: {line}");
        let mut word = String::new();
        loop {
            match rest.next().expect("every quote is closed") {
                '"' => break,
                '\\' => word.push(match rest.next().unwrap() {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => {
                        let code: String = rest.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap()
                    }
                    c @ ('"' | '\\') => c,
                    other => panic!("systemd knows no \\{other}"),
                }),
                c => word.push(c),
            }
        }
        words.push(word);
        assert!(matches!(rest.next(), None | Some(' ')), "words are apart: {line}");
    }
    words
}

fn expanded(word: &str) -> String {
    for pair in ["%", "$"] {
        let alone = word.replace(&pair.repeat(2), "");
        assert!(!alone.contains(pair), "systemd would expand something in {word:?}");
    }
    word.replace("%%", "%").replace("$$", "$")
}

/// The values of a key of a unit file.
fn lines<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    text.split('\n').filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

proptest! {
    #[test]
    fn settings_come_to_a_system_that_holds_them_or_to_problems(
        command in text(), name in text(), line in text(), free in value(),
    ) {
        let lit = |value: &str| json!({ "literal": value });
        let text = |name: &str| json!({ "option": [name] });
        let manifest = manifest(json!({
            "options": [
                option("command", json!("str"), None),
                option("line", json!("str"), None),
                option("free", json!("anything"), None),
                option("jobs", json!({ "attrsOf": "str" }), None),
            ],
            "system": {
                "units": [
                    {
                        "kind": "service", "name": lit("quoted"),
                        "environment": { "TEXT": { "value": text("command") } },
                        "commands": { "ExecStart": [{ "argv": { "list":
                            [lit("/bin/x"), text("command"), { "toJson": text("free") }] } }] },
                    },
                    {
                        "kind": "service",
                        "name": { "text": [lit("job-"), { "variable": { "name": "name" } }] },
                        "scope": { "each": { "over": text("jobs"), "name": "name", "value": "value" } },
                        "description": { "variable": { "name": "value" } },
                    },
                ],
                "tmpfiles": [{ "kind": "f", "path": lit("/x"), "argument": text("line") }],
                "etc": [{ "path": lit("free.json"), "content":
                    { "settings": { "format": "json", "value": text("free") } } }],
            },
        }));
        let given = [
            ("command".to_owned(), Value::Str(command.clone())),
            ("line".to_owned(), Value::Str(line.clone())),
            ("free".to_owned(), free.clone()),
            ("jobs".to_owned(), [(name.clone(), Value::Str(line.clone()))].into_iter().collect()),
        ];
        match realise(&manifest, &given.into(), &DebianPaths::new(&manifest)) {
            Err(problems) => {
                let bad = problems.iter().find(|p| !["D0212", "D0214"].contains(&p.code.0));
                prop_assert_eq!(bad, None);
            }
            Ok(realised) => {
                let unit = &realised.system.units["quoted.service"].text;
                let args = words(lines(unit, "ExecStart")[0]);
                prop_assert_eq!(expanded(&args[1]), command.clone());
                let json: Value = serde_json::from_str(&expanded(&args[2])).unwrap();
                prop_assert_eq!(&json, &free);
                let variables = lines(unit, "Environment");
                prop_assert_eq!(words(variables[1]), vec![format!("TEXT={command}")]);
                let job = &realised.system.units[&format!("job-{name}.service")].text;
                // A line break at the end is dropped, as NixOS does.
                let line = line.strip_suffix('\n').unwrap_or(&line);
                let description: Vec<_> =
                    Some(line).filter(|line| !line.is_empty()).into_iter().collect();
                prop_assert_eq!(lines(job, "Description"), description);
                prop_assert_eq!(job.matches('\n').count(), 4 + usize::from(!line.is_empty()));
                prop_assert_eq!(realised.system.tmpfiles[0].matches('\n').count(), 1);
                let file: Value = serde_json::from_str(&realised.system.etc["free.json"].text).unwrap();
                prop_assert_eq!(file, free);
                for file in realised.system.files() {
                    prop_assert!(!file.path.split('/').any(|part| part == ".."), "{}", file.path);
                }
            }
        }
    }

    #[test]
    fn yaml_and_toml_read_back_as_what_was_written(free in value()) {
        let Value::Attrs(free) = free else { return Ok(()) };
        let free = Value::Attrs(free);
        for format in ["yaml", "toml"] {
            let manifest = manifest(json!({
                "options": [option("free", json!("anything"), None)],
                "system": { "etc": [{ "path": { "literal": "x" }, "content":
                    { "settings": { "format": format, "value": { "option": ["free"] } } } }] },
            }));
            let given = [("free".to_owned(), free.clone())];
            let realised = realise(&manifest, &given.into(), &DebianPaths::new(&manifest));
            let text = match realised {
                Ok(realised) => realised.system.etc["x"].text.clone(),
                Err(problems) => {
                    prop_assert!(format == "toml" && problems[0].message.contains("null"), "{:?}", problems);
                    continue;
                }
            };
            if format == "yaml" {
                let parsed = yaml_rust2::YamlLoader::load_from_str(&text).unwrap();
                prop_assert_eq!(from_yaml(&parsed[0]), free.clone(), "{}", text);
            } else {
                let parsed: Value = toml_edit::de::from_str(&text).unwrap();
                prop_assert_eq!(parsed, free.clone(), "{}", text);
            }
        }
    }

    #[test]
    fn set_never_panics(text in "\\PC{0,20}", name in "[a-z.\"=]{0,10}") {
        let manifest = manifest(json!({ "options": [
            option("a", json!({ "attrsOf": { "oneOf": ["str", { "int": {} }] } }), None),
        ] }));
        for text in [text.clone(), format!("{name}={text}"), format!("a.{text}")] {
            let mut settings = std::collections::BTreeMap::new();
            if domi_realise::set::apply(&text, &manifest, &mut settings).is_ok() {
                prop_assert!(settings.contains_key("a") || settings.contains_key("enable"));
            }
        }
    }
}

/// Types of all kinds, with values that are likely to be legal.
fn typed() -> impl Strategy<Value = (Type, BoxedStrategy<Value>)> {
    let leaf = prop_oneof![
        Just((Type::Bool, any::<bool>().prop_map(Value::Bool).boxed())),
        Just((
            Type::Int(IntRange { min: Some(-5), max: Some(5) }),
            (-6..7i64).prop_map(Value::Int).boxed()
        )),
        Just((Type::Port, (0..65537i64).prop_map(Value::Int).boxed())),
        Just((Type::Float, any::<i32>().prop_map(|n| Value::Float(f64::from(n) / 8.0)).boxed())),
        Just((Type::Str, text().prop_map(Value::Str).boxed())),
        Just((Type::NonEmptyStr, text().prop_map(Value::Str).boxed())),
        Just((Type::SingleLineStr, text().prop_map(|s| Value::Str(s + "\n")).boxed())),
        Just((Type::StrMatching("[a-c]+".into()), "[a-d]{1,2}".prop_map(Value::Str).boxed())),
        Just((Type::Enum(vec!["a".into(), "b".into()]), "[abc]".prop_map(Value::Str).boxed())),
        Just((Type::Path(PathKind::External), "/[a-z/.]{0,5}".prop_map(Value::Str).boxed())),
        Just((Type::Package, "rsync|web|none".prop_map(Value::Str).boxed())),
        Just((Type::Anything, value().boxed())),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        inner.prop_flat_map(|(ty, values)| {
            let list = prop::collection::vec(values.clone(), 0..3).prop_map(Value::List).boxed();
            let attrs = prop::collection::btree_map("[a-z]{1,2}", values.clone(), 0..3);
            let attrs = attrs.prop_map(Value::Attrs).boxed();
            let field = |name: &str, values: BoxedStrategy<Value>| {
                let name = name.to_owned();
                values.prop_map(move |v| Value::Attrs([(name.clone(), v)].into())).boxed()
            };
            let boxed = Box::new(ty.clone());
            let options = vec![
                declared("must", ty.clone(), None),
                declared("may", Type::Int(IntRange::default()), Some(Expr::Literal(Value::Int(1)))),
            ];
            let settings = Settings { format: Format::Json, options: options.clone() };
            let variant = Variant { name: "tag".into(), description: "T.".into(), ty };
            let or_null = prop_oneof![Just(Value::Null), values.clone()].boxed();
            prop::sample::select(vec![
                (Type::ListOf(boxed.clone()), list.clone()),
                (Type::NonEmptyListOf(boxed.clone()), list),
                (Type::AttrsOf(boxed.clone()), attrs.clone()),
                (Type::LazyAttrsOf(boxed.clone()), attrs),
                (Type::NullOr(boxed.clone()), or_null),
                (Type::OneOf(vec![Type::Bool, Type::ListOf(boxed)]), values.clone()),
                (Type::Submodule(Submodule { options }), field("must", values.clone())),
                (Type::Settings(settings), field("must", values.clone())),
                (Type::AttrTag(vec![variant]), field("tag", values)),
            ])
        })
    })
}

fn declared(name: &str, ty: Type, default: Option<Expr>) -> OptionDecl {
    OptionDecl { ty, default, ..serde_json::from_value(option(name, json!("bool"), None)).unwrap() }
}

proptest! {
    #[test]
    fn exactly_legal_values_are_settled_and_stay_legal(
        (ty, value) in typed().prop_flat_map(|(ty, values)| (Just(ty), prop_oneof![4 => values, 1 => value()])),
    ) {
        let mut manifest = manifest(json!({}));
        manifest.options.push(declared("x", ty.clone(), None));
        let at = OptionPath::new("x");
        let settle = |value: Value| {
            resolve(&manifest, &[("x".to_owned(), value)].into(), &DebianPaths::new(&manifest))
        };
        match (check(&ty, &value, &at, &manifest.packages), settle(value)) {
            (Err(checked), Err(settled)) => prop_assert_eq!(checked.len(), settled.len()),
            (Ok(_), Ok(settled)) => {
                let value = settled.options["x"].to_value();
                prop_assert_eq!(check(&ty, &value, &at, &manifest.packages), Ok(value.clone()));
                prop_assert_eq!(settle(value).unwrap().options, settled.options);
            }
            (checked, settled) => prop_assert!(false, "{:?} {:?}", checked, settled),
        }
    }
}

fn from_yaml(yaml: &yaml_rust2::Yaml) -> Value {
    use yaml_rust2::Yaml;
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Boolean(b) => Value::Bool(*b),
        Yaml::Integer(n) => Value::Int(*n),
        Yaml::Real(x) => Value::Float(x.parse().unwrap()),
        Yaml::String(s) => Value::from(&**s),
        Yaml::Array(items) => items.iter().map(from_yaml).collect(),
        Yaml::Hash(attrs) => {
            attrs.iter().map(|(k, v)| (k.as_str().unwrap().to_owned(), from_yaml(v))).collect()
        }
        other => panic!("{other:?}"),
    }
}
