//! Values that a test sets to see them refused.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, Value};

use crate::plain::{attrs_of, list_of};
use crate::{
    AbsolutePath, Attrs, Either, Expr, Float, IntoAny, Lines, NonEmptyStr, OptionType, Port,
    SecretFile, SingleLineStr, StorePath,
};

/// A value that a test sets to see it refused: of the option's type or of any other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value that a test can set",
    note = "a number is an `i64` or `f64` here: `i64::from(…)`"
)]
pub trait Refused {
    /// The value, as an expression.
    fn into_untyped(self) -> Untyped;
}

macro_rules! as_any {
    ($([$($generic:ident)?] $ty:ty;)+) => {
        $(
            impl$(<$generic>)? Refused for $ty {
                fn into_untyped(self) -> Untyped {
                    self.into_any()
                }
            }
        )+
    };
}

// Of the integers only one, so that a literal without a suffix is of it, however large it is.
as_any! {
    [] bool;
    [] i64;
    [] f64;
    [] &str;
    [] String;
    [] Value;
    [] Attrs;
    [] Port;
    [] Float;
    [] NonEmptyStr;
    [] SingleLineStr;
    [] Lines;
    [] AbsolutePath;
    [] StorePath;
    [] SecretFile;
    [T] Expr<T>;
    [T] &Expr<T>;
}

impl<A: OptionType, B: OptionType> Refused for Either<A, B> {
    fn into_untyped(self) -> Untyped {
        Untyped::Literal(self.to_value())
    }
}

impl<V: Refused> Refused for Option<V> {
    fn into_untyped(self) -> Untyped {
        self.map_or(Untyped::Literal(Value::Null), V::into_untyped)
    }
}

impl<V: Refused, const N: usize> Refused for [V; N] {
    fn into_untyped(self) -> Untyped {
        list_of(self.map(V::into_untyped).into())
    }
}

impl<V: Refused> Refused for Vec<V> {
    fn into_untyped(self) -> Untyped {
        list_of(self.into_iter().map(V::into_untyped).collect())
    }
}

impl<V: Refused, const N: usize> Refused for [(&str, V); N] {
    fn into_untyped(self) -> Untyped {
        let named = self.into_iter().map(|(name, value)| (name.to_owned(), value.into_untyped()));
        attrs_of(named.collect())
    }
}

impl<V: Refused> Refused for BTreeMap<String, V> {
    fn into_untyped(self) -> Untyped {
        attrs_of(self.into_iter().map(|(name, value)| (name, value.into_untyped())).collect())
    }
}
