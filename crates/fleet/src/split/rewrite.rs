//! Changes names in the text of a file. Comments and order stay.

use toml_edit::{Array, DocumentMut, Item, TableLike, Value, value};

/// What becomes of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Becomes {
    /// Another one.
    Name(String),
    /// It is taken out of its list or table.
    Gone,
}

/// The text of a file in which some names of a key are others. The key is a path: `reach.networks`.
///
/// # Errors
/// Why that cannot be: the file is no TOML.
pub(super) fn renamed(
    text: &str,
    key: &str,
    becomes: &dyn Fn(&str) -> Option<Becomes>,
) -> Result<String, String> {
    let mut file = parsed(text)?;
    let path: Vec<&str> = key.split('.').collect();
    table(file.as_table_mut(), &path, becomes);
    Ok(file.to_string())
}

/// The text of a file with a key that has this value.
pub(super) fn with(text: &str, key: &str, name: &str) -> Result<String, String> {
    let mut file = parsed(text)?;
    file.insert(key, value(name));
    Ok(file.to_string())
}

/// The text of a file without the tables `tests` that are not kept, by their number.
pub(super) fn without_tests(text: &str, keep: &dyn Fn(usize) -> bool) -> Result<String, String> {
    let mut file = parsed(text)?;
    let mut number = 0..;
    let mut next = || number.next().is_some_and(keep);
    let is_empty = match file.get_mut("tests") {
        Some(Item::ArrayOfTables(all)) => {
            all.retain(|_| next());
            all.is_empty()
        }
        Some(Item::Value(Value::Array(all))) => {
            all.retain(|_| next());
            all.is_empty()
        }
        _ => false,
    };
    if is_empty {
        file.remove("tests");
    }
    Ok(file.to_string())
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}

fn table(at: &mut dyn TableLike, path: &[&str], becomes: &dyn Fn(&str) -> Option<Becomes>) {
    let [key, rest @ ..] = path else { return };
    let Some(item) = at.get_mut(key) else { return };
    if rest.is_empty() {
        if last(item, becomes) {
            at.remove(key);
        }
        return;
    }
    match item {
        Item::ArrayOfTables(all) => all.iter_mut().for_each(|it| table(it, rest, becomes)),
        Item::Value(Value::Array(all)) => {
            let tables = all.iter_mut().filter_map(Value::as_inline_table_mut);
            tables.for_each(|it| table(it, rest, becomes));
        }
        item => {
            if let Some(within) = item.as_table_like_mut() {
                table(within, rest, becomes);
            }
        }
    }
}

/// Changes the value of a key; whether nothing is left of it.
fn last(item: &mut Item, becomes: &dyn Fn(&str) -> Option<Becomes>) -> bool {
    if let Some(names) = item.as_table_like_mut() {
        let all: Vec<String> = names.iter().map(|(name, _)| name.to_owned()).collect();
        for name in all.iter().filter(|name| becomes(name) == Some(Becomes::Gone)) {
            names.remove(name);
        }
        return names.is_empty();
    }
    match item {
        Item::Value(Value::Array(list)) => array(list, becomes),
        Item::Value(it) => {
            let Some(new) = it.as_str().and_then(becomes) else { return false };
            let Becomes::Name(name) = new else { return true };
            replace(it, &name);
            false
        }
        _ => false,
    }
}

fn array(list: &mut Array, becomes: &dyn Fn(&str) -> Option<Becomes>) -> bool {
    let first = list.get(0).and_then(|it| it.decor().prefix().cloned());
    list.retain(|it| it.as_str().and_then(becomes) != Some(Becomes::Gone));
    // What comes first now begins as what came first.
    if let (Some(prefix), Some(now)) = (first, list.get_mut(0)) {
        now.decor_mut().set_prefix(prefix);
    }
    for it in list.iter_mut() {
        if let Some(Becomes::Name(name)) = it.as_str().and_then(becomes) {
            replace(it, &name);
        }
    }
    list.is_empty()
}

fn replace(it: &mut Value, name: &str) {
    let decor = it.decor().clone();
    *it = Value::from(name);
    *it.decor_mut() = decor;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_changed_where_they_stand_and_nowhere_else() {
        let check = |text: &str, key: &str, expected: &str| {
            let becomes = |name: &str| match name {
                "a" => Some(Becomes::Name("x:a".to_owned())),
                "gone" => Some(Becomes::Gone),
                _ => None,
            };
            assert_eq!(renamed(text, key, &becomes).as_deref(), Ok(expected));
        };
        check("of = 'a' # his\nuid = 1000\n", "of", "of = \"x:a\" # his\nuid = 1000\n");
        check("who = ['gone', \"a\", 'b']\n", "who", "who = [\"x:a\", 'b']\n");
        check("title = 'a'\n", "of", "title = 'a'\n");
        check("on = { roles = ['gone', 'b'] }\n", "on.roles", "on = { roles = ['b'] }\n");
        check(
            "[[reach]]\nhosts = ['a']\n\n[[reach]]\nhosts = ['b']\n",
            "reach.hosts",
            "[[reach]]\nhosts = [\"x:a\"]\n\n[[reach]]\nhosts = ['b']\n",
        );
        check("reach = [{ hosts = ['a'] }]\n", "reach.hosts", "reach = [{ hosts = [\"x:a\"] }]\n");
        check("keep = { gone = 1, b = 2 }\n", "keep", "keep = { b = 2 }\n");
        check("after = ['gone']\nsoak = '1h'\n", "after", "soak = '1h'\n");
    }
}
