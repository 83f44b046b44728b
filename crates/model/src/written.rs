//! What can be written in a file of settings, as far as the shape of an expression tells.

use crate::context::{Context, Fault};
use crate::shape::{Shape, null_within};
use crate::{Expr, Format, ini, key_value};

impl Context<'_> {
    /// A value that a file of the format can hold. What has no fixed shape is decided when there
    /// are settings.
    pub(crate) fn expect_written(&self, format: Format, value: &Expr) -> Result<(), Fault> {
        let shape = self.shape(value)?;
        match format {
            Format::Json | Format::Yaml => Ok(()),
            Format::Toml => toml(&shape),
            Format::Ini => sections(&shape),
            Format::KeyValue => lines(&shape),
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

fn lines(shape: &Shape) -> Result<(), Fault> {
    match shape {
        Shape::Unknown => Ok(()),
        Shape::Attrs(inner) => values("<name>", inner),
        Shape::Record(fields) | Shape::Union(fields) => {
            fields.iter().try_for_each(|(name, inner)| {
                if !key_value::is_key(name) {
                    return Err(format!("{name:?} cannot be the key of a line"));
                }
                values(name, inner)
            })
        }
        other => Err(format!("lines have keys, but this is {}", other.described())),
    }
}

/// The value of a line, or the values of one line each.
fn values(key: &str, shape: &Shape) -> Result<(), Fault> {
    let one = |shape: &Shape| match shape {
        Shape::Null | Shape::Nullable(_) => Err(format!(
            "`{key}` may be null, which no line can hold; `withoutNulls` (`.without_nulls()` in \
             Rust) around the value leaves out what is null"
        )),
        shape if shape.is_attrs() || matches!(shape, Shape::List(_)) => {
            Err(format!("`{key}` is {}, which no line can hold", shape.described()))
        }
        _ => Ok(()),
    };
    match shape {
        Shape::List(inner) => one(inner),
        shape => one(shape),
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
