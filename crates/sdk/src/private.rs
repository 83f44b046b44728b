//! What derived code and macros call. Not for authors: it changes without notice.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use domi_model::{
    Expr as Untyped, Match, MatchArm, OptionDecl, OptionPath, Place, Problem, Removed, Renamed,
    Submodule, Type, Value, Variant, check,
};
pub use serde;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bind::{self, bound};
use crate::expr::{BAD_EXPRESSION, neighbours};
use crate::fault;
pub use crate::fault::noted;
pub use crate::types::{Bounded, Patterned};
use crate::{Attrs, Expr, IntoAny, IntoText, OptionType, Options};

pub fn place(file: &str, line: u32) -> Place {
    Place { file: file.to_owned(), line }
}

/// The text of a doc comment, by its lines or larger parts.
pub fn documentation(parts: &[&str]) -> String {
    parts.join("\n").trim().to_owned()
}

/// What is said of the values that an option can have, by their names where they have some: a list,
/// or nothing where nothing is said of any.
pub fn values(values: &[(Option<&str>, String)]) -> String {
    if values.iter().all(|(_, said)| said.is_empty()) {
        return String::new();
    }
    let items = values.iter().filter_map(|(name, said)| {
        let said = said.replace('\n', "\n  ").replace("\n  \n", "\n\n");
        match name {
            Some(name) if said.is_empty() => Some(format!("- `{name}`")),
            Some(name) => Some(format!("- `{name}`: {said}")),
            None if said.is_empty() => None,
            None => Some(format!("- {said}")),
        }
    });
    items.collect::<Vec<_>>().join("\n")
}

/// What an option type is. Derived code asks for it in one way only, so that a type that is none
/// is one error.
pub struct Typed<T> {
    ty: fn() -> Type,
    values: fn() -> String,
    implied_default: fn() -> Option<Value>,
    from_value: fn(Value) -> Option<T>,
    to_value: fn(&T) -> Value,
}

pub fn typed<T: OptionType>() -> Typed<T> {
    Typed {
        ty: T::ty,
        values: T::values,
        implied_default: T::implied_default,
        from_value: T::from_value,
        to_value: T::to_value,
    }
}

impl<T> Typed<T> {
    pub fn ty(&self) -> Type {
        (self.ty)()
    }

    pub fn of(&self, value: Value) -> Option<T> {
        (self.from_value)(value)
    }

    pub fn value(&self, value: &T) -> Value {
        (self.to_value)(value)
    }

    pub fn accepts(&self, value: &Value) -> bool {
        domi_model::accepts(&at_run_time(self.ty()), value, &BTreeMap::new())
    }

    pub fn take(&self, fields: &mut Fields, name: &str) -> Option<T> {
        fields.take(name).and_then(self.from_value)
    }

    pub fn variant(&self, name: &str, description: &str) -> Variant {
        let description = with_values(description, &(self.values)());
        Variant { name: name.to_owned(), description, ty: self.ty() }
    }

    pub fn option(&self, name: &str, description: &str, place: Place) -> Declared<T> {
        let declaration = OptionDecl {
            name: name.to_owned(),
            ty: self.ty(),
            description: with_values(description, &(self.values)()),
            default: (self.implied_default)().map(Untyped::Literal),
            default_text: None,
            example: None,
            internal: false,
            hidden: false,
            read_only: false,
            place: Some(place),
        };
        Declared { declaration, ty: PhantomData }
    }
}

fn with_values(description: &str, values: &str) -> String {
    match values {
        "" => description.to_owned(),
        values => format!("{description}\n\n{values}"),
    }
}

/// An option that is being declared.
pub struct Declared<T> {
    declaration: OptionDecl,
    ty: PhantomData<fn() -> T>,
}

impl<T> Declared<T> {
    #[must_use]
    pub fn visibility(mut self, internal: bool, hidden: bool, read_only: bool) -> Self {
        self.declaration.internal = internal;
        self.declaration.hidden = hidden;
        self.declaration.read_only = read_only;
        self
    }

    #[must_use]
    pub fn narrowed(mut self, ty: Type) -> Self {
        self.declaration.ty = ty;
        self
    }

    #[must_use]
    pub fn default(mut self, value: Expr<T>) -> Self {
        self.declaration.default = Some(value.into_model());
        self
    }

    #[must_use]
    pub fn default_text(mut self, text: &str) -> Self {
        self.declaration.default_text = Some(text.to_owned());
        self
    }

    #[must_use]
    pub fn example(mut self, value: &Expr<T>) -> Self {
        self.declaration.example = plain(value.as_model());
        if self.declaration.example.is_none() {
            let fault = "the example is an expression, not a value";
            let problem = Problem::error(BAD_EXPRESSION, &*self.declaration.name, fault);
            fault::note(
                problem.at(self.declaration.place.clone()).next("write a value that it may have"),
            );
        }
        self
    }

    pub fn declaration(self) -> OptionDecl {
        self.declaration
    }
}

/// Types of which `[]` is a value.
#[diagnostic::on_unimplemented(
    message = "`[]` is no value of type `{Self}`; an empty attribute set is `attrs! {{}}`"
)]
pub trait List {}

impl<T> List for Vec<T> {}
impl<T> List for Option<Vec<T>> {}
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

pub fn null() -> Untyped {
    Untyped::Literal(Value::Null)
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
    /// Whether the outermost submodule is known to hold itself.
    static ENDLESS: Cell<bool> = const { Cell::new(false) };
}

/// How deep submodules are within each other at most: one that holds itself would never end.
const DEEPEST: usize = 32;

pub fn submodule<T: Options>() -> Type {
    let name = std::any::type_name::<T>();
    if !T::renamed().is_empty() || !T::removed().is_empty() {
        let fault = "options of a submodule are renamed or removed";
        fault::note(
            Problem::error(BAD_EXPRESSION, name, fault)
                .next("leave it out: only the feature's own options can be"),
        );
    }
    let depth = DEPTH.get();
    if depth >= DEEPEST && !ENDLESS.replace(true) {
        let fault = "submodules hold each other without end, which NixOS cannot document";
        fault::note(Problem::error(BAD_EXPRESSION, name, fault).next("end it: write `Anything`"));
    }
    if ENDLESS.get() {
        return Type::Submodule(Submodule { options: Vec::new() });
    }
    DEPTH.set(depth + 1);
    let options = T::options(&neighbours());
    DEPTH.set(depth);
    if depth == 0 {
        ENDLESS.set(false);
    }
    Type::Submodule(Submodule { options })
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
    fn take(&mut self, name: &str) -> Option<Value> {
        let default = || {
            let option = self.options.iter().find(|option| option.name == name)?;
            plain(option.default.as_ref()?)
        };
        self.values.remove(name).or_else(default)
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

/// What a machine has, as the manifest says it.
pub fn model(system: crate::System) -> domi_model::System {
    system.into_model()
}

/// Tests, as the manifest has them.
pub fn tests(tests: crate::Tests) -> Vec<domi_model::Test> {
    tests.into_model()
}
