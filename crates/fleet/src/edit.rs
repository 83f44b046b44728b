//! What a command makes of the text of a file. Comments and order stay.

use toml_edit::{Array, DocumentMut, Item, Value, value};

use crate::{Command, Ref};

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
            is_changed |= set(&mut file, key, &to.name)?;
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

/// A person's file with a salt.
///
/// # Errors
/// The file is no TOML.
pub fn salted(text: &str, salt: &str) -> Result<String, String> {
    let mut file: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    file.insert("salt", value(salt));
    Ok(file.to_string())
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
    names: &[Ref],
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
    for name in names {
        is_changed |= one(list, &name.name);
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
