//! The files that name a feature, with its new name. Comments and layout stay.

use camino::Utf8Path;
use domi_fleet::nested_too_deep;
use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Value, value};

use super::super::super::generate::Change;
use super::super::source::{read, replaced};
use crate::quarantine;

/// The `Cargo.toml` of the feature: the crate's name where that is the feature's, and the old name among
/// those that it had.
pub(super) fn cargo_toml(mut own: DocumentMut, (old, new): (&str, &str), since: &str) -> String {
    let Some(package) = own.get_mut("package").and_then(Item::as_table_like_mut) else {
        return own.to_string();
    };
    if let Some(name) = package.get_mut("name").filter(|name| name.as_str() == Some(old)) {
        set(name, new);
    }
    let metadata = package.get_mut("metadata").and_then(Item::as_table_like_mut);
    let domi = metadata.and_then(|it| it.get_mut("domi")).and_then(Item::as_table_like_mut);
    if let Some(domi) = domi {
        if let Some(name) = domi.get_mut("name") {
            set(name, new);
        }
        let mut former = InlineTable::new();
        former.insert("name", old.into());
        former.insert("since", since.into());
        match domi.get_mut("formerly") {
            Some(Item::ArrayOfTables(all)) => all.push(former.into_table()),
            Some(Item::Value(Value::Array(all))) => all.push(former),
            _ => drop(domi.insert("formerly", value(Array::from_iter([former])))),
        }
    }
    own.to_string()
}

/// Another text in the place of one, with the comment behind it.
fn set(item: &mut Item, text: &str) {
    if let Some(old) = item.as_value_mut() {
        let decor = old.decor().clone();
        *old = text.into();
        *old.decor_mut() = decor;
    }
}

/// The list of known failures, where it has some of the feature.
pub(super) fn quarantine(root: &Utf8Path, old: &str, new: &str) -> Option<Change> {
    let text = read(&root.join(quarantine::FILE));
    let content = of_jobs(&text, old, new)?;
    Some(Change { path: quarantine::FILE.into(), old: Some(text.into()), new: Some(content) })
}

/// The list with the new name in its expressions; nothing where none has the old one, or it cannot be read.
fn of_jobs(text: &str, old: &str, new: &str) -> Option<String> {
    let document = Some(text).filter(|text| nested_too_deep(text).is_none());
    let document = Document::parse(document?).ok()?;
    let entries = document.get("quarantine")?.as_array_of_tables()?;
    let jobs = entries.iter().filter_map(|entry| entry.get("jobs")?.span());
    let named = jobs.flat_map(|span| {
        let named = text[span.clone()].match_indices("feature(").filter_map(|(at, word)| {
            let inside = text[span.start + at + word.len()..span.end].split(')').next()?.trim_end();
            let name = inside.trim_start();
            let end = span.start + at + word.len() + inside.len();
            (name.strip_prefix('=').unwrap_or(name) == old).then(|| end - old.len()..end)
        });
        named.collect::<Vec<_>>()
    });
    let edits: Vec<_> = named.map(|place| (place, new.to_owned())).collect();
    (!edits.is_empty()).then(|| replaced(text, edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let own = before.parse().expect("TOML");
        assert_eq!(cargo_toml(own, ("a", "b"), "1.2.3"), after);
    }

    #[test]
    fn the_crate_gets_the_name_and_the_old_one_is_kept() {
        check(
            "# Ours.\n[package]\nname = \"a\" # short\nversion = \"1.2.3\"\n\n[package.metadata.domi]\nkind = \
             \"services\"\n\n[dependencies]\n",
            "# Ours.\n[package]\nname = \"b\" # short\nversion = \"1.2.3\"\n\n[package.metadata.domi]\nkind = \
             \"services\"\nformerly = [{ name = \"a\", since = \"1.2.3\" }]\n\n[dependencies]\n",
        );
        check(
            "[package]\nname = \"c\"\nmetadata.domi = { name = \"a\", kind = \"ui\", formerly = [{ name = \"z\" }] }\n",
            "[package]\nname = \"c\"\nmetadata.domi = { name = \"b\", kind = \"ui\", formerly = [{ name = \"z\" }, { name = \
             \"a\", since = \"1.2.3\" }] }\n",
        );
        check(
            "[package]\nname = \"a\"\n[package.metadata.domi]\nkind = \"ui\"\n[[package.metadata.domi.formerly]]\nname = \"z\"\n",
            "[package]\nname = \"b\"\n[package.metadata.domi]\nkind = \"ui\"\n[[package.metadata.domi.formerly]]\nname = \
             \"z\"\n\n[[package.metadata.domi.formerly]]\nname = \"a\"\nsince = \"1.2.3\"\n",
        );
    }

    #[test]
    fn expressions_get_the_name_and_reasons_and_comments_stay() {
        let text = "# feature(a)\n[[quarantine]]\njobs = \"feature(a) or feature( =a ) or feature(ab) or feature(~a)\" # feature(a)\n\
                    reason = \"feature(a)\"\n[[quarantine]]\njobs = 'not feature(=a)'\n";
        let expected = text
            .replace("\"feature(a) or feature( =a )", "\"feature(b) or feature( =b )")
            .replace("not feature(=a)", "not feature(=b)");
        assert_eq!(of_jobs(text, "a", "b"), Some(expected));
        for text in ["# feature(a)\n", "quarantine = 3\n", "[[quarantine]]\njobs = 'feature(a\n"] {
            assert_eq!(of_jobs(text, "a", "b"), None, "{text}");
        }
    }
}
