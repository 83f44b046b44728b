//! The types of expressions where they stand.

use std::collections::BTreeMap;

use crate::known::Known;
use crate::shape::{Shape, null_within};
use crate::specifier::{self, Expansion};
use crate::stored::Stored;
use crate::{
    Arithmetic, Compare, CompareOp, Expr, IntRange, Manifest, OptionDecl, is_nix_name, nix_names,
};

/// What an expression stands in.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    manifest: &'a Manifest,
    options: Shape,
    /// Which of them may hold paths of the store.
    stored: Stored,
    variables: BTreeMap<String, Shape>,
    /// What is known of values here.
    known: Known,
    /// What expands specifiers here.
    expansion: Option<Expansion>,
}

/// Why an expression has no type.
pub(crate) type Fault = String;

impl<'a> Context<'a> {
    pub(crate) fn new(manifest: &'a Manifest) -> Self {
        let stored = Stored::of(&manifest.options);
        let mut options = stored.record(&manifest.options);
        if let Shape::Record(fields) = &mut options {
            fields.insert("enable".to_owned(), Shape::Bool);
        }
        Self {
            manifest,
            options,
            stored,
            variables: BTreeMap::new(),
            known: Known::default(),
            expansion: None,
        }
    }

    /// The feature whose expressions stand here.
    pub(crate) fn manifest(&self) -> &'a Manifest {
        self.manifest
    }

    /// The shape of options that stand beside each other.
    pub(crate) fn record(&self, options: &[OptionDecl]) -> Shape {
        self.stored.record(options)
    }

    pub(crate) fn bind(&self, name: &str, shape: Shape) -> Self {
        let mut inner = self.clone();
        inner.variables.insert(name.to_owned(), shape);
        inner.known.forget(name);
        inner
    }

    /// The context of a value in which specifiers are expanded.
    pub(crate) fn expanding(&self, expansion: Option<Expansion>) -> Self {
        Self { expansion, ..self.clone() }
    }

    /// The context in which a condition holds.
    pub(crate) fn assuming(&self, condition: &Expr) -> Self {
        let mut inner = self.clone();
        inner.known.add(condition, true);
        inner
    }

    /// The context in which a condition does not hold.
    pub(crate) fn refuting(&self, condition: &Expr) -> Self {
        let mut inner = self.clone();
        inner.known.add(condition, false);
        inner
    }

    pub(crate) fn list(&self, expr: &Expr) -> Result<Shape, Fault> {
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
        Ok(match self.unconditional(expr)? {
            Shape::Int(range) => Shape::Int(self.known.narrowed(expr, range)),
            shape => shape,
        })
    }

    /// The same, whatever is known of its value here.
    fn unconditional(&self, expr: &Expr) -> Result<Shape, Fault> {
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
            Expr::Neighbour(read) => self.unless_null(self.neighbour(read)?, expr),
            Expr::Text(parts) => {
                let mut shape = Shape::Str;
                for part in parts {
                    self.expect_text(part)?;
                    if self.shape(part)?.is_stored() {
                        shape = Shape::Stored;
                    }
                }
                shape
            }
            Expr::If(branch) => {
                self.expect_bool(&branch.condition)?;
                let then = self.assuming(&branch.condition).shape(&branch.then)?;
                then.joined(self.refuting(&branch.condition).shape(&branch.otherwise)?)
            }
            Expr::Compare(compare) => self.compare(compare)?,
            Expr::Arithmetic(arithmetic) => Shape::Int(self.arithmetic(arithmetic)?),
            Expr::Not(inner) => {
                self.expect_bool(inner)?;
                Shape::Bool
            }
            Expr::And(parts) => {
                let mut context = self.clone();
                for part in parts {
                    context.expect_bool(part)?;
                    context.known.add(part, true);
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
                match inner {
                    Shape::Str | Shape::Path | Shape::Nothing => Shape::Str,
                    Shape::Unknown | Shape::Stored => Shape::Stored,
                    other => {
                        return Err(format!("only strings are joined, not {}", other.described()));
                    }
                }
            }
            Expr::UpTo(most) => self.up_to(most)?,
            Expr::ListLength(list) => self.list_length(list)?,
            Expr::AttrCount(attrs) => self.attr_count(attrs)?,
            Expr::StringLength(text) => self.string_length(text)?,
            Expr::Filter(filter) => self.filter(filter)?,
            Expr::FilterAttrs(filter) => self.filter_attrs(filter)?,
            Expr::Contains(contains) => self.contains(contains)?,
            Expr::HasAttr(has) => self.has_attr(has)?,
            Expr::HasPrefix(it) | Expr::HasSuffix(it) | Expr::HasInfix(it) => {
                self.string_part(it, Shape::Bool)?
            }
            Expr::RemovePrefix(it) | Expr::RemoveSuffix(it) => self.string_part(it, Shape::Str)?,
            Expr::Split(split) => self.split(split)?,
            Expr::Lowercase(text) => self.lowercase(text)?,
            Expr::Replace(replace) => self.replace(replace)?,
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
                if let Expr::Package(name) = &path.package {
                    self.manifest.packages.get(name).map_or(Ok(()), |it| it.expect(&path.path))?;
                }
                if path.path.starts_with('/') || path.path.split('/').any(|part| part == "..") {
                    return Err(format!("`{}` is no path within a package", path.path));
                }
                Shape::Stored
            }
            Expr::SettingsFile(file) => {
                file_name(&file.name)?;
                self.attrs(&file.value).or_else(|fault| match self.shape(&file.value)? {
                    Shape::Unknown | Shape::List(_) => Ok(Shape::Unknown),
                    _ => Err(fault),
                })?;
                self.expect_written(file.format, &file.value)?;
                Shape::Stored
            }
            Expr::TextFile(file) => {
                file_name(&file.name)?;
                self.expect_text(&file.text)?;
                Shape::Stored
            }
            Expr::Script(script) => self.script(script)?,
            Expr::ToEnvironment(variables) => self.environment(variables)?,
            Expr::ToJson(inner) => {
                if self.shape(inner)?.may_be_stored() {
                    Shape::Stored
                } else {
                    Shape::Str
                }
            }
            Expr::Specifier(specifier) => match self.expansion {
                Some(expansion) => {
                    expansion.check(specifier)?;
                    Shape::Str
                }
                None => return Err(format!("systemd does not expand `{specifier}` here")),
            },
            Expr::CommandVariable(name) => {
                specifier::check_variable(name, self.expansion)?;
                Shape::Str
            }
        })
    }

    fn each(&self, map: &crate::MapAttrs) -> Result<Shape, Fault> {
        let value = self.expanding(None).attrs(&map.over)?;
        self.bind(&map.name, Shape::Str).bind(&map.value, value).shape(&map.body)
    }

    fn compare(&self, compare: &Compare) -> Result<Shape, Fault> {
        let (left, right) = (self.shape(&compare.left)?, self.shape(&compare.right)?);
        let ordered = |shape: &Shape| matches!(shape, Shape::Int(_) | Shape::Number | Shape::Str);
        let numbers = |shape: &Shape| matches!(shape, Shape::Int(_) | Shape::Number);
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

    fn arithmetic(&self, arithmetic: &Arithmetic) -> Result<IntRange, Fault> {
        let range = |expr| match self.shape(expr)? {
            Shape::Int(range) => Ok(range),
            other => Err(format!("only integers are calculated with, not {}", other.described())),
        };
        let Arithmetic { op, left, right } = arithmetic;
        let (left_range, right_range) = (range(left)?, range(right)?);
        op.range(left_range, right_range)
            .map_err(|fault| op.fault(fault, (left, left_range), (right, right_range)))
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
            Shape::Nullable(inner) if self.known.is_set(expr) => *inner,
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
            | Expr::CommandVariable(_)
            | Expr::Text(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::List(_)
            | Expr::Concat(_)
            | Expr::MapList(_)
            | Expr::AttrsToList(_)
    )
}

pub(crate) fn file_name(name: &str) -> Result<(), Fault> {
    // What the store allows in a name.
    let good = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(good) {
        return Err(format!("{name:?} is no file name of letters, digits and +-._?="));
    }
    Ok(())
}
