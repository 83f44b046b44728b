//! How much there is of something, and what it has in it.

use domi_model::{Contains, Expr as Untyped, HasAttr, MapAttrs, MapList};

use crate::bind::{self, bound};
use crate::{Comparable, Expr, IntoExpr, LazyMap, Map, NonEmptyVec, Text};

/// Types whose values have a length: lists, attribute sets with any names, and strings.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no length",
    note = "lists, attribute sets with any names and strings have one"
)]
pub trait Measured {
    /// The expression of the length.
    fn length(of: Untyped) -> Untyped;
}

impl<T> Measured for Vec<T> {
    fn length(of: Untyped) -> Untyped {
        Untyped::ListLength(Box::new(of))
    }
}

impl<T> Measured for NonEmptyVec<T> {
    fn length(of: Untyped) -> Untyped {
        Untyped::ListLength(Box::new(of))
    }
}

impl<T> Measured for std::collections::BTreeMap<String, T> {
    fn length(of: Untyped) -> Untyped {
        Untyped::AttrCount(Box::new(of))
    }
}

impl<T> Measured for LazyMap<T> {
    fn length(of: Untyped) -> Untyped {
        Untyped::AttrCount(Box::new(of))
    }
}

impl<T: Measured> Expr<T> {
    /// How many elements a list has, how many attributes a set, or how many bytes a string.
    ///
    /// It is a whole number that can be calculated with: `cfg.peers().len() * 2 + 1`.
    pub fn len(&self) -> Expr<i64> {
        Expr::from_model(T::length(self.as_model().clone()))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> Expr<bool> {
        self.len().eq(0)
    }
}

impl<T> Expr<Vec<T>> {
    /// The elements for which the condition holds.
    #[must_use]
    pub fn filter(&self, condition: impl FnOnce(Expr<T>) -> Expr<bool>) -> Self {
        let item = bind::element(self.as_model());
        let (body, item) = bound(&item, |item| condition(Expr::from_model(item)).into_model());
        let over = self.as_model().clone();
        Self::from_model(Untyped::Filter(Box::new(MapList { over, item, body })))
    }

    /// Whether an element is equal to a value.
    pub fn contains(&self, item: impl IntoExpr<T>) -> Expr<bool>
    where
        T: Comparable,
    {
        let (list, item) = (self.as_model().clone(), item.into_expr().into_model());
        Expr::from_model(Untyped::Contains(Box::new(Contains { list, item })))
    }
}

impl<M: Map> Expr<M> {
    /// The attributes for whose names and values the condition holds.
    pub fn filter_values(
        &self,
        condition: impl FnOnce(Expr<String>, Expr<M::Value>) -> Expr<bool>,
    ) -> Expr<std::collections::BTreeMap<String, M::Value>> {
        let over = self.as_model().clone();
        let ((body, value), name) = bound("name", |name| {
            bound(&bind::element(&over), |value| {
                condition(Expr::from_model(name), Expr::from_model(value)).into_model()
            })
        });
        Expr::from_model(Untyped::FilterAttrs(Box::new(MapAttrs { over, name, value, body })))
    }

    /// Whether there is an attribute of a name.
    pub fn contains_key(&self, name: impl IntoExpr<String>) -> Expr<bool> {
        let (attrs, name) = (self.as_model().clone(), name.into_expr().into_model());
        Expr::from_model(Untyped::HasAttr(Box::new(HasAttr { attrs, name })))
    }
}

impl<T: Text> Measured for T {
    fn length(of: Untyped) -> Untyped {
        Untyped::StringLength(Box::new(of))
    }
}
