//! Features on one machine that set and read each other's options.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::{
    KnownFeature, Manifest, NeighbourSetting, Priority, Problem, Renamed, Type, Value, order,
};

use super::build::{Settled, build};
use super::realised::Realised;
use crate::codes::NOT_EVALUATED;
use crate::definition::{AFTER, DEFAULT, Defined, Definition, FORCE, Module};
use crate::eval::{Fault, Neighbours, Scope};
use crate::{Datum, PackagePaths, Resolved, resolve, resolve_modules};

/// A feature of a machine.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// What it says of itself.
    pub manifest: &'a Manifest,
    /// What is set of it.
    pub given: Given<'a>,
    /// Where its packages are.
    pub paths: &'a dyn PackagePaths,
}

/// What is set of a feature, but for what others set.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// By one module, without priorities and orders.
    Settings(&'a BTreeMap<String, Value>),
    /// By several.
    Modules(&'a [Module]),
}

/// What each feature of a machine comes to, with what they set and read of each other. Whether they
/// can be together is [`compose`](super::compose())'s part.
///
/// What a feature sets of another one counts as one more module does. In a list it comes behind what
/// the machine's own settings say.
///
/// # Errors
/// That the features take each other for something else, or that their options decide on each other
/// in a circle. Of each feature, everything that is wrong with its settings.
pub fn realise_together(
    members: &[Member<'_>],
) -> Result<Vec<Result<Realised, Vec<Problem>>>, Vec<Problem>> {
    let manifests: Vec<&Manifest> = members.iter().map(|member| member.manifest).collect();
    let order = order(&manifests)?;
    let mut machine = Machine { members, known: BTreeMap::new(), neighbours: Neighbours::new() };
    for at in order {
        machine.resolve(at);
    }
    let Machine { mut known, neighbours, .. } = machine;
    let each = members.iter().enumerate().map(|(at, member)| {
        let resolved = known.remove(&at).unwrap_or_else(|| Err(Vec::new()))?;
        build(member.manifest, resolved, &neighbours, member.paths)
    });
    Ok(each.collect())
}

/// Features of which the options are being found.
struct Machine<'a> {
    members: &'a [Member<'a>],
    /// What is known so far, by the places of the members.
    known: BTreeMap<usize, Result<Resolved, Vec<Problem>>>,
    /// The options of those that are enabled.
    neighbours: Neighbours,
}

impl Machine<'_> {
    /// Finds the options of a feature, where those of all that decide on them are known.
    fn resolve(&mut self, at: usize) {
        let member = &self.members[at];
        let (mut set, mut problems) = (Vec::new(), Vec::new());
        for (other, setter) in self.members.iter().enumerate() {
            match self.known.get(&other) {
                Some(Ok(resolved)) if resolved.enable => {
                    match self.settings(setter, resolved, member.manifest) {
                        Ok(settings) if settings.settings.is_empty() => {}
                        Ok(settings) => set.push(settings),
                        Err(found) => problems.extend(found),
                    }
                }
                _ => {}
            }
        }
        let mut found = match member.given {
            Given::Settings(settings) if set.is_empty() => {
                resolve(member.manifest, settings, member.paths)
            }
            given => with_modules(member, &set, given),
        };
        if !problems.is_empty() {
            problems.extend(found.err().into_iter().flatten());
            found = Err(problems);
        }
        if let Ok(Resolved { enable: true, options, .. }) = &found {
            let options = under_old_names(member.manifest, options.clone());
            self.neighbours.insert(member.manifest.feature.name.clone(), options);
        }
        self.known.insert(at, found);
    }

    /// What one feature sets of another.
    fn settings(
        &self,
        setter: &Member<'_>,
        resolved: &Resolved,
        of: &Manifest,
    ) -> Result<Module, Vec<Problem>> {
        let (manifest, name) = (setter.manifest, &of.feature.name);
        let mut module = Module { name: manifest.feature.name.clone(), settings: BTreeMap::new() };
        let Some(known) = manifest.neighbours.get(name) else { return Ok(module) };
        // Nothing of it is a file, or has a package in it.
        let found = RefCell::default();
        let options = Settled(&resolved.options);
        let scope = Scope::new(&options, setter.paths, &found).beside(&self.neighbours);
        let mut problems = Vec::new();
        for setting in manifest.system.settings.iter().filter(|it| it.feature == *name) {
            match definition(&scope, setting, known) {
                Ok(Some(definition)) => put(&mut module.settings, &setting.option.0, definition),
                Ok(None) | Err(Fault::Reported) => {}
                Err(fault) => problems.push(unsound(manifest, setting, fault)),
            }
        }
        if problems.is_empty() { Ok(module) } else { Err(problems) }
    }
}

