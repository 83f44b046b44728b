//! Merges what files say, one step after another. The value is what the steps do, so that the steps
//! explain it: nothing is computed beside them.

use std::collections::BTreeMap;

use domi_model::{Manifest, OptionPath, Package, Place, Problem, Type, Value, accepts};

use crate::codes::{CONFLICT, OVERRIDDEN};
use crate::leaves::{Act, Leaf};
use crate::step::{Action, Attrs, Step, value_at};
use crate::{Mode, Rank};

/// What one file says, and how near it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) rank: Rank,
    pub(crate) from: &'a str,
    pub(crate) file: &'a str,
    pub(crate) leaf: &'a Leaf,
}

/// What files come to together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// The settings.
    pub settings: BTreeMap<String, Value>,
    /// How they came about, in order. [`replay`](crate::replay) makes the settings of them.
    pub steps: Vec<Step>,
    /// Values that contradict each other, and such as are replaced without saying so. They say
    /// nothing of the host, so that those of several hosts can be put together.
    pub problems: Vec<Problem>,
}

/// Merges what files say of a feature. They are in the order of levels, and on one level in that of
/// their names; what a level removes is removed before anything of that level is added.
pub(crate) fn merge<'a>(
    feature: &'a str,
    manifest: Option<&'a Manifest>,
    mut said: Vec<Said<'a>>,
) -> Merged {
    said.sort_by_key(|it| (it.rank, it.leaf.mode != Mode::Remove));
    let none = BTreeMap::new();
    let packages = manifest.map_or(&none, |manifest| &manifest.packages);
    let mut merger = Merger::new(feature, packages);
    for it in said {
        merger.take(it);
    }
    let contradictions = merger.conflicts.into_iter().map(|conflict| conflict.problem);
    let problems = contradictions.chain(merger.warnings).collect();
    Merged { settings: merger.settings, steps: merger.steps, problems }
}

struct Merger<'a> {
    feature: &'a str,
    packages: &'a BTreeMap<String, Package>,
    settings: Attrs,
    steps: Vec<Step>,
    /// The steps that count at a path.
    live: BTreeMap<&'a [String], Vec<usize>>,
    /// The steps that take something away.
    removals: Vec<usize>,
    conflicts: Vec<Conflict>,
    warnings: Vec<Problem>,
}

/// A contradiction on one level, which a nearer one may settle.
struct Conflict {
    option: OptionPath,
    rank: Rank,
    problem: Problem,
}

