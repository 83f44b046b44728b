//! Reads the keys of a table, and finds all that is wrong with them at once.

use std::ops::RangeInclusive;

use domi_model::{Code, Place, Problem};

use crate::codes::{UNKNOWN_KEY, WRONG_FIELD};
use crate::spelling::instead;
use crate::text::{Data, Node, Table};
use crate::{Kind, Ref};

/// A key that files of a kind may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value must be, for a sentence: `a list of names`.
    pub wants: &'static str,
    /// What it means, and what holds where it is left out.
    pub about: &'static str,
    /// What it is the name of, or what each of its names is.
    pub target: Option<Target>,
    /// The same as `wants`, for editors.
    pub(crate) shape: Shape,
}

/// What a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Something of this kind.
    Thing(Kind),
    /// Something of any kind, by kind and name.
    Anything,
    /// A feature.
    Feature,
    /// A package of nixpkgs.
    Package,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Texts,
    Flag,
    Number(u32, u32),
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    /// An address, or several, by network.
    Addresses,
    /// A text by name.
    Named,
    Ports,
    /// Tables that say who may reach which ports.
    Reaches,
    /// Tables that say what is expected of policies.
    Trials,
    /// Options of features, by the features' names.
    Settings,
    /// A text or a constant by name.
    Arguments,
    /// Lists of texts and constants by name.
    Lists,
    /// Numbers by name, each at least the first and at most the second of these.
    Counts(u32, u32),
    /// The table `health` of waves.
    Healths,
    /// The table `on`.
    Selectors,
    /// Rows of texts, or true or false.
    Answer,
    /// A value that is no table.
    Plain,
    /// What refers to a secret.
    Secret,
}

impl Field {
    pub(crate) const fn new(name: &'static str, wants: &'static str, about: &'static str) -> Self {
        Self { name, wants, about, target: None, shape: Shape::Text }
    }

    /// The name of something of this kind, or names of such things.
    pub(crate) const fn naming(self, kind: Kind) -> Self {
        self.names(Target::Thing(kind))
    }

    /// A name of this, or several.
    pub(crate) const fn names(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// With a value that is no text.
    pub(crate) const fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }
}