/// The options of a feature of which others set some.
fn with_modules(
    member: &Member<'_>,
    set: &[Module],
    given: Given<'_>,
) -> Result<Resolved, Vec<Problem>> {
    let own = match given {
        Given::Settings(settings) => vec![Module::plainly("the machine's settings", settings)],
        Given::Modules(modules) => modules.to_vec(),
    };
    let all: Vec<Module> = set.iter().cloned().chain(own).collect();
    let resolved = resolve_modules(member.manifest, &all, member.paths);
    let Err(mut problems) = resolved else { return resolved };
    for problem in &mut problems {
        let setters: Vec<&str> = set
            .iter()
            .filter(|module| {
                let mut names = module.settings.keys();
                names.any(|name| problem.subject.split(['.', '[']).next() == Some(name))
            })
            .map(|module| &*module.name)
            .collect();
        if !setters.is_empty() {
            problem.message += &format!(" ({} sets it too)", setters.join(" and "));
        }
    }
    Err(problems)
}

/// What a setting comes to, if it is there.
fn definition(
    scope: &Scope<'_>,
    setting: &NeighbourSetting,
    known: &KnownFeature,
) -> Result<Option<Definition>, Fault> {
    if let Some(when) = &setting.when
        && !scope.bool(when)?
    {
        return Ok(None);
    }
    let mut definition = Definition::plainly(&scope.eval(&setting.value)?.to_value());
    definition.priority = match setting.priority {
        None => definition.priority,
        Some(Priority::Default) => DEFAULT,
        Some(Priority::Force) => FORCE,
    };
    if known.set(&setting.option).is_some_and(Type::is_joined) {
        definition.order = AFTER;
    }
    Ok(Some(definition))
}

/// Puts a definition where a path leads to.
fn put(settings: &mut BTreeMap<String, Definition>, path: &[String], definition: Definition) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        settings.insert(name.clone(), definition);
        return;
    }
    let none = || Definition::plainly(&Value::empty_attrs());
    let within = settings.entry(name.clone()).or_insert_with(none);
    if let Defined::Attrs(attrs) = &mut within.value {
        put(attrs, rest, definition);
    }
}

fn unsound(setter: &Manifest, setting: &NeighbourSetting, fault: Fault) -> Problem {
    let fault = match fault {
        Fault::Unsound(fault) | Fault::NotWritable(fault) => fault,
        Fault::Cycle(circle) => circle.join(" → "),
        Fault::Reported => String::new(),
    };
    let subject = format!("{}: {}", setting.feature, setting.option);
    let message = format!("{} sets it to what has no value: {fault}", setter.feature.name);
    Problem::error(NOT_EVALUATED, subject, message).at(setting.place.clone())
}

/// The options of a feature, as those read them who know them by old names.
fn under_old_names(
    manifest: &Manifest,
    mut options: BTreeMap<String, Datum>,
) -> BTreeMap<String, Datum> {
    for Renamed { from, to, .. } in &manifest.renamed {
        let mut names = to.0.iter();
        let value = names.next().and_then(|name| options.get(name));
        let step = |value: &Datum, name: &String| match value {
            Datum::Attrs(attrs) => attrs.get(name).cloned(),
            _ => None,
        };
        let value = value.and_then(|it| names.try_fold(it.clone(), |it, name| step(&it, name)));
        let (Some(value), Some((last, around))) = (value, from.0.split_last()) else { continue };
        let place = around.iter().try_fold(&mut options, |attrs, name| {
            match attrs.entry(name.clone()).or_insert_with(|| Datum::Attrs(BTreeMap::new())) {
                Datum::Attrs(inner) => Some(inner),
                _ => None,
            }
        });
        if let Some(place) = place {
            place.insert(last.clone(), value);
        }
    }
    options
}
