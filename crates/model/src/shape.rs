//! What an expression can evaluate to, whatever the settings.

use std::collections::BTreeMap;

use crate::{IntRange, OptionDecl, Settings, Type, Value, Variant};

/// What an expression can evaluate to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Null,
    Bool,
    /// An integer within a range.
    Int(IntRange),
    Number,
    Str,
    Path,
    /// A text with a path of the store in it, which is another one on portable machines.
    Stored,
    Package,
    List(Box<Shape>),
    /// Any names, values of one shape.
    Attrs(Box<Shape>),
    /// These names.
    Record(BTreeMap<String, Shape>),
    /// Exactly one of these names.
    Union(BTreeMap<String, Shape>),
    Nullable(Box<Shape>),
    /// The elements of a list that has none.
    Nothing,
    /// Anything; nothing can be done with it but write it into settings.
    Unknown,
}

impl Shape {
    pub(crate) fn of(ty: &Type) -> Self {
        Self::with(ty, &|options| Self::record(options))
    }

    /// The shape of a type, where that of options within it is known.
    pub(crate) fn with(ty: &Type, record: &impl Fn(&[OptionDecl]) -> Self) -> Self {
        let inner = |ty: &Type| Box::new(Self::with(ty, record));
        match ty {
            Type::Bool => Self::Bool,
            Type::Int(range) => Self::Int(*range),
            Type::IntEnum(values) => Self::Int(IntRange::of_all(values)),
            Type::Port => Self::Int(IntRange::between(0, 65535)),
            Type::Float | Type::Number(_) => Self::Number,
            Type::Str
            | Type::NonEmptyStr
            | Type::SingleLineStr
            | Type::Lines
            | Type::SeparatedStr(_)
            | Type::StrMatching(_)
            | Type::Enum(_) => Self::Str,
            Type::Path(_) => Self::Path,
            Type::Package => Self::Package,
            Type::ListOf(of) | Type::NonEmptyListOf(of) => Self::List(inner(of)),
            Type::AttrsOf(of) | Type::LazyAttrsOf(of) => Self::Attrs(inner(of)),
            Type::NullOr(of) => Self::Nullable(inner(of)),
            Type::OneOf(types) => {
                let mut shapes = types.iter().map(|ty| Self::with(ty, record));
                let first = shapes.next().unwrap_or(Self::Unknown);
                shapes.fold(first, Self::joined)
            }
            Type::Coerced(it) => Self::with(&it.to, record),
            Type::Submodule(submodule) => record(&submodule.options),
            Type::AttrTag(variants) => {
                let tag = |v: &Variant| (v.name.clone(), Self::with(&v.ty, record));
                Self::Union(variants.iter().map(tag).collect())
            }
            Type::Settings(Settings { options, .. }) => {
                Self::Attrs(Box::new(Self::unknown_like(&record(options))))
            }
            Type::Anything => Self::Unknown,
        }
    }

