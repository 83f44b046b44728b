//! The table of option types: what a feature's author writes, what the manifest says, and which
//! NixOS type it is.

use domi_model::{
    Coerced, Conversion, Feature, Format, IntRange, Kind, Manifest, Maturity, NumberRange,
    PathKind, Settings, Submodule, Type, Variant,
};

use crate::markdown::{cell, code, comment};
use crate::scope::Scope;
use crate::{describe, header, options, print};

/// A row: what an author writes in Rust, and what it is in the manifest.
struct Row {
    rust: &'static str,
    ty: Type,
}

/// The text of `docs/reference/types.md`: every option type with exactly the NixOS type that it
/// is printed as.
pub fn types_reference() -> String {
    let manifest = example();
    let scope = Scope::module(&manifest);
    let rows: Vec<String> = rows().iter().map(|row| line(&scope, row)).collect();
    format!(
        "{}\n\n# Option types\n\n\
         What a field of an `#[derive(Options)]` struct may be, how the manifest says it, and the \
         NixOS option type that it is: the same values are accepted on both sides, no more and no \
         fewer. A field of any other type does not compile.\n\n\
         | Rust | Manifest | NixOS | A value is called |\n| --- | --- | --- | --- |\n{}\n\n\
         `T`, `A` and `B` stand for any of these types, in the other columns `bool` or `str`. What a format \
         can hold is `pkgs.formats.<format> {{ }}`'s type, which the generated module binds as \
         `<format>Format`.\n",
        comment(&header::of_all()),
        rows.join("\n")
    )
}

fn line(scope: &Scope<'_>, row: &Row) -> String {
    let json = serde_json::to_string(&row.ty).unwrap_or_default();
    let nix = print::fragment(&options::nix_type(scope, &row.ty)).replace("lib.types.", "types.");
    let cells = [row.rust.to_owned(), code(&json), code(&one_line(&nix))];
    let described = crate::markdown::plain(&describe::description(&row.ty));
    let cells: Vec<String> = cells.iter().chain([&described]).map(|text| cell(text)).collect();
    format!("| {} |", cells.join(" | "))
}

