//! Attribute sets with expressions in them, and what may stand in one.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, If, Value};

use crate::plain::{attrs_of, list_of};
use crate::{
    AbsolutePath, Colons, Commas, Expr, Float, IntoExpr, Lines, NonEmptyStr, OptionType, Port,
    SecretFile, SingleLineStr, StorePath,
};

/// An attribute set with expressions in it, as `attrs!` writes it: settings for a file, or a
/// value of any option, to be checked when the manifest is printed.
#[derive(Clone)]
pub struct Attrs(pub(crate) Untyped);

impl Attrs {
    /// This and another attribute set, the other winning name by name, at any depth.
    #[must_use]
    pub fn merge(self, other: impl IntoAny) -> Self {
        let mut sets = match self.0 {
            Untyped::Merge(sets) => sets,
            set => vec![set],
        };
        sets.push(other.into_any());
        Self(Untyped::Merge(sets))
    }

    /// Without what is null in it, at any depth; elements of lists stay. TOML has no null, and most
    /// programs take a setting that is not there for their own default.
    #[must_use]
    pub fn without_nulls(self) -> Self {
        Self(Untyped::WithoutNulls(Box::new(self.0)))
    }

    /// This attribute set where the condition is true, an empty one where it is not.
    #[must_use]
    pub fn when(self, condition: impl IntoExpr<bool>) -> Self {
        let otherwise = Untyped::Literal(Value::empty_attrs());
        let condition = condition.into_expr().into_model();
        Self(Untyped::If(Box::new(If { condition, then: self.0, otherwise })))
    }
}

/// What `attrs!` wrote: as any value.
impl<T> IntoExpr<T> for Attrs {
    fn into_expr(self) -> Expr<T> {
        Expr::from_model(self.0)
    }
}

impl<T> Expr<T> {
    /// The attribute set that it is without what is null in it, at any depth; elements of lists
    /// stay.
    pub fn without_nulls(&self) -> Attrs {
        Attrs(self.as_model().clone()).without_nulls()
    }
}

/// A value of any shape, as part of settings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of settings",
    note = "plain values, `null`, expressions, and lists and `attrs!` of them can"
)]
pub trait IntoAny {
    /// The expression.
    fn into_any(self) -> Untyped;
}

impl<T> IntoAny for Expr<T> {
    fn into_any(self) -> Untyped {
        self.into_model()
    }
}

impl<V: IntoAny + Clone> IntoAny for &V {
    fn into_any(self) -> Untyped {
        self.clone().into_any()
    }
}

impl IntoAny for Attrs {
    fn into_any(self) -> Untyped {
        self.0
    }
}

impl IntoAny for Value {
    fn into_any(self) -> Untyped {
        Untyped::Literal(self)
    }
}

macro_rules! plain_values {
    ($($ty:ty),+) => {
        $(
            impl IntoAny for $ty {
                fn into_any(self) -> Untyped {
                    Untyped::Literal(self.to_owned().to_value())
                }
            }
        )+
    };
}

plain_values!(bool, i8, i16, i32, i64, u8, u16, u32, f64, &str, String);
plain_values!(Commas, Colons);
plain_values!(Port, Float, NonEmptyStr, SingleLineStr, Lines, AbsolutePath, StorePath, SecretFile);

impl<V: IntoAny> IntoAny for Option<V> {
    fn into_any(self) -> Untyped {
        self.map_or(Untyped::Literal(Value::Null), V::into_any)
    }
}

impl<V: IntoAny, const N: usize> IntoAny for [V; N] {
    fn into_any(self) -> Untyped {
        list_of(self.map(V::into_any).into())
    }
}

impl<V: IntoAny> IntoAny for Vec<V> {
    fn into_any(self) -> Untyped {
        list_of(self.into_iter().map(V::into_any).collect())
    }
}

impl<V: IntoAny> IntoAny for BTreeMap<String, V> {
    fn into_any(self) -> Untyped {
        attrs_of(self.into_iter().map(|(name, value)| (name, value.into_any())).collect())
    }
}
