//! An expression, by the type of its value, and what can be asked of one.

use std::marker::PhantomData;

use domi_model::{CompareOp, Expr as Untyped, If, OptionPath, Problem, Value, Variable};

use crate::conditions::{both, compare, presence};
use crate::fault::{self, BAD_EXPRESSION};
use crate::plain::null;
use crate::{Comparable, Ordered};

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

/// A value or expression where a `T` is wanted: `9090` for a [`Port`](crate::Port), `"hello"` for a `String`,
/// `cfg.port()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value or expression of type `{T}`",
    label = "not of the type `{T}`",
    note = "an enum's value is written `Type::Variant`, that of an `Either` `Either::Left(…)` or \
            `Either::Right(…)`, and one of many parts `attrs! {{ … }}`",
    note = "a number of another type is converted first: `u32::from(…)`"
)]
pub trait IntoExpr<T> {
    /// The expression.
    fn into_expr(self) -> Expr<T>;
}

impl<T> IntoExpr<T> for Expr<T> {
    fn into_expr(self) -> Self {
        self
    }
}

impl<T> IntoExpr<T> for &Expr<T> {
    fn into_expr(self) -> Expr<T> {
        self.clone()
    }
}

impl<T> Expr<T> {
    /// Whether both are the same.
    pub fn eq(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        self.compare(CompareOp::Equal, other)
    }

    /// Whether they differ.
    pub fn ne(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        self.compare(CompareOp::NotEqual, other)
    }

    /// Whether it is less than the other.
    pub fn lt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        self.compare(CompareOp::Less, other)
    }

    /// Whether it is at most the other.
    pub fn le(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        self.compare(CompareOp::LessOrEqual, other)
    }

    /// Whether it is greater than the other.
    pub fn gt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        self.compare(CompareOp::Greater, other)
    }

    /// Whether it is at least the other.
    pub fn ge(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        self.compare(CompareOp::GreaterOrEqual, other)
    }

    fn compare(&self, op: CompareOp, other: impl IntoExpr<T>) -> Expr<bool> {
        let (left, right) = (self.untyped.clone(), other.into_expr().untyped);
        Expr::from_model(compare(op, left, right))
    }
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

    /// What the body makes of the value, which may be null too; null where it is null.
    pub fn and_then<U>(&self, body: impl FnOnce(Expr<T>) -> Expr<Option<U>>) -> Expr<Option<U>> {
        Expr::from_model(self.map(body).into_model())
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
