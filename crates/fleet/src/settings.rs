//! What files say of features, for every host.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domi_model::{OptionPath, Place, Problem, Taken, Value};
use domi_realise::codes::RENAMED;

use crate::codes::{NO_EFFECT, NOT_HELD, NOT_ON_SYSTEM, NOT_RUN, UNKNOWN_REFERENCE};
use crate::features::Features;
use crate::leaves::{Act, Leaf, leaves};
use crate::merge::{Merged, Said, merge};
use crate::shells::shells;
use crate::spelling::instead;
use crate::step::{Action, Step, value_at};
use crate::{About, Constant, Fleet, Given, Kind, Layer, Mode, Ref, Standing};

/// The name under which the set of a host's features is merged.
pub const FEATURES: &str = "features";

/// What the files of a fleet say of features, read by the features' own types.
#[derive(Debug)]
pub struct Settings<'f> {
    fleet: &'f Fleet,
    features: &'f Features,
    /// By file.
    prepared: HashMap<&'f str, Prepared>,
}

/// What one file says.
#[derive(Debug, Default)]
struct Prepared {
    set: Vec<Leaf>,
    options: BTreeMap<String, Vec<Leaf>>,
    constants: Vec<String>,
}

/// What a host gets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    /// Which features; a list under [`FEATURES`].
    pub features: Merged,
    /// Their settings.
    pub settings: BTreeMap<String, Merged>,
    /// What the host's own file says of features that it does not have: the line and the feature.
    pub without_effect: Vec<(Place, String)>,
    /// The secrets that its settings use, each with the first option that does.
    pub secrets: BTreeMap<String, String>,
    /// The constants that are in its settings, each with the first option that has it.
    pub constants: BTreeMap<String, String>,
    /// Features that do not work on the host's system, and secrets that the host does not hold.
    pub problems: Vec<Problem>,
}

impl Chosen {
    /// The names of the features, sorted.
    pub fn names(&self) -> Vec<&str> {
        let Some(Value::List(items)) = self.features.settings.get(FEATURES) else {
            return Vec::new();
        };
        let names = items.iter().filter_map(|item| match item {
            Value::Str(name) => Some(name.as_str()),
            _ => None,
        });
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }
}

