//! What derived code and macros call. Not for authors: it changes without notice.

use std::cell::Cell;
use std::collections::BTreeMap;

use domi_model::{
    Expr as Untyped, Match, MatchArm, OptionDecl, OptionPath, Place, Removed, Renamed, Submodule,
    Type, Value, Variant, check,
};
pub use serde;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bind::{self, bound};
use crate::expr::neighbours;
pub use crate::types::{Bounded, Patterned};
use crate::{Attrs, Expr, IntoAny, IntoText, OptionType, Options};

pub fn place(file: &str, line: u32) -> Place {
    Place { file: file.to_owned(), line }
}

pub fn option<T: OptionType>(name: &str, description: &str, place: Place) -> OptionDecl {
    OptionDecl {
        name: name.to_owned(),
        ty: T::ty(),
        description: description.to_owned(),
        default: T::implied_default().map(Untyped::Literal),
        default_text: None,
        example: None,
        internal: false,
        hidden: false,
        read_only: false,
        place: Some(place),
    }
}

/// Types of which `[]` is a value.
#[diagnostic::on_unimplemented(
    message = "`[]` is no value of type `{Self}`; an empty attribute set is `attrs! {{}}`"
)]
pub trait List {}

impl<T> List for Vec<T> {}
impl<T> List for Option<Vec<T>> {}

pub fn empty_list<T: List>() -> Expr<T> {
    Expr::from_model(Untyped::Literal(Value::List(Vec::new())))
}

/// The value of an example, which must be plain.
pub fn example<T>(option: &str, example: &Expr<T>) -> Option<Value> {
    let value = plain(example.as_model());
    assert!(value.is_some(), "the example of `{option}` must be a value, not an expression");
    value
}

/// The value of an expression that depends on nothing.
pub(crate) fn plain(expr: &Untyped) -> Option<Value> {
    match expr {
        Untyped::Literal(value) => Some(value.clone()),
        Untyped::Package(name) => Some(Value::from(&**name)),
        Untyped::List(items) => {
            items.iter().map(plain).collect::<Option<Vec<_>>>().map(Value::List)
        }
        Untyped::Attrs(attrs) => attrs
            .iter()
            .map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect::<Option<BTreeMap<_, _>>>()
            .map(Value::Attrs),
        _ => None,
    }
}

fn path(dotted: &str) -> OptionPath {
    OptionPath(dotted.split('.').map(str::to_owned).collect())
}

pub fn renamed(from: &str, to: &str) -> Renamed {
    Renamed { from: path(from), to: path(to) }
}

pub fn removed(option: &str, reason: &str) -> Removed {
    Removed { option: path(option), reason: reason.to_owned() }
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// # Panics
/// Where the struct says that options were renamed or removed: the manifest can say so only of
/// the feature's own options. Also where structs hold each other without end.
pub fn submodule<T: Options>() -> Type {
    assert!(
        T::renamed().is_empty() && T::removed().is_empty(),
        "only the feature's own options can be renamed or removed, not those of a submodule"
    );
    let depth = DEPTH.replace(DEPTH.get() + 1);
    assert!(depth < 64, "submodules hold each other without end; NixOS cannot document that");
    let options = T::options(&neighbours());
    DEPTH.set(depth);
    Type::Submodule(Submodule { options })
}

pub fn variant<T: OptionType>(name: &str, description: &str) -> Variant {
    Variant { name: name.to_owned(), description: description.to_owned(), ty: T::ty() }
}

pub fn field<T, U>(expr: &Expr<T>, name: &str) -> Expr<U> {
    expr.within(name)
}

pub fn literal<T: OptionType>(value: &T) -> Expr<T> {
    Expr::from_model(Untyped::Literal(value.to_value()))
}

pub fn string(value: &Value) -> Option<&str> {
    match value {
        Value::Str(s) => Some(s),
        _ => None,
    }
}

pub fn attrs<const N: usize>(attrs: [(&str, Value); N]) -> Value {
    attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The tag of a union and its value.
pub fn tagged(value: Value) -> Option<(String, Value)> {
    match value {
        Value::Attrs(attrs) if attrs.len() == 1 => attrs.into_iter().next(),
        _ => None,
    }
}

pub fn accepts<T: OptionType>(value: &Value) -> bool {
    domi_model::accepts(&at_run_time(T::ty()), value, &BTreeMap::new())
}

/// The values of a struct's fields.
pub struct Fields {
    values: BTreeMap<String, Value>,
    options: Vec<OptionDecl>,
}

impl Fields {
    pub fn of<T: Options>(value: Value) -> Option<Self> {
        match value {
            Value::Attrs(values) => Some(Self { values, options: T::options(&neighbours()) }),
            _ => None,
        }
    }

    /// The value of an option, or its default where that depends on nothing.
    pub fn take<T: OptionType>(&mut self, name: &str) -> Option<T> {
        let default = || {
            let option = self.options.iter().find(|option| option.name == name)?;
            plain(option.default.as_ref()?)
        };
        self.values.remove(name).or_else(default).and_then(T::from_value)
    }
}

pub fn serialize<T: OptionType, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.to_value().serialize(serializer)
}

pub fn deserialize<'de, T: OptionType, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    of_type(T::ty(), deserializer)
}

