//! The workspace's `Cargo.toml` without a crate, or with another folder of it. Comments and layout stay.

use camino::Utf8Path;
use toml_edit::{Array, DocumentMut, Item, RawString, Table, Value};

/// Lists of folders, each by the tables that it is in.
const LISTS: [&[&str]; 3] = [
    &["workspace", "members"],
    &["workspace", "default-members"],
    &["workspace", "metadata", "domi", "plugins"],
];

/// The text of the file without what names this folder; nothing where nothing does.
pub(super) fn without(root: &DocumentMut, folder: &Utf8Path) -> Option<String> {
    let mut root = root.clone();
    let mut changed = false;
    for list in LISTS {
        if let Some(list) = at(root.as_item_mut(), list).and_then(Item::as_array_mut) {
            changed |= take(list, folder);
        }
    }
    let dependencies = at(root.as_item_mut(), &["workspace", "dependencies"]);
    if let Some(Item::Table(dependencies)) = dependencies {
        changed |= forget(dependencies, folder);
    }
    changed.then(|| root.to_string())
}

/// The text of the file with another folder of a crate; nothing where nothing names the folder.
pub(crate) fn moved(root: &DocumentMut, from: &Utf8Path, to: &Utf8Path) -> Option<String> {
    let mut root = root.clone();
    let mut changed = false;
    let mut set = |value: &mut Value| {
        if is(value.as_str(), from) && from != to {
            let decor = value.decor().clone();
            *value = to.as_str().into();
            *value.decor_mut() = decor;
            changed = true;
        }
    };
    for list in LISTS {
        let list = at(root.as_item_mut(), list).and_then(Item::as_array_mut);
        list.into_iter().flat_map(Array::iter_mut).for_each(&mut set);
    }
    let dependencies = at(root.as_item_mut(), &["workspace", "dependencies"]);
    if let Some(dependencies) = dependencies.and_then(Item::as_table_like_mut) {
        for (_, item) in dependencies.iter_mut() {
            let path = item.as_table_like_mut().and_then(|it| it.get_mut("path"));
            path.and_then(Item::as_value_mut).into_iter().for_each(&mut set);
        }
    }
    changed.then(|| root.to_string())
}

fn at<'i>(item: &'i mut Item, path: &[&str]) -> Option<&'i mut Item> {
    path.iter().try_fold(item, |item, key| item.as_table_like_mut()?.get_mut(key))
}

fn is(text: Option<&str>, folder: &Utf8Path) -> bool {
    let plain = |path: &Utf8Path| {
        path.components().filter(|it| it.as_str() != ".").collect::<Vec<_>>()
            == folder.components().collect::<Vec<_>>()
    };
    text.is_some_and(|text| plain(Utf8Path::new(text)))
}

/// Takes a folder out of a list. What stands before it stays, and so do comments in lines of their own;
/// a comment behind it goes with it.
fn take(list: &mut Array, folder: &Utf8Path) -> bool {
    let Some(nth) = list.iter().position(|it| is(it.as_str(), folder)) else { return false };
    let raw =
        |text: Option<&RawString>| text.and_then(RawString::as_str).unwrap_or_default().to_owned();
    let gone = list.remove(nth);
    let before = raw(gone.decor().prefix());
    // In a list of one line, what stands before the next one is no more than a space.
    let joined = |behind: &str| match behind.split_once('\n') {
        Some((_, rest)) => format!("{}\n{rest}", before.trim_end()),
        None => before.clone(),
    };
    match list.get_mut(nth) {
        Some(next) => {
            let prefix = joined(&raw(next.decor().prefix()));
            next.decor_mut().set_prefix(prefix);
        }
        None => {
            let trailing = raw(Some(list.trailing()));
            if trailing.contains('\n') {
                list.set_trailing(joined(&trailing));
            } else if let Some(last) = list.iter_mut().last() {
                last.decor_mut().set_suffix(raw(gone.decor().suffix()));
            }
        }
    }
    true
}

