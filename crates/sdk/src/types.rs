//! The Rust types of options.

use domi_model::{IntRange, NumberRange, PathKind, Type, Value};

/// A Rust type that is the type of an option: which values NixOS accepts, and how a value of one
/// is a value of the other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of an option",
    label = "no option can have this type",
    note = "write one of: bool, i8…i64, u8…u32, f64, Float, Port, String, NonEmptyStr, SingleLineStr, Lines, \
            Commas, Colons, AbsolutePath, StorePath, SecretFile, Package, Anything, Settings<Yaml>, Vec<T>, NonEmptyVec<T>, \
            BTreeMap<String, T>, LazyMap<T>, Option<T>, OneOrMany<T>, IntOrString, \
            LinesOrList, Either<A, B>",
    note = "or a struct or enum of your own with `#[derive(Options)]`"
)]
pub trait OptionType: Sized {
    /// The type in the manifest.
    fn ty() -> Type;

    /// From a value that the type accepts; `None` for others.
    fn from_value(value: Value) -> Option<Self>;

    /// As a value.
    fn to_value(&self) -> Value;

    /// What is said of each value, in CommonMark; for the description of options.
    fn values() -> String {
        String::new()
    }

    /// The value where nobody sets the option, if the type itself says so.
    fn implied_default() -> Option<Value> {
        None
    }
}

/// Types that `#[option(range = …)]` can narrow.
#[diagnostic::on_unimplemented(message = "`range` is for integers and `f64`, not `{Self}`")]
pub trait Bounded: OptionType {
    /// The type of a bound.
    type Bound;

    /// The type with these inclusive bounds.
    fn bounded(min: Option<Self::Bound>, max: Option<Self::Bound>) -> Type;
}

/// Types that `#[option(matching = …)]` can narrow.
#[diagnostic::on_unimplemented(message = "`matching` narrows `String`, not `{Self}`")]
pub trait Patterned: OptionType {
    /// The type of the strings that the whole pattern matches.
    fn matching(pattern: &str) -> Type;
}

/// Types that `#[option(separator = …)]` changes.
#[diagnostic::on_unimplemented(message = "`separator` is for `String`, not `{Self}`")]
pub trait Separable: OptionType {
    /// The type of the strings of which several definitions are joined with a separator.
    fn separated(separator: &str) -> Type;
}

impl OptionType for bool {
    fn ty() -> Type {
        Type::Bool
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! integers {
    ($($ty:ty: $min:expr, $max:expr;)+) => {
        $(
            impl OptionType for $ty {
                fn ty() -> Type {
                    Type::Int(IntRange { min: $min, max: $max })
                }

                fn from_value(value: Value) -> Option<Self> {
                    match value {
                        Value::Int(n) => n.try_into().ok(),
                        _ => None,
                    }
                }

                fn to_value(&self) -> Value {
                    Value::Int((*self).into())
                }
            }

            impl Bounded for $ty {
                type Bound = Self;

                fn bounded(min: Option<Self>, max: Option<Self>) -> Type {
                    let wide: IntRange = IntRange { min: $min, max: $max };
                    Type::Int(IntRange {
                        min: min.map(Into::into).or(wide.min),
                        max: max.map(Into::into).or(wide.max),
                    })
                }
            }
        )+
    };
}

integers! {
    i8: Some(i8::MIN.into()), Some(i8::MAX.into());
    i16: Some(i16::MIN.into()), Some(i16::MAX.into());
    i32: Some(i32::MIN.into()), Some(i32::MAX.into());
    i64: None, None;
    u8: Some(0), Some(u8::MAX.into());
    u16: Some(0), Some(u16::MAX.into());
    u32: Some(0), Some(u32::MAX.into());
}

/// A float or an integer: `types.number`.
impl OptionType for f64 {
    fn ty() -> Type {
        Type::Number(NumberRange::default())
    }

    #[expect(clippy::cast_precision_loss, reason = "Nix too makes a float of such an integer")]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(n) => Some(n as f64),
            Value::Float(x) => Some(x),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Float(*self)
    }
}

impl Bounded for f64 {
    type Bound = Self;

    fn bounded(min: Option<Self>, max: Option<Self>) -> Type {
        Type::Number(NumberRange { min, max })
    }
}

macro_rules! strings {
    ($($(#[$doc:meta])* $name:ident: $ty:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub String);

            impl OptionType for $name {
                fn ty() -> Type {
                    $ty
                }

                fn from_value(value: Value) -> Option<Self> {
                    String::from_value(value).map(Self)
                }

                fn to_value(&self) -> Value {
                    Value::Str(self.0.clone())
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.fmt(f)
                }
            }

            impl std::ops::Deref for $name {
                type Target = str;

                fn deref(&self) -> &str {
                    &self.0
                }
            }
        )+
    };
}

strings! {
    /// A string with at least one character that is no white space: `types.nonEmptyStr`.
    NonEmptyStr: Type::NonEmptyStr;
    /// A string without line breaks: `types.singleLineStr`.
    SingleLineStr: Type::SingleLineStr;
    /// A string; several definitions are joined with newlines: `types.lines`.
    Lines: Type::Lines;
    /// A string; several definitions are joined with commas: `types.commas`.
    Commas: Type::SeparatedStr(",".to_owned());
    /// A string; several definitions are joined with colons, as in a search path: `types.envVar`.
    Colons: Type::SeparatedStr(":".to_owned());
    /// An absolute path: `types.path`, never copied into the store.
    AbsolutePath: Type::Path(PathKind::Any);
    /// A path in the store.
    StorePath: Type::Path(PathKind::InStore);
    /// The path of a file that holds a secret: outside the store, which everyone can read.
    SecretFile: Type::Path(PathKind::External);
    /// A package; in the settings of a test, its name in the feature's software.
    Package: Type::Package;
}

impl OptionType for String {
    fn ty() -> Type {
        Type::Str
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Str(self.clone())
    }
}

impl Patterned for String {
    fn matching(pattern: &str) -> Type {
        Type::StrMatching(pattern.to_owned())
    }
}

impl Separable for String {
    fn separated(separator: &str) -> Type {
        Type::SeparatedStr(separator.to_owned())
    }
}

/// A TCP or UDP port: `types.port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(pub u16);

impl OptionType for Port {
    fn ty() -> Type {
        Type::Port
    }

    fn from_value(value: Value) -> Option<Self> {
        u16::from_value(value).map(Self)
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A float, and no integer: `types.float`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Float(pub f64);

impl OptionType for Float {
    fn ty() -> Type {
        Type::Float
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Float(x) => Some(Self(x)),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Float(self.0)
    }
}

/// Any value: `types.anything`.
#[derive(Debug, Clone, PartialEq)]
pub struct Anything(pub Value);

impl OptionType for Anything {
    fn ty() -> Type {
        Type::Anything
    }

    fn from_value(value: Value) -> Option<Self> {
        Some(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
