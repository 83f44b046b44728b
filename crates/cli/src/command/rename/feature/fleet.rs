//! The files of a fleet that name a feature, with its new name. Comments and layout stay.

use std::path::Path;

use camino::Utf8Path;
use domi_fleet::{Folder, Mode, folder_of, is_left_alone, nested_too_deep};
use toml_edit::{Document, DocumentMut, Item, Key, TableLike};

use super::super::super::generate::Change;
use super::super::source::{read, replaced};

/// The lists of features.
const LISTS: [&str; 2] = ["features", "without"];

/// All files of the fleet that change.
pub(super) fn changes(root: &Utf8Path, fleet: &Utf8Path, old: &str, new: &str) -> Vec<Change> {
    // A root may have more than a fleet in it: what cargo makes, for one.
    let is_part = |entry: &walkdir::DirEntry| {
        let below = entry.path().strip_prefix(fleet).ok().and_then(Path::to_str);
        let below = below.filter(|below| folder_of(below) != Folder::Outside);
        entry.depth() == 0
            || below.is_some() && !entry.file_name().to_str().is_none_or(is_left_alone)
    };
    let entries = walkdir::WalkDir::new(fleet).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(is_part).flatten();
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
        let table = document.get_mut(mode.as_str()).and_then(Item::as_table_like_mut);
        changed |= table.is_some_and(|table| in_table(table, old, new));
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
/// A table that has the new name as well stays, for the fleet's own check to name.
fn in_table(table: &mut dyn TableLike, old: &str, new: &str) -> bool {
    if !table.contains_key(old) || table.contains_key(new) {
        return false;
    }
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let taken =
        names.iter().filter_map(|name| Some((table.key(name)?.clone(), table.remove(name)?)));
    let entries: Vec<(Key, Item)> = taken.collect();
    for (name, item) in entries {
        table.entry_format(&key(&name, old, new)).or_insert(item);
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
    fn settings_under_the_new_name_are_not_lost() {
        for text in [
            "[settings.shelf]\na = 1\n[settings.rack]\nb = 2\n",
            "settings = { shelf = { a = 1 }, rack = { b = 2 } }\n",
        ] {
            assert_eq!(renamed(text, "shelf", "rack"), None, "{text}");
        }
    }

    #[test]
    fn a_fleet_in_the_root_is_its_own_folders_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        for path in ["hosts/a.toml", "hosts/.b.toml", "target/hosts/a.toml", "domi.toml"] {
            let file = root.join(path);
            fs_err::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs_err::write(file, "features = [\"shelf\"]\n").expect("a file");
        }
        let found = changes(root, root, "shelf", "rack");
        let paths: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["hosts/a.toml"]);
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
