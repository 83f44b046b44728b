use std::marker::PhantomData;

use domi_model::{
    Code, Compare, CompareOp, Expr as Untyped, Fold, If, Join, MapAttrs, MapList, OptionPath,
    PackagePath, Problem, Value, Variable,
};

use crate::bind::{self, bound};
use crate::fault;
use crate::{AbsolutePath, Attrs, IntoExpr, IntoText, LazyMap, NonEmptyVec, Package, Textual};

/// An expression is written that has no meaning.
pub(crate) const BAD_EXPRESSION: Code = Code("D0113");

/// An expression whose value is a `T`, whatever the options are set to.
///
/// `Expr<MyOptions>` has a method for each option; see [`Options`](macro@crate::Options). It is no
/// value: the same description is printed as Nix and evaluated in Rust.
pub struct Expr<T> {
    untyped: Untyped,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self::from_model(self.untyped.clone())
    }
}

impl<T> Expr<T> {
    /// An expression of the manifest, taken at its word to be a `T`.
    pub fn from_model(untyped: Untyped) -> Self {
        Self { untyped, ty: PhantomData }
    }

    /// As the manifest has it.
    pub fn into_model(self) -> Untyped {
        self.untyped
    }

    /// As the manifest has it.
    pub fn as_model(&self) -> &Untyped {
        &self.untyped
    }

    /// Its value as one line of JSON.
    pub fn to_json(&self) -> Expr<String> {
        Expr::from_model(Untyped::ToJson(Box::new(self.untyped.clone())))
    }

    /// The attribute set that it is without what is null in it, at any depth; elements of lists
    /// stay.
    pub fn without_nulls(&self) -> Attrs {
        Attrs(self.untyped.clone()).without_nulls()
    }

    /// What is under a name within it.
    pub(crate) fn within<U>(&self, name: &str) -> Expr<U> {
        Expr::from_model(select(&self.untyped, name))
    }

    /// The path of the option that it is, if it is one.
    pub(crate) fn option_path(&self) -> Option<&OptionPath> {
        match &self.untyped {
            Untyped::Option(path) => Some(path),
            _ => None,
        }
    }
}

/// Follows a name through whatever an expression of a submodule can be.
fn select(expr: &Untyped, name: &str) -> Untyped {
    match expr {
        Untyped::Option(path) => Untyped::Option(path.join(name)),
        Untyped::Variable(variable) => {
            let path = variable.path.iter().cloned().chain([name.to_owned()]).collect();
            Untyped::Variable(Variable { name: variable.name.clone(), path })
        }
        Untyped::If(branch) => Untyped::If(Box::new(If {
            condition: branch.condition.clone(),
            then: select(&branch.then, name),
            otherwise: select(&branch.otherwise, name),
        })),
        Untyped::Match(choice) => {
            let mut choice = choice.clone();
            for arm in &mut choice.arms {
                arm.body = select(&arm.body, name);
            }
            Untyped::Match(choice)
        }
        Untyped::Attrs(attrs) => attrs.get(name).cloned().unwrap_or_else(null),
        Untyped::Literal(Value::Attrs(attrs)) => {
            Untyped::Literal(attrs.get(name).cloned().unwrap_or(Value::Null))
        }
        other => {
            let fault = format!("`{name}` cannot be taken from an expression that is put together");
            fault::note(
                Problem::error(BAD_EXPRESSION, "", fault)
                    .next("take it from the option, and put the result together"),
            );
            other.clone()
        }
    }
}

fn null() -> Untyped {
    Untyped::Literal(Value::Null)
}

fn compare(op: CompareOp, left: &Untyped, right: Untyped) -> Expr<bool> {
    let left = left.clone();
    Expr::from_model(Untyped::Compare(Box::new(Compare { op, left, right })))
}

/// One of two values: `when(cfg.tls(), 443, 80)`.
pub fn when<T>(
    condition: impl IntoExpr<bool>,
    then: impl IntoExpr<T>,
    otherwise: impl IntoExpr<T>,
) -> Expr<T> {
    Expr::from_model(Untyped::If(Box::new(If {
        condition: condition.into_expr().untyped,
        then: then.into_expr().untyped,
        otherwise: otherwise.into_expr().untyped,
    })))
}

/// Types whose values can be told to be the same.
#[diagnostic::on_unimplemented(
    message = "two expressions of type `{Self}` cannot be compared",
    note = "strings, numbers, booleans, paths and enums of names can; of an `Option`, `.is_set()` \
            says whether it is null, and `.or(…)` what it is then"
)]
pub trait Comparable {}

/// Types whose values have an order.
#[diagnostic::on_unimplemented(message = "expressions of type `{Self}` have no order")]
pub trait Ordered: Comparable {}

impl<T: Textual> Comparable for T {}
impl Comparable for f64 {}

