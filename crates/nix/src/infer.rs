//! The types of options and of what lies within them, as far as printing needs to know.

use domi_model::{OptionDecl, Type, Value};

/// The type of a feature's option. `enable` is always there.
pub(crate) fn option(options: &[OptionDecl], path: &[String]) -> Option<Type> {
    let (first, rest) = path.split_first()?;
    match options.iter().find(|option| option.name == *first) {
        Some(option) => within(option.ty.clone().held(), rest),
        None if first == "enable" && rest.is_empty() => Some(Type::Bool),
        None => None,
    }
}

/// The type of what attribute names lead to within a value of the type.
pub(crate) fn within(ty: Type, path: &[String]) -> Option<Type> {
    let Some((first, rest)) = path.split_first() else { return Some(ty) };
    match ty {
        Type::NullOr(inner) => within(*inner, path),
        Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => within(*inner, rest),
        Type::Submodule(submodule) => declared(submodule.options, first, rest),
        Type::Settings(settings) => declared(settings.options, first, rest),
        Type::AttrTag(variants) => {
            let variant = variants.into_iter().find(|variant| variant.name == *first)?;
            within(variant.ty, rest)
        }
        _ => None,
    }
}

fn declared(options: Vec<OptionDecl>, name: &str, rest: &[String]) -> Option<Type> {
    within(options.into_iter().find(|option| option.name == name)?.ty, rest)
}

/// The type of the elements of a list, or of the values of an attribute set.
pub(crate) fn element(ty: Type) -> Option<Type> {
    match ty {
        Type::ListOf(inner)
        | Type::NonEmptyListOf(inner)
        | Type::AttrsOf(inner)
        | Type::LazyAttrsOf(inner) => Some(*inner),
        Type::NullOr(inner) => element(*inner),
        _ => None,
    }
}

/// The type of a plain value.
pub(crate) fn of_value(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int(domi_model::IntRange::default()),
        Value::Float(_) => Type::Float,
        Value::Str(_) => Type::Str,
        Value::List(items) => Type::ListOf(Box::new(items.iter().find_map(of_value)?)),
        Value::Null | Value::Attrs(_) => return None,
    })
}

/// How a value of a type becomes part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// It is one already.
    Itself,
    /// Its decimal digits.
    Digits,
    /// `true` or `false`.
    Bool,
    /// One of these, which only evaluation tells.
    Any,
}

/// How a value of a type becomes part of a text.
pub(crate) fn text_form(ty: Option<&Type>) -> TextForm {
    match ty {
        Some(Type::Bool) => TextForm::Bool,
        Some(Type::Int(_) | Type::Port | Type::IntEnum(_)) => TextForm::Digits,
        Some(text) if text.is_text() => TextForm::Itself,
        Some(Type::NullOr(inner)) => text_form(Some(inner)),
        Some(Type::OneOf(types)) => {
            let mut forms = types.iter().map(|ty| text_form(Some(ty)));
            let first = forms.next().unwrap_or(TextForm::Any);
            forms.fold(first, |a, b| match (a, b) {
                (a, b) if a == b => a,
                // `toString` leaves strings as they are.
                (TextForm::Itself | TextForm::Digits, TextForm::Itself | TextForm::Digits) => {
                    TextForm::Digits
                }
                _ => TextForm::Any,
            })
        }
        _ => TextForm::Any,
    }
}

/// Whether every value of the type is a string, as NixOS has it: a package is none.
pub(crate) fn is_string(ty: &Type) -> bool {
    match ty {
        Type::Package => false,
        Type::NullOr(inner) => is_string(inner),
        Type::OneOf(types) => types.iter().all(is_string),
        ty => ty.is_text(),
    }
}

/// Whether a value of the type may itself be a package.
pub(crate) fn may_be_package(ty: &Type) -> bool {
    match ty {
        Type::Package => true,
        Type::NullOr(inner) => may_be_package(inner),
        Type::OneOf(types) => types.iter().any(may_be_package),
        _ => false,
    }
}

/// Whether the type says how a value of it becomes a text.
fn is_scalar(ty: &Type) -> bool {
    text_form(Some(ty)) != TextForm::Any
}

/// The type of what has one type or the other, as far as its text goes.
pub(crate) fn either(one: Option<Type>, other: Option<Type>) -> Option<Type> {
    match (one, other) {
        (Some(Type::Int(one)), Some(Type::Int(other))) => Some(Type::Int(one.around(other))),
        (Some(Type::ListOf(one)), Some(Type::ListOf(other))) => {
            either(Some(*one), Some(*other)).map(|inner| Type::ListOf(Box::new(inner)))
        }
        (Some(one), Some(other)) if one != other && (is_scalar(&one) || is_scalar(&other)) => {
            Some(Type::OneOf(vec![one, other]))
        }
        (one, other) => one.or(other),
    }
}
