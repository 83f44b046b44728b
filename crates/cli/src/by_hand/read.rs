//! Reads a description, and finds all that is wrong with it at once.

use std::collections::BTreeMap;
use std::ops::Range;

use domi_model::{Place, Severity};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_ignored::Path;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use super::description::Description;
use crate::codes::{CONFIG_SYNTAX, DESCRIPTION};
use crate::config::{MODULE, Reader};
use crate::failure::Located;

/// What the text of a file beside a module says; or at least one error.
pub(crate) fn read(file: &str, text: &str) -> Result<Description, Vec<Located>> {
    let all = |_: &str| true;
    parse(file, text, all, |reader, table| {
        let mut description = take(reader, table.clone())?;
        place(reader, table.get_ref(), &mut description);
        Some(description)
    })
}

/// What the text of `domi.toml` says of modules, each with its place: every `[[module]]` is what could stand
/// beside one. Or at least one error.
pub(crate) fn listed(file: &str, text: &str) -> Result<Vec<(Description, Place)>, Vec<Located>> {
    let of_modules = |key: &str| key == MODULE;
    parse(file, text, of_modules, |reader, table| {
        let Listed { modules } = take(reader, table.clone())?;
        let written = table.get_ref().get(MODULE).and_then(|it| it.get_ref().as_array());
        let written = written.into_iter().flat_map(|all| all.iter());
        let mut found = Vec::new();
        for (mut description, written) in modules.into_iter().zip(written) {
            if description.module.is_none() {
                let next =
                    "write `module = \"modules/site.nix\"`, seen from the folder of domi.toml";
                let message = "it does not say which module it is about";
                reader.problem(DESCRIPTION, Severity::Error, &written.span(), message, next);
            }
            if let DeValue::Table(written) = written.get_ref() {
                place(reader, written, &mut description);
            }
            found.push((description, reader.place(written.span().start)));
        }
        Some(found)
    })
}

/// The part of `domi.toml` that is about modules.
#[derive(Deserialize)]
struct Listed {
    #[serde(default, rename = "module")]
    modules: Vec<Description>,
}

/// Parses a text, and has `understand` make something of the keys that `keep` takes.
fn parse<T>(
    file: &str,
    text: &str,
    keep: impl Fn(&str) -> bool,
    understand: impl FnOnce(&mut Reader<'_>, Spanned<DeTable<'_>>) -> Option<T>,
) -> Result<T, Vec<Located>> {
    let mut reader = Reader::new(file, text);
    if reader.is_too_deep() {
        return Err(reader.found());
    }
    let (table, wrong) = DeTable::parse_recoverable(text);
    for error in &wrong {
        let span = error.span().unwrap_or(0..0);
        reader.problem(CONFIG_SYNTAX, Severity::Error, &span, error.message().trim(), "");
    }
    if !wrong.is_empty() {
        return Err(reader.found());
    }
    let kept = table.get_ref().iter().filter(|(key, _)| keep(key.get_ref()));
    let kept = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    let table = Spanned::new(table.span(), kept);
    for (span, what) in unsaid(&table) {
        let message = format!("{what} is nothing that a configuration can have");
        let next = "write it as a text, in quotes, or say it in a module of `imports`";
        reader.problem(DESCRIPTION, Severity::Error, &span, &message, next);
    }
    let understood = understand(&mut reader, table);
    let found = reader.found();
    understood.filter(|_| found.is_empty()).ok_or(found)
}

