//! The types of options that hold values of other types.

use std::collections::BTreeMap;

use domi_model::{Coerced, Conversion, Type, Value};

use crate::run_time::accepts;
use crate::{Bounded, OptionType, Patterned};

impl<T: OptionType> OptionType for Vec<T> {
    fn ty() -> Type {
        Type::ListOf(Box::new(T::ty()))
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        self.iter().map(T::to_value).collect()
    }
}

/// A list with at least one element: `types.nonEmptyListOf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonEmptyVec<T>(pub Vec<T>);

impl<T: OptionType> OptionType for NonEmptyVec<T> {
    fn ty() -> Type {
        Type::NonEmptyListOf(Box::new(T::ty()))
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value).filter(|items| !items.is_empty()).map(Self)
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl<T: OptionType> OptionType for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::AttrsOf(Box::new(T::ty()))
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Attrs(attrs) => {
                attrs.into_iter().map(|(name, value)| Some((name, T::from_value(value)?))).collect()
            }
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        self.iter().map(|(name, value)| (name.clone(), value.to_value())).collect()
    }
}

/// An attribute set whose values may refer to each other: `types.lazyAttrsOf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LazyMap<T>(pub BTreeMap<String, T>);

impl<T: OptionType> OptionType for LazyMap<T> {
    fn ty() -> Type {
        Type::LazyAttrsOf(Box::new(T::ty()))
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        BTreeMap::from_value(value).map(Self)
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

/// A list, or one element alone, which becomes a list of it: `types.coercedTo`. Elements are
/// booleans, numbers, strings or paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: OptionType> OptionType for OneOrMany<T> {
    fn ty() -> Type {
        coerced(T::ty(), Conversion::Singleton, Vec::<T>::ty())
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List(_) => Vec::from_value(value).map(Self),
            one => T::from_value(one).map(|one| Self(vec![one])),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

/// A string, or an integer, which becomes a string of its digits: `types.coercedTo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntOrString(pub String);

impl OptionType for IntOrString {
    fn ty() -> Type {
        coerced(i64::ty(), Conversion::Digits, Type::Str)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(n) => Some(Self(n.to_string())),
            other => String::from_value(other).map(Self),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

/// Lines, or a list of strings, which become lines: `types.coercedTo`. Several definitions are
/// joined with newlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesOrList(pub String);

impl OptionType for LinesOrList {
    fn ty() -> Type {
        coerced(Vec::<String>::ty(), Conversion::Join("\n".to_owned()), Type::Lines)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::List(_) => Some(Self(Vec::<String>::from_value(value)?.join("\n"))),
            other => String::from_value(other).map(Self),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

fn coerced(from: Type, by: Conversion, to: Type) -> Type {
    Type::Coerced(Box::new(Coerced { from, by, to }))
}

/// `types.nullOr`, and null where nobody sets it.
impl<T: OptionType> OptionType for Option<T> {
    fn ty() -> Type {
        Type::NullOr(Box::new(T::ty()))
    }

    fn values() -> String {
        T::values()
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn implied_default() -> Option<Value> {
        Some(Value::Null)
    }
}

/// A value of one type or the other: `types.either`. Where both accept a value, it is of the
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Either<A, B> {
    /// A value of the first type.
    Left(A),
    /// A value of the second type.
    Right(B),
}

impl<A: OptionType, B: OptionType> OptionType for Either<A, B> {
    fn ty() -> Type {
        Type::OneOf(vec![A::ty(), B::ty()])
    }

    fn values() -> String {
        let both = [A::values(), B::values()];
        both.into_iter().filter(|values| !values.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn from_value(value: Value) -> Option<Self> {
        if accepts::<A>(&value) {
            A::from_value(value).map(Self::Left)
        } else {
            B::from_value(value).map(Self::Right)
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Left(value) => value.to_value(),
            Self::Right(value) => value.to_value(),
        }
    }
}

macro_rules! narrowed_within {
    ($($container:ident: $ty:ident;)+) => {
        $(
            impl<T: Bounded> Bounded for $container<T> {
                type Bound = T::Bound;

                fn bounded(min: Option<T::Bound>, max: Option<T::Bound>) -> Type {
                    Type::$ty(Box::new(T::bounded(min, max)))
                }
            }

            impl<T: Patterned> Patterned for $container<T> {
                fn matching(pattern: &str) -> Type {
                    Type::$ty(Box::new(T::matching(pattern)))
                }
            }
        )+
    };
}

narrowed_within! {
    Option: NullOr;
    Vec: ListOf;
    NonEmptyVec: NonEmptyListOf;
}
