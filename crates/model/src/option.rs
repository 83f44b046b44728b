//! Options and their types. A type may have options again, so that neither is below the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Format, Place, Value};

/// An option that a feature declares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionDecl {
    /// Its name, in camelCase.
    pub name: String,
    /// Which values it accepts.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it is for, in CommonMark.
    pub description: String,
    /// Its value where nobody sets it; without one it must be set. May refer to any option of
    /// the feature; within a submodule also to its neighbours, as the variable
    /// [`NEIGHBOURS`](crate::NEIGHBOURS) (`config.source`), and where the submodule is a value of
    /// an attribute set to its name there, as the variable [`NAME`](crate::NAME).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// How documentation shows the default, in CommonMark, where the expression would mislead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_text: Option<String>,
    /// A value that documentation shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// Not meant for users of the feature at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub internal: bool,
    /// Left out of documentation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Only the default may set it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The variable that holds the options beside a submodule's option: `config`, as in Nix.
pub const NEIGHBOURS: &str = "config";

/// The variable that holds a submodule's name in its attribute set: `name`, as in Nix.
pub const NAME: &str = "name";

fn is_false(b: &bool) -> bool {
    !b
}

/// The type of an option: which values it accepts. Each is one NixOS option type, with exactly
/// its meaning; `docs/reference/types.md` is the table of both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An integer within bounds.
    Int(IntRange),
    /// A TCP or UDP port: 0 to 65535.
    Port,
    /// A float, and no integer.
    Float,
    /// An integer or a float, within bounds.
    Number(NumberRange),
    /// Any string.
    Str,
    /// A string with at least one character that is no space, tab or newline.
    NonEmptyStr,
    /// A string without line breaks; one at its end is allowed and dropped.
    SingleLineStr,
    /// Any string; several definitions are joined with newlines.
    Lines,
    /// Any string; several definitions are joined with this separator.
    #[schemars(extend("x-since" = 3))]
    SeparatedStr(String),
    /// A string that the whole pattern matches: a POSIX extended regular expression, limited to
    /// what Nix and Rust understand alike.
    StrMatching(String),
    /// One of these strings.
    Enum(Vec<String>),
    /// One of these integers.
    #[schemars(extend("x-since" = 3))]
    IntEnum(Vec<i64>),
    /// An absolute path.
    Path(PathKind),
    /// A package: a name from the manifest's `packages`.
    Package,
    /// A list.
    ListOf(Box<Type>),
    /// A list with at least one element.
    NonEmptyListOf(Box<Type>),
    /// An attribute set with any names.
    AttrsOf(Box<Type>),
    /// An attribute set whose values may refer to each other; several definitions of one name
    /// are not known to be absent until evaluated.
    LazyAttrsOf(Box<Type>),
    /// `null`, or a value of the type.
    NullOr(Box<Type>),
    /// A value of the first of these types that accepts it; at least two.
    OneOf(Vec<Type>),
    /// A value of a type, or one of another type, of which a value of the first is made.
    #[schemars(extend("x-since" = 3))]
    Coerced(Box<Coerced>),
    /// An attribute set with declared options.
    Submodule(Submodule),
    /// An attribute set with exactly one of these names, which says what its value means.
    AttrTag(Vec<Variant>),
    /// Settings of a program in its own file format (RFC 42): declared options, and freely any
    /// other value that the format can hold.
    Settings(Settings),
    /// Any value.
    Anything,
}

impl Type {
    /// Whether its values are texts.
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Str
                | Self::NonEmptyStr
                | Self::SingleLineStr
                | Self::Lines
                | Self::SeparatedStr(_)
                | Self::StrMatching(_)
                | Self::Enum(_)
                | Self::Path(_)
                | Self::Package
        )
    }
}

impl Type {
    /// Whether several definitions of it are joined, one after the other.
    pub fn is_joined(&self) -> bool {
        match self {
            Self::Lines | Self::SeparatedStr(_) | Self::ListOf(_) | Self::NonEmptyListOf(_) => true,
            Self::NullOr(inner) => inner.is_joined(),
            Self::Coerced(it) => it.to.is_joined(),
            _ => false,
        }
    }
}

/// Inclusive bounds of an integer; `None` is the bound of 64 signed bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct IntRange {
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// Inclusive bounds of a number.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct NumberRange {
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// Which absolute paths are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PathKind {
    /// Any absolute path.
    Any,
    /// A path in the store.
    InStore,
    /// A path outside the store, such as a secret's file: never copied into it.
    External,
}

/// A type that also takes values of another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coerced {
    /// The other type.
    pub from: Type,
    /// What is made of a value of it.
    pub by: Conversion,
    /// The type that the option has.
    pub to: Type,
}

/// What is made of a value of another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Conversion {
    /// A list with the value as its only element.
    Singleton,
    /// The decimal digits of an integer, as a string.
    Digits,
    /// The strings of a list, with this between them.
    Join(String),
}

impl Conversion {
    /// What becomes of a value; `None` where it is of no such kind.
    pub fn apply(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Singleton, value) => Some(Value::List(vec![value.clone()])),
            (Self::Digits, Value::Int(n)) => Some(Value::from(n.to_string())),
            (Self::Join(separator), Value::List(items)) => {
                let text = |item: &Value| match item {
                    Value::Str(text) => Some(text.clone()),
                    _ => None,
                };
                let texts: Option<Vec<_>> = items.iter().map(text).collect();
                Some(Value::from(texts?.join(separator)))
            }
            _ => None,
        }
    }
}

/// An attribute set with declared options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Submodule {
    /// The options, in the order they were written.
    pub options: Vec<OptionDecl>,
}

/// One name of an [`Type::AttrTag`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// The name.
    pub name: String,
    /// What it means, in CommonMark.
    pub description: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// Settings of a program in its own file format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// The file format, which limits the values that are free.
    pub format: Format,
    /// Options declared within the settings, in the order they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionDecl>,
}

impl Settings {
    /// The type of each value that no option declares, where the format has values of one type.
    pub fn free_type(&self) -> Option<Type> {
        match self.format {
            Format::Json | Format::Toml | Format::Yaml | Format::Ini => None,
            Format::KeyValue => {
                let int = Type::Int(IntRange { min: None, max: None });
                let mut types = vec![Type::Bool, int, Type::Float, Type::Str];
                types.push(Type::ListOf(Box::new(Type::OneOf(types.clone()))));
                Some(Type::OneOf(types))
            }
        }
    }
}
