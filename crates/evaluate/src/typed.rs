//! The settings of a feature, as NixOS gets them.

use std::collections::BTreeMap;

use domi_model::{Manifest, OptionDecl, Type, Value, accepts, marked};

use crate::{OptionGroup, Setting};

impl OptionGroup {
    /// All options of a feature.
    pub fn of(manifest: &Manifest, label: String) -> Self {
        Self {
            prefix: manifest.feature.option_prefix().map(str::to_owned).to_vec(),
            force: manifest.options.iter().map(|option| option.name.clone()).collect(),
            label,
        }
    }
}

impl Setting {
    /// The settings of a feature that is enabled unless they say otherwise. A value of a package
    /// option becomes a package in Nix too.
    pub fn of(manifest: &Manifest, settings: &BTreeMap<String, Value>) -> Self {
        let reader = Reader { manifest, marks: false };
        let mut attrs = reader.within(&manifest.options, settings);
        attrs.entry("enable".to_owned()).or_insert(Self::Plain(Value::Bool(true)));
        Self::Attrs(attrs)
    }

    /// What each of several modules sets of a feature, as [`Self::of`] reads it, but with priorities
    /// and orders as [`marked`] has them.
    pub fn of_modules(manifest: &Manifest, modules: &[&BTreeMap<String, Value>]) -> Vec<Self> {
        let reader = Reader { manifest, marks: true };
        let enabled = modules.iter().any(|settings| settings.contains_key("enable"));
        let read = |(at, settings): (usize, &&BTreeMap<String, Value>)| {
            let mut attrs = reader.within(&manifest.options, settings);
            if at == 0 && !enabled {
                attrs.insert("enable".to_owned(), Self::Plain(Value::Bool(true)));
            }
            Self::Attrs(attrs)
        };
        modules.iter().enumerate().map(read).collect()
    }
}

struct Reader<'m> {
    manifest: &'m Manifest,
    /// Whether values have priorities and orders.
    marks: bool,
}

impl Reader<'_> {
    fn within(
        &self,
        options: &[OptionDecl],
        attrs: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, Setting> {
        let one = |(name, value): (&String, &Value)| {
            let option = options.iter().find(|option| option.name == *name);
            let ty = option.map_or(&Type::Anything, |option| &option.ty);
            (name.clone(), self.typed(ty, value))
        };
        attrs.iter().map(one).collect()
    }

    fn typed(&self, ty: &Type, value: &Value) -> Setting {
        if !self.marks {
            return self.unmarked(ty, value);
        }
        let (priority, inner) = match marked("override", value) {
            Some((priority, inner)) => (Some(priority), inner),
            None => (None, value),
        };
        let setting = match marked("order", inner) {
            Some((order, inner)) => Setting::Order(order, Box::new(self.unmarked(ty, inner))),
            None => self.unmarked(ty, inner),
        };
        match priority {
            Some(priority) => Setting::Override(priority, Box::new(setting)),
            None => setting,
        }
    }

    fn unmarked(&self, ty: &Type, value: &Value) -> Setting {
        let packages = &self.manifest.packages;
        match (ty, value) {
            (Type::Package, Value::Str(name)) => match packages.get(name) {
                Some(package) => Setting::Package(package.nixpkgs.clone()),
                None => Setting::Plain(value.clone()),
            },
            // Nix would take a set for a package by its `type`. No set of settings is one.
            (Type::Package, Value::Attrs(_)) => Setting::Plain(Value::Bool(false)),
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Value::List(items)) => {
                let unmarked = Self { marks: false, ..*self };
                Setting::List(items.iter().map(|item| unmarked.typed(inner, item)).collect())
            }
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Value::Attrs(attrs)) => {
                let each = attrs.iter();
                Setting::Attrs(each.map(|(k, v)| (k.clone(), self.typed(inner, v))).collect())
            }
            (Type::NullOr(inner), value) if *value != Value::Null => self.unmarked(inner, value),
            (Type::Coerced(it), value) => {
                let ty = if accepts(&it.to, value, packages) { &it.to } else { &it.from };
                self.unmarked(ty, value)
            }
            (Type::OneOf(types), _) => match types.iter().find(|ty| accepts(ty, value, packages)) {
                Some(ty) => self.unmarked(ty, value),
                None => self.unmarked(&Type::Anything, value),
            },
            (Type::Submodule(submodule), Value::Attrs(attrs)) => {
                Setting::Attrs(self.within(&submodule.options, attrs))
            }
            (Type::Settings(settings), Value::Attrs(attrs)) => {
                Setting::Attrs(self.within(&settings.options, attrs))
            }
            (Type::AttrTag(variants), Value::Attrs(attrs)) => {
                let one = |(name, value): (&String, &Value)| {
                    let variant = variants.iter().find(|variant| variant.name == *name);
                    let ty = variant.map_or(&Type::Anything, |variant| &variant.ty);
                    (name.clone(), self.typed(ty, value))
                };
                Setting::Attrs(attrs.iter().map(one).collect())
            }
            // What no type knows may have priorities in it all the same.
            (_, Value::Attrs(attrs)) if self.marks => {
                let one = |(k, v): (&String, &Value)| (k.clone(), self.typed(&Type::Anything, v));
                Setting::Attrs(attrs.iter().map(one).collect())
            }
            _ => Setting::Plain(value.clone()),
        }
    }
}
