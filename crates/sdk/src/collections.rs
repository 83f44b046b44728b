//! Lists and attribute sets of expressions, taken element by element.

use domi_model::{Expr as Untyped, Fold, Join, MapAttrs, MapList};

use crate::attrs::IntoAny;
use crate::bind::{self, bound};
use crate::{Attrs, Expr, IntoExpr, LazyMap, NonEmptyVec, OneOrMany};

impl<T> Expr<Vec<T>> {
    /// A list of what the body makes of each element.
    pub fn map<U>(&self, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Expr<Vec<U>> {
        let item = bind::element(self.as_model());
        let (body, item) = bound(&item, |item| body(Expr::from_model(item)).into_model());
        let over = self.as_model().clone();
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
        let item = bind::element(self.as_model());
        let (condition, item) = bound(&item, |item| condition(Expr::from_model(item)).into_model());
        let over = self.as_model().clone();
        Expr::from_model(Untyped::Fold(Box::new(Fold { all, over, item, condition })))
    }

    /// This list, and then another.
    #[must_use]
    pub fn concat(&self, other: impl IntoExpr<Vec<T>>) -> Self {
        Self::from_model(Untyped::Concat(vec![
            self.as_model().clone(),
            other.into_expr().into_model(),
        ]))
    }
}

impl Expr<Vec<String>> {
    /// The strings with a separator between them.
    pub fn join(&self, separator: &str) -> Expr<String> {
        let (separator, list) = (separator.to_owned(), self.as_model().clone());
        Expr::from_model(Untyped::Join(Box::new(Join { separator, list })))
    }
}

impl<T> Expr<NonEmptyVec<T>> {
    /// The same, as a list like any other.
    pub fn list(&self) -> Expr<Vec<T>> {
        Expr::from_model(self.as_model().clone())
    }
}

impl<T> Expr<OneOrMany<T>> {
    /// The elements, as a list like any other.
    pub fn list(&self) -> Expr<Vec<T>> {
        Expr::from_model(self.as_model().clone())
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

    /// This and another attribute set, the other winning name by name, at any depth.
    pub fn merge(&self, other: impl IntoAny) -> Attrs {
        Attrs(self.as_model().clone()).merge(other)
    }

    fn mapped<U>(&self, body: impl FnOnce(Expr<String>, Expr<M::Value>) -> Expr<U>) -> MapAttrs {
        let over = self.as_model().clone();
        let ((body, value), name) = bound("name", |name| {
            bound(&bind::element(&over), |value| {
                body(Expr::from_model(name), Expr::from_model(value)).into_model()
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
