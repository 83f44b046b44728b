//! What can be written in a file of settings, as far as the shape of an expression tells.

use crate::shape::{Context, Fault, Shape};
use crate::{Expr, Format, ini};

impl Context<'_> {
    /// A value that a file of the format can hold. What has no fixed shape is decided when there
    /// are settings.
    pub(crate) fn expect_written(&self, format: Format, value: &Expr) -> Result<(), Fault> {
        let shape = self.shape(value)?;
        match format {
            Format::Json | Format::Yaml => Ok(()),
            Format::Toml => toml(&shape),
            Format::Ini => sections(&shape),
        }
    }
}

fn toml(shape: &Shape) -> Result<(), Fault> {
    if !shape.is_attrs() {
        return Err(format!("TOML holds an attribute set, but this is {}", shape.described()));
    }
    match null_within(shape) {
        None => Ok(()),
        Some(at) => Err(format!(
            "`{at}` may be null, which TOML cannot hold; `withoutNulls` (`.without_nulls()` in \
             Rust) around the value leaves out what is null"
        )),
    }
}

/// The path of something that may be null; empty for the value itself.
pub(crate) fn null_within(shape: &Shape) -> Option<String> {
    let below = |name: &str, inner: &Shape| {
        let rest = null_within(inner)?;
        let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
        Some(format!("{name}{dot}{rest}"))
    };
    match shape {
        Shape::Null | Shape::Nullable(_) => Some(String::new()),
        Shape::List(inner) => below("[]", inner),
        Shape::Attrs(inner) => below("<name>", inner),
        Shape::Record(fields) | Shape::Union(fields) => {
            fields.iter().find_map(|(name, inner)| below(name, inner))
        }
        _ => None,
    }
}

fn sections(shape: &Shape) -> Result<(), Fault> {
    match shape {
        Shape::Unknown => Ok(()),
        Shape::Attrs(inner) => section("<name>", inner),
        Shape::Record(fields) | Shape::Union(fields) => {
            fields.iter().try_for_each(|(name, inner)| {
                if !ini::is_section(name) {
                    return Err(format!("{name:?} cannot be the name of a section of INI"));
                }
                section(name, inner)
            })
        }
        other => Err(format!("INI holds sections, but this is {}", other.described())),
    }
}

fn section(at: &str, shape: &Shape) -> Result<(), Fault> {
    match shape {
        Shape::Unknown | Shape::Nothing => Ok(()),
        Shape::Nullable(inner) if **inner == Shape::Unknown => Ok(()),
        Shape::Attrs(inner) => line(at, "<name>", inner),
        Shape::Record(fields) | Shape::Union(fields) => {
            fields.iter().try_for_each(|(name, inner)| {
                if !ini::is_key(name) {
                    return Err(format!("{name:?} cannot be a key of INI"));
                }
                line(at, name, inner)
            })
        }
        other => Err(format!("`{at}` must be a section of INI, but is {}", other.described())),
    }
}

fn line(section: &str, key: &str, shape: &Shape) -> Result<(), Fault> {
    match shape {
        Shape::Nullable(inner) => line(section, key, inner),
        shape if shape.is_attrs() || matches!(shape, Shape::List(_)) => {
            Err(format!("`{section}.{key}` is {}, which INI cannot hold", shape.described()))
        }
        _ => Ok(()),
    }
}

impl Shape {
    /// The shape without attributes that are null, at any depth.
    pub(crate) fn without_nulls(self) -> Self {
        match self {
            Self::List(inner) => Self::List(Box::new(inner.within_list())),
            Self::Attrs(inner) => Self::Attrs(Box::new(inner.present())),
            Self::Record(fields) | Self::Union(fields)
                if fields.values().any(|field| matches!(field, Self::Null | Self::Nullable(_))) =>
            {
                // Some of the names may be missing, so that nothing can be reached by them.
                let fields = fields.into_values().map(Self::present);
                Self::Attrs(Box::new(Self::all(fields)))
            }
            Self::Record(fields) => Self::Record(present_each(fields)),
            Self::Union(fields) => Self::Union(present_each(fields)),
            other => other,
        }
    }

    /// Of an attribute that is there.
    fn present(self) -> Self {
        match self {
            Self::Null => Self::Nothing,
            Self::Nullable(inner) => inner.without_nulls(),
            other => other.without_nulls(),
        }
    }

    /// Of an element of a list, which stays where it is null.
    fn within_list(self) -> Self {
        match self {
            Self::Nullable(inner) => Self::Nullable(Box::new(inner.without_nulls())),
            other => other.without_nulls(),
        }
    }
}

fn present_each(
    fields: std::collections::BTreeMap<String, Shape>,
) -> std::collections::BTreeMap<String, Shape> {
    fields.into_iter().map(|(name, field)| (name, field.present())).collect()
}
