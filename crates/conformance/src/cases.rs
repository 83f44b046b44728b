//! Which cases there are of a feature, or of two together.

use std::collections::BTreeMap;

use domi_model::{Manifest, OptionDecl, Value};
use domi_realise::definition::{AFTER, BEFORE, DEFAULT, FORCE};

use crate::canonical::Paths;
use crate::case::{defined, given};
use crate::generate::Generator;
use crate::random::Random;

type Attrs = BTreeMap<String, Value>;

/// How many in a hundred cases have something in them that is likely to be refused. Of all others
/// Rust must take every value, so that NixOS is asked about what there is to compare: at most a
/// third is to be refused, whatever the feature.
const ODD: usize = 32;

/// Cases of a feature. The first is as little as possible, every third is of several modules; each
/// follows from the seed and its number alone.
pub fn cases(manifest: &Manifest, seed: u64, count: usize) -> Vec<Value> {
    let paths = Paths::new(manifest);
    let one = |number: u64| {
        let mut maker = Maker::new(manifest, &paths, seed, number);
        match number % 3 {
            2 => maker.several(ODD),
            _ => Value::Attrs(maker.one(number == 0, ODD)),
        }
    };
    (0..).map(one).take(count).collect()
}

/// Cases of a feature on a machine that has others beside it, with as little as they can be enabled with; in
/// every eighth case it has none of them.
pub fn cases_beside(
    manifest: &Manifest,
    beside: &[&Manifest],
    seed: u64,
    count: usize,
) -> Vec<Value> {
    let least = |it: &&Manifest| (it.feature.name.clone(), Value::Attrs(it.least_settings()));
    let least: Attrs = beside.iter().map(least).collect();
    let own = manifest.feature.name.clone();
    let all = cases(manifest, seed, count).into_iter().enumerate().map(|(number, case)| {
        let mut parts = if number % 8 == 7 { Attrs::new() } else { least.clone() };
        parts.insert(own.clone(), case);
        Value::Attrs(parts)
    });
    all.collect()
}

/// Cases of two features on one machine.
pub fn pairs(one: &Manifest, other: &Manifest, seed: u64, count: usize) -> Vec<Value> {
    let (paths, other_paths) = (Paths::new(one), Paths::new(other));
    let names = [one, other].map(|manifest| manifest.feature.name.clone());
    // A copy has the same options, so that both can be set alike.
    let is_copy = one.options == other.options;
    let case = |number: u64| {
        let mut maker = Maker::new(one, &paths, seed, number);
        let mut beside = Maker::new(other, &other_paths, seed, !number);
        // One odd thing is enough.
        let odd = if maker.generator.random.percent(50) { (16, 0) } else { (0, 16) };
        let make = |maker: &mut Maker<'_, '_>, odd| match number % 3 {
            2 => maker.several(odd),
            _ => Value::Attrs(maker.one(number == 0, odd)),
        };
        let first = make(&mut maker, odd.0);
        let alike = is_copy && maker.generator.random.percent(50);
        let second = if alike { first.clone() } else { make(&mut beside, odd.1) };
        names.iter().cloned().zip([first, second]).collect()
    };
    (0..).map(case).take(count).collect()
}

struct Maker<'m, 'p> {
    generator: Generator<'m>,
    paths: &'p Paths<'m>,
}

impl<'m, 'p> Maker<'m, 'p> {
    fn new(manifest: &'m Manifest, paths: &'p Paths<'m>, seed: u64, number: u64) -> Self {
        let random = Random::new(seed.wrapping_mul(0x0100_0000_01b3).wrapping_add(number));
        Self { generator: Generator::new(manifest, random), paths }
    }

    /// Settings of one module.
    fn one(&mut self, least: bool, odd: usize) -> Attrs {
        let few = if least { 0 } else { *self.generator.random.of(&[5, 20, 60]) };
        let mut settings = self.grown(few, Self::plain_value, |value| value, Value::Attrs);
        if !least && self.generator.random.percent(odd) {
            let change = |maker: &mut Self, it: &mut Attrs| maker.generator.one_odd(it);
            settings = self.spoiled(&settings, change, Value::Attrs);
        } else if !least && self.generator.random.percent(3) {
            settings.insert("enable".to_owned(), Value::Bool(false));
        }
        settings
    }