/// Reads a table.
pub(crate) struct Fields<'a> {
    file: &'a str,
    /// What stands before a key in messages: `on.`, or nothing.
    within: &'a str,
    table: &'a Table,
    known: Vec<&'static Field>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// Reads a table whose keys are in one of these lists; others are problems.
    pub(crate) fn new(
        file: &'a str,
        within: &'a str,
        table: &'a Table,
        known: &[&'static [Field]],
    ) -> Self {
        let known: Vec<&'static Field> = known.iter().copied().flatten().collect();
        let mut fields = Self { file, within, table, known, problems: Vec::new() };
        for (key, node) in table {
            if !fields.known.iter().any(|field| field.name == key) {
                let names = fields.known.iter().map(|field| field.name);
                let next = instead(key, names, "key");
                fields.problem(UNKNOWN_KEY, key, node.line, "is no key of this file", next);
            }
        }
        fields
    }

    pub(crate) fn place(&self, line: u32) -> Place {
        Place { file: self.file.to_owned(), line }
    }

    /// A problem of a key.
    pub(crate) fn problem(
        &mut self,
        code: Code,
        key: &str,
        line: u32,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        let problem = Problem::error(code, format!("{}{key}", self.within), message);
        self.problems.push(problem.at(Some(self.place(line))).next(next));
    }

    /// The value of a key, if it has one.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.known.iter().any(|field| field.name == key), "{key} is not documented");
        self.table.get(key)
    }

    /// Says that a key has a value that it does not take.
    pub(crate) fn wrong(&mut self, key: &str, node: &Node) {
        let field = self.known.iter().find(|field| field.name == key);
        let wants = field.map_or("something else", |field| field.wants);
        let message = format!("{} is not {wants}", shown(node));
        self.problem(WRONG_FIELD, key, node.line, message, format!("write {wants}"));
    }

    /// What is read from the value of a key, and its line.
    pub(crate) fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&'a Data) -> Option<T>,
    ) -> Option<(T, u32)> {
        let node = self.get(key)?;
        let value = read(&node.data);
        if value.is_none() {
            self.wrong(key, node);
        }
        value.map(|value| (value, node.line))
    }

    /// A text of one line.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        self.read(key, |data| match data {
            Data::Text(text) if !text.chars().any(char::is_control) => Some(text.clone()),
            _ => None,
        })
        .map(|(text, _)| text)
    }

    /// A text of any length.
    pub(crate) fn prose(&mut self, key: &str) -> Option<String> {
        self.read(key, |data| match data {
            Data::Text(text) => Some(text.clone()),
            _ => None,
        })
        .map(|(text, _)| text)
    }

    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        self.read(key, |data| match data {
            Data::Bool(value) => Some(*value),
            _ => None,
        })
        .map(|(value, _)| value)
    }

    pub(crate) fn number(&mut self, key: &str, range: &RangeInclusive<u32>) -> Option<(u32, u32)> {
        self.read(key, |data| match data {
            Data::Int(number) => u32::try_from(*number).ok().filter(|n| range.contains(n)),
            _ => None,
        })
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<(T, u32)> {
        self.read(key, |data| match data {
            Data::Text(text) => {
                words.iter().find(|(word, _)| word == text).map(|(_, value)| *value)
            }
            _ => None,
        })
    }

    /// The name of something else.
    pub(crate) fn reference(&mut self, key: &str) -> Option<Ref> {
        self.read(key, |data| match data {
            Data::Text(name) => Some(name.clone()),
            _ => None,
        })
        .map(|(name, line)| Ref { name, line })
    }

    /// Names of other things, each once.
    pub(crate) fn references(&mut self, key: &str) -> Vec<Ref> {
        let mut names: Vec<Ref> = Vec::new();
        for item in self.list(key) {
            match &item.data {
                Data::Text(name) if names.iter().any(|other| other.name == *name) => {
                    let message = format!("`{name}` stands twice in the list");
                    self.problem(WRONG_FIELD, key, item.line, message, "write it once");
                }
                Data::Text(name) => names.push(Ref { name: name.clone(), line: item.line }),
                _ => self.wrong(key, item),
            }
        }
        names
    }

    /// Ports, each once.
    pub(crate) fn ports(&mut self, key: &str) -> Vec<u16> {
        let mut ports = Vec::new();
        for item in self.list(key) {
            let port = match &item.data {
                Data::Int(number) => u16::try_from(*number).ok().filter(|port| *port > 0),
                _ => None,
            };
            match port {
                Some(port) if !ports.contains(&port) => ports.push(port),
                _ => self.wrong(key, item),
            }
        }
        ports
    }

    /// The elements of a list; none where there is no list.
    fn list(&mut self, key: &str) -> &'a [Node] {
        let items = self.read(key, |data| match data {
            Data::List(items) => Some(items.as_slice()),
            _ => None,
        });
        items.map_or(&[], |(items, _)| items)
    }

    /// A table within.
    pub(crate) fn table(&mut self, key: &str) -> Option<(&'a Table, u32)> {
        self.read(key, |data| match data {
            Data::Table(table) => Some(table),
            _ => None,
        })
    }

    /// What is read from each table of a list, with the line where the table begins.
    pub(crate) fn tables<T>(
        &mut self,
        key: &str,
        known: &'static [Field],
        read: impl Fn(&mut Fields<'_>, u32) -> T,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for item in self.list(key) {
            match &item.data {
                Data::Table(table) => {
                    all.push(self.within(key, table, known, |fields| read(fields, item.line)));
                }
                _ => self.wrong(key, item),
            }
        }
        all
    }

    /// What is read from a table that is the value of a key, or one of its values.
    pub(crate) fn within<T>(
        &mut self,
        key: &str,
        table: &Table,
        known: &'static [Field],
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> T {
        let within = format!("{key}.");
        let mut fields = Fields::new(self.file, &within, table, &[known]);
        let it = read(&mut fields);
        self.problems.append(&mut fields.problems);
        it
    }
}

/// A value for a message.
fn shown(node: &Node) -> String {
    match &node.data {
        Data::Text(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Data::Int(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        _ => node.described().to_owned(),
    }
}
