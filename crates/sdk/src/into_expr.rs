//! Values that authors may write where an expression is wanted.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, Value};

use crate::fault;
use crate::plain::{attrs_of, list_of};
use crate::{
    AbsolutePath, Anything, Colons, Commas, Either, Expr, Float, IntOrString, IntoExpr, LazyMap,
    Lines, LinesOrList, NonEmptyStr, NonEmptyVec, OneOrMany, OptionType, Port, SecretFile,
    SingleLineStr, StorePath,
};

/// Any value, to be checked against the type when the manifest is printed.
impl<T> IntoExpr<T> for Value {
    fn into_expr(self) -> Expr<T> {
        Expr::from_model(Untyped::Literal(self))
    }
}

impl<T, V: IntoExpr<T>> IntoExpr<Option<T>> for Option<V> {
    fn into_expr(self) -> Expr<Option<T>> {
        Expr::from_model(match self {
            Some(value) => value.into_expr().into_model(),
            None => Untyped::Literal(Value::Null),
        })
    }
}

impl<T, V: IntoExpr<T>, const N: usize> IntoExpr<Vec<T>> for [V; N] {
    fn into_expr(self) -> Expr<Vec<T>> {
        list(self.map(V::into_expr))
    }
}

impl<T, V: IntoExpr<T>> IntoExpr<Vec<T>> for Vec<V> {
    fn into_expr(self) -> Expr<Vec<T>> {
        list(self.into_iter().map(V::into_expr))
    }
}

impl<T, V: IntoExpr<T>, const N: usize> IntoExpr<NonEmptyVec<T>> for [V; N] {
    fn into_expr(self) -> Expr<NonEmptyVec<T>> {
        Expr::from_model(list(self.map(V::into_expr)).into_model())
    }
}

impl<T, V: IntoExpr<T>, const N: usize> IntoExpr<OneOrMany<T>> for [V; N] {
    fn into_expr(self) -> Expr<OneOrMany<T>> {
        Expr::from_model(list(self.map(V::into_expr)).into_model())
    }
}

fn list<T>(items: impl IntoIterator<Item = Expr<T>>) -> Expr<Vec<T>> {
    Expr::from_model(list_of(items.into_iter().map(Expr::into_model).collect()))
}

impl<T, V: IntoExpr<T>, const N: usize> IntoExpr<BTreeMap<String, T>> for [(&str, V); N] {
    fn into_expr(self) -> Expr<BTreeMap<String, T>> {
        map(self.into_iter().map(|(name, value)| (name.to_owned(), value.into_expr())))
    }
}

impl<T, V: IntoExpr<T>> IntoExpr<BTreeMap<String, T>> for BTreeMap<String, V> {
    fn into_expr(self) -> Expr<BTreeMap<String, T>> {
        map(self.into_iter().map(|(name, value)| (name, value.into_expr())))
    }
}

impl<T, V: IntoExpr<T>, const N: usize> IntoExpr<LazyMap<T>> for [(&str, V); N] {
    fn into_expr(self) -> Expr<LazyMap<T>> {
        let map = map(self.into_iter().map(|(name, value)| (name.to_owned(), value.into_expr())));
        Expr::from_model(map.into_model())
    }
}

fn map<T>(attrs: impl Iterator<Item = (String, Expr<T>)>) -> Expr<BTreeMap<String, T>> {
    let mut named = BTreeMap::new();
    for (name, value) in attrs {
        if named.contains_key(&name) {
            fault::note(fault::twice("", &format!("the attribute `{name}`"), None, None));
        }
        named.insert(name, value.into_model());
    }
    Expr::from_model(attrs_of(named))
}

macro_rules! values_of {
    ($($from:ty => $($to:ty),+;)+) => {
        $($(
            impl IntoExpr<$to> for $from {
                fn into_expr(self) -> Expr<$to> {
                    Expr::from_model(Untyped::Literal(self.to_value()))
                }
            }

            impl IntoExpr<Option<$to>> for $from {
                fn into_expr(self) -> Expr<Option<$to>> {
                    Expr::from_model(Untyped::Literal(self.to_value()))
                }
            }
        )+)+
    };
}

// One integer type for each option type: so a literal is of the type that is wanted, and not of
// `i32`, which it may not fit.
values_of! {
    bool => bool, Anything;
    i8 => i8;
    i16 => i16;
    i32 => i32;
    i64 => i64, f64, Anything;
    u8 => u8;
    u16 => u16, Port;
    u32 => u32;
    Port => Port;
    f64 => f64, Float, Anything;
    Float => Float, f64;
    String => String, NonEmptyStr, SingleLineStr, Lines, Commas, Colons, AbsolutePath, StorePath, SecretFile, Anything, IntOrString, LinesOrList;
    IntOrString => IntOrString, String;
    LinesOrList => LinesOrList, String;
    NonEmptyStr => NonEmptyStr, String;
    SingleLineStr => SingleLineStr, String;
    Lines => Lines, String;
    Commas => Commas, String;
    Colons => Colons, String;
    AbsolutePath => AbsolutePath;
    StorePath => StorePath, AbsolutePath;
    SecretFile => SecretFile, AbsolutePath;
    Anything => Anything;
}

macro_rules! texts_of {
    ($($to:ty),+) => {
        $(
            impl IntoExpr<$to> for &str {
                fn into_expr(self) -> Expr<$to> {
                    Expr::from_model(Untyped::Literal(Value::from(self)))
                }
            }

            impl IntoExpr<Option<$to>> for &str {
                fn into_expr(self) -> Expr<Option<$to>> {
                    Expr::from_model(Untyped::Literal(Value::from(self)))
                }
            }
        )+
    };
}

texts_of!(IntOrString, LinesOrList);
texts_of!(
    String,
    NonEmptyStr,
    SingleLineStr,
    Lines,
    Commas,
    Colons,
    AbsolutePath,
    StorePath,
    SecretFile,
    Anything
);

impl<A: OptionType, B: OptionType> IntoExpr<Self> for Either<A, B> {
    fn into_expr(self) -> Expr<Self> {
        literal(&self)
    }
}

/// A value, as an expression.
pub fn literal<T: OptionType>(value: &T) -> Expr<T> {
    Expr::from_model(Untyped::Literal(value.to_value()))
}