    /// Settings of two or three modules, with priorities and orders.
    fn several(&mut self, odd: usize) -> Value {
        let few = *self.generator.random.of(&[5, 20, 40]);
        let count = 2 + self.generator.random.below(2);
        let place = |settings: Attrs| Value::List(spread(&settings, count));
        let said = |maker: &mut Self, option: &OptionDecl| maker.definitions(option, count, false);
        // What a test says, the first module does.
        let known = |value: Value| {
            let mut each = vec![Value::List(Vec::new()); count];
            each[0] = Value::List(vec![value]);
            Value::List(each)
        };
        let mut settings = self.grown(few, said, known, place);
        let is_odd = self.generator.random.percent(odd);
        if is_odd {
            let options = &self.generator.manifest.options;
            let change = |maker: &mut Self, settings: &mut Attrs| {
                let option = maker.generator.random.of(options).clone();
                let definitions = maker.definitions(&option, count, true);
                settings.insert(option.name, definitions);
            };
            settings = self.spoiled(&settings, change, place);
        }
        let mut modules = spread(&settings, count);
        // Of a feature that is off, NixOS looks at nothing.
        if !is_odd && self.generator.random.percent(10) {
            let enable = *self.generator.random.of(&["true", "force", "default", "false"]);
            let (value, priority) = match enable {
                "force" => (true, Some(FORCE)),
                "default" => (true, Some(DEFAULT)),
                other => (other == "true", None),
            };
            if let Some(Value::Attrs(module)) = modules.first_mut() {
                let value = defined(&Value::Bool(value), priority, None);
                module.insert("enable".to_owned(), value);
            }
        }
        Value::List(modules)
    }

    /// Values of some options, of which Rust takes all: one that it does not is made again, and
    /// left out in the end. Where it takes nothing that is made of the options which need a value, the case
    /// begins with what a test of the feature sets; `known` makes of such a value what `make` makes. `place`
    /// makes a case of them.
    fn grown(
        &mut self,
        few: usize,
        mut make: impl FnMut(&mut Self, &OptionDecl) -> Value,
        known: impl Fn(Value) -> Value,
        place: impl Fn(Attrs) -> Value,
    ) -> Attrs {
        let manifest = self.generator.manifest;
        let options = manifest.options.iter().filter(|option| !option.read_only);
        let (needed, mut others): (Vec<_>, Vec<_>) =
            options.partition(|option| option.default.is_none());
        others.retain(|_| self.generator.random.percent(few));
        // What one option needs may be another one, so that none is always before it.
        for at in (1..others.len()).rev() {
            others.swap(at, self.generator.random.below(at + 1));
        }
        let mut settings = Attrs::new();
        self.grow(&mut settings, &needed, &mut make, &place);
        if !self.is_taken(&place(settings.clone())) {
            settings = self.of_a_test(&known, &place).unwrap_or(settings);
        }
        for group in others.chunks(4) {
            self.grow(&mut settings, group, &mut make, &place);
        }
        settings
    }

    /// Adds values of some options.
    fn grow(
        &mut self,
        settings: &mut Attrs,
        group: &[&OptionDecl],
        mut make: impl FnMut(&mut Self, &OptionDecl) -> Value,
        place: impl Fn(Attrs) -> Value,
    ) {
        let mut grown = settings.clone();
        grown.extend(group.iter().map(|option| (option.name.clone(), make(self, option))));
        if self.is_taken(&place(grown.clone())) {
            *settings = grown;
            return;
        }
        for option in group {
            let before = settings.get(&option.name).cloned();
            // Without a value it must have, nothing is taken.
            let tries = if before.is_none() && option.default.is_none() { 20 } else { 4 };
            let mut taken = false;
            for _ in 0..tries {
                settings.insert(option.name.clone(), make(self, option));
                taken = self.is_taken(&place(settings.clone()));
                if taken {
                    break;
                }
            }
            if !taken && option.default.is_some() {
                match before {
                    Some(value) => settings.insert(option.name.clone(), value),
                    None => settings.remove(&option.name),
                };
            }
        }
    }

    /// What a machine of a test sets that Rust takes, whichever; none where there is no such test.
    fn of_a_test(
        &mut self,
        known: impl Fn(Value) -> Value,
        place: impl Fn(Attrs) -> Value,
    ) -> Option<Attrs> {
        let said = |settings: &Attrs| -> Attrs {
            settings.iter().map(|(name, value)| (name.clone(), known(value.clone()))).collect()
        };
        let machines = self.generator.manifest.machines().map(|machine| said(&machine.settings));
        let mut taken: Vec<Attrs> =
            machines.filter(|settings| self.is_taken(&place(settings.clone()))).collect();
        if taken.is_empty() {
            return None;
        }
        let at = self.generator.random.below(taken.len());
        Some(taken.swap_remove(at))
    }

