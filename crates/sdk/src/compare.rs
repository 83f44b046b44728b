//! Comparisons of two expressions.

use domi_model::{Compare, CompareOp, Expr as Untyped};

use crate::{Expr, IntoExpr, NonEmptyStr, Port, SingleLineStr, Textual};

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

macro_rules! ordered {
    ($($ty:ty),+) => { $(impl Ordered for $ty {})+ };
}

ordered!(i8, i16, i32, i64, u8, u16, u32, Port, f64, String, NonEmptyStr, SingleLineStr);

impl<T> Expr<T> {
    /// Whether both are the same.
    pub fn eq(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        compare(CompareOp::Equal, self.as_model(), other.into_expr().into_model())
    }

    /// Whether they differ.
    pub fn ne(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        compare(CompareOp::NotEqual, self.as_model(), other.into_expr().into_model())
    }

    /// Whether it is less than the other.
    pub fn lt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::Less, self.as_model(), other.into_expr().into_model())
    }

    /// Whether it is at most the other.
    pub fn le(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::LessOrEqual, self.as_model(), other.into_expr().into_model())
    }

    /// Whether it is greater than the other.
    pub fn gt(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::Greater, self.as_model(), other.into_expr().into_model())
    }

    /// Whether it is at least the other.
    pub fn ge(&self, other: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Ordered,
    {
        compare(CompareOp::GreaterOrEqual, self.as_model(), other.into_expr().into_model())
    }
}

pub(crate) fn compare(op: CompareOp, left: &Untyped, right: Untyped) -> Expr<bool> {
    let left = left.clone();
    Expr::from_model(Untyped::Compare(Box::new(Compare { op, left, right })))
}
