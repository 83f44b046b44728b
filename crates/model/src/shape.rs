//! The types of expressions: what an expression can evaluate to, whatever the settings.

use std::collections::BTreeMap;

use crate::specifier::Expansion;
use crate::written::null_within;
use crate::{
    Compare, CompareOp, Expr, Manifest, OptionDecl, Settings, Type, Value, is_nix_name, nix_names,
};

/// What an expression can evaluate to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Int,
    Number,
    Str,
    Path,
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
        match ty {
            Type::Bool => Self::Bool,
            Type::Int(_) | Type::Port => Self::Int,
            Type::Float | Type::Number(_) => Self::Number,
            Type::Str
            | Type::NonEmptyStr
            | Type::SingleLineStr
            | Type::Lines
            | Type::StrMatching(_)
            | Type::Enum(_) => Self::Str,
            Type::Path(_) => Self::Path,
            Type::Package => Self::Package,
            Type::ListOf(inner) | Type::NonEmptyListOf(inner) => {
                Self::List(Box::new(Self::of(inner)))
            }
            Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => {
                Self::Attrs(Box::new(Self::of(inner)))
            }
            Type::NullOr(inner) => Self::Nullable(Box::new(Self::of(inner))),
            Type::OneOf(types) => {
                let mut shapes = types.iter().map(Self::of);
                let first = shapes.next().unwrap_or(Self::Unknown);
                shapes.fold(first, Self::joined)
            }
            Type::Submodule(submodule) => Self::record(&submodule.options),
            Type::AttrTag(variants) => {
                Self::Union(variants.iter().map(|v| (v.name.clone(), Self::of(&v.ty))).collect())
            }
            Type::Settings(Settings { options, .. }) => {
                Self::Attrs(Box::new(Self::unknown_like(&Self::record(options))))
            }
            Type::Anything => Self::Unknown,
        }
    }

    pub(crate) fn record(options: &[OptionDecl]) -> Self {
        Self::Record(options.iter().map(|o| (o.name.clone(), Self::of(&o.ty))).collect())
    }

    fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
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
    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Nothing, x) | (x, Self::Nothing) => x,
            (Self::Null, Self::Nullable(x)) | (Self::Nullable(x), Self::Null) => Self::Nullable(x),
            (Self::Null, x) | (x, Self::Null) => Self::Nullable(Box::new(x)),
            (Self::Nullable(x), Self::Nullable(y)) => Self::Nullable(Box::new(x.joined(*y))),
            (Self::Nullable(x), y) | (y, Self::Nullable(x)) => {
                Self::Nullable(Box::new(x.joined(y)))
            }
            (Self::Int | Self::Number, Self::Int | Self::Number) => Self::Number,
            (Self::List(x), Self::List(y)) => Self::List(Box::new(x.joined(*y))),
            (
                x @ (Self::Attrs(_) | Self::Record(_) | Self::Union(_)),
                y @ (Self::Attrs(_) | Self::Record(_) | Self::Union(_)),
            ) => Self::Attrs(Box::new(Self::all([x.inner(), y.inner()].into_iter()))),
            (x, y) if x.is_text() && y.is_text() => Self::Str,
            (x, y) => {
                Self::unknown_like(&Self::Record([("x".to_owned(), x), ("y".to_owned(), y)].into()))
            }
        }
    }

    /// What the values of an attribute set have in common.
    fn inner(&self) -> Self {
        match self {
            Self::Attrs(inner) => (**inner).clone(),
            Self::Record(fields) | Self::Union(fields) => Self::all(fields.values().cloned()),
            _ => Self::Unknown,
        }
    }

    /// Whether it can be part of a text.
    fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Str | Self::Path | Self::Package | Self::Int | Self::Bool | Self::Nothing
        )
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
            (Self::Int, Self::Number) | (Self::Str, Self::Path) | (Self::Path, Self::Str) => true,
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
            Self::Int => "an integer",
            Self::Number => "a number",
            Self::Str => "a string",
            Self::Path => "a path",
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

/// What an expression stands in.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    manifest: &'a Manifest,
    options: Shape,
    variables: BTreeMap<String, Shape>,
    /// Expressions that are known not to be null here.
    set: Vec<Expr>,
    /// What expands specifiers here.
    expansion: Option<Expansion>,
}

/// Why an expression has no type.
pub(crate) type Fault = String;

