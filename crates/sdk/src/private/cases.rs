//! A match on a tagged union.

use domi_model::{Expr as Untyped, Match, MatchArm};

use crate::Expr;
use crate::bind::{self, bound};

/// The arms of a match on a tagged union.
pub struct Cases(Match);

impl Cases {
    pub fn of<T>(expr: &Expr<T>) -> Self {
        Self(Match { on: expr.as_model().clone(), arms: Vec::new() })
    }

    #[must_use]
    pub fn case<T, U>(mut self, tag: &str, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Self {
        let (body, item) =
            bound(&bind::allowed(tag), |item| body(Expr::from_model(item)).into_model());
        self.0.arms.push(MatchArm { tag: tag.to_owned(), item, body });
        self
    }

    pub fn into_expr<U>(self) -> Expr<U> {
        Expr::from_model(Untyped::Match(Box::new(self.0)))
    }
}