fn one_line(nix: &str) -> String {
    nix.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rows() -> Vec<Row> {
    let boxed = Box::new;
    let int = |min, max| Type::Int(IntRange { min, max });
    let settings = |format| Type::Settings(Settings { format, options: Vec::new() });
    let coerced = |from, by, to| Type::Coerced(Box::new(Coerced { from, by, to }));
    let row = |rust, ty| Row { rust, ty };
    vec![
        row("`bool`", Type::Bool),
        row("`i64`", int(None, None)),
        row("`u8`", int(Some(0), Some(0xff))),
        row("`u16`", int(Some(0), Some(0xffff))),
        row("`u32`", int(Some(0), Some(0xffff_ffff))),
        row("`i8`", int(Some(-0x80), Some(0x7f))),
        row("`i16`", int(Some(-0x8000), Some(0x7fff))),
        row("`i32`", int(Some(-0x8000_0000), Some(0x7fff_ffff))),
        row("`i64` with `range = 0..`", int(Some(0), None)),
        row("`i64` with `range = 1..`", int(Some(1), None)),
        row("an integer with `range = 1..=100`", int(Some(1), Some(100))),
        row("`Port`", Type::Port),
        row("`Float`", Type::Float),
        row("`f64`", Type::Number(NumberRange { min: None, max: None })),
        row("`f64` with `range = 0.0..`", Type::Number(NumberRange { min: Some(0.0), max: None })),
        row(
            "`f64` with `range = 0.0..=1.0`",
            Type::Number(NumberRange { min: Some(0.0), max: Some(1.0) }),
        ),
        row("`String`", Type::Str),
        row("`NonEmptyStr`", Type::NonEmptyStr),
        row("`SingleLineStr`", Type::SingleLineStr),
        row("`Lines`", Type::Lines),
        row("`Commas`", Type::SeparatedStr(",".to_owned())),
        row("`Colons`", Type::SeparatedStr(":".to_owned())),
        row("`String` with `separator = \"; \"`", Type::SeparatedStr("; ".to_owned())),
        row("`String` with `matching = \"[a-z]+\"`", Type::StrMatching("[a-z]+".to_owned())),
        row("an `enum` without data", Type::Enum(vec!["one".to_owned(), "other".to_owned()])),
        row("an `enum` of numbers: `One = 1`", Type::IntEnum(vec![1, 2])),
        row("`AbsolutePath`", Type::Path(PathKind::Any)),
        row("`StorePath`", Type::Path(PathKind::InStore)),
        row("`SecretFile`", Type::Path(PathKind::External)),
        row("`Package`", Type::Package),
        row("`Vec<T>`", Type::ListOf(boxed(Type::Str))),
        row("`NonEmptyVec<T>`", Type::NonEmptyListOf(boxed(Type::Str))),
        row("`BTreeMap<String, T>`", Type::AttrsOf(boxed(Type::Str))),
        row("`LazyMap<T>`", Type::LazyAttrsOf(boxed(Type::Str))),
        row("`Option<T>`", Type::NullOr(boxed(Type::Str))),
        row("`Either<A, B>`", Type::OneOf(vec![Type::Bool, Type::Str])),
        row(
            "`OneOrMany<T>`",
            coerced(Type::Str, Conversion::Singleton, Type::ListOf(boxed(Type::Str))),
        ),
        row("`IntOrString`", coerced(int(None, None), Conversion::Digits, Type::Str)),
        row(
            "`LinesOrList`",
            coerced(Type::ListOf(boxed(Type::Str)), Conversion::Join("\n".to_owned()), Type::Lines),
        ),
        row("a `struct`", Type::Submodule(Submodule { options: Vec::new() })),
        row(
            "an `enum` with data",
            Type::AttrTag(vec![Variant {
                name: "tag".to_owned(),
                description: "What it means.".to_owned(),
                ty: Type::Str,
            }]),
        ),
        row("`Settings<Json, T>`", settings(Format::Json)),
        row("`Settings<Toml, T>`", settings(Format::Toml)),
        row("`Settings<Yaml, T>`", settings(Format::Yaml)),
        row("`Settings<Ini, T>`", settings(Format::Ini)),
        row("`Settings<KeyValue, T>`", settings(Format::KeyValue)),
        row("`Anything`", Type::Anything),
    ]
}

/// A manifest for the types to be printed in; nothing of it is seen.
fn example() -> Manifest {
    Manifest::of(Feature {
        name: "example".to_owned(),
        kind: Kind::Services,
        summary: String::new(),
        description: String::new(),
        maturity: Maturity::Dev,
        version: String::new(),
        platforms: Vec::new(),
        maintainers: Vec::new(),
        formerly: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The kinds of types; a new one does not compile until it is here, and fails the test until
    /// it has a row.
    fn kind(ty: &Type) -> usize {
        match ty {
            Type::Bool => 0,
            Type::Int(_) => 1,
            Type::Port => 2,
            Type::Float => 3,
            Type::Number(_) => 4,
            Type::Str => 5,
            Type::NonEmptyStr => 6,
            Type::SingleLineStr => 7,
            Type::Lines => 8,
            Type::StrMatching(_) => 9,
            Type::Enum(_) => 10,
            Type::Path(PathKind::Any) => 11,
            Type::Path(PathKind::InStore) => 12,
            Type::Path(PathKind::External) => 13,
            Type::Package => 14,
            Type::ListOf(_) => 15,
            Type::NonEmptyListOf(_) => 16,
            Type::AttrsOf(_) => 17,
            Type::LazyAttrsOf(_) => 18,
            Type::NullOr(_) => 19,
            Type::OneOf(_) => 20,
            Type::Submodule(_) => 21,
            Type::AttrTag(_) => 22,
            Type::Settings(Settings { format: Format::Json, .. }) => 23,
            Type::Settings(Settings { format: Format::Toml, .. }) => 24,
            Type::Settings(Settings { format: Format::Yaml, .. }) => 25,
            Type::Settings(Settings { format: Format::Ini, .. }) => 26,
            Type::Settings(Settings { format: Format::KeyValue, .. }) => 27,
            Type::Anything => 28,
            Type::IntEnum(_) => 29,
            Type::SeparatedStr(_) => 30,
            Type::Coerced(_) => 31,
        }
    }

    #[test]
    fn every_type_has_a_row() {
        let kinds: BTreeSet<usize> = rows().iter().map(|row| kind(&row.ty)).collect();
        assert_eq!(kinds, (0..=31).collect());
    }
}
