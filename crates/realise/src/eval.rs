//! What expressions evaluate to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Compare, CompareOp, Expr, MapAttrs, Match, NeighbourOption, Value, Variable};

use crate::values::{count, equal, merge, order, without_nulls, without_prefix, without_suffix};
use crate::{Datum, PackagePaths, formats};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// The manifest is not sound.
    Unsound(String),
    /// Defaults that refer to each other in a circle: the options in the circle.
    Cycle(Vec<String>),
    /// A value cannot be written in a format.
    NotWritable(String),
    /// The cause has been reported elsewhere.
    Reported,
}

pub(crate) type Evaluated = Result<Datum, Fault>;

/// The values of options, by concrete path: names of options, attributes, and `[0]` in lists.
pub(crate) trait Options {
    fn value(&self, path: &[String]) -> Evaluated;
    /// Whether the value is null; asks for nothing within it.
    fn is_null(&self, path: &[String]) -> Result<bool, Fault>;
}

/// The options of the features that are enabled on a machine, by the names of the features.
pub(crate) type Neighbours = BTreeMap<String, BTreeMap<String, Datum>>;

/// What evaluation finds on its way.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Files of content, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// Those of them that may be run.
    pub(crate) executables: BTreeSet<String>,
    /// Packages whose paths were used.
    pub(crate) packages: BTreeSet<String>,
}

/// What a name is bound to.
#[derive(Clone)]
enum Bound {
    Value(Datum),
    /// The options at a concrete path, still to be evaluated.
    Neighbours(Vec<String>),
}

