//! What nixpkgs calls a type in manuals and messages: the `description` of the NixOS type.

use domi_model::{Format, IntRange, NumberRange, PathKind, Settings, Type};

/// What a description is grammatically, which decides where it needs parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Noun,
    /// With a clause after a comma or semicolon.
    Clause,
    /// `list of …`
    Composite,
    /// `… or …`
    Conjunction,
    /// Always in parentheses within another.
    None,
}

/// The description of the NixOS type.
pub(crate) fn description(ty: &Type) -> String {
    described(ty).0
}

fn described(ty: &Type) -> (String, Class) {
    let noun = |text: &str| (text.to_owned(), Class::Noun);
    match ty {
        Type::Bool => noun("boolean"),
        Type::Int(range) => int(*range),
        Type::Port => int(IntRange { min: Some(0), max: Some(0xffff) }),
        Type::Float => noun("floating point number"),
        Type::Number(range) => number(*range),
        Type::Str => noun("string"),
        Type::NonEmptyStr => noun("non-empty string"),
        Type::SingleLineStr => noun("(optionally newline-terminated) single-line string"),
        Type::Lines => noun(r#"strings concatenated with "\n""#),
        Type::StrMatching(pattern) => noun(&format!("string matching the pattern {pattern}")),
        Type::Enum(names) => one_of(names),
        Type::Path(PathKind::Any) => noun("absolute path"),
        Type::Path(PathKind::InStore) => noun("path in the Nix store"),
        Type::Path(PathKind::External) => noun("absolute path not in the Nix store"),
        Type::Package => noun("package"),
        Type::ListOf(inner) => composite("list of", inner),
        Type::NonEmptyListOf(inner) => {
            (format!("non-empty ({})", composite("list of", inner).0), Class::Composite)
        }
        Type::AttrsOf(inner) => composite("attribute set of", inner),
        Type::LazyAttrsOf(inner) => composite("lazy attribute set of", inner),
        Type::NullOr(inner) => {
            let inner = phrase(inner, &[Class::Noun, Class::Conjunction]);
            (format!("null or {inner}"), Class::Conjunction)
        }
        Type::OneOf(types) => either(types),
        Type::Submodule(_) => ("submodule".to_owned(), Class::None),
        Type::AttrTag(variants) => {
            let mut names: Vec<&str> = variants.iter().map(|variant| &*variant.name).collect();
            names.sort_unstable();
            noun(&format!("attribute-tagged union with choices: {}", names.join(", ")))
        }
        Type::Settings(settings) => self::settings(settings),
        Type::Anything => noun("anything"),
    }
}

fn phrase(ty: &Type, bare: &[Class]) -> String {
    let (text, class) = described(ty);
    if bare.contains(&class) { text } else { format!("({text})") }
}

fn composite(of: &str, inner: &Type) -> (String, Class) {
    let inner = phrase(inner, &[Class::Noun, Class::Composite]);
    (format!("{of} {inner}"), Class::Composite)
}

fn int(IntRange { min, max }: IntRange) -> (String, Class) {
    let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
    let clause = |text: String| (text, Class::Clause);
    let sized = |bits: u32, sign: &str| {
        let text = format!("{bits} bit {sign} integer; between {min} and {max} (both inclusive)");
        (text, Class::Noun)
    };
    match (min, max) {
        (i64::MIN, i64::MAX) => ("signed integer".to_owned(), Class::Noun),
        (0, i64::MAX) => clause("unsigned integer, meaning >=0".to_owned()),
        (1, i64::MAX) => clause("positive integer, meaning >0".to_owned()),
        (0, 0xff) => sized(8, "unsigned"),
        (0, 0xffff) => sized(16, "unsigned"),
        (0, 0xffff_ffff) => sized(32, "unsigned"),
        (-0x80, 0x7f) => sized(8, "signed"),
        (-0x8000, 0x7fff) => sized(16, "signed"),
        (-0x8000_0000, 0x7fff_ffff) => sized(32, "signed"),
        _ => (format!("integer between {min} and {max} (both inclusive)"), Class::Noun),
    }
}

fn number(NumberRange { min, max }: NumberRange) -> (String, Class) {
    match (min, max) {
        (None, None) => ("signed integer or floating point number".to_owned(), Class::Conjunction),
        (Some(0.0), None) => {
            ("nonnegative integer or floating point number, meaning >=0".to_owned(), Class::Clause)
        }
        _ => {
            let (min, max) = (min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX));
            let text = format!(
                "integer or floating point number between {} and {} (both inclusive)",
                json(min),
                json(max)
            );
            (text, Class::Conjunction)
        }
    }
}

/// A bound as Nix shows it.
fn json(x: f64) -> String {
    let text = format!("{x:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            format!("{mantissa}e+{exponent}")
        }
        _ => text.strip_suffix(".0").map(str::to_owned).unwrap_or(text),
    }
}

fn one_of(names: &[String]) -> (String, Class) {
    let shown = |name: &String| format!("\"{name}\"");
    match names {
        [] => ("impossible (empty enum)".to_owned(), Class::Noun),
        [only] => (format!("value {} (singular enum)", shown(only)), Class::Noun),
        names => {
            let names: Vec<String> = names.iter().map(shown).collect();
            (format!("one of {}", names.join(", ")), Class::Conjunction)
        }
    }
}

fn either(types: &[Type]) -> (String, Class) {
    let Some((first, rest)) = types.split_first() else {
        return ("impossible".to_owned(), Class::Noun);
    };
    if rest.is_empty() {
        return described(first);
    }
    let (first_text, first_class) = described(first);
    let (rest_text, rest_class) = either(rest);
    let rest_bare = matches!(rest_class, Class::Noun | Class::Conjunction | Class::Composite);
    let rest = |bare| if bare { rest_text.clone() } else { format!("({rest_text})") };
    let text = if first_class == Class::Clause {
        let bare = matches!(rest_class, Class::Noun | Class::Conjunction);
        format!("{first_text}, or {}", rest(bare))
    } else {
        let bare = matches!(first_class, Class::Noun | Class::Conjunction);
        let first = if bare { first_text } else { format!("({first_text})") };
        format!("{first} or {}", rest(rest_bare))
    };
    (text, Class::Conjunction)
}

fn settings(settings: &Settings) -> (String, Class) {
    let free = match settings.format {
        Format::Json => "(JSON value)".to_owned(),
        Format::Toml => "(TOML value)".to_owned(),
        Format::Yaml => "(YAML 1.1 value)".to_owned(),
        Format::Ini => {
            "attribute set of section of an INI file (attrs of INI atom (null, bool, int, \
                        float or string))"
                .to_owned()
        }
        Format::KeyValue => {
            let ty = settings.free_type().unwrap_or(Type::Anything);
            phrase(&Type::AttrsOf(Box::new(ty)), &[Class::Noun, Class::Composite])
        }
    };
    (format!("open submodule of {free}"), Class::None)
}
