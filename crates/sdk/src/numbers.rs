//! Integers, calculated with.

use std::borrow::Borrow;
use std::ops::{Add, Div, Mul, Rem, Sub};

use domi_model::{Arithmetic, ArithmeticOp, Expr as Untyped};

use crate::{Expr, IntoExpr, Port};

/// Types whose values are calculated with: integers.
#[diagnostic::on_unimplemented(
    message = "expressions of type `{Self}` are not calculated with",
    label = "no integer",
    note = "integers and ports are; a float has no result that is the same everywhere"
)]
pub trait Integer {}

fn calculate<T>(op: ArithmeticOp, left: &Expr<T>, right: Expr<T>) -> Expr<T> {
    let (left, right) = (left.as_model().clone(), right.into_model());
    Expr::from_model(Untyped::Arithmetic(Box::new(Arithmetic { op, left, right })))
}

impl<T: Integer> Expr<T> {
    /// The lesser of both.
    pub fn min(&self, other: impl IntoExpr<T>) -> Self {
        calculate(ArithmeticOp::Least, self, other.into_expr())
    }

    /// The greater of both.
    pub fn max(&self, other: impl IntoExpr<T>) -> Self {
        calculate(ArithmeticOp::Greatest, self, other.into_expr())
    }

    /// The same integer, to be calculated with together with others of another type.
    pub fn to_i64(&self) -> Expr<i64> {
        Expr::from_model(self.as_model().clone())
    }
}

/// The integers from 1 to another one, which the `range` of its option keeps below 1001:
/// `target.wants(one_to(cfg.workers()).map(|n| text!("worker@{n}.service")))`. There is none where it
/// is less than 1.
pub fn one_to<T: Integer>(most: impl Borrow<Expr<T>>) -> Expr<Vec<i64>> {
    Expr::from_model(Untyped::UpTo(Box::new(most.borrow().as_model().clone())))
}

macro_rules! operators {
    ($($(#[$doc:meta])* $trait:ident $method:ident $op:ident;)+) => {
        $(
            $(#[$doc])*
            impl<T: Integer, R: IntoExpr<T>> $trait<R> for Expr<T> {
                type Output = Self;

                fn $method(self, other: R) -> Self {
                    calculate(ArithmeticOp::$op, &self, other.into_expr())
                }
            }

            $(#[$doc])*
            impl<T: Integer, R: IntoExpr<T>> $trait<R> for &Expr<T> {
                type Output = Expr<T>;

                fn $method(self, other: R) -> Expr<T> {
                    calculate(ArithmeticOp::$op, self, other.into_expr())
                }
            }
        )+
    };
}

operators! {
    /// The sum, calculated in 64 bits.
    Add add Add;
    /// The difference, calculated in 64 bits.
    Sub sub Subtract;
    /// The product, calculated in 64 bits.
    Mul mul Multiply;
    /// The quotient without its fraction, as `/` of Rust's integers.
    Div div Divide;
    /// What the division leaves, as `%` of Rust's integers.
    Rem rem Remainder;
}

/// Operators with a literal on their left: `100 - cfg.reserved()`.
macro_rules! literal_first {
    ($($ty:ty => $of:ty: $($trait:ident $method:ident),+;)+) => {
        $($(
            impl $trait<Expr<$of>> for $ty {
                type Output = Expr<$of>;

                fn $method(self, other: Expr<$of>) -> Expr<$of> {
                    let literal: Expr<$of> = self.into_expr();
                    literal.$method(other)
                }
            }
        )+)+
    };
}

macro_rules! integers {
    ($($ty:ty),+) => {
        $(
            impl Integer for $ty {}
            literal_first! { $ty => $ty: Add add, Sub sub, Mul mul, Div div, Rem rem; }
        )+
    };
}

integers!(i8, i16, i32, i64, u8, u16, u32);
impl Integer for Port {}
