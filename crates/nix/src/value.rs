//! Plain values as Nix: with the types of the options that they are for, since only a type tells
//! the name of a package from any other string.

use domi_model::{Format, Manifest, OptionDecl, Type, Value};

use crate::ast::{Binding, Nix, Part};
use crate::names;

/// A value without a type.
pub(crate) fn plain(value: &Value) -> Nix {
    match value {
        Value::Null => Nix::ident("null"),
        Value::Bool(true) => Nix::ident("true"),
        Value::Bool(false) => Nix::ident("false"),
        Value::Int(n) => Nix::Int(*n),
        Value::Float(x) => Nix::Float(*x),
        Value::Str(text) => string(text),
        Value::List(items) => Nix::List(items.iter().map(plain).collect()),
        Value::Attrs(attrs) => Nix::attrs(
            attrs.iter().map(|(name, value)| Binding::new(name.as_str(), plain(value)).flattened()),
        ),
    }
}

/// What nixpkgs calls a format: `pkgs.formats.json`.
pub(crate) fn format_attribute(format: Format) -> &'static str {
    match format {
        Format::Json => "json",
        Format::Toml => "toml",
        Format::Yaml => "yaml",
        Format::Ini => "ini",
        Format::KeyValue => "keyValue",
    }
}

/// A string, or nothing at all between quotes.
pub(crate) fn string(text: &str) -> Nix {
    if text.is_empty() { Nix::Str(Vec::new()) } else { Nix::Str(vec![Part::Text(text.to_owned())]) }
}

/// A package of the manifest: `pkgs.rsync`. One that the manifest does not have, which validation
/// refuses, is taken for an attribute of nixpkgs.
pub(crate) fn package(manifest: &Manifest, name: &str) -> Nix {
    let pkgs = Nix::ident("pkgs");
    let package = manifest.packages.get(name);
    if let Some(of_crate) = package.and_then(|package| package.of_crate.as_deref()) {
        return Nix::ident(&names::of_crate(of_crate));
    }
    match package {
        Some(package) => pkgs.select(package.nixpkgs.iter().map(String::as_str)),
        None => pkgs.select([name]),
    }
}

/// A value of a type.
pub(crate) fn typed(manifest: &Manifest, ty: &Type, value: &Value) -> Nix {
    match (ty, value) {
        (Type::Package, Value::Str(name)) => package(manifest, name),
        (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Value::List(items)) => {
            Nix::List(items.iter().map(|item| typed(manifest, inner, item)).collect())
        }
        (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Value::Attrs(attrs)) => {
            Nix::attrs(attrs.iter().map(|(name, value)| {
                Binding::new(name.as_str(), typed(manifest, inner, value)).flattened()
            }))
        }
        (Type::NullOr(inner), value) if *value != Value::Null => typed(manifest, inner, value),
        (Type::Coerced(it), value) => {
            match domi_model::accepts(&it.to, value, &manifest.packages) {
                true => typed(manifest, &it.to, value),
                false => typed(manifest, &it.from, value),
            }
        }
        (Type::OneOf(types), value) => {
            match types.iter().find(|ty| domi_model::accepts(ty, value, &manifest.packages)) {
                Some(ty) => typed(manifest, ty, value),
                None => plain(value),
            }
        }
        (Type::Submodule(submodule), Value::Attrs(_)) => {
            settings(manifest, &submodule.options, value)
        }
        (Type::Settings(declared), Value::Attrs(_)) => settings(manifest, &declared.options, value),
        (Type::AttrTag(variants), Value::Attrs(attrs)) => {
            Nix::attrs(attrs.iter().map(|(name, value)| {
                let variant = variants.iter().find(|variant| variant.name == *name);
                let nix = variant
                    .map_or_else(|| plain(value), |variant| typed(manifest, &variant.ty, value));
                Binding::new(name.as_str(), nix).flattened()
            }))
        }
        _ => plain(value),
    }
}

fn settings(manifest: &Manifest, options: &[OptionDecl], value: &Value) -> Nix {
    let Value::Attrs(attrs) = value else { return plain(value) };
    Nix::attrs(attrs.iter().map(|(name, value)| {
        Binding::new(name.as_str(), setting(manifest, options, name, value)).flattened()
    }))
}

/// A value of one of the options.
pub(crate) fn setting(
    manifest: &Manifest,
    options: &[OptionDecl],
    name: &str,
    value: &Value,
) -> Nix {
    match options.iter().find(|option| option.name == name) {
        Some(option) => typed(manifest, &option.ty, value),
        None => plain(value),
    }
}

/// Strings as a list.
pub(crate) fn string_list(items: &[impl AsRef<str>]) -> Nix {
    Nix::List(items.iter().map(|item| string(item.as_ref())).collect())
}