    pub(crate) fn record(options: &[OptionDecl]) -> Self {
        Self::Record(options.iter().map(|o| (o.name.clone(), Self::of(&o.ty))).collect())
    }

    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(n) => Self::Int(IntRange::between(*n, *n)),
            Value::Float(_) => Self::Number,
            Value::Str(_) => Self::Str,
            Value::List(items) => Self::List(Box::new(Self::all(items.iter().map(Self::of_value)))),
            Value::Attrs(attrs) => Self::Record(
                attrs.iter().map(|(name, value)| (name.clone(), Self::of_value(value))).collect(),
            ),
        }
    }

    /// Anything, which may be null where something within the shape may.
    fn unknown_like(shape: &Self) -> Self {
        match null_within(shape) {
            Some(_) => Self::Nullable(Box::new(Self::Unknown)),
            None => Self::Unknown,
        }
    }

    pub(crate) fn all(shapes: impl Iterator<Item = Self>) -> Self {
        shapes.reduce(Self::joined).unwrap_or(Self::Nothing)
    }

    /// The shape of something that has one shape or the other.
    pub(crate) fn joined(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Nothing, x) | (x, Self::Nothing) => x,
            (Self::Null, Self::Nullable(x)) | (Self::Nullable(x), Self::Null) => Self::Nullable(x),
            (Self::Null, x) | (x, Self::Null) => Self::Nullable(Box::new(x)),
            (Self::Nullable(x), Self::Nullable(y)) => Self::Nullable(Box::new(x.joined(*y))),
            (Self::Nullable(x), y) | (y, Self::Nullable(x)) => {
                Self::Nullable(Box::new(x.joined(y)))
            }
            (Self::Int(a), Self::Int(b)) => Self::Int(a.around(b)),
            (Self::Int(_) | Self::Number, Self::Int(_) | Self::Number) => Self::Number,
            (Self::List(x), Self::List(y)) => Self::List(Box::new(x.joined(*y))),
            (
                x @ (Self::Attrs(_) | Self::Record(_) | Self::Union(_)),
                y @ (Self::Attrs(_) | Self::Record(_) | Self::Union(_)),
            ) => Self::Attrs(Box::new(Self::all([x.inner(), y.inner()].into_iter()))),
            (x, y) if x.is_text() && y.is_text() && (x.is_stored() || y.is_stored()) => {
                Self::Stored
            }
            (x, y) if x.is_text() && y.is_text() => Self::Str,
            (x, y) => {
                Self::unknown_like(&Self::Record([("x".to_owned(), x), ("y".to_owned(), y)].into()))
            }
        }
    }

    /// What the values of an attribute set have in common.
    pub(crate) fn inner(&self) -> Self {
        match self {
            Self::Attrs(inner) => (**inner).clone(),
            Self::Record(fields) | Self::Union(fields) => Self::all(fields.values().cloned()),
            _ => Self::Unknown,
        }
    }

    /// Whether it can be part of a text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Str
                | Self::Path
                | Self::Stored
                | Self::Package
                | Self::Int(_)
                | Self::Bool
                | Self::Nothing
        )
    }

    /// Whether its text has a path of the store in it.
    pub(crate) fn is_stored(&self) -> bool {
        matches!(self, Self::Stored | Self::Package)
    }

    /// The same where every text may have a path of the store in it.
    pub(crate) fn stored(self) -> Self {
        let each = |fields: BTreeMap<String, Self>| {
            fields.into_iter().map(|(name, field)| (name, field.stored())).collect()
        };
        match self {
            Self::Str | Self::Path => Self::Stored,
            Self::List(inner) => Self::List(Box::new(inner.stored())),
            Self::Attrs(inner) => Self::Attrs(Box::new(inner.stored())),
            Self::Nullable(inner) => Self::Nullable(Box::new(inner.stored())),
            Self::Record(fields) => Self::Record(each(fields)),
            Self::Union(fields) => Self::Union(each(fields)),
            other => other,
        }
    }

    /// Whether there may be a path of the store at any depth of it.
    pub(crate) fn may_be_stored(&self) -> bool {
        match self {
            Self::Stored | Self::Package | Self::Unknown => true,
            Self::List(inner) | Self::Attrs(inner) | Self::Nullable(inner) => inner.may_be_stored(),
            Self::Record(fields) | Self::Union(fields) => fields.values().any(Self::may_be_stored),
            _ => false,
        }
    }

    /// Whether everything of this shape may be where the other is wanted, as far as shapes tell.
    pub(crate) fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Nothing | Self::Unknown, _) | (_, Self::Unknown) => true,
            (Self::Null, Self::Nullable(_)) => true,
            (Self::Nullable(is), Self::Nullable(wanted)) => is.fits(wanted),
            (Self::Nullable(_), _) => false,
            (is, Self::Nullable(wanted)) => is.fits(wanted),
            (Self::List(is), Self::List(wanted)) => is.fits(wanted),
            (Self::Int(_), Self::Int(_) | Self::Number)
            | (Self::Str | Self::Path | Self::Stored, Self::Str | Self::Path) => true,
            (is, wanted) if is.is_attrs() && wanted.is_attrs() => true,
            (is, wanted) => is == wanted,
        }
    }

    pub(crate) fn is_attrs(&self) -> bool {
        matches!(self, Self::Attrs(_) | Self::Record(_) | Self::Union(_))
    }

    pub(crate) fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int(_) => "an integer",
            Self::Number => "a number",
            Self::Str => "a string",
            Self::Path => "a path",
            Self::Stored => "a text with a path of the store in it",
            Self::Package => "a package",
            Self::List(_) => "a list",
            Self::Attrs(_) | Self::Record(_) => "an attribute set",
            Self::Union(_) => "a tagged union",
            Self::Nullable(_) => "something that may be null",
            Self::Nothing => "nothing",
            Self::Unknown => "something of no fixed type",
        }
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

fn present_each(fields: BTreeMap<String, Shape>) -> BTreeMap<String, Shape> {
    fields.into_iter().map(|(name, field)| (name, field.present())).collect()
}
