//! What Rust would offer for expressions and what they are not made for: operators and `format!`.
//!
//! Both are there only where a trait holds that nothing has, so that the compiler says what to
//! write instead.

use std::cmp::Ordering;
use std::fmt;

use crate::Expr;

/// What nothing that anybody has is; see the module.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "expressions are not compared with `==`, `!=`, `<` or `>`",
    label = "compared with an operator",
    note = "the value is known on the machine only: write `.eq(…)`, `.ne(…)`, `.lt(…)`, `.le(…)`, \
            `.gt(…)` or `.ge(…)`, which give an `Expr<bool>`",
    note = "`when(condition, a, b)` chooses between values, `system.when(condition, …)` adds parts"
)]
pub trait Operand {}

/// The other side of an operator. A type of its own, as the compiler says what is missing of a type
/// only where it is another one than that with the operator.
#[doc(hidden)]
pub struct Side<R>(R);

/// Two types that nobody has; with one the compiler would take every other side for it.
enum Nothing {}
enum Nobody {}

#[diagnostic::do_not_recommend]
impl Operand for Side<Nothing> {}
#[diagnostic::do_not_recommend]
impl Operand for Side<Nobody> {}

impl<T, R> PartialEq<R> for Expr<T>
where
    Side<R>: Operand,
{
    fn eq(&self, _: &R) -> bool {
        false
    }
}

impl<T, R> PartialOrd<R> for Expr<T>
where
    Side<R>: Operand,
{
    fn partial_cmp(&self, _: &R) -> Option<Ordering> {
        None
    }
}

/// What nothing is; see the module.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an expression has no text while the feature is built",
    label = "known on the machine only",
    note = "write `text!(\"…{{}}…\", …)` instead of `format!`: it takes the same arguments, and gives \
            an `Expr<String>`",
    note = "the manifest shows what it is: `cargo run -p <feature> -- --pretty`"
)]
pub trait Formatted {}

impl<T: Formatted> fmt::Debug for Expr<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl<T: Formatted> fmt::Display for Expr<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}
