//! Commands and reactions: what may be changed under a name, and what an event is answered with.

use std::collections::BTreeMap;

use crate::codes::WRONG_FIELD;
use crate::fields::Fields;
use crate::text::Data;
use crate::{About, KINDS, Kind, Ref, Selector, Status};

/// Keys that a command may set.
const SET: [&str; 4] = ["status", "responsible", "unit", "location"];
/// Lists that a command may add to and take from.
const LISTS: [&str; 4] = ["tags", "roles", "units", "groups"];

/// A change that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What every file says.
    pub about: About,
    /// What it is carried out on.
    pub kind: Option<Kind>,
    /// What it sets.
    pub set: BTreeMap<String, Ref>,
    /// What it adds to lists.
    pub add: BTreeMap<String, Vec<Ref>>,
    /// What it takes from lists.
    pub remove: BTreeMap<String, Vec<Ref>>,
    /// Values that it is given.
    pub parameters: Vec<Ref>,
}

/// The events that a reaction answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Something is new.
    Added,
    /// It says something else.
    Changed,
    /// It has another name.
    Renamed,
    /// Its file is gone.
    Removed,
}

/// What an event is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// What every file says.
    pub about: About,
    /// The events that it answers.
    pub event: Option<Happening>,
    /// What they are about.
    pub kind: Option<Kind>,
    /// The status that they lead to.
    pub became: Option<Status>,
    /// Which hosts they are about; none for all things.
    pub on: Option<Selector>,
    /// The command.
    pub run: Option<Ref>,
    /// What it is carried out on; none for what the event is about.
    pub to: Option<Ref>,
    /// The values of the command's parameters.
    pub with: BTreeMap<String, Ref>,
}

/// Kinds that commands change and reactions answer: all but themselves, so that what a fleet does by
/// rules does not change the rules.
fn kinds() -> Vec<(&'static str, Kind)> {
    let is_rule = |kind: &Kind| matches!(kind, Kind::Command | Kind::Reaction);
    KINDS.into_iter().filter(|kind| !is_rule(kind)).map(|kind| (kind.word(), kind)).collect()
}

impl Command {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let kind = fields.word("kind", &kinds()).map(|(kind, _)| kind);
        let command = Self {
            about,
            kind,
            set: set(fields, kind),
            add: lists(fields, "add", kind),
            remove: lists(fields, "remove", kind),
            parameters: fields.references("parameters"),
        };
        command.uses(fields);
        for (key, names) in &command.add {
            let taken = command.remove.get(key).map_or(&[][..], Vec::as_slice);
            for name in names.iter().filter(|it| taken.iter().any(|other| other.name == it.name)) {
                let message = format!("`{}` is added and taken away", name.name);
                let key = format!("add.{key}");
                fields.problem(WRONG_FIELD, &key, name.line, message, "say one of the two");
            }
        }
        command
    }

    /// Says which parameters are not there, and which nothing uses.
    fn uses(&self, fields: &mut Fields<'_>) {
        let used: Vec<(&Ref, &str)> =
            self.values().filter_map(|it| Some((it, it.name.strip_prefix('$')?))).collect();
        for (at, name) in &used {
            if !self.parameters.iter().any(|it| it.name == *name) {
                let message = format!("`${name}` is no parameter of the command");
                let next = "add it to `parameters`, or write the text without `$`";
                fields.problem(WRONG_FIELD, "parameters", at.line, message, next);
            }
        }
        for it in &self.parameters {
            if !used.iter().any(|(_, name)| *name == it.name) {
                let message = format!("nothing uses `{}`", it.name);
                let next = format!("write \"${}\" where its value belongs", it.name);
                fields.problem(WRONG_FIELD, "parameters", it.line, message, next);
            }
        }
    }

    /// All texts that it puts into files or takes away.
    fn values(&self) -> impl Iterator<Item = &Ref> {
        let lists = self.add.values().chain(self.remove.values());
        self.set.values().chain(lists.flatten())
    }

    /// The command with values in the place of its parameters. Where one is missing, it stays.
    #[must_use]
    pub fn with(&self, values: &BTreeMap<String, Ref>) -> Self {
        let given = |it: &Ref| {
            let value = it.name.strip_prefix('$').and_then(|name| values.get(name));
            value.unwrap_or(it).clone()
        };
        let all = |lists: &BTreeMap<String, Vec<Ref>>| {
            let list = |(key, names): (&String, &Vec<Ref>)| {
                (key.clone(), names.iter().map(given).collect())
            };
            lists.iter().map(list).collect()
        };
        Self {
            set: self.set.iter().map(|(key, it)| (key.clone(), given(it))).collect(),
            add: all(&self.add),
            remove: all(&self.remove),
            ..self.clone()
        }
    }

    /// Whether it changes nothing whatever it is carried out on.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }

    /// The status that it sets.
    pub(crate) fn status(&self) -> Option<Status> {
        let text = &self.set.get("status")?.name;
        Status::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl Reaction {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let events = [
            ("added", Happening::Added),
            ("changed", Happening::Changed),
            ("renamed", Happening::Renamed),
            ("removed", Happening::Removed),
        ];
        let statuses = Status::ALL.map(|status| (status.as_str(), status));
        Self {
            about,
            event: fields.word("event", &events).map(|(event, _)| event),
            kind: fields.word("kind", &kinds()).map(|(kind, _)| kind),
            became: fields.word("became", &statuses).map(|(status, _)| status),
            on: fields.get("on").is_some().then(|| Selector::read(fields)),
            run: fields.reference("run"),
            to: fields.reference("to"),
            with: with(fields),
        }
    }
}

