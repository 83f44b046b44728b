//! Parts of a system, and when they are there.

use domi_model::{Expr as Untyped, Scope};

use crate::IntoExpr;
use crate::conditions::both;

/// A part of the system that was just added.
#[derive(Debug)]
pub struct Part<'a> {
    scope: Option<&'a mut Scope>,
}

impl<'a> Part<'a> {
    pub(crate) fn last(scope: Option<&'a mut Scope>) -> Self {
        Self { scope }
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        let condition = condition.into_expr().into_model();
        if let Some(scope) = self.scope {
            also_when(scope, condition);
        }
    }
}

/// The outer condition comes first: the inner one may rely on it.
pub(crate) fn also_when(scope: &mut Scope, condition: Untyped) {
    scope.when = Some(match scope.when.take() {
        Some(inner) => both(condition, inner),
        None => condition,
    });
}
