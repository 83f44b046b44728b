//! What authors may write where an expression is wanted.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, Setting, Value};

use crate::expr::presence;
use crate::fault;
use crate::private::{attrs_of, list_of};
use crate::{
    AbsolutePath, Anything, Attrs, Expr, Float, LazyMap, Lines, NonEmptyStr, NonEmptyVec,
    OptionType, Ordered, Package, Port, SecretFile, SingleLineStr, StorePath,
};

/// A value or expression where a `T` is wanted: `9090` for a [`Port`], `"hello"` for a `String`,
/// `cfg.port()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value or expression of type `{T}`",
    label = "not of the type `{T}`",
    note = "an enum's value is written `Type::Variant`, that of an `Either` `Either::Left(…)` or \
            `Either::Right(…)`, and one of many parts `attrs! {{ … }}`",
    note = "a number of another type is converted first: `u32::from(…)`"
)]
pub trait IntoExpr<T> {
    /// The expression.
    fn into_expr(self) -> Expr<T>;
}

impl<T> IntoExpr<T> for Expr<T> {
    fn into_expr(self) -> Self {
        self
    }
}

impl<T> IntoExpr<T> for &Expr<T> {
    fn into_expr(self) -> Expr<T> {
        self.clone()
    }
}

/// Any value, to be checked against the type when the manifest is printed.
impl<T> IntoExpr<T> for Value {
    fn into_expr(self) -> Expr<T> {
        Expr::from_model(Untyped::Literal(self))
    }
}

/// What `attrs!` wrote: as any value.
impl<T> IntoExpr<T> for Attrs {
    fn into_expr(self) -> Expr<T> {
        Expr::from_model(self.0)
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
    String => String, NonEmptyStr, SingleLineStr, Lines, AbsolutePath, StorePath, SecretFile, Anything;
    NonEmptyStr => NonEmptyStr, String;
    SingleLineStr => SingleLineStr, String;
    Lines => Lines, String;
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

texts_of!(String, NonEmptyStr, SingleLineStr, Lines, AbsolutePath, StorePath, SecretFile, Anything);

/// The name of a package of [`Feature::software`](crate::Feature::software).
impl IntoExpr<Package> for &str {
    fn into_expr(self) -> Expr<Package> {
        crate::package(self)
    }
}

impl IntoExpr<Package> for Package {
    fn into_expr(self) -> Expr<Package> {
        crate::package(&self.0)
    }
}

/// Types whose values have a text that Nix and Rust agree on.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no agreed text",
    label = "no text",
    note = "strings, integers, booleans, paths, packages and enums of names have one",
    note = "for anything else, write `.to_json()`; for an `Option`, say with `.or(…)` or `.map(…)` what null means"
)]
pub trait Textual {}

macro_rules! marked {
    ($trait:ident: $($ty:ty),+) => { $(impl $trait for $ty {})+ };
}

marked!(Textual: bool, i8, i16, i32, i64, u8, u16, u32, Port, String, NonEmptyStr, SingleLineStr);
marked!(Textual: Lines, AbsolutePath, StorePath, SecretFile, Package);
marked!(Ordered: i8, i16, i32, i64, u8, u16, u32, Port, f64, String, NonEmptyStr, SingleLineStr);

/// A part of a text: a string, number, path, or expression of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a text",
    label = "no text",
    note = "strings, integers, booleans, paths, packages, and expressions of them can"
)]
pub trait IntoText {
    /// The expression of the part.
    fn into_text(self) -> Untyped;
}

impl<T: Textual> IntoText for Expr<T> {
    fn into_text(self) -> Untyped {
        self.into_model()
    }
}

impl<V: IntoText + Clone> IntoText for &V {
    fn into_text(self) -> Untyped {
        self.clone().into_text()
    }
}

macro_rules! plain_texts {
    ($($ty:ty),+) => {
        $(
            impl IntoText for $ty {
                fn into_text(self) -> Untyped {
                    Untyped::Literal(self.to_owned().to_value())
                }
            }
        )+
    };
}

plain_texts!(bool, i8, i16, i32, i64, u8, u16, u32, &str, String);
plain_texts!(Port, NonEmptyStr, SingleLineStr, Lines, AbsolutePath, StorePath, SecretFile);

/// A specifier of systemd, such as `%t`.
#[derive(Debug, Clone)]
pub struct Specifier(String);

/// A specifier of systemd, for systemd to expand: `text!("{}/site.sock", specifier("%t"))`.
///
/// It can stand in values of units, in arguments of commands, in names of other units, and in
/// paths and arguments of rules of tmpfiles. Any other `%`, from an option or in a text, arrives as
/// a `%`.
pub fn specifier(specifier: &str) -> Specifier {
    Specifier(specifier.to_owned())
}

impl IntoText for Specifier {
    fn into_text(self) -> Untyped {
        Untyped::Specifier(self.0)
    }
}

/// What a key of a unit file may have: a text, a list of texts for a key that repeats, or an
/// option that may be null, which leaves the key out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a key in a unit file",
    note = "texts, lists of texts, and expressions of them or of an `Option` of them can"
)]
pub trait IntoSetting {
    /// Whether it is a list, rather than one text.
    const IS_LIST: bool = false;

    /// The setting.
    fn into_setting(self) -> Setting;
}

impl<V: IntoText> IntoSetting for V {
    fn into_setting(self) -> Setting {
        Setting { value: self.into_text(), when: None }
    }
}

impl<V: IntoText, const N: usize> IntoSetting for [V; N] {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        Setting { value: list_of(self.map(V::into_text).into()), when: None }
    }
}

impl<V: IntoText> IntoSetting for Vec<V> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        let texts = self.into_iter().map(V::into_text).collect();
        Setting { value: list_of(texts), when: None }
    }
}

impl<T: Textual> IntoSetting for Expr<Vec<T>> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        Setting { value: self.into_model(), when: None }
    }
}

impl<T: Textual> IntoSetting for &Expr<Vec<T>> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        self.clone().into_setting()
    }
}

impl<T: Textual> IntoSetting for &Expr<Option<T>> {
    fn into_setting(self) -> Setting {
        self.clone().into_setting()
    }
}

impl<T: Textual> IntoSetting for Expr<Option<T>> {
    fn into_setting(self) -> Setting {
        let (when, value) = presence(self.as_model());
        Setting { value, when: Some(when) }
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