/// What an expression is evaluated in.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    options: &'a dyn Options,
    paths: &'a dyn PackagePaths,
    found: &'a RefCell<Found>,
    neighbours: Option<&'a Neighbours>,
    bound: BTreeMap<String, Bound>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(
        options: &'a dyn Options,
        paths: &'a dyn PackagePaths,
        found: &'a RefCell<Found>,
    ) -> Self {
        Self { options, paths, found, neighbours: None, bound: BTreeMap::new() }
    }

    /// With the features that are on the machine too.
    pub(crate) fn beside(self, neighbours: &'a Neighbours) -> Self {
        Self { neighbours: Some(neighbours), ..self }
    }

    pub(crate) fn bind(&self, name: &str, value: Datum) -> Self {
        self.with(name, Bound::Value(value))
    }

    pub(crate) fn bind_neighbours(&self, name: &str, at: &[String]) -> Self {
        self.with(name, Bound::Neighbours(at.to_vec()))
    }

    fn with(&self, name: &str, bound: Bound) -> Self {
        let mut inner = self.clone();
        inner.bound.insert(name.to_owned(), bound);
        inner
    }

    pub(crate) fn eval(&self, expr: &Expr) -> Evaluated {
        Ok(match expr {
            Expr::Literal(value) => Datum::from(value),
            Expr::Option(path) => self.options.value(&path.0)?,
            Expr::Variable(variable) => self.variable(variable)?,
            Expr::Neighbour(read) => self.neighbour(read)?,
            Expr::Text(parts) => {
                let texts: Vec<_> = parts.iter().map(|p| self.text(p)).collect::<Result<_, _>>()?;
                Datum::Str(texts.concat())
            }
            Expr::If(branch) => {
                let taken =
                    if self.bool(&branch.condition)? { &branch.then } else { &branch.otherwise };
                self.eval(taken)?
            }
            Expr::Compare(compare) => Datum::Bool(self.compare(compare)?),
            Expr::Arithmetic(it) => Datum::Int(self.calculate(it)?),
            Expr::Not(inner) => Datum::Bool(!self.bool(inner)?),
            Expr::And(parts) => Datum::Bool(self.until(parts, false)?),
            Expr::Or(parts) => Datum::Bool(self.until(parts, true)?),
            Expr::List(items) => Datum::List(self.all(items)?),
            Expr::Concat(lists) => {
                let lists: Vec<_> = lists.iter().map(|l| self.list(l)).collect::<Result<_, _>>()?;
                Datum::List(lists.concat())
            }
            Expr::Attrs(attrs) => {
                let each = attrs.iter().map(|(name, value)| Ok((name.clone(), self.eval(value)?)));
                Datum::Attrs(each.collect::<Result<_, Fault>>()?)
            }
            Expr::Merge(sets) => {
                let mut merged = BTreeMap::new();
                for set in sets {
                    merge(&mut merged, self.attrs(set)?);
                }
                Datum::Attrs(merged)
            }
            Expr::WithoutNulls(inner) => without_nulls(self.eval(inner)?),
            Expr::MapList(map) => {
                let items = self.list(&map.over)?.into_iter();
                let mapped = items.map(|item| self.bind(&map.item, item).eval(&map.body));
                Datum::List(mapped.collect::<Result<_, _>>()?)
            }
            Expr::MapAttrs(map) => Datum::Attrs(self.map_attrs(map)?.into_iter().collect()),
            Expr::AttrsToList(map) => {
                Datum::List(self.map_attrs(map)?.into_iter().map(|(_, value)| value).collect())
            }
            Expr::Join(join) => {
                let items = self.list(&join.list)?;
                let texts: Vec<_> =
                    items.iter().map(|item| self.to_text(item)).collect::<Result<_, _>>()?;
                Datum::Str(texts.join(&join.separator))
            }
            Expr::UpTo(most) => Datum::List((1..=self.int(most)?).map(Datum::Int).collect()),
            Expr::ListLength(list) => count(self.list(list)?.len()),
            Expr::AttrCount(attrs) => count(self.attrs(attrs)?.len()),
            Expr::StringLength(text) => count(self.text(text)?.len()),
            Expr::Filter(it) => Datum::List(self.filter(it)?),
            Expr::FilterAttrs(it) => Datum::Attrs(self.filter_attrs(it)?),
            Expr::Contains(it) => self.contains(it)?,
            Expr::HasAttr(it) => self.has_attr(it)?,
            Expr::HasPrefix(it) => Datum::Bool(self.with_part(it, |a, b| a.starts_with(b))?),
            Expr::HasSuffix(it) => Datum::Bool(self.with_part(it, |a, b| a.ends_with(b))?),
            Expr::HasInfix(it) => Datum::Bool(self.with_part(it, |a, b| a.contains(b))?),
            Expr::RemovePrefix(it) => Datum::Str(self.with_part(it, without_prefix)?),
            Expr::RemoveSuffix(it) => Datum::Str(self.with_part(it, without_suffix)?),
            Expr::Split(it) => self.split(it)?,
            Expr::Lowercase(text) => Datum::Str(self.text(text)?.to_ascii_lowercase()),
            Expr::Replace(it) => self.replace(it)?,
            Expr::Fold(fold) => Datum::Bool(self.fold(fold)?),
            Expr::Match(choice) => self.choice(choice)?,
            Expr::Package(name) => Datum::Package(name.clone()),
            Expr::PackagePath(path) => match self.eval(&path.package)? {
                Datum::Package(name) => Datum::Str(self.package_path(&name, &path.path)),
                other => return unexpected("a package", &other),
            },
            Expr::SettingsFile(file) => {
                let value = self.eval(&file.value)?;
                let text = formats::render(file.format, &self.plain(&value))
                    .map_err(|fault| Fault::NotWritable(format!("{}: {fault}", file.name)))?;
                Datum::Str(self.file(&file.name, text))
            }
            Expr::TextFile(file) => Datum::Str(self.file(&file.name, self.text(&file.text)?)),
            Expr::Script(script) => Datum::Str(self.script(script)?),
            Expr::ToEnvironment(variables) => Datum::Str(self.environment(variables)?),
            Expr::ToJson(inner) => Datum::Str(self.to_json(&self.eval(inner)?)),
            Expr::Specifier(name) | Expr::CommandVariable(name) => {
                return Err(Fault::Unsound(format!("`{name}` is not expanded here")));
            }
        })
    }

    /// A boolean.
    pub(crate) fn bool(&self, expr: &Expr) -> Result<bool, Fault> {
        match self.eval(expr)? {
            Datum::Bool(b) => Ok(b),
            other => unexpected("a boolean", &other),
        }
    }

    /// An integer.
    pub(crate) fn int(&self, expr: &Expr) -> Result<i64, Fault> {
        match self.eval(expr)? {
            Datum::Int(n) => Ok(n),
            other => unexpected("an integer", &other),
        }
    }

    /// A list.
    pub(crate) fn list(&self, expr: &Expr) -> Result<Vec<Datum>, Fault> {
        match self.eval(expr)? {
            Datum::List(items) => Ok(items),
            other => unexpected("a list", &other),
        }
    }

    /// An attribute set.
    pub(crate) fn attrs(&self, expr: &Expr) -> Result<BTreeMap<String, Datum>, Fault> {
        match self.eval(expr)? {
            Datum::Attrs(attrs) => Ok(attrs),
            other => unexpected("an attribute set", &other),
        }
    }

    /// Something that has a text.
    pub(crate) fn text(&self, expr: &Expr) -> Result<String, Fault> {
        self.to_text(&self.eval(expr)?)
    }

    /// The text of a value, as a string with it in it has.
    pub(crate) fn to_text(&self, value: &Datum) -> Result<String, Fault> {
        Ok(match value {
            Datum::Bool(b) => b.to_string(),
            Datum::Int(n) => n.to_string(),
            Datum::Str(s) => s.clone(),
            Datum::Package(name) => self.package_path(name, ""),
            other => return unexpected("something with a text", other),
        })
    }

    /// Replaces packages by their paths: what a file or a line of text holds.
    pub(crate) fn plain(&self, value: &Datum) -> Value {
        match value {
            Datum::Package(name) => Value::Str(self.package_path(name, "")),
            Datum::List(items) => items.iter().map(|item| self.plain(item)).collect(),
            Datum::Attrs(attrs) => {
                attrs.iter().map(|(name, value)| (name.clone(), self.plain(value))).collect()
            }
            other => other.to_value(),
        }
    }

    /// Notes that a package is used, whatever its path.
    pub(crate) fn use_package(&self, expr: &Expr) -> Result<String, Fault> {
        match self.eval(expr)? {
            Datum::Package(name) => {
                self.found.borrow_mut().packages.insert(name.clone());
                Ok(name)
            }
            other => unexpected("a package", &other),
        }
    }

    fn all(&self, exprs: &[Expr]) -> Result<Vec<Datum>, Fault> {
        exprs.iter().map(|expr| self.eval(expr)).collect()
    }

    /// Whether one of the conditions is `wanted` (for `wanted` true), or none is not.
    fn until(&self, conditions: &[Expr], wanted: bool) -> Result<bool, Fault> {
        for condition in conditions {
            if self.bool(condition)? == wanted {
                return Ok(wanted);
            }
        }
        Ok(!wanted)
    }

    /// An option of another feature, if that is there.
    fn neighbour(&self, read: &NeighbourOption) -> Evaluated {
        let there = self.neighbours.and_then(|all| all.get(&read.feature));
        let Some(options) = there else { return self.eval(&read.otherwise) };
        let missing = || Fault::Unsound(format!("{} has no `{}`", read.feature, read.option));
        let (first, rest) = read.option.0.split_first().ok_or_else(missing)?;
        let first = options.get(first).ok_or_else(missing)?;
        let step = |value: &Datum, name: &String| match value {
            Datum::Attrs(attrs) => attrs.get(name).cloned(),
            _ => None,
        };
        rest.iter().try_fold(first.clone(), |value, name| step(&value, name)).ok_or_else(missing)
    }

    fn variable(&self, variable: &Variable) -> Evaluated {
        let mut value = match self.bound(variable)? {
            Bound::Value(value) => value,
            Bound::Neighbours(at) => return self.options.value(&[&**at, &variable.path].concat()),
        };
        for name in &variable.path {
            value = match value {
                Datum::Attrs(attrs) => attrs.get(name).ok_or_else(|| {
                    Fault::Unsound(format!("`{}` has no `{name}`", variable.name))
                })?,
                other => return unexpected("an attribute set", other),
            };
        }
        Ok(value.clone())
    }

    fn bound(&self, variable: &Variable) -> Result<&Bound, Fault> {
        let unbound = || Fault::Unsound(format!("nothing binds `{}` here", variable.name));
        self.bound.get(&variable.name).ok_or_else(unbound)
    }

    fn map_attrs(&self, map: &MapAttrs) -> Result<Vec<(String, Datum)>, Fault> {
        let attrs = self.attrs(&map.over)?.into_iter();
        let mapped = attrs.map(|(name, value)| {
            let inner = self.bind(&map.name, Datum::Str(name.clone())).bind(&map.value, value);
            Ok((name, inner.eval(&map.body)?))
        });
        mapped.collect()
    }

    fn choice(&self, choice: &Match) -> Evaluated {
        let (scope, body) = self.arm(choice)?;
        scope.eval(body)
    }

    /// The body of the arm that a union's tag says, and what it is evaluated in.
    pub(crate) fn arm<'e>(&self, choice: &'e Match) -> Result<(Self, &'e Expr), Fault> {
        let union = self.attrs(&choice.on)?;
        let Some((tag, value)) = union.into_iter().next() else {
            return Err(Fault::Unsound("a tagged union has no tag".into()));
        };
        match choice.arms.iter().find(|arm| arm.tag == tag) {
            Some(arm) => Ok((self.bind(&arm.item, value), &arm.body)),
            None => Err(Fault::Unsound(format!("no arm matches the tag `{tag}`"))),
        }
    }

    fn compare(&self, compare: &Compare) -> Result<bool, Fault> {
        let null = Expr::Literal(Value::Null);
        let wants_equal = compare.op == CompareOp::Equal;
        if wants_equal || compare.op == CompareOp::NotEqual {
            let equal = if compare.right == null {
                self.is_null(&compare.left)?
            } else if compare.left == null {
                self.is_null(&compare.right)?
            } else {
                equal(&self.eval(&compare.left)?, &self.eval(&compare.right)?)
            };
            return Ok(equal == wants_equal);
        }
        let (left, right) = (self.eval(&compare.left)?, self.eval(&compare.right)?);
        let ordering = order(&left, &right).ok_or_else(|| {
            let (left, right) = (left.described(), right.described());
            Fault::Unsound(format!("{left} and {right} have no order"))
        })?;
        Ok(match compare.op {
            CompareOp::Less => ordering.is_lt(),
            CompareOp::LessOrEqual => ordering.is_le(),
            CompareOp::Greater => ordering.is_gt(),
            _ => ordering.is_ge(),
        })
    }

    /// Whether a value is null. An option is asked for nothing more, so that the default of an
    /// option within a nullable one may ask whether that is null.
    fn is_null(&self, expr: &Expr) -> Result<bool, Fault> {
        match expr {
            Expr::Option(path) => self.options.is_null(&path.0),
            Expr::Variable(variable) => match self.bound(variable)? {
                Bound::Neighbours(at) => self.options.is_null(&[&**at, &variable.path].concat()),
                Bound::Value(_) => Ok(self.variable(variable)? == Datum::Null),
            },
            _ => Ok(self.eval(expr)? == Datum::Null),
        }
    }

    pub(crate) fn package_path(&self, package: &str, within: &str) -> String {
        self.found.borrow_mut().packages.insert(package.to_owned());
        self.paths.path(package, within)
    }

    pub(crate) fn file(&self, name: &str, content: String) -> String {
        let path = self.paths.file(name, &content);
        self.found.borrow_mut().files.insert(path.clone(), content);
        path
    }

    /// The path of a file that may be run.
    pub(crate) fn executable(&self, name: &str, content: String) -> String {
        let path = self.file(name, content);
        self.found.borrow_mut().executables.insert(path.clone());
        path
    }

    /// The shell that scripts name in their first line.
    pub(crate) fn shell(&self) -> String {
        self.paths.shell()
    }
}

fn unexpected<T>(wanted: &str, is: &Datum) -> Result<T, Fault> {
    Err(Fault::Unsound(format!("this must be {wanted}, but is {}", is.described())))
}
