//! Settings: what is given, under whatever name, together with the defaults.

pub mod definition;
mod fill;
mod merge;
mod off;
mod renames;
pub mod set;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::codes::{MISSING_VALUE, WRONG_VALUE};
use domi_model::{
    Manifest, OptionDecl, OptionPath, Problem, Settings, Submodule, Type, Value, check,
    unknown_option,
};

use crate::codes::READ_ONLY;
use crate::eval::Found;
use crate::{Datum, PackagePaths};
use definition::Module;
use fill::Resolver;
use merge::{Merged, merge};
use off::unasked;

/// Settings that are legal, with every default filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Whether the feature is enabled.
    pub enable: bool,
    /// The value of every option. Empty where the feature is not enabled: nobody asks for them
    /// then, and those without a default may be missing.
    pub options: BTreeMap<String, Datum>,
    /// What is worth saying of the settings themselves, such as old names.
    pub warnings: Vec<Problem>,
    /// Files that defaults refer to, by path.
    pub files: BTreeMap<String, String>,
    /// The paths of those that may be run.
    pub executables: BTreeSet<String>,
}

/// Checks settings and fills in the defaults, at any depth.
///
/// `given` may hold `enable`; without it the feature is enabled. Of one that is not, NixOS looks only
/// at whether there are such options: what is wrong with values is a warning.
///
/// # Errors
/// Everything that is wrong with the settings, all at once.
pub fn resolve(
    manifest: &Manifest,
    given: &BTreeMap<String, Value>,
    paths: &dyn PackagePaths,
) -> Result<Resolved, Vec<Problem>> {
    let (mut problems, mut of_values) = (Vec::new(), Vec::new());
    let mut given = given.clone();
    let mut warnings = renames::apply(manifest, &mut given, &mut problems, &mut of_values);
    let enable = take_enable(&mut given, &mut problems);
    let given = checked(manifest, &given, &mut problems, &mut of_values);
    if enable {
        problems.extend(of_values);
    } else {
        warnings.extend(unasked(of_values));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if !enable {
        let none = BTreeMap::new();
        let (files, executables) = (BTreeMap::new(), BTreeSet::new());
        return Ok(Resolved { enable, options: none, warnings, files, executables });
    }
    let found = RefCell::new(Found::default());
    let options = Resolver::new(manifest, &given, paths, &found).all()?;
    let Found { files, executables, .. } = found.into_inner();
    Ok(Resolved { enable, options, warnings, files, executables })
}

/// As [`resolve`], for what several modules set.
///
/// # Errors
/// As [`resolve`]; also definitions of one option that cannot be merged.
pub(crate) fn resolve_modules(
    manifest: &Manifest,
    modules: &[Module],
    paths: &dyn PackagePaths,
) -> Result<Resolved, Vec<Problem>> {
    let Merged { settings, mut problems, warnings } = merge(manifest, modules);
    match resolve(manifest, &settings, paths) {
        Ok(mut resolved) if problems.is_empty() => {
            resolved.warnings.extend(warnings);
            Ok(resolved)
        }
        // What is wrong with all other options is told too.
        resolved => {
            problems.extend(resolved.err().into_iter().flatten());
            Err(problems)
        }
    }
}

fn take_enable(given: &mut BTreeMap<String, Value>, problems: &mut Vec<Problem>) -> bool {
    match given.remove("enable") {
        None => true,
        Some(Value::Bool(enable)) => enable,
        Some(other) => {
            let problem =
                Problem::error(WRONG_VALUE, "enable", format!("{other} is not a boolean"));
            problems.push(problem.next("set it to true or false"));
            true
        }
    }
}

/// The given values, as NixOS would hold them. What is wrong with them is `of_values`.
fn checked(
    manifest: &Manifest,
    given: &BTreeMap<String, Value>,
    problems: &mut Vec<Problem>,
    of_values: &mut Vec<Problem>,
) -> BTreeMap<String, Datum> {
    let mut values = BTreeMap::new();
    for (name, value) in given {
        let path = OptionPath::new(name);
        let Some(option) = manifest.options.iter().find(|option| option.name == *name) else {
            let names: Vec<_> = manifest.options.iter().map(|option| &*option.name).collect();
            problems.push(unknown_option(&path, name, &names));
            continue;
        };
        refuse_read_only(option, &path, Some(value), of_values);
        match check(&option.ty, value, &path, &manifest.packages) {
            Ok(value) => {
                values.insert(name.clone(), Datum::from(&value));
            }
            Err(wrong) => of_values.extend(wrong.into_iter().map(|mut problem| {
                problem.place = problem.place.or_else(|| option.place.clone());
                problem
            })),
        }
    }
    for option in &manifest.options {
        if option.default.is_none() && !given.contains_key(&option.name) {
            let problem =
                Problem::error(MISSING_VALUE, &option.name, "has no value and no default")
                    .at(option.place.clone())
                    .next(format!("set it to {}", option.ty.described()));
            of_values.push(problem);
        }
    }
    values
}

fn refuse_read_only(
    option: &OptionDecl,
    at: &OptionPath,
    value: Option<&Value>,
    problems: &mut Vec<Problem>,
) {
    let Some(value) = value else { return };
    if option.read_only {
        let problem = Problem::error(READ_ONLY, at.to_string(), "may only be read, not set");
        problems.push(problem.at(option.place.clone()).next("take the setting away"));
        return;
    }
    read_only_within(&option.ty, at, value, problems);
}

fn read_only_within(ty: &Type, at: &OptionPath, value: &Value, problems: &mut Vec<Problem>) {
    match (ty, value) {
        (
            Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }),
            Value::Attrs(attrs),
        ) => {
            for option in options {
                let path = at.join(&option.name);
                refuse_read_only(option, &path, attrs.get(&option.name), problems);
            }
        }
        (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Value::Attrs(attrs)) => {
            for (name, value) in attrs {
                read_only_within(inner, &at.join(name), value, problems);
            }
        }
        (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Value::List(items)) => {
            for (i, item) in items.iter().enumerate() {
                read_only_within(inner, &at.join(format!("[{i}]")), item, problems);
            }
        }
        (Type::AttrTag(variants), Value::Attrs(attrs)) => {
            for variant in variants {
                if let Some(value) = attrs.get(&variant.name) {
                    read_only_within(&variant.ty, &at.join(&variant.name), value, problems);
                }
            }
        }
        (Type::NullOr(inner), value) => read_only_within(inner, at, value, problems),
        (Type::OneOf(types), value) => {
            types.iter().for_each(|ty| read_only_within(ty, at, value, problems));
        }
        _ => {}
    }
}