impl<'f> Settings<'f> {
    /// Reads what all files say, once, and finds what is wrong with each of them.
    pub fn prepare(fleet: &'f Fleet, features: &'f Features) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let prepare = |(about, given): (&'f About, &'f Given)| {
            let (prepared, mut found) = prepared(about, given, features, fleet);
            problems.append(&mut found);
            (about.file.as_str(), prepared)
        };
        let prepared: HashMap<&str, Prepared> = fleet.givens().map(prepare).collect();
        problems.extend(unused(fleet, &prepared));
        for it in fleet.applications.values() {
            problems.extend(named_wrong(&it.about, it.features.iter(), features));
        }
        for it in fleet.shells.values() {
            problems.extend(named_wrong(&it.about, it.features.iter(), features));
        }
        problems.extend(shells(fleet, features));
        (Self { fleet, features, prepared }, problems)
    }

    /// Merges what is said of a host.
    pub fn of(&self, standing: &Standing<'f>) -> Chosen {
        let layers = standing.layers(self.fleet);
        let of_set = layers.iter().flat_map(|layer| {
            let prepared = self.prepared.get(layer.about.file.as_str());
            prepared.into_iter().flat_map(|it| &it.set).map(|leaf| said(layer, leaf))
        });
        let mut chosen =
            Chosen { features: merge("", None, of_set.collect()), ..Chosen::default() };
        let names: Vec<String> = chosen.names().into_iter().map(str::to_owned).collect();
        for name in names {
            let Some(manifest) = self.features.get(&name) else { continue };
            let of_feature = layers.iter().flat_map(|layer| {
                let prepared = self.prepared.get(layer.about.file.as_str());
                let leaves = prepared.and_then(|it| it.options.get(&name));
                leaves.into_iter().flatten().map(|leaf| said(layer, leaf))
            });
            let merged = merge(&name, Some(manifest), of_feature.collect());
            self.secrets(standing, &name, &merged, &mut chosen);
            constants(self.fleet, &name, &merged, &mut chosen);
            chosen.settings.insert(name.clone(), merged);
            let system = standing.host.system;
            if !manifest.feature.platforms.contains(&system) {
                let message = format!("does not work on {}", system.as_str());
                let problem = Problem::error(NOT_ON_SYSTEM, &name, message)
                    .at(standing.host.about.at(1))
                    .next(format!("write `without = [\"{name}\"]` into the host's file"));
                chosen.problems.push(problem);
            }
        }
        for it in standing.applications(self.fleet) {
            let lacks = |feature: &&Ref| {
                let current = self.features.current(&feature.name);
                current.is_some_and(|(name, _)| !chosen.settings.contains_key(name))
            };
            chosen.problems.extend(it.features.iter().filter(lacks).map(|feature| {
                let message = format!("`{}` is to run where the feature is not", it.about.name);
                let problem = Problem::error(NOT_RUN, &feature.name, message);
                let next = "let the host have the feature, or narrow the table `on`";
                problem.at(it.about.at(feature.line)).next(next)
            }));
        }
        let about = &standing.host.about;
        for (_, feature, node) in &standing.host.given.tables {
            let Some((name, _)) = self.features.current(&feature.name) else { continue };
            if !chosen.settings.contains_key(name) {
                let place = Place { file: about.file.clone(), line: node.line };
                chosen.without_effect.push((place, name.to_owned()));
            }
        }
        chosen
    }

    /// The secrets that the settings of a feature use, and those of them that the host does not hold.
    fn secrets(
        &self,
        standing: &Standing<'f>,
        feature: &str,
        merged: &Merged,
        chosen: &mut Chosen,
    ) {
        if merged.steps.iter().all(|step| step.secrets.is_empty()) {
            return;
        }
        for step in counting(merged) {
            for name in &step.secrets {
                let Some(secret) = self.fleet.secrets.get(name) else { continue };
                if !is_left(&Value::Str(secret.file.path.clone()), step, merged) {
                    continue;
                }
                let option = format!("{feature}.{}", step.option);
                let held = standing.secrets(self.fleet).any(|it| it.about.name == *name);
                if !held && secret.about.is_current() {
                    let message = format!("uses the secret `{name}`, which is not held there");
                    let problem = Problem::error(NOT_HELD, &option, message);
                    let next =
                        format!("select the host in the table `on` of `{}`", secret.about.file);
                    chosen.problems.push(problem.at(Some(step.place.clone())).next(next));
                }
                chosen.secrets.entry(name.clone()).or_insert(option);
            }
        }
    }
}

/// The steps that say what a value is, and that no other one replaces.
fn counting(merged: &Merged) -> impl Iterator<Item = &Step> {
    let replaced: BTreeSet<usize> =
        merged.steps.iter().flat_map(|step| step.replaces.iter().copied()).collect();
    let steps = merged.steps.iter().enumerate();
    let counts = move |(index, step): &(usize, &Step)| {
        step.mode != Mode::Remove && !replaced.contains(index)
    };
    steps.filter(counts).map(|(_, step)| step)
}

/// The constants that are in the settings of a feature.
fn constants(fleet: &Fleet, feature: &str, merged: &Merged, chosen: &mut Chosen) {
    if merged.steps.iter().all(|step| step.constants.is_empty()) {
        return;
    }
    for step in counting(merged) {
        for name in &step.constants {
            let value = fleet.constants.get(name).and_then(|it| it.value.as_ref());
            // Of a text that is put together, the constant is a part.
            let is_part = matches!(step.action, Action::Lines(_) | Action::Join { .. });
            if is_part || value.is_none_or(|value| is_left(value, step, merged)) {
                let option = || format!("{feature}.{}", step.option);
                chosen.constants.entry(name.clone()).or_insert_with(option);
            }
        }
    }
}