/// As [`deserialize`], for a struct, of which nobody knows here whether it is a submodule.
pub fn deserialize_options<'de, T: Options, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    of_type(Type::Submodule(Submodule { options: T::options(&neighbours()) }), deserializer)
}

fn of_type<'de, T: OptionType, D: Deserializer<'de>>(
    ty: Type,
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let ty = at_run_time(ty);
    let checked = check(&ty, &value, &OptionPath::default(), &BTreeMap::new());
    let value = checked.map_err(|problems| {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| match &*problem.subject {
                "" => problem.message.clone(),
                subject => format!("{subject}: {}", problem.message),
            })
            .collect();
        D::Error::custom(problems.join("; "))
    })?;
    T::from_value(value).ok_or_else(|| {
        D::Error::custom("an option is missing whose default depends on other options")
    })
}

/// The type as a running service sees it: NixOS writes a package as the path it has in the store.
fn at_run_time(ty: Type) -> Type {
    let inner = |ty: Box<Type>| Box::new(at_run_time(*ty));
    let options = |options: Vec<OptionDecl>| {
        options.into_iter().map(|o| OptionDecl { ty: at_run_time(o.ty), ..o }).collect()
    };
    match ty {
        Type::Package => Type::NonEmptyStr,
        Type::ListOf(ty) => Type::ListOf(inner(ty)),
        Type::NonEmptyListOf(ty) => Type::NonEmptyListOf(inner(ty)),
        Type::AttrsOf(ty) => Type::AttrsOf(inner(ty)),
        Type::LazyAttrsOf(ty) => Type::LazyAttrsOf(inner(ty)),
        Type::NullOr(ty) => Type::NullOr(inner(ty)),
        Type::OneOf(types) => Type::OneOf(types.into_iter().map(at_run_time).collect()),
        Type::Submodule(module) => Type::Submodule(Submodule { options: options(module.options) }),
        Type::Settings(settings) => Type::Settings(domi_model::Settings {
            format: settings.format,
            options: options(settings.options),
        }),
        Type::AttrTag(variants) => Type::AttrTag(
            variants.into_iter().map(|v| Variant { ty: at_run_time(v.ty), ..v }).collect(),
        ),
        other => other,
    }
}

pub fn text(parts: Vec<Untyped>) -> Expr<String> {
    crate::expr::text(parts)
}

pub fn text_part(part: impl IntoText) -> Untyped {
    part.into_text()
}

pub fn document(node: Untyped) -> Attrs {
    Attrs(node)
}

pub fn any_part(part: impl IntoAny) -> Untyped {
    part.into_any()
}

pub fn attrs_expr<const N: usize>(attrs: [(&str, Untyped); N]) -> Untyped {
    attrs_of(attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub fn list_expr<const N: usize>(items: [Untyped; N]) -> Untyped {
    list_of(items.into())
}

/// A list, as one literal where everything in it is.
pub(crate) fn list_of(items: Vec<Untyped>) -> Untyped {
    match items.iter().map(literal_value).collect() {
        Some(values) => Untyped::Literal(Value::List(values)),
        None => Untyped::List(items),
    }
}

/// An attribute set, as one literal where everything in it is.
pub(crate) fn attrs_of(attrs: BTreeMap<String, Untyped>) -> Untyped {
    let values = attrs.iter().map(|(name, value)| Some((name.clone(), literal_value(value)?)));
    match values.collect() {
        Some(values) => Untyped::Literal(Value::Attrs(values)),
        None => Untyped::Attrs(attrs),
    }
}

fn literal_value(expr: &Untyped) -> Option<Value> {
    match expr {
        Untyped::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

/// The arms of a match on a tagged union.
pub struct Cases(Match);

impl Cases {
    pub fn of<T>(expr: &Expr<T>) -> Self {
        Self(Match { on: expr.as_model().clone(), arms: Vec::new() })
    }

    #[must_use]
    pub fn case<T, U>(mut self, tag: &str, body: impl FnOnce(Expr<T>) -> Expr<U>) -> Self {
        let (body, item) =
            bound(&bind::allowed(tag), |item| body(Expr::from_model(item)).into_model());
        self.0.arms.push(MatchArm { tag: tag.to_owned(), item, body });
        self
    }

    pub fn into_expr<U>(self) -> Expr<U> {
        Expr::from_model(Untyped::Match(Box::new(self.0)))
    }
}