/// Whether files of a kind have a key.
fn has(kind: Kind, key: &str) -> bool {
    kind.fields().into_iter().flatten().any(|field| field.name == key)
}

/// Says that a command cannot change a key.
fn unchangeable(fields: &mut Fields<'_>, key: &str, line: u32, kind: Option<Kind>, known: &[&str]) {
    let known = known.iter().filter(|known| kind.is_none_or(|kind| has(kind, known)));
    let known: Vec<&str> = known.copied().collect();
    let next = match known.is_empty() {
        true => "take it away".to_owned(),
        false => format!("there is {}", known.join(", ")),
    };
    fields.problem(WRONG_FIELD, key, line, "no command changes this key of such files", next);
}

fn set(fields: &mut Fields<'_>, kind: Option<Kind>) -> BTreeMap<String, Ref> {
    let Some((table, _)) = fields.table("set") else { return BTreeMap::new() };
    let mut set = BTreeMap::new();
    for (key, node) in table {
        let path = format!("set.{key}");
        if !SET.contains(&key.as_str()) || kind.is_some_and(|kind| !has(kind, key)) {
            unchangeable(fields, &path, node.line, kind, &SET);
            continue;
        }
        let is_status = |text: &str| Status::ALL.iter().any(|it| it.as_str() == text);
        match &node.data {
            Data::Text(text) if key != "status" || is_status(text) || text.starts_with('$') => {
                set.insert(key.clone(), Ref { name: text.clone(), line: node.line });
            }
            _ => {
                let wants = if key == "status" { "one of the statuses" } else { "a name" };
                let message = format!("is not {wants}");
                fields.problem(WRONG_FIELD, &path, node.line, message, format!("write {wants}"));
            }
        }
    }
    set
}

/// The values of a command's parameters.
fn with(fields: &mut Fields<'_>) -> BTreeMap<String, Ref> {
    let Some((table, _)) = fields.table("with") else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for (key, node) in table {
        match &node.data {
            Data::Text(text) if !text.starts_with('$') => {
                values.insert(key.clone(), Ref { name: text.clone(), line: node.line });
            }
            _ => {
                let (key, message) = (format!("with.{key}"), "is no text without `$`");
                fields.problem(WRONG_FIELD, &key, node.line, message, "write such as \"ada\"");
            }
        }
    }
    values
}

fn lists(fields: &mut Fields<'_>, of: &str, kind: Option<Kind>) -> BTreeMap<String, Vec<Ref>> {
    let Some((table, _)) = fields.table(of) else { return BTreeMap::new() };
    let mut lists: BTreeMap<String, Vec<Ref>> = BTreeMap::new();
    for (key, node) in table {
        let path = format!("{of}.{key}");
        if !LISTS.contains(&key.as_str()) || kind.is_some_and(|kind| !has(kind, key)) {
            unchangeable(fields, &path, node.line, kind, &LISTS);
            continue;
        }
        let items = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => &[],
        };
        let text = |item: &crate::text::Node| match &item.data {
            Data::Text(text) => Some(Ref { name: text.clone(), line: item.line }),
            _ => None,
        };
        let names: Option<Vec<Ref>> = items.iter().map(text).collect();
        match names.filter(|names| !names.is_empty()) {
            Some(names) => drop(lists.insert(key.clone(), names)),
            None => {
                let message = "is no list of texts with something in it";
                fields.problem(WRONG_FIELD, &path, node.line, message, "write such as [\"a\"]");
            }
        }
    }
    lists
}