    /// Settings with one change that Rust is likely to refuse. Some are just outside of what it
    /// does.
    fn spoiled(
        &mut self,
        settings: &Attrs,
        mut change: impl FnMut(&mut Self, &mut Attrs),
        place: impl Fn(Attrs) -> Value,
    ) -> Attrs {
        let tries = if self.generator.random.percent(25) { 1 } else { 6 };
        let mut spoiled = settings.clone();
        for _ in 0..tries {
            spoiled.clone_from(settings);
            change(self, &mut spoiled);
            if !self.is_taken(&place(spoiled.clone())) {
                break;
            }
        }
        spoiled
    }

    fn is_taken(&self, case: &Value) -> bool {
        let manifest = self.generator.manifest;
        let taken = |it: crate::case::Given<'_>| {
            it.realise(manifest, self.paths).is_none_or(|realised| realised.is_ok())
        };
        given(&[manifest], case).into_iter().all(taken)
    }

    fn plain_value(&mut self, option: &OptionDecl) -> Value {
        self.generator.of(option)
    }

    /// What each module says of an option, as a list; null where it says nothing.
    fn definitions(&mut self, option: &OptionDecl, count: usize, odd: bool) -> Value {
        let first = self.generator.of(option);
        let only = self.generator.random.percent(30);
        let alone = self.generator.random.below(count);
        let say = |at: usize| -> Value {
            let random = &mut self.generator.random;
            let silent = if only { at != alone } else { random.percent(25) };
            if silent {
                return Value::List(Vec::new());
            }
            let value = match random.below(10) {
                0..=3 => first.clone(),
                4 if odd => self.generator.odd(option),
                _ => self.generator.of(option),
            };
            Value::List(vec![self.marked(value, 3)])
        };
        (0..count).map(say).collect()
    }

    /// A value that may have a priority or an order, and so may what is in it.
    fn marked(&mut self, value: Value, depth: usize) -> Value {
        let value = match value {
            Value::Attrs(attrs) if depth > 0 && self.generator.random.percent(50) => attrs
                .into_iter()
                .map(|(name, value)| (name, self.marked(value, depth - 1)))
                .collect(),
            other => other,
        };
        let random = &mut self.generator.random;
        let priorities = [FORCE, DEFAULT, 10, 99, 101, 1499, 1500, 1501];
        let often = [FORCE, DEFAULT];
        let priority = match random.below(20) {
            0 => Some(*random.of(&priorities)),
            1..=5 => Some(*random.of(&often)),
            _ => None,
        };
        let order = random.percent(20).then(|| *random.of(&[BEFORE, AFTER, 999, 1]));
        defined(&value, priority, order)
    }
}

/// Modules, from what each says of every option: a list of one value, or of none.
fn spread(settings: &Attrs, count: usize) -> Vec<Value> {
    let of = |at: usize| {
        let said = settings.iter().filter_map(|(name, each)| {
            let Value::List(each) = each else { return None };
            let Some(Value::List(value)) = each.get(at) else { return None };
            Some((name.clone(), value.first()?.clone()))
        });
        Value::Attrs(said.collect())
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Outcome;
    use crate::rust::realised;

    /// One word is right, and what is generated never has it.
    #[test]
    fn what_nothing_generated_makes_right_begins_with_what_a_test_sets() {
        let port = |name: &str| {
            let default = json!({ "literal": 1 });
            json!({ "name": name, "type": "port", "description": "A port.", "default": default })
        };
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": "x", "kind": "services", "summary": "X", "maturity": "dev", "version": "0.1.0",
                "platforms": ["x86_64-linux"],
            },
            "options": [
                { "name": "word", "type": "str", "description": "A word.", "default": { "literal": "" } },
                port("one"), port("two"),
            ],
            "assertions": [{
                "condition": { "compare": {
                    "left": { "option": ["word"] }, "op": "equal", "right": { "literal": "the very word" },
                } },
                "message": { "literal": "it needs the word" },
            }],
            "tests": [{
                "name": "runs",
                "body": { "run": {
                    "machines": { "machine": { "settings": { "word": "the very word" } } },
                    "steps": [],
                } },
            }],
        });
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        let refused = |manifest: &Manifest| {
            let all = cases(manifest, 1, 90);
            let refused =
                |case: &&Value| matches!(realised(&[manifest], case), Ok(Outcome::Refused { .. }));
            all.iter().filter(refused).count()
        };
        let untested = Manifest { tests: Vec::new(), ..manifest.clone() };
        assert!(refused(&untested) > 80, "{}", refused(&untested));
        assert!(refused(&manifest) < 45, "{}", refused(&manifest));
    }
}