impl<T> Expr<T> {
    /// Whether both are the same.
    pub fn eq(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        compare(CompareOp::Equal, &self.untyped, other.into_expr().untyped)
    }

    /// Whether they differ.
    pub fn ne(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        compare(CompareOp::NotEqual, &self.untyped, other.into_expr().untyped)
    }

    /// Whether it is less than the other.
    pub fn lt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::Less, &self.untyped, other.into_expr().untyped)
    }

    /// Whether it is at most the other.
    pub fn le(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::LessOrEqual, &self.untyped, other.into_expr().untyped)
    }

    /// Whether it is greater than the other.
    pub fn gt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::Greater, &self.untyped, other.into_expr().untyped)
    }

    /// Whether it is at least the other.
    pub fn ge(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::GreaterOrEqual, &self.untyped, other.into_expr().untyped)
    }
}

impl Expr<bool> {
    /// Whether both are true.
    pub fn and(&self, other: impl IntoExpr<bool>) -> Self {
        Self::from_model(both(self.untyped.clone(), other.into_expr().untyped))
    }

    /// Whether either is true.
    pub fn or(&self, other: impl IntoExpr<bool>) -> Self {
        Self::from_model(Untyped::Or(vec![self.untyped.clone(), other.into_expr().untyped]))
    }
}

/// `!condition`: whether it is false.
impl std::ops::Not for Expr<bool> {
    type Output = Self;

    fn not(self) -> Self {
        Self::from_model(Untyped::Not(Box::new(self.untyped)))
    }
}

pub(crate) fn both(first: Untyped, second: Untyped) -> Untyped {
    match first {
        Untyped::And(mut parts) => {
            parts.push(second);
            Untyped::And(parts)
        }
        first => Untyped::And(vec![first, second]),
    }
}

impl<T> Expr<Option<T>> {
    /// Whether it is not null.
    pub fn is_set(&self) -> Expr<bool> {
        Expr::from_model(presence(&self.untyped).0)
    }

    /// What the body makes of the value; null where it is null.
    pub fn map<U>(&self, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Expr<Option<U>> {
        let (condition, value) = presence(&self.untyped);
        let then = body(Expr::from_model(value)).untyped;
        Expr::from_model(Untyped::If(Box::new(If { condition, then, otherwise: null() })))
    }

    /// The value, or another one where it is null.
    pub fn or(&self, otherwise: impl IntoExpr<T>) -> Expr<T> {
        let (condition, then) = presence(&self.untyped);
        let otherwise = otherwise.into_expr().untyped;
        Expr::from_model(Untyped::If(Box::new(If { condition, then, otherwise })))
    }

    /// The value, where something else already makes sure that it is not null.
    pub fn value(&self) -> Expr<T> {
        Expr::from_model(presence(&self.untyped).1)
    }
}

/// When an expression is not null, and what it is then.
pub(crate) fn presence(expr: &Untyped) -> (Untyped, Untyped) {
    let (mut conditions, value) = conditions(expr);
    let condition =
        if conditions.len() == 1 { conditions.remove(0) } else { Untyped::And(conditions) };
    (condition, value)
}

fn conditions(expr: &Untyped) -> (Vec<Untyped>, Untyped) {
    match expr {
        Untyped::If(branch) if branch.otherwise == null() => {
            let (more, value) = if is_never_null(&branch.then) {
                (Vec::new(), branch.then.clone())
            } else {
                conditions(&branch.then)
            };
            let more = more.into_iter().filter(|more| *more != branch.condition);
            ([branch.condition.clone()].into_iter().chain(more).collect(), value)
        }
        other => (vec![compare(CompareOp::NotEqual, other, null()).untyped], other.clone()),
    }
}

/// Whether the kind of an expression alone says that it is not null.
fn is_never_null(expr: &Untyped) -> bool {
    !matches!(
        expr,
        Untyped::Literal(Value::Null)
            | Untyped::Option(_)
            | Untyped::Variable(_)
            | Untyped::If(_)
            | Untyped::Match(_)
    )
}

impl<T> Expr<Vec<T>> {
    /// A list of what the body makes of each element.
    pub fn map<U>(&self, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Expr<Vec<U>> {
        let item = bind::element(&self.untyped);
        let (body, item) = bound(&item, |item| body(Expr::from_model(item)).untyped);
        let over = self.untyped.clone();
        Expr::from_model(Untyped::MapList(Box::new(MapList { over, item, body })))
    }

    /// Whether the condition holds for all elements.
    pub fn all(&self, condition: impl FnOnce(Expr<T>) -> Expr<bool>) -> Expr<bool> {
        self.fold(true, condition)
    }

    /// Whether the condition holds for at least one element.
    pub fn any(&self, condition: impl FnOnce(Expr<T>) -> Expr<bool>) -> Expr<bool> {
        self.fold(false, condition)
    }

    fn fold(&self, all: bool, condition: impl FnOnce(Expr<T>) -> Expr<bool>) -> Expr<bool> {
        let item = bind::element(&self.untyped);
        let (condition, item) = bound(&item, |item| condition(Expr::from_model(item)).untyped);
        let over = self.untyped.clone();
        Expr::from_model(Untyped::Fold(Box::new(Fold { all, over, item, condition })))
    }

    /// This list, and then another.
    #[must_use]
    pub fn concat(&self, other: impl IntoExpr<Vec<T>>) -> Self {
        Self::from_model(Untyped::Concat(vec![self.untyped.clone(), other.into_expr().untyped]))
    }
}

impl Expr<Vec<String>> {
    /// The strings with a separator between them.
    pub fn join(&self, separator: &str) -> Expr<String> {
        let (separator, list) = (separator.to_owned(), self.untyped.clone());
        Expr::from_model(Untyped::Join(Box::new(Join { separator, list })))
    }
}

impl<T> Expr<NonEmptyVec<T>> {
    /// The same, as a list like any other.
    pub fn list(&self) -> Expr<Vec<T>> {
        Expr::from_model(self.untyped.clone())
    }
}

/// Types that are attribute sets of values of one type, under any names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no attribute set with any names",
    label = "no `BTreeMap<String, …>` or `LazyMap<…>`"
)]
pub trait Map {
    /// The type of the values.
    type Value;
}

