//! The files of a fleet that name a feature, with its new name. Comments and layout stay.

use camino::Utf8Path;
use domi_fleet::{Folder, Mode, folder_of, nested_too_deep};
use toml_edit::{Document, DocumentMut, InlineTable, Item, Key, Table, Value};

use super::super::super::generate::Change;
use super::super::source::{read, replaced};

/// The lists of features.
const LISTS: [&str; 2] = ["features", "without"];

/// All files of the fleet that change.
pub(super) fn changes(root: &Utf8Path, fleet: &Utf8Path, old: &str, new: &str) -> Vec<Change> {
    let is_hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_str().is_some_and(|it| it.starts_with('.'))
    };
    let entries = walkdir::WalkDir::new(fleet).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| !is_hidden(entry)).flatten();
    let mut changes = Vec::new();
    for entry in entries.filter(|entry| entry.file_type().is_file()) {
        let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
        let is_of = |path: &Utf8Path| matches!(folder_of(path.as_str()), Folder::Of(_));
        if path.extension() != Some("toml") || !path.strip_prefix(fleet).is_ok_and(is_of) {
            continue;
        }
        let text = read(path);
        if let Some(content) = renamed(&text, old, new) {
            let path = path.strip_prefix(root).unwrap_or(path).to_owned();
            changes.push(Change { path, old: Some(text.into()), new: Some(content) });
        }
    }
    changes
}

/// The text of a file with the new name; nothing where it does not have the old one, or cannot be read.
fn renamed(text: &str, old: &str, new: &str) -> Option<String> {
    if !text.contains(old) || nested_too_deep(text).is_some() {
        return None;
    }
    let document = Document::parse(text).ok()?;
    let lists = LISTS.iter().filter_map(|key| document.get(key)?.as_array());
    let named = lists.flatten().filter(|it| it.as_str() == Some(old));
    let edits = named.filter_map(|it| Some((it.span()?, format!("{new:?}")))).collect();
    let listed = replaced(text, edits);
    let mut document: DocumentMut = listed.parse().ok()?;
    let mut changed = listed != text;
    for mode in Mode::ALL {
        match document.get_mut(mode.as_str()) {
            Some(Item::Table(table)) => changed |= in_table(table, old, new),
            Some(Item::Value(Value::InlineTable(table))) => changed |= in_line(table, old, new),
            _ => {}
        }
    }
    changed.then(|| document.to_string())
}

fn key(key: &Key, old: &str, new: &str) -> Key {
    if key.get() != old {
        return key.clone();
    }
    Key::new(new)
        .with_leaf_decor(key.leaf_decor().clone())
        .with_dotted_decor(key.dotted_decor().clone())
}

/// Another key in a table, at the same place. All are put in again, as that is what decides on their order.
fn in_table(table: &mut Table, old: &str, new: &str) -> bool {
    if !table.contains_key(old) {
        return false;
    }
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let entries: Vec<_> = names.iter().filter_map(|name| table.remove_entry(name)).collect();
    for (name, item) in entries {
        table.insert_formatted(&key(&name, old, new), item);
    }
    true
}

fn in_line(table: &mut InlineTable, old: &str, new: &str) -> bool {
    if !table.contains_key(old) {
        return false;
    }
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let entries: Vec<_> = names.iter().filter_map(|name| table.remove_entry(name)).collect();
    for (name, value) in entries {
        table.insert_formatted(&key(&name, old, new), value);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_the_new_name_wherever_it_has_the_old_one() {
        let text = "# shelf is here\nfeatures = [\"reader\", \"shelf\"] # shelf\nwithout = [\n  \"shelf\", # not here\n]\n\
                    override = { a = { b = 1 }, shelf = { word = \"shelf\" } }\n\n[settings.a]\nb = 1\n\n# Ours.\n\
                    [settings.shelf.folders.one] # the first\nx = 1\n\n[settings.shelf.folders.two]\n\n[settings.z]\n\n[defaults]\n\
                    shelf.word = \"x\"\nz.w = 1\n";
        let expected = text
            .replace("\"shelf\"] # ", "\"rack\"] # ")
            .replace("  \"shelf\", # not", "  \"rack\", # not")
            .replace("shelf = {", "rack = {")
            .replace("settings.shelf", "settings.rack")
            .replace("shelf.word", "rack.word");
        assert_eq!(renamed(text, "shelf", "rack").as_deref(), Some(&*expected));
    }

    #[test]
    fn what_does_not_name_it_or_cannot_be_read_stays() {
        for text in [
            "title = \"shelf\"\n[on]\nfeatures = [\"shelf\"]\n",
            "features = [\"shelf\"",
            "features = [\"shelf-two\"]\n[settings.shelf-two]\n",
        ] {
            assert_eq!(renamed(text, "shelf", "rack"), None, "{text}");
        }
        let deep = format!("shelf={}", "{[]".repeat(20_000));
        assert_eq!(renamed(&deep, "shelf", "rack"), None);
    }

    #[test]
    fn mutated() {
        let text =
            "features = [\"a\", \"shelf\"]\n[settings.shelf.b.c]\nd = 1\n[defaults]\nshelf.e = 2\n";
        domi_mutate::read_all(&domi_mutate::mutated(vec![text.as_bytes().to_vec()]), |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            if let Some(after) = renamed(text, "shelf", "rack") {
                assert!(after.parse::<DocumentMut>().is_ok(), "{text}\n{after}");
            }
        });
    }
}