/// Takes the dependencies out that are in this folder. Comments before one are then before the next.
fn forget(dependencies: &mut Table, folder: &Utf8Path) -> bool {
    let path = |item: &Item| item.as_table_like()?.get("path")?.as_str().map(str::to_owned);
    let gone: Vec<String> = dependencies
        .iter()
        .filter(|(_, item)| is(path(item).as_deref(), folder))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in &gone {
        let keys: Vec<String> = dependencies.iter().map(|(key, _)| key.to_owned()).collect();
        let next = keys.iter().skip_while(|it| *it != key).nth(1);
        let Some((old, _)) = dependencies.remove_entry(key) else { continue };
        let comment = old.leaf_decor().prefix().and_then(RawString::as_str).unwrap_or_default();
        if let Some(mut next) = next.and_then(|next| dependencies.key_mut(next)) {
            let own = next.leaf_decor().prefix().and_then(RawString::as_str).unwrap_or_default();
            let both = format!("{comment}{own}");
            next.leaf_decor_mut().set_prefix(both);
        }
    }
    !gone.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, folder: &str, after: Option<&str>) {
        let root: DocumentMut = before.parse().expect("TOML");
        assert_eq!(without(&root, folder.into()).as_deref(), after, "{before}");
        if let Some(after) = after {
            after.parse::<DocumentMut>().expect("what was written is TOML");
        }
    }

    #[test]
    fn a_pattern_names_no_folder() {
        check("[workspace]\nmembers = [\"crates/*\"]\n", "crates/a", None);
        check("[workspace]\n", "a", None);
        check("", "a", None);
    }

    #[test]
    fn comments_and_layout_stay() {
        let lines = "[workspace]\nmembers = [\n  \"a\", # the first\n  # Tools.\n  \"b\", # the \
                     second\n  # Others.\n  \"c/\",\n]\nresolver = \"3\" # new\n";
        check(lines, "a", Some(&lines.replace("\n  \"a\", # the first", "")));
        check(lines, "b", Some(&lines.replace("\n  \"b\", # the second", "")));
        check(lines, "c", Some(&lines.replace("\n  \"c/\",", "")));
        check(
            "workspace.members = [ \"a\", \"./b\" ]\n",
            "b",
            Some("workspace.members = [ \"a\" ]\n"),
        );
        check(
            "workspace.members = [\"a\", \"b\", \"c\"]\n",
            "a",
            Some("workspace.members = [\"b\", \"c\"]\n"),
        );
        check("workspace.members = [\"a\"]\n", "a", Some("workspace.members = []\n"));
    }

    #[test]
    fn a_crate_is_in_another_folder() {
        let text = "[workspace]\nmembers = [\n  \"b\",\n  \"./a\", # the first\n]\n[workspace.dependencies]\n\
                    a = { path = \"a\" }\n";
        let root: DocumentMut = text.parse().expect("TOML");
        let expected = text.replace("\"./a\"", "\"c\"").replace("\"a\"", "\"c\"");
        assert_eq!(moved(&root, "a".into(), "c".into()), Some(expected));
        assert_eq!(moved(&root, "d".into(), "c".into()), None);
        assert_eq!(moved(&root, "a".into(), "a".into()), None);
    }

    #[test]
    fn all_that_names_the_folder_goes() {
        check(
            "[workspace]\nmembers = [\"a\", \"b\"]\ndefault-members = [\"b\"]\n\n\
             [workspace.dependencies]\n# Ours.\nbee = { path = \"b\" }\nay = { path = \"a\" }\n\n\
             [workspace.metadata.domi]\nplugins = [\"p\", \"b\"]\n",
            "b",
            Some(
                "[workspace]\nmembers = [\"a\"]\ndefault-members = []\n\n\
                 [workspace.dependencies]\n# Ours.\nay = { path = \"a\" }\n\n\
                 [workspace.metadata.domi]\nplugins = [\"p\"]\n",
            ),
        );
    }
}
