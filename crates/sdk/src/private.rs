//! What derived code and macros call. Not for authors: it changes without notice.

mod cases;
mod declared;
mod description;
mod empty;
mod fields;

use domi_model::Expr as Untyped;
pub use serde;

use crate::plain::{attrs_of, list_of};
use crate::{Attrs, Expr, IntoAny, IntoText};

pub use self::cases::Cases;
pub use self::declared::{Declared, Typed, removed, renamed, typed};
pub use self::description::{documentation, values};
pub use self::empty::{Empty, List, Nullable, empty_list, empty_map, none};
pub use self::fields::{Fields, attrs, string, tagged};
pub use crate::fault::noted;
pub use crate::into_expr::literal;
pub use crate::options::submodule;
pub use crate::place::place;
pub use crate::plain::null;
pub use crate::serde_impls::{deserialize, deserialize_options, serialize};
pub use crate::texts::text;
pub use crate::types::{Bounded, Patterned, Separable};

pub fn field<T, U>(expr: &Expr<T>, name: &str) -> Expr<U> {
    expr.within(name)
}

pub fn text_part<P: IntoText + Clone>(part: &P) -> Untyped {
    part.clone().into_text()
}

pub fn document(node: Untyped) -> Attrs {
    Attrs(node)
}

pub fn any_part<P: IntoAny + Clone>(part: &P) -> Untyped {
    part.clone().into_any()
}

pub fn attrs_expr<const N: usize>(attrs: [(&str, Untyped); N]) -> Untyped {
    attrs_of(attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub fn list_expr<const N: usize>(items: [Untyped; N]) -> Untyped {
    list_of(items.into())
}

/// What a machine has, as the manifest says it.
pub fn model(system: crate::System) -> domi_model::System {
    system.into_model()
}

/// Tests, as the manifest has them.
pub fn tests(tests: crate::Tests) -> Vec<domi_model::Test> {
    tests.into_model()
}