impl<'a> Merger<'a> {
    fn new(feature: &'a str, packages: &'a BTreeMap<String, Package>) -> Self {
        Self {
            feature,
            packages,
            settings: Attrs::new(),
            steps: Vec::new(),
            live: BTreeMap::new(),
            removals: Vec::new(),
            conflicts: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn take(&mut self, said: Said<'a>) {
        match &said.leaf.act {
            Act::Do(action) => self.step(said, action),
            Act::Choose(types, chosen) => {
                let is_other = value_at(&self.settings, &said.leaf.option.0)
                    .is_some_and(|value| self.chosen(types, value) != Some(*chosen));
                if is_other {
                    self.step(said, &Action::Unset);
                }
            }
        }
    }

    fn chosen(&self, types: &[Type], value: &Value) -> Option<usize> {
        types.iter().position(|ty| accepts(ty, value, self.packages))
    }

    fn step(&mut self, said: Said<'a>, action: &Action) {
        let Leaf { option, mode, line, secrets, constants, .. } = said.leaf;
        let replaces = self.replaced(option, action);
        let step = Step {
            option: option.clone(),
            action: action.clone(),
            mode: *mode,
            rank: said.rank,
            from: said.from.to_owned(),
            place: Place { file: said.file.to_owned(), line: *line },
            secrets: secrets.clone(),
            constants: constants.clone(),
            replaces,
            effective: false,
        };
        self.settle(&step);
        self.compare(&step);
        let effective = action.apply(&mut self.settings, &option.0);
        if !step.replaces.is_empty() {
            for indices in self.live.values_mut() {
                indices.retain(|index| !step.replaces.contains(index));
            }
            self.live.retain(|_, indices| !indices.is_empty());
        }
        let index = self.steps.len();
        // What only takes away is not replaced by what comes after it.
        if *mode != Mode::Remove && *action != Action::Unset {
            self.live.entry(&option.0).or_default().push(index);
        }
        if *mode == Mode::Remove {
            self.removals.push(index);
        }
        self.steps.push(Step { effective, ..step });
    }

    /// The steps that have no effect any more after this one.
    fn replaced(&self, option: &OptionPath, action: &Action) -> Vec<usize> {
        let path = option.0.as_slice();
        let value = value_at(&self.settings, path);
        let stays = match action {
            Action::Set(_) | Action::Unset => false,
            Action::Append(_) | Action::Unite(_) => matches!(value, Some(Value::List(_))),
            Action::Lines(_) | Action::Join { .. } => matches!(value, Some(Value::Str(_))),
            Action::Make => matches!(value, Some(Value::Attrs(_))),
            Action::Remove(_) => true,
        };
        let mut replaced = Vec::new();
        if !stays {
            replaced.extend(self.below(path));
        }
        if let (Action::Remove(gone), Some(Value::Attrs(_))) = (action, value) {
            for name in gone {
                if let Value::Str(name) = name {
                    replaced.extend(self.below(&option.join(name).0));
                }
            }
        }
        // A value that is no set cannot have this in it.
        if !matches!(action, Action::Remove(_) | Action::Unset) {
            for around in (1..path.len()).map(|length| &path[..length]) {
                let value = value_at(&self.settings, around);
                if value.is_some_and(|value| !matches!(value, Value::Attrs(_))) {
                    replaced.extend(self.below(around));
                }
            }
        }
        replaced.sort_unstable();
        replaced.dedup();
        replaced
    }

    /// The steps that count at a path or within it.
    fn below(&self, path: &[String]) -> Vec<usize> {
        let from = self.live.range(path..);
        let within = from.take_while(|(at, _)| at.starts_with(path));
        within.flat_map(|(_, indices)| indices.iter().copied()).collect()
    }

    /// A nearer level settles what contradicted itself on one further away.
    fn settle(&mut self, step: &Step) {
        if matches!(step.action, Action::Set(_) | Action::Unset) {
            self.conflicts.retain(|conflict| {
                conflict.rank == step.rank || !conflict.option.0.starts_with(&step.option.0)
            });
        }
    }

    /// Says what is wrong between a step and those before it.
    fn compare(&mut self, step: &Step) {
        for index in &step.replaces {
            let other = &self.steps[*index];
            if other.action == step.action || matches!(other.action, Action::Make) {
                continue;
            }
            if other.rank == step.rank {
                self.conflicts.push(self.conflict(other, step));
            } else if step.mode < Mode::Override
                && step.mode > Mode::Remove
                && other.mode > Mode::Defaults
            {
                self.warnings.push(self.overridden(other, step));
            }
        }
        let set_here = self.live.get(step.option.0.as_slice()).into_iter().flatten();
        let opposed = self.removals.iter().chain(set_here).map(|index| &self.steps[*index]);
        let opposed = opposed.filter(|other| {
            other.rank == step.rank && (takes_away(other, step) || is_set_and_added_to(other, step))
        });
        let conflicts: Vec<_> = opposed.map(|other| self.conflict(other, step)).collect();
        self.conflicts.extend(conflicts);
    }

    fn conflict(&self, one: &Step, other: &Step) -> Conflict {
        let message = format!(
            "{} and {} contradict each other on one level, {}",
            said(one),
            said(other),
            one.rank.level.as_str()
        );
        let problem = Problem::error(CONFLICT, self.subject(&other.option), message)
            .at(Some(other.place.clone()))
            .next("say it under `override` on a nearer level, such as in the host's own file");
        Conflict { option: other.option.clone(), rank: other.rank, problem }
    }

    fn overridden(&self, one: &Step, other: &Step) -> Problem {
        let message = format!("{} replaces {}", said(other), said(one));
        Problem::warning(OVERRIDDEN, self.subject(&other.option), message)
            .at(Some(other.place.clone()))
            .next("write it under `override` if that is meant, or the other under `defaults`")
    }

    fn subject(&self, option: &OptionPath) -> String {
        if self.feature.is_empty() {
            option.to_string()
        } else {
            format!("{}.{option}", self.feature)
        }
    }
}

/// Whether the one removes what the other adds.
fn takes_away(one: &Step, other: &Step) -> bool {
    let (at, path) = (&one.option.0, &other.option.0);
    if one.mode != Mode::Remove || other.mode == Mode::Remove || !path.starts_with(at) {
        return false;
    }
    match (&one.action, &other.action) {
        (Action::Unset, _) => true,
        (Action::Remove(gone), Action::Append(items) | Action::Unite(items)) if at == path => {
            items.iter().any(|item| gone.contains(item))
        }
        (Action::Remove(gone), Action::Set(Value::List(items))) if at == path => {
            items.iter().any(|item| gone.contains(item))
        }
        (Action::Remove(gone), _) => {
            path.get(at.len()).is_some_and(|name| gone.contains(&Value::from(&**name)))
        }
        _ => false,
    }
}

/// Whether the one says what a list or text is, and the other adds to it.
fn is_set_and_added_to(one: &Step, other: &Step) -> bool {
    one.option == other.option
        && matches!(one.action, Action::Set(Value::List(_) | Value::Str(_)))
        && matches!(other.action, Action::Append(_) | Action::Lines(_) | Action::Join { .. })
}

/// What a step says and where, for a sentence.
fn said(step: &Step) -> String {
    let what = match &step.action {
        Action::Set(value) => format!("`{}`", brief(&value.to_string())),
        Action::Append(items) | Action::Unite(items) => {
            format!("`{}`", brief(&Value::List(items.clone()).to_string()))
        }
        Action::Lines(text) | Action::Join { text, .. } => {
            format!("`{}`", brief(text.lines().next().unwrap_or_default()))
        }
        Action::Make => "an attribute set".to_owned(),
        Action::Remove(items) => {
            format!("the removal of `{}`", brief(&Value::List(items.clone()).to_string()))
        }
        Action::Unset => "the removal".to_owned(),
    };
    format!("{what} ({})", step.place)
}

fn brief(text: &str) -> String {
    if text.chars().count() <= 48 {
        return text.to_owned();
    }
    text.chars().take(45).chain("…".chars()).collect()
}
