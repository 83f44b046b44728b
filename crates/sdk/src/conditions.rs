//! Values that depend on a condition, and conditions put together.

use domi_model::{CompareOp, Expr as Untyped, If, Value};

use crate::compare::compare;
use crate::plain::null;
use crate::{Expr, IntoExpr};

/// One of two values: `when(cfg.tls(), 443, 80)`.
pub fn when<T>(
    condition: impl IntoExpr<bool>,
    then: impl IntoExpr<T>,
    otherwise: impl IntoExpr<T>,
) -> Expr<T> {
    Expr::from_model(Untyped::If(Box::new(If {
        condition: condition.into_expr().into_model(),
        then: then.into_expr().into_model(),
        otherwise: otherwise.into_expr().into_model(),
    })))
}

impl Expr<bool> {
    /// Whether both are true.
    pub fn and(&self, other: impl IntoExpr<bool>) -> Self {
        Self::from_model(both(self.as_model().clone(), other.into_expr().into_model()))
    }

    /// Whether either is true.
    pub fn or(&self, other: impl IntoExpr<bool>) -> Self {
        Self::from_model(Untyped::Or(vec![self.as_model().clone(), other.into_expr().into_model()]))
    }
}

/// `!condition`: whether it is false.
impl std::ops::Not for Expr<bool> {
    type Output = Self;

    fn not(self) -> Self {
        Self::from_model(Untyped::Not(Box::new(self.into_model())))
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
        Expr::from_model(presence(self.as_model()).0)
    }

    /// What the body makes of the value; null where it is null.
    pub fn map<U>(&self, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Expr<Option<U>> {
        let (condition, value) = presence(self.as_model());
        let then = body(Expr::from_model(value)).into_model();
        Expr::from_model(Untyped::If(Box::new(If { condition, then, otherwise: null() })))
    }

    /// The value, or another one where it is null.
    pub fn or(&self, otherwise: impl IntoExpr<T>) -> Expr<T> {
        let (condition, then) = presence(self.as_model());
        let otherwise = otherwise.into_expr().into_model();
        Expr::from_model(Untyped::If(Box::new(If { condition, then, otherwise })))
    }

    /// The value, where something else already makes sure that it is not null.
    pub fn value(&self) -> Expr<T> {
        Expr::from_model(presence(self.as_model()).1)
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
        other => (vec![compare(CompareOp::NotEqual, other, null()).into_model()], other.clone()),
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
