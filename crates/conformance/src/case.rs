//! What a case sets, as it is written: `{"port": 1}` of one module, `[{…}, {…}]` of several, and of
//! features together `{"feature-x": …, "feature-y": …}`, where one that is not named is off.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domi_evaluate::Setting;
use domi_model::{Manifest, Value};
use domi_realise::definition::{Definition, Module};
use domi_realise::{PackagePaths, Realised, realise, realise_modules};

/// What one module sets.
type Attrs = BTreeMap<String, Value>;

/// What a case sets of one feature.
#[derive(Debug, Clone)]
pub(crate) enum Given<'v> {
    /// By one module.
    One(&'v Attrs),
    /// By several, with priorities and orders.
    Several(Vec<&'v Attrs>),
    /// The feature is not enabled.
    Nothing,
}

/// Checks how a case is written.
///
/// # Errors
/// What is not of the form, in words for whoever wrote it.
pub fn well_formed(features: &[&Manifest], case: &Value) -> Result<(), String> {
    let modules = |value: &Value| match value {
        Value::Attrs(_) => Ok(()),
        Value::List(all) if all.iter().all(|it| matches!(it, Value::Attrs(_))) => Ok(()),
        other => {
            Err(format!("this is {}, not an attribute set or a list of some", other.described()))
        }
    };
    let attrs = match (case, features) {
        (Value::Attrs(attrs), [_, _, ..]) => attrs,
        (_, [one, _, ..]) => {
            let name = &one.feature.name;
            return Err(format!("there are several features, so this is as {{\"{name}\": {{}}}}"));
        }
        (case, _) => return modules(case),
    };
    for (name, value) in attrs {
        if !features.iter().any(|manifest| manifest.feature.name == *name) {
            return Err(format!("`{name}` is none of the features"));
        }
        modules(value)?;
    }
    Ok(())
}

/// What a case sets of each feature.
pub(crate) fn given<'v>(features: &[&Manifest], case: &'v Value) -> Vec<Given<'v>> {
    let modules = |value: Option<&'v Value>| match value {
        Some(Value::Attrs(attrs)) => Given::One(attrs),
        Some(Value::List(all)) => Given::Several(
            all.iter()
                .filter_map(|each| if let Value::Attrs(attrs) = each { Some(attrs) } else { None })
                .collect(),
        ),
        _ => Given::Nothing,
    };
    match (features, case) {
        ([_], case) => vec![modules(Some(case))],
        (_, Value::Attrs(attrs)) => {
            features.iter().map(|manifest| modules(attrs.get(&manifest.feature.name))).collect()
        }
        _ => features.iter().map(|_| Given::Nothing).collect(),
    }
}

/// The same, as Rust is given it.
pub(crate) enum Meant<'v> {
    Settings(Cow<'v, Attrs>),
    Modules(Vec<Module>),
}

impl Meant<'_> {
    pub(crate) fn given(&self) -> domi_realise::Given<'_> {
        match self {
            Self::Settings(settings) => domi_realise::Given::Settings(settings),
            Self::Modules(modules) => domi_realise::Given::Modules(modules),
        }
    }
}

impl<'v> Given<'v> {
    /// As Rust is given it. A feature of which nothing is said is off; others may set options of it.
    pub(crate) fn meant(&self) -> Meant<'v> {
        match self {
            Self::One(settings) => Meant::Settings(Cow::Borrowed(settings)),
            Self::Several(modules) => Meant::Modules(read(modules)),
            Self::Nothing => {
                let off = [("enable".to_owned(), Value::Bool(false))].into();
                Meant::Settings(Cow::Owned(off))
            }
        }
    }
}

impl Given<'_> {
    /// What Rust makes of it; nothing of a feature that is off.
    pub(crate) fn realise(
        &self,
        manifest: &Manifest,
        paths: &dyn PackagePaths,
    ) -> Option<Result<Realised, Vec<domi_model::Problem>>> {
        match self {
            Self::One(settings) => Some(realise(manifest, settings, paths)),
            Self::Several(modules) => Some(realise_modules(manifest, &read(modules), paths)),
            Self::Nothing => None,
        }
    }

    /// The modules that NixOS gets.
    pub(crate) fn settings(&self, manifest: &Manifest) -> Vec<Setting> {
        match self {
            Self::One(settings) => vec![Setting::of(manifest, settings)],
            Self::Several(modules) => Setting::of_modules(manifest, modules),
            Self::Nothing => Vec::new(),
        }
    }
}

fn read(modules: &[&Attrs]) -> Vec<Module> {
    let each = modules.iter().enumerate();
    each.map(|(at, settings)| Module::read(format!("module {}", at + 1), settings)).collect()
}

/// A definition as a case has it.
pub(crate) fn defined(value: &Value, priority: Option<i64>, order: Option<i64>) -> Value {
    let mut definition = Definition::read(value);
    definition.priority = priority.unwrap_or(definition.priority);
    definition.order = order.unwrap_or(definition.order);
    definition.write()
}
