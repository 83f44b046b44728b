//! Commands and reactions: what may be changed under a name, and what an event is answered with.

use std::collections::BTreeMap;

use crate::codes::WRONG_FIELD;
use crate::fields::Fields;
use crate::text::Data;
use crate::{About, Argument, Constant, KINDS, Kind, Ref, Selector, Status};

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
    pub set: BTreeMap<String, Argument>,
    /// What it adds to lists.
    pub add: BTreeMap<String, Vec<Argument>>,
    /// What it takes from lists.
    pub remove: BTreeMap<String, Vec<Argument>>,
    /// Values that it is given.
    pub parameters: Vec<Ref>,
    /// The constants whose values it was given, with these; see [`Command::with`].
    pub constants: BTreeMap<String, String>,
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
    pub with: BTreeMap<String, Argument>,
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
            constants: BTreeMap::new(),
        };
        command.uses(fields);
        for (key, names) in &command.add {
            let taken = command.remove.get(key).map_or(&[][..], Vec::as_slice);
            for it in names.iter().filter(|it| taken.iter().any(|other| other.says(it))) {
                let Ref { name, line } = it.said();
                let message = format!("`{name}` is added and taken away");
                let key = format!("add.{key}");
                fields.problem(WRONG_FIELD, &key, *line, message, "say one of the two");
            }
        }
        command
    }

    /// Says which parameters are not there, and which nothing uses.
    fn uses(&self, fields: &mut Fields<'_>) {
        let parameter = |it: &Argument| match it {
            Argument::Parameter(it) => Some(it.clone()),
            Argument::Text(_) | Argument::Constant(_) => None,
        };
        let used: Vec<Ref> = self.arguments().filter_map(|(_, it)| parameter(it)).collect();
        for Ref { name, line } in &used {
            if !self.parameters.iter().any(|it| it.name == *name) {
                let message = format!("`${name}` is no parameter of the command");
                let next = "add it to `parameters`, or write the text without `$`";
                fields.problem(WRONG_FIELD, "parameters", *line, message, next);
            }
        }
        for it in &self.parameters {
            if !used.iter().any(|used| used.name == it.name) {
                let message = format!("nothing uses `{}`", it.name);
                let next = format!("write \"${}\" where its value belongs", it.name);
                fields.problem(WRONG_FIELD, "parameters", it.line, message, next);
            }
        }
    }

    /// All that it puts into files or takes away, each with the key that says so.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (&'static str, &Argument)> {
        let set = self.set.values().map(|it| ("set", it));
        let add = self.add.values().flatten().map(|it| ("add", it));
        let remove = self.remove.values().flatten().map(|it| ("remove", it));
        set.chain(add).chain(remove)
    }

    /// The command with values in the place of its parameters and constants. Where one is missing, it
    /// stays.
    #[must_use]
    pub fn with(
        &self,
        values: &BTreeMap<String, Argument>,
        constants: &BTreeMap<String, Constant>,
    ) -> Self {
        let mut used = BTreeMap::new();
        let mut given = |it: &Argument| {
            let it = match it {
                Argument::Parameter(parameter) => values.get(&parameter.name).unwrap_or(it),
                Argument::Text(_) | Argument::Constant(_) => it,
            };
            let Some((text, line)) = it.known(constants) else { return it.clone() };
            if let Some(constant) = it.constant() {
                used.insert(constant.name.clone(), text.to_owned());
            }
            Argument::Text(Ref { name: text.to_owned(), line })
        };
        let set = self.set.iter().map(|(key, it)| (key.clone(), given(it))).collect();
        let mut all = |lists: &BTreeMap<String, Vec<Argument>>| {
            let list = |(key, them): (&String, &Vec<Argument>)| {
                (key.clone(), them.iter().map(&mut given).collect())
            };
            lists.iter().map(list).collect()
        };
        let (add, remove) = (all(&self.add), all(&self.remove));
        Self { set, add, remove, constants: used, ..self.clone() }
    }

    /// Whether it changes nothing whatever it is carried out on.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }

    /// The status that it sets.
    pub(crate) fn status(&self) -> Option<Status> {
        let text = self.set.get("status")?.text()?;
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

fn set(fields: &mut Fields<'_>, kind: Option<Kind>) -> BTreeMap<String, Argument> {
    let Some((table, _)) = fields.table("set") else { return BTreeMap::new() };
    let mut set = BTreeMap::new();
    for (key, node) in table {
        let path = format!("set.{key}");
        if !SET.contains(&key.as_str()) || kind.is_some_and(|kind| !has(kind, key)) {
            unchangeable(fields, &path, node.line, kind, &SET);
            continue;
        }
        let is_status = |text: &str| Status::ALL.iter().any(|it| it.as_str() == text);
        let argument = Argument::read(node);
        let fits = |it: &Argument| key != "status" || it.text().is_none_or(is_status);
        match argument.filter(fits) {
            Some(argument) => drop(set.insert(key.clone(), argument)),
            None => {
                let wants = if key == "status" { "one of the statuses" } else { "a name" };
                let message = format!("is not {wants}");
                fields.problem(WRONG_FIELD, &path, node.line, message, format!("write {wants}"));
            }
        }
    }
    set
}

/// The values of a command's parameters.
fn with(fields: &mut Fields<'_>) -> BTreeMap<String, Argument> {
    let Some((table, _)) = fields.table("with") else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for (key, node) in table {
        match Argument::read(node).filter(|it| !matches!(it, Argument::Parameter(_))) {
            Some(argument) => drop(values.insert(key.clone(), argument)),
            None => {
                let (key, message) =
                    (format!("with.{key}"), "is no text without `$`, nor a constant");
                fields.problem(WRONG_FIELD, &key, node.line, message, "write such as \"ada\"");
            }
        }
    }
    values
}

fn lists(fields: &mut Fields<'_>, of: &str, kind: Option<Kind>) -> BTreeMap<String, Vec<Argument>> {
    let Some((table, _)) = fields.table(of) else { return BTreeMap::new() };
    let mut lists: BTreeMap<String, Vec<Argument>> = BTreeMap::new();
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
        let names: Option<Vec<Argument>> = items.iter().map(Argument::read).collect();
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