/// Values that TOML has and a configuration has not, which would become others: dates, and numbers that are
/// none.
fn unsaid(table: &Spanned<DeTable<'_>>) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    let mut open: Vec<&Spanned<DeValue<'_>>> = table.get_ref().values().collect();
    while let Some(value) = open.pop() {
        match value.get_ref() {
            DeValue::Datetime(_) => found.push((value.span(), "a date or time")),
            DeValue::Float(float) if float.as_str().contains(['n', 'N']) => {
                found.push((value.span(), "a number without a value"));
            }
            DeValue::Array(items) => open.extend(items.iter()),
            DeValue::Table(table) => open.extend(table.values()),
            _ => {}
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// Takes away whatever cannot be read, so that what else is wrong is found, too.
fn take<T: DeserializeOwned>(reader: &mut Reader<'_>, table: Spanned<DeTable<'_>>) -> Option<T> {
    let mut gone: Vec<Removed> = Vec::new();
    let (span, table) = (table.span(), table.into_inner());
    let mut all = Spanned::new(span, DeValue::Table(table));
    let mut unknown = BTreeMap::new();
    let read = loop {
        let from = ValueDeserializer::from(all.clone());
        let mut note = |path: Path<'_>| {
            let path = words(&path);
            let span = find(&all, &path).map_or(0..0, |(key, _)| key);
            unknown.insert((span.start, span.end), path.into_iter().next_back());
        };
        let from = serde_ignored::Deserializer::new(from, &mut note);
        let error = match serde_path_to_error::deserialize(from) {
            Ok(taken) => break Some(taken),
            Err(error) => error,
        };
        // What is missing is nowhere: the error of TOML names something around it.
        let of_path = find(&all, &words_of(error.path())).map(|(_, value)| value);
        let error: toml::de::Error = error.into_inner();
        let span = of_path.filter(|_| error.message().contains(MISSING)).or_else(|| error.span());
        let span = span.unwrap_or_else(|| all.span());
        if !gone.iter().any(|gone| gone.is_cause(&span, error.message())) {
            let message = error.message().trim();
            reader.problem(DESCRIPTION, Severity::Error, &span, message, NEXT);
        }
        match remove(&mut all, &span) {
            Some(removed) => gone.push(removed),
            None => break None,
        }
    };
    for ((start, end), key) in unknown {
        let message = format!("there is no key `{}`", key.unwrap_or_default());
        reader.problem(DESCRIPTION, Severity::Error, &(start..end), &message, NEXT);
    }
    read
}

/// How serde begins to say that a key is missing.
const MISSING: &str = "missing field";

const NEXT: &str = "see docs/modules.md, or docs/reference/module.schema.json";

/// What was taken away.
struct Removed {
    /// Where the table is that had it.
    around: Range<usize>,
    key: String,
}

impl Removed {
    /// Whether something is wrong only because this was taken away.
    fn is_cause(&self, span: &Range<usize>, message: &str) -> bool {
        let misses_another =
            message.contains(MISSING) && !message.contains(&format!("{MISSING} `{}`", self.key));
        self.around == *span && !misses_another
    }
}

/// A step from a table or a list to something in it.
#[derive(Clone)]
enum At {
    Key(String),
    Item(usize),
}

/// Takes away the smallest thing around a place. Tables of a file do not lie within one another, so
/// all of them are looked at.
fn remove(all: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Removed> {
    let mut smallest = None;
    smallest_in(all, span, &mut Vec::new(), &mut smallest);
    let (_, path) = smallest?;
    let (last, above) = path.split_last()?;
    let mut value = all;
    for at in above {
        value = match (value.get_mut(), at) {
            (DeValue::Table(table), At::Key(key)) => table.get_mut(key.as_str())?,
            (DeValue::Array(items), At::Item(at)) => items.get_mut(*at)?,
            _ => return None,
        };
    }
    let around = value.span();
    match (value.get_mut(), last) {
        (DeValue::Table(table), At::Key(key)) => {
            table.remove(key.as_str())?;
            Some(Removed { around, key: key.clone() })
        }
        (DeValue::Array(items), At::Item(at)) => {
            let mut kept = DeArray::new();
            let others = items.iter().enumerate().filter(|(other, _)| other != at);
            others.for_each(|(_, item)| kept.push(item.clone()));
            *items = kept;
            Some(Removed { around, key: String::new() })
        }
        _ => None,
    }
}

fn smallest_in(
    value: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    path: &mut Vec<At>,
    smallest: &mut Option<(usize, Vec<At>)>,
) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (name, value) in table {
                path.push(At::Key(name.get_ref().to_string()));
                note(&name.span(), span, path, smallest);
                note(&value.span(), span, path, smallest);
                smallest_in(value, span, path, smallest);
                path.pop();
            }
        }
        DeValue::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(At::Item(at));
                note(&item.span(), span, path, smallest);
                smallest_in(item, span, path, smallest);
                path.pop();
            }
        }
        _ => {}
    }
}

fn note(
    its: &Range<usize>,
    span: &Range<usize>,
    path: &[At],
    smallest: &mut Option<(usize, Vec<At>)>,
) {
    let is_around = its.start <= span.start && span.end <= its.end;
    if is_around && smallest.as_ref().is_none_or(|(length, _)| its.len() <= *length) {
        *smallest = Some((its.len(), path.to_vec()));
    }
}

/// The words of a path.
fn words(path: &Path<'_>) -> Vec<String> {
    let (parent, word) = match path {
        Path::Root => return Vec::new(),
        Path::Seq { parent, index } => (parent, Some(index.to_string())),
        Path::Map { parent, key } => (parent, Some(key.clone())),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => (parent, None),
    };
    let mut all = words(parent);
    all.extend(word);
    all
}

fn words_of(path: &serde_path_to_error::Path) -> Vec<String> {
    use serde_path_to_error::Segment;
    let word = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    };
    path.iter().filter_map(word).collect()
}

/// Where the last word of a path stands, and its value; or of as much of the path as is there.
fn find(all: &Spanned<DeValue<'_>>, path: &[String]) -> Option<(Range<usize>, Range<usize>)> {
    let (mut value, mut span) = (all, None);
    for word in path {
        let next = match value.get_ref() {
            DeValue::Table(table) => {
                table.get_key_value(word.as_str()).map(|(name, value)| (name.span(), value))
            }
            DeValue::Array(items) => {
                let item = word.parse().ok().and_then(|at: usize| items.get(at));
                item.map(|item| (item.span(), item))
            }
            _ => None,
        };
        let Some((at, next)) = next else { break };
        (value, span) = (next, Some((at, next.span())));
    }
    span
}

/// Notes where tests and steps were written.
fn place(reader: &Reader<'_>, table: &DeTable<'_>, description: &mut Description) {
    let Some(DeValue::Array(tests)) = table.get("test").map(Spanned::get_ref) else { return };
    for (test, written) in description.tests.iter_mut().zip(tests.iter()) {
        test.place = Some(reader.place(written.span().start));
        let DeValue::Table(written) = written.get_ref() else { continue };
        let Some(DeValue::Array(steps)) = written.get("steps").map(Spanned::get_ref) else {
            continue;
        };
        for (step, written) in test.steps.iter_mut().zip(steps.iter()) {
            step.place = Some(reader.place(written.span().start));
        }
    }
}

#[cfg(test)]
mod tests;