impl<'a> Context<'a> {
    pub(crate) fn new(manifest: &'a Manifest) -> Self {
        let mut options = Shape::record(&manifest.options);
        if let Shape::Record(fields) = &mut options {
            fields.insert("enable".to_owned(), Shape::Bool);
        }
        Self { manifest, options, variables: BTreeMap::new(), set: Vec::new(), expansion: None }
    }

    pub(crate) fn bind(&self, name: &str, shape: Shape) -> Self {
        let mut inner = self.clone();
        inner.variables.insert(name.to_owned(), shape);
        inner
    }

    /// The context of a value in which specifiers are expanded.
    pub(crate) fn expanding(&self, expansion: Option<Expansion>) -> Self {
        Self { expansion, ..self.clone() }
    }

    /// The context in which a condition holds.
    pub(crate) fn assuming(&self, condition: &Expr) -> Self {
        let mut inner = self.clone();
        inner.assume(condition);
        inner
    }

    fn assume(&mut self, condition: &Expr) {
        match condition {
            Expr::And(parts) => parts.iter().for_each(|part| self.assume(part)),
            Expr::Compare(compare) if compare.op == CompareOp::NotEqual => {
                self.set.extend(compared_with_null(compare).cloned());
            }
            Expr::Not(inner) => match &**inner {
                Expr::Compare(compare) if compare.op == CompareOp::Equal => {
                    self.set.extend(compared_with_null(compare).cloned());
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// The context in which a condition does not hold.
    fn refuting(&self, condition: &Expr) -> Self {
        let mut inner = self.clone();
        match condition {
            Expr::Compare(compare) if compare.op == CompareOp::Equal => {
                inner.set.extend(compared_with_null(compare).cloned());
            }
            Expr::Not(condition) => inner.assume(condition),
            _ => {}
        }
        inner
    }

    pub(crate) fn expect_bool(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Bool => Ok(()),
            other => {
                Err(format!("a condition must be a boolean, but this is {}", other.described()))
            }
        }
    }

    pub(crate) fn expect_text(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// A string, number, boolean or path, or a list of them: what a unit file's key can hold.
    pub(crate) fn expect_setting(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::List(inner) if inner.is_text() || *inner == Shape::Unknown => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// The words of a command: a boolean is none.
    pub(crate) fn expect_words(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Bool => Err("a boolean is no word of a command; use a condition".to_owned()),
            inner if inner.is_text() || inner == Shape::Unknown => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// An integer; one that is fixed must not be negative.
    pub(crate) fn expect_count(&self, expr: &Expr) -> Result<(), Fault> {
        match (self.shape(expr)?, expr) {
            (_, Expr::Literal(Value::Int(..0))) => Err("this must not be negative".to_owned()),
            (Shape::Int, _) => Ok(()),
            (other, _) => Err(format!("this must be an integer, but is {}", other.described())),
        }
    }

    pub(crate) fn expect_int_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Int | Shape::Nothing => Ok(()),
            other => Err(format!("ports must be integers, but this holds {}", other.described())),
        }
    }

    pub(crate) fn expect_package(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Package => Ok(()),
            other => Err(format!("this must be a package, but is {}", other.described())),
        }
    }

    fn list(&self, expr: &Expr) -> Result<Shape, Fault> {
        match self.shape(expr)? {
            Shape::List(inner) => Ok(*inner),
            other => Err(format!("this must be a list, but is {}", other.described())),
        }
    }

    /// The shape of the values of an attribute set.
    pub(crate) fn attrs(&self, expr: &Expr) -> Result<Shape, Fault> {
        match self.shape(expr)? {
            shape if shape.is_attrs() => Ok(shape.inner()),
            other => Err(format!("this must be an attribute set, but is {}", other.described())),
        }
    }

    /// What an expression can evaluate to.
    pub(crate) fn shape(&self, expr: &Expr) -> Result<Shape, Fault> {
        if self.expansion.is_some() && !passes_on(expr) {
            return self.expanding(None).shape(expr);
        }
        Ok(match expr {
            Expr::Literal(value) => {
                nix_names::refuse(value)?;
                Shape::of_value(value)
            }
            Expr::Option(path) => self.reach(self.options.clone(), &path.0, |taken| {
                Expr::Option(crate::OptionPath(path.0[..taken].to_vec()))
            })?,
            Expr::Variable(variable) => {
                let shape = self.variables.get(&variable.name);
                let shape =
                    shape.ok_or_else(|| format!("nothing binds `{}` here", variable.name))?;
                self.reach(shape.clone(), &variable.path, |taken| {
                    Expr::Variable(crate::Variable {
                        name: variable.name.clone(),
                        path: variable.path[..taken].to_vec(),
                    })
                })?
            }
            Expr::Text(parts) => {
                parts.iter().try_for_each(|part| self.expect_text(part))?;
                Shape::Str
            }
            Expr::If(branch) => {
                self.expect_bool(&branch.condition)?;
                let then = self.assuming(&branch.condition).shape(&branch.then)?;
                then.joined(self.refuting(&branch.condition).shape(&branch.otherwise)?)
            }
            Expr::Compare(compare) => self.compare(compare)?,
            Expr::Not(inner) => {
                self.expect_bool(inner)?;
                Shape::Bool
            }
            Expr::And(parts) => {
                let mut context = self.clone();
                for part in parts {
                    context.expect_bool(part)?;
                    context.assume(part);
                }
                Shape::Bool
            }
            Expr::Or(parts) => {
                let mut context = self.clone();
                for part in parts {
                    context.expect_bool(part)?;
                    context = context.refuting(part);
                }
                Shape::Bool
            }
            Expr::List(items) => {
                let shapes: Vec<_> =
                    items.iter().map(|item| self.shape(item)).collect::<Result<_, _>>()?;
                Shape::List(Box::new(Shape::all(shapes.into_iter())))
            }
            Expr::Concat(lists) => {
                let shapes: Vec<_> =
                    lists.iter().map(|list| self.list(list)).collect::<Result<_, _>>()?;
                Shape::List(Box::new(Shape::all(shapes.into_iter())))
            }
            Expr::Attrs(attrs) => Shape::Record(
                attrs
                    .iter()
                    .map(|(name, value)| match is_nix_name(name) {
                        true => Err(nix_names::fault(name)),
                        false => Ok((name.clone(), self.shape(value)?)),
                    })
                    .collect::<Result<_, Fault>>()?,
            ),
            Expr::Merge(sets) => {
                sets.iter().try_for_each(|set| self.attrs(set).map(drop))?;
                let shapes: Vec<_> =
                    sets.iter().map(|set| self.shape(set)).collect::<Result<_, _>>()?;
                let may_be_null = shapes.iter().any(|shape| null_within(shape).is_some());
                let inner = if may_be_null { Shape::Null } else { Shape::Unknown };
                Shape::Attrs(Box::new(inner.joined(Shape::Unknown)))
            }
            Expr::WithoutNulls(inner) => match self.shape(inner)? {
                shape if shape.is_attrs() || shape == Shape::Unknown => shape.without_nulls(),
                other => {
                    return Err(format!(
                        "nulls are left out of an attribute set, but this is {}",
                        other.described()
                    ));
                }
            },
            Expr::MapList(map) => {
                let item = self.expanding(None).list(&map.over)?;
                Shape::List(Box::new(self.bind(&map.item, item).shape(&map.body)?))
            }
            Expr::MapAttrs(map) => Shape::Attrs(Box::new(self.each(map)?)),
            Expr::AttrsToList(map) => Shape::List(Box::new(self.each(map)?)),
            Expr::Join(join) => {
                let inner = self.list(&join.list)?;
                if !matches!(inner, Shape::Str | Shape::Path | Shape::Unknown | Shape::Nothing) {
                    return Err(format!("only strings are joined, not {}", inner.described()));
                }
                Shape::Str
            }
            Expr::Fold(fold) => {
                let item = self.list(&fold.over)?;
                self.bind(&fold.item, item).expect_bool(&fold.condition)?;
                Shape::Bool
            }
            Expr::Match(choice) => self.choice(choice)?,
            Expr::Package(name) => {
                self.known_package(name)?;
                Shape::Package
            }
            Expr::PackagePath(path) => {
                self.expect_package(&path.package)?;
                if path.path.starts_with('/') || path.path.split('/').any(|part| part == "..") {
                    return Err(format!("`{}` is no path within a package", path.path));
                }
                Shape::Path
            }
            Expr::SettingsFile(file) => {
                file_name(&file.name)?;
                self.attrs(&file.value).or_else(|fault| match self.shape(&file.value)? {
                    Shape::Unknown | Shape::List(_) => Ok(Shape::Unknown),
                    _ => Err(fault),
                })?;
                self.expect_written(file.format, &file.value)?;
                Shape::Path
            }
            Expr::TextFile(file) => {
                file_name(&file.name)?;
                self.expect_text(&file.text)?;
                Shape::Path
            }
            Expr::ToJson(inner) => {
                self.shape(inner)?;
                Shape::Str
            }
            Expr::Specifier(specifier) => match self.expansion {
                Some(expansion) => {
                    expansion.check(specifier)?;
                    Shape::Str
                }
                None => return Err(format!("systemd does not expand `{specifier}` here")),
            },
        })
    }

    fn each(&self, map: &crate::MapAttrs) -> Result<Shape, Fault> {
        let value = self.expanding(None).attrs(&map.over)?;
        self.bind(&map.name, Shape::Str).bind(&map.value, value).shape(&map.body)
    }

    fn compare(&self, compare: &Compare) -> Result<Shape, Fault> {
        let (left, right) = (self.shape(&compare.left)?, self.shape(&compare.right)?);
        let ordered = |shape: &Shape| matches!(shape, Shape::Int | Shape::Number | Shape::Str);
        let numbers = |shape: &Shape| matches!(shape, Shape::Int | Shape::Number);
        match compare.op {
            CompareOp::Equal | CompareOp::NotEqual => {}
            _ if ordered(&left) && (left == right || numbers(&left) && numbers(&right)) => {}
            _ => {
                return Err(format!(
                    "only two numbers or two strings have an order, not {} and {}",
                    left.described(),
                    right.described()
                ));
            }
        }
        Ok(Shape::Bool)
    }

    fn choice(&self, choice: &crate::Match) -> Result<Shape, Fault> {
        let variants = match self.shape(&choice.on)? {
            Shape::Union(variants) => variants,
            other => {
                return Err(format!("only a tagged union is matched, not {}", other.described()));
            }
        };
        if let Some(missing) =
            variants.keys().find(|tag| choice.arms.iter().all(|a| a.tag != **tag))
        {
            return Err(format!("no arm matches the tag `{missing}`"));
        }
        let mut shapes = Vec::new();
        for arm in &choice.arms {
            let value = variants.get(&arm.tag);
            let value = value.ok_or_else(|| format!("the union has no tag `{}`", arm.tag))?;
            shapes.push(self.bind(&arm.item, value.clone()).shape(&arm.body)?);
        }
        Ok(Shape::all(shapes.into_iter()))
    }

    /// Follows names from a shape; `at` gives the expression after that many names.
    fn reach(
        &self,
        mut shape: Shape,
        names: &[String],
        at: impl Fn(usize) -> Expr,
    ) -> Result<Shape, Fault> {
        for (taken, name) in names.iter().enumerate() {
            shape = self.unless_null(shape, &at(taken));
            shape = match shape {
                Shape::Record(mut fields) => fields.remove(name).ok_or_else(|| {
                    format!("there is no option `{name}` here{}", only(fields.keys()))
                })?,
                Shape::Nullable(_) => {
                    return Err(format!("`{name}` is reached through something that may be null"));
                }
                other => {
                    return Err(format!("`{name}` is looked for in {}", other.described()));
                }
            };
        }
        Ok(self.unless_null(shape, &at(names.len())))
    }

    fn unless_null(&self, shape: Shape, expr: &Expr) -> Shape {
        match shape {
            Shape::Nullable(inner) if self.set.contains(expr) => *inner,
            other => other,
        }
    }

    fn known_package(&self, name: &str) -> Result<(), Fault> {
        if self.manifest.packages.contains_key(name) {
            return Ok(());
        }
        let known = only(self.manifest.packages.keys());
        Err(format!("the feature declares no package `{name}`{known}"))
    }
}

/// The names that there are, for the end of a sentence about one that there is not.
fn only<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(", only {}", names.join(", ")) }
}

/// Whether what is in an expression stands where the expression does, as a part of it.
fn passes_on(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Specifier(_)
            | Expr::Text(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::List(_)
            | Expr::Concat(_)
            | Expr::MapList(_)
            | Expr::AttrsToList(_)
    )
}

fn compared_with_null(compare: &Compare) -> Option<&Expr> {
    match (&compare.left, &compare.right) {
        (expr, Expr::Literal(Value::Null)) | (Expr::Literal(Value::Null), expr) => Some(expr),
        _ => None,
    }
}

fn file_name(name: &str) -> Result<(), Fault> {
    // What the store allows in a name.
    let good = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(good) {
        return Err(format!("{name:?} is no file name of letters, digits and +-._?="));
    }
    Ok(())
}

fn not_text(shape: &Shape) -> Fault {
    match shape {
        Shape::Nullable(_) => {
            "this may be null; use it only where a condition says that it is set".to_owned()
        }
        Shape::Number => "a number with a fraction has no agreed text; use toJson".to_owned(),
        other => {
            format!("this must be a string, integer, boolean or path, but is {}", other.described())
        }
    }
}
