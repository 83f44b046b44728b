//! What types accept, in words.

use crate::{Conversion, IntRange, NumberRange, PathKind, Type};

impl Type {
    /// What it accepts, for a sentence: `an integer between 0 and 255`.
    pub fn described(&self) -> String {
        match self {
            Self::Bool => "a boolean (true or false)".into(),
            Self::Int(IntRange { min, max }) => described_range("an integer", *min, *max),
            Self::Port => "a port (an integer between 0 and 65535)".into(),
            Self::Float => "a float, such as 1.0".into(),
            Self::Number(NumberRange { min, max }) => described_range("a number", *min, *max),
            Self::Str | Self::Lines | Self::SeparatedStr(_) => "a string".into(),
            Self::IntEnum(values) => {
                let values: Vec<_> = values.iter().map(i64::to_string).collect();
                format!("one of {}", values.join(", "))
            }
            Self::NonEmptyStr => "a string that is not blank".into(),
            Self::SingleLineStr => "a string of one line".into(),
            Self::StrMatching(pattern) => format!("a string that matches {pattern}"),
            Self::Enum(names) => {
                let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Path(PathKind::Any) => "an absolute path".into(),
            Self::Path(PathKind::InStore) => "a path in the Nix store".into(),
            Self::Path(PathKind::External) => "an absolute path outside the Nix store".into(),
            Self::Package => "a package that the feature declares".into(),
            Self::ListOf(inner) => format!("a list, each element {}", inner.described()),
            Self::NonEmptyListOf(inner) => {
                format!("a list with at least one element, each {}", inner.described())
            }
            Self::AttrsOf(inner) | Self::LazyAttrsOf(inner) => {
                format!("an attribute set, each value {}", inner.described())
            }
            Self::NullOr(inner) => format!("null, or {}", inner.described()),
            Self::OneOf(types) => {
                types.iter().map(Self::described).collect::<Vec<_>>().join(", or ")
            }
            Self::Submodule(submodule) => {
                let names: Vec<_> = submodule.options.iter().map(|o| &*o.name).collect();
                format!("an attribute set of the options {}", names.join(", "))
            }
            Self::AttrTag(variants) => {
                let names: Vec<_> = variants.iter().map(|v| &*v.name).collect();
                format!("an attribute set with exactly one of {}", names.join(", "))
            }
            Self::Settings(settings) => {
                format!("an attribute set that can be written as {}", settings.format.name())
            }
            Self::Coerced(coerced) => format!(
                "{}, or {}, {}",
                coerced.to.described(),
                coerced.from.described(),
                coerced.by.described()
            ),
            Self::Anything => "any value".into(),
        }
    }
}

fn described_range<N: std::fmt::Display>(what: &str, min: Option<N>, max: Option<N>) -> String {
    match (min, max) {
        (None, None) => what.to_owned(),
        (Some(min), None) => format!("{what}, {min} or more"),
        (None, Some(max)) => format!("{what}, {max} or less"),
        (Some(min), Some(max)) => format!("{what} between {min} and {max}"),
    }
}

impl Conversion {
    /// What a value becomes, for the end of a sentence.
    fn described(&self) -> String {
        match self {
            Self::Singleton => "which becomes a list of it alone".into(),
            Self::Digits => "which becomes a string of its digits".into(),
            Self::Join(separator) => format!("which are joined with {separator:?}"),
        }
    }
}
