//! Values that are written the same for several types: `[]`, `None` and a map without entries.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, Value};

use crate::Expr;
use crate::plain::null;

/// Types of which `[]` is a value.
#[diagnostic::on_unimplemented(
    message = "`[]` is no value of type `{Self}`; an empty attribute set is `attrs! {{}}`"
)]
pub trait List {}

impl<T> List for Vec<T> {}
impl<T> List for Option<Vec<T>> {}
impl<T> List for crate::OneOrMany<T> {}
impl List for crate::Anything {}

pub fn empty_list<T: List>() -> Expr<T> {
    Expr::from_model(Untyped::Literal(Value::List(Vec::new())))
}

/// Types of which null is a value.
#[diagnostic::on_unimplemented(
    message = "`None` is no value of type `{Self}`",
    label = "cannot be null",
    note = "only an `Option<…>` can be null; an option without a default must be set"
)]
pub trait Nullable {}

impl<T> Nullable for Option<T> {}

pub fn none<T: Nullable>() -> Expr<T> {
    Expr::from_model(null())
}

/// Types of which a map without entries is a value.
#[diagnostic::on_unimplemented(message = "`BTreeMap::new()` is no value of type `{Self}`")]
pub trait Empty {}

impl<T> Empty for BTreeMap<String, T> {}
impl<T> Empty for Option<BTreeMap<String, T>> {}
impl<T> Empty for crate::LazyMap<T> {}

pub fn empty_map<T: Empty>() -> Expr<T> {
    Expr::from_model(Untyped::Literal(Value::empty_attrs()))
}
