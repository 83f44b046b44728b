//! What a command makes of the text of a file. Comments and order stay.

use core::ops::Range;

use toml::de::DeTable;
use toml_edit::{Array, DocumentMut, Item, Value, value};

use crate::nesting::nested_too_deep;
use crate::{Argument, Command, hexadecimal};

impl Command {
    /// A file's text as it is once the command is carried out; the same text where nothing changes.
    ///
    /// # Errors
    /// Why that cannot be: the file is no TOML, or a key has another shape there.
    pub fn applied(&self, text: &str) -> Result<String, String> {
        let mut file: DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
        let mut is_changed = false;
        for (key, to) in &self.set {
            is_changed |= set(&mut file, key, written(to)?)?;
        }
        for (key, names) in &self.add {
            is_changed |= change(&mut file, key, names, add)?;
        }
        for (key, names) in &self.remove {
            is_changed |= change(&mut file, key, names, remove)?;
        }
        Ok(if is_changed { file.to_string() } else { text.to_owned() })
    }
}

/// A file with a salt.
///
/// # Errors
/// The file is no TOML.
pub fn salted(text: &str, salt: &str) -> Result<String, String> {
    let mut file: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    file.insert("salt", value(salt));
    Ok(file.to_string())
}

/// A file as it is shown: without the salt, however that is written, and without other lines
/// that have it. Where the file cannot be read, every line goes that may have one.
pub fn unsalted(text: &str) -> String {
    let (mut salt, mut is_whole) = (None, false);
    if nested_too_deep(text).is_none() {
        let (table, errors) = DeTable::parse_recoverable(text);
        is_whole = errors.is_empty();
        salt = table.get_ref().iter().find(|(key, _)| key.get_ref() == "salt").map(|(key, it)| {
            let value = it
                .get_ref()
                .as_str()
                .filter(|it| hexadecimal::bytes(it).is_some())
                .map(str::to_owned);
            (key.span().start..it.span().end, value)
        });
    }
    let has_salt = |line: &str| {
        let value = salt.as_ref().and_then(|(_, value)| value.as_ref());
        let mut numbers = line.split(|c: char| !matches!(c, '0'..='9' | 'a'..='f'));
        value.is_some_and(|value| line.contains(value))
            || !is_whole && numbers.any(|it| hexadecimal::bytes(it).is_some())
    };
    let mut end = 0;
    let is_shown = |line: &&str| {
        let begin = end;
        end += line.len();
        let is_within = |(at, _): &(Range<usize>, _)| at.start < end && begin < at.end;
        !salt.as_ref().is_some_and(is_within) && !has_salt(line)
    };
    text.split_inclusive('\n').filter(is_shown).collect()
}

/// The text that stands in the place of parameters and constants, too, once these have their values.
fn written(argument: &Argument) -> Result<&str, String> {
    argument.text().ok_or_else(|| "something of the command has no value".to_owned())
}

fn set(file: &mut DocumentMut, key: &str, text: &str) -> Result<bool, String> {
    match file.get_mut(key) {
        None => drop(file.insert(key, value(text))),
        Some(Item::Value(old)) if old.as_str() == Some(text) => return Ok(false),
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = Value::from(text);
            *old.decor_mut() = decor;
        }
        Some(_) => return Err(format!("`{key}` is no text")),
    }
    Ok(true)
}

fn change(
    file: &mut DocumentMut,
    key: &str,
    arguments: &[Argument],
    one: fn(&mut Array, &str) -> bool,
) -> Result<bool, String> {
    let is_new = file.get(key).is_none();
    let mut none = Array::new();
    let list = match file.get_mut(key) {
        None => &mut none,
        Some(Item::Value(Value::Array(list))) => list,
        Some(_) => return Err(format!("`{key}` is no list")),
    };
    let mut is_changed = false;
    for it in arguments {
        is_changed |= one(list, written(it)?);
    }
    if is_new && is_changed {
        file.insert(key, value(none));
    }
    Ok(is_changed)
}

fn add(list: &mut Array, name: &str) -> bool {
    let is_new = !list.iter().any(|it| it.as_str() == Some(name));
    if is_new {
        list.push(name);
    }
    is_new
}

fn remove(list: &mut Array, name: &str) -> bool {
    let before = list.len();
    let first = list.get(0).and_then(|it| it.decor().prefix().cloned());
    list.retain(|it| it.as_str() != Some(name));
    // What comes first now begins as what came first.
    if let (Some(prefix), Some(now)) = (first, list.get_mut(0)) {
        now.decor_mut().set_prefix(prefix);
    }
    list.len() != before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_is_not_shown_however_it_is_written() {
        let (one, two) = ("0a".repeat(16), "0b".repeat(16));
        let salt = one.clone() + &two;
        for said in [
            format!("salt = \"{salt}\""),
            format!("  salt='{salt}' # mine"),
            format!("\"salt\" = \"{salt}\""),
            format!("'salt' = \"\"\"{salt}\"\"\""),
            format!("salt = \"\"\"{one}\\\n  {two}\"\"\""),
            format!("\"\\u0073alt\" = '''\n{salt}'''"),
        ] {
            let text = format!("title = 'Ada'\n{said}\n# It was {salt}.\nkeys = []\n");
            assert_eq!(unsalted(&text), "title = 'Ada'\nkeys = []\n", "{said}");
            for broken in [format!("{text}x = [\n"), format!("x = \n{text}")] {
                let shown = unsalted(&broken);
                assert!(!shown.contains(&one) && shown.contains("title"), "{shown}");
            }
        }
        let deep = "a={[]".repeat(20_000);
        assert_eq!(unsalted(&format!("salt = '{salt}'\n{deep}\n")), format!("{deep}\n"));
        let hash = format!("title = 'Ada'\ndescription = '{salt}'\n");
        assert_eq!(unsalted(&hash), hash, "it is no salt");
        assert_eq!(unsalted(&format!("{hash}salt = 5\n")), hash);
    }
}
