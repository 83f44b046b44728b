//! Which values a running service reads: what NixOS has written to its files.

use std::collections::BTreeMap;

use domi_model::{OptionDecl, Submodule, Type, Value, Variant};

use crate::OptionType;

/// Whether a value that a running service reads is of the type.
pub(crate) fn accepts<T: OptionType>(value: &Value) -> bool {
    domi_model::accepts(&at_run_time(T::ty()), value, &BTreeMap::new())
}

/// The type as a running service sees it: NixOS writes a package as the path it has in the store.
pub(crate) fn at_run_time(ty: Type) -> Type {
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
        Type::Coerced(it) => at_run_time(it.to),
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