impl<T> Map for std::collections::BTreeMap<String, T> {
    type Value = T;
}

impl<T> Map for LazyMap<T> {
    type Value = T;
}

impl<M: Map> Expr<M> {
    /// An attribute set of what the body makes of each name and value.
    pub fn map_values<U>(
        &self,
        body: impl FnOnce(Expr<String>, Expr<M::Value>) -> Expr<U>,
    ) -> Expr<std::collections::BTreeMap<String, U>> {
        Expr::from_model(Untyped::MapAttrs(Box::new(self.mapped(body))))
    }

    /// A list of what the body makes of each name and value, in the order of the names.
    pub fn map_to_list<U>(
        &self,
        body: impl FnOnce(Expr<String>, Expr<M::Value>) -> Expr<U>,
    ) -> Expr<Vec<U>> {
        Expr::from_model(Untyped::AttrsToList(Box::new(self.mapped(body))))
    }

    fn mapped<U>(&self, body: impl FnOnce(Expr<String>, Expr<M::Value>) -> Expr<U>) -> MapAttrs {
        let over = self.untyped.clone();
        let ((body, value), name) = bound("name", |name| {
            bound(&bind::element(&over), |value| {
                body(Expr::from_model(name), Expr::from_model(value)).untyped
            })
        });
        MapAttrs { over, name, value, body }
    }

    /// What is under a name: the key of a test's setting, such as
    /// `cfg.jobs().at("docs").schedule()`. No expression, since nothing says that it is there.
    pub fn at(&self, name: &str) -> Expr<M::Value> {
        self.within(name)
    }
}

impl Expr<Package> {
    /// A program of the package: `cfg.package().bin("rsync")`.
    pub fn bin(&self, program: &str) -> Expr<AbsolutePath> {
        self.path(&format!("bin/{program}"))
    }

    /// A file of the package, by its path within it.
    pub fn path(&self, path: &str) -> Expr<AbsolutePath> {
        let (package, path) = (self.untyped.clone(), path.to_owned());
        Expr::from_model(Untyped::PackagePath(Box::new(PackagePath { package, path })))
    }
}

/// A package of [`Feature::software`](crate::Feature::software), by its name there.
pub fn package(name: &str) -> Expr<Package> {
    Expr::from_model(Untyped::Package(name.to_owned()))
}

/// Within the default of a submodule's option: the submodule's name in its attribute set.
pub fn instance_name() -> Expr<String> {
    let name = domi_model::NAME.to_owned();
    Expr::from_model(Untyped::Variable(Variable { name, path: Vec::new() }))
}

/// The options of a submodule, for the defaults of its own options.
pub(crate) fn neighbours<T>() -> Expr<T> {
    let name = domi_model::NEIGHBOURS.to_owned();
    Expr::from_model(Untyped::Variable(Variable { name, path: Vec::new() }))
}

/// A string put together from parts; the work of `text!`.
pub(crate) fn text(parts: Vec<Untyped>) -> Expr<String> {
    if let [Untyped::Literal(Value::Str(_))] = &parts[..] {
        return Expr::from_model(parts.into_iter().next().unwrap_or_else(null));
    }
    if parts.is_empty() {
        return Expr::from_model("".into_text());
    }
    Expr::from_model(Untyped::Text(parts))
}
