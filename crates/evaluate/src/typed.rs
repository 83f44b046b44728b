//! The settings of a feature, as NixOS gets them.

use std::collections::BTreeMap;

use domi_model::{Manifest, OptionDecl, Type, Value, accepts};

use crate::Setting;

impl Setting {
    /// The settings of a feature that is enabled unless they say otherwise. A value of a package
    /// option becomes a package in Nix too.
    pub fn of(manifest: &Manifest, settings: &BTreeMap<String, Value>) -> Self {
        let mut attrs = within(manifest, &manifest.options, settings);
        attrs.entry("enable".to_owned()).or_insert(Self::Plain(Value::Bool(true)));
        Self::Attrs(attrs)
    }
}

fn within(
    manifest: &Manifest,
    options: &[OptionDecl],
    attrs: &BTreeMap<String, Value>,
) -> BTreeMap<String, Setting> {
    let one = |(name, value): (&String, &Value)| {
        let option = options.iter().find(|option| option.name == *name);
        let setting = match option {
            Some(option) => typed(manifest, &option.ty, value),
            None => Setting::Plain(value.clone()),
        };
        (name.clone(), setting)
    };
    attrs.iter().map(one).collect()
}

fn typed(manifest: &Manifest, ty: &Type, value: &Value) -> Setting {
    match (ty, value) {
        (Type::Package, Value::Str(name)) => match manifest.packages.get(name) {
            Some(package) => Setting::Package(package.nixpkgs.clone()),
            None => Setting::Plain(value.clone()),
        },
        // Nix recognises a package by the attribute `type`. No set in settings may have it.
        (Type::Package, Value::Attrs(_)) => Setting::Plain(Value::Bool(false)),
        (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Value::List(items)) => {
            Setting::List(items.iter().map(|item| typed(manifest, inner, item)).collect())
        }
        (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Value::Attrs(attrs)) => {
            let each = attrs.iter();
            Setting::Attrs(each.map(|(k, v)| (k.clone(), typed(manifest, inner, v))).collect())
        }
        (Type::NullOr(inner), value) if *value != Value::Null => typed(manifest, inner, value),
        (Type::OneOf(types), _) => {
            match types.iter().find(|ty| accepts(ty, value, &manifest.packages)) {
                Some(ty) => typed(manifest, ty, value),
                None => Setting::Plain(value.clone()),
            }
        }
        (Type::Submodule(submodule), Value::Attrs(attrs)) => {
            Setting::Attrs(within(manifest, &submodule.options, attrs))
        }
        (Type::Settings(settings), Value::Attrs(attrs)) => {
            Setting::Attrs(within(manifest, &settings.options, attrs))
        }
        (Type::AttrTag(variants), Value::Attrs(attrs)) => {
            let one = |(name, value): (&String, &Value)| {
                let variant = variants.iter().find(|variant| variant.name == *name);
                let setting = variant.map(|variant| typed(manifest, &variant.ty, value));
                (name.clone(), setting.unwrap_or_else(|| Setting::Plain(value.clone())))
            };
            Setting::Attrs(attrs.iter().map(one).collect())
        }
        _ => Setting::Plain(value.clone()),
    }
}