/// Constants that no file uses.
fn unused(fleet: &Fleet, prepared: &HashMap<&str, Prepared>) -> Vec<Problem> {
    let links = fleet.links();
    let named = links.iter().filter(|it| it.kind == Kind::Constant).map(|it| it.to);
    let in_settings = prepared.values().flat_map(|it| &it.constants).map(String::as_str);
    let used: BTreeSet<&str> = in_settings.chain(named).collect();
    let unused = fleet.constants.values().filter(|it| !used.contains(&*it.about.name));
    let unused = unused.filter(|it| it.about.is_current() && it.about.readable);
    let said = |it: &Constant| {
        let problem = Problem::warning(NO_EFFECT, &it.about.name, "nothing takes it");
        let next = format!(
            "write `{{ constant = \"{}\" }}` as a setting or in a command, or remove the file",
            it.about.name
        );
        problem.at(it.about.at(1)).next(next)
    };
    unused.map(said).collect()
}

/// Whether a value, or an element of it, is still in what a step was about: elements of lists may be taken away
/// again.
fn is_left(value: &Value, step: &Step, merged: &Merged) -> bool {
    fn has(value: &Value, part: &Value) -> bool {
        value == part
            || match value {
                Value::List(items) => items.iter().any(|item| has(item, part)),
                Value::Attrs(attrs) => attrs.values().any(|value| has(value, part)),
                _ => false,
            }
    }
    let parts = match value {
        Value::List(items) => items,
        one => std::slice::from_ref(one),
    };
    value_at(&merged.settings, &step.option.0)
        .is_some_and(|settings| parts.iter().any(|part| has(settings, part)))
}

fn said<'a>(layer: &Layer<'a>, leaf: &'a Leaf) -> Said<'a> {
    Said { rank: layer.rank, from: &layer.about.name, file: &layer.about.file, leaf }
}

fn prepared(
    about: &About,
    given: &Given,
    features: &Features,
    fleet: &Fleet,
) -> (Prepared, Vec<Problem>) {
    let mut problems = Vec::new();
    problems.extend(named_wrong(about, given.named(), features));
    let mut out = Prepared::default();
    out.set.extend(given.without.iter().map(|it| of_set(it, Mode::Remove, features)));
    out.set.extend(given.features.iter().map(|it| of_set(it, Mode::Settings, features)));
    for (mode, feature, node) in &given.tables {
        let Some((name, _)) = features.current(&feature.name) else { continue };
        let Some(manifest) = features.get(name) else { continue };
        let (leaves, constants, mut found) = leaves(manifest, *mode, feature, node, about, fleet);
        problems.append(&mut found);
        out.constants.extend(constants);
        out.options.entry(name.to_owned()).or_default().extend(leaves);
    }
    (out, problems)
}

/// The features that there are not, and warnings of names that features had.
fn named_wrong<'a>(
    about: &About,
    named: impl Iterator<Item = &'a Ref>,
    features: &Features,
) -> Vec<Problem> {
    let wrong = |feature: &Ref| {
        let problem = match features.current(&feature.name) {
            Some((_, None | Some(Taken::Silently))) => return None,
            Some((now, Some(_))) => {
                let message = format!("the feature has been renamed to `{now}`");
                let warning = Problem::warning(RENAMED, &feature.name, message);
                warning.next(format!("write `{now}`"))
            }
            None => {
                let next = match features.now(&feature.name) {
                    Some(now) => format!("it is called `{now}` now"),
                    None => instead(&feature.name, features.names(), "feature"),
                };
                Problem::error(UNKNOWN_REFERENCE, &feature.name, "is no feature").next(next)
            }
        };
        Some(problem.at(about.at(feature.line)))
    };
    named.filter_map(wrong).collect()
}

fn of_set(feature: &Ref, mode: Mode, features: &Features) -> Leaf {
    let names = vec![Value::from(features.called(&feature.name))];
    let action = match mode {
        Mode::Remove => Action::Remove(names),
        _ => Action::Unite(names),
    };
    let (option, act) = (OptionPath::new(FEATURES), Act::Do(action));
    Leaf { option, mode, act, line: feature.line, secrets: Vec::new(), constants: Vec::new() }
}
