//! The keys of a unit, as an author gives them one after the other.

use std::collections::BTreeMap;

use domi_model::{Expr as Untyped, If, Place, Setting, Unit, UnitKind, Value};

use crate::fault;

/// A section of a unit file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// `[Unit]`.
    Unit,
    /// That of the unit's kind, such as `[Service]`.
    Own,
}

/// What is remembered of the keys that a unit has got so far.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<(Section, String), Key>);

#[derive(Debug)]
struct Key {
    place: Option<Place>,
    /// Whether its value is a list, rather than one text.
    is_list: bool,
    /// Whether another value takes its place without a word.
    is_default: bool,
}

impl Keys {
    /// Gives a key a value. Where it has one, the list of a key that repeats gets longer; of any
    /// other key that is a problem.
    pub(crate) fn set(
        &mut self,
        unit: &mut Unit,
        (section, key): (Section, &str),
        (setting, is_list): (Setting, bool),
        here: Option<Place>,
    ) {
        let known = self.0.get_mut(&(section, key.to_owned()));
        let before = section_of(unit, section).remove(key);
        let (setting, is_list) = match (known, before) {
            (Some(known), Some(before)) if !known.is_default => {
                if repeats(unit.kind, section, key) {
                    (together((before, known.is_list), (setting, is_list)), true)
                } else {
                    let first = known.place.as_ref();
                    fault::note(fault::twice(&name_of(unit), &format!("`{key}`"), first, here));
                    section_of(unit, section).insert(key.to_owned(), before);
                    return;
                }
            }
            _ => (setting, is_list),
        };
        section_of(unit, section).insert(key.to_owned(), setting);
        let place = here;
        self.0.insert((section, key.to_owned()), Key { place, is_list, is_default: false });
    }

    /// Gives a key of the unit's own section a value, unless it has one or gets one later.
    pub(crate) fn set_default(&mut self, unit: &mut Unit, key: &str, setting: Setting) {
        if !unit.config.contains_key(key) {
            unit.config.insert(key.to_owned(), setting);
            let known = Key { place: None, is_list: false, is_default: true };
            self.0.insert((Section::Own, key.to_owned()), known);
        }
    }
}

fn section_of(unit: &mut Unit, section: Section) -> &mut BTreeMap<String, Setting> {
    match section {
        Section::Unit => &mut unit.unit_config,
        Section::Own => &mut unit.config,
    }
}

/// Whether every value of a key counts, rather than the last one.
fn repeats(kind: UnitKind, section: Section, key: &str) -> bool {
    let kind = (section == Section::Own).then_some(kind);
    domi_model::directive(kind, key).is_ok_and(|directive| directive.repeats)
}

/// What a unit is called in problems: `backup.service`.
pub(crate) fn name_of(unit: &Unit) -> String {
    match &unit.name {
        Untyped::Literal(Value::Str(name)) => format!("{name}.{}", unit.kind.suffix()),
        _ => format!("a {}", unit.kind.suffix()),
    }
}

/// Two settings of a key that repeats, each with whether it is a list.
fn together(first: (Setting, bool), second: (Setting, bool)) -> Setting {
    let mut lists = parts(first);
    for list in parts(second) {
        match (lists.last_mut(), list) {
            (Some(Untyped::List(items)), Untyped::List(mut more)) => items.append(&mut more),
            (_, list) => lists.push(list),
        }
    }
    let value = if lists.len() == 1 { lists.remove(0) } else { Untyped::Concat(lists) };
    Setting { value, when: None }
}

/// The lists that a setting is made of.
fn parts((setting, is_list): (Setting, bool)) -> Vec<Untyped> {
    let lists = match setting.value {
        Untyped::Concat(lists) if is_list => lists,
        Untyped::Literal(Value::List(items)) if is_list => {
            vec![Untyped::List(items.into_iter().map(Untyped::Literal).collect())]
        }
        list if is_list => vec![list],
        one => vec![Untyped::List(vec![one])],
    };
    let Some(condition) = setting.when else { return lists };
    let then = match <[Untyped; 1]>::try_from(lists) {
        Ok([list]) => list,
        Err(lists) => Untyped::Concat(lists),
    };
    let otherwise = Untyped::List(Vec::new());
    vec![Untyped::If(Box::new(If { condition, then, otherwise }))]
}
