//! Names of units, one or many.

use domi_model::Expr as Untyped;

use crate::{Expr, IntoText};

/// The full name of a unit, such as `network.target`, or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no name of a unit and no list of names",
    label = "no name of a unit",
    note = "a list of names is an expression: `one_to(cfg.workers()).map(|n| \
            text!(\"worker@{{n}}.service\"))`"
)]
pub trait UnitNames {
    /// The expression of the name, or of the list.
    fn into_names(self) -> Untyped;
}

impl<T: IntoText> UnitNames for T {
    fn into_names(self) -> Untyped {
        self.into_text()
    }
}

impl UnitNames for Expr<Vec<String>> {
    fn into_names(self) -> Untyped {
        self.into_model()
    }
}

impl UnitNames for &Expr<Vec<String>> {
    fn into_names(self) -> Untyped {
        self.as_model().clone()
    }
}
