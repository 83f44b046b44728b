//! What the workspace's `Cargo.toml` says of its crates, and a new one added to it.

use camino::Utf8Path;
use glob::{MatchOptions, Pattern};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

/// As cargo reads a pattern: `*` stays within a folder.
const LIKE_CARGO: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Whether the workspace says where the SDK comes from.
pub(in crate::command) fn has_sdk(root: &DocumentMut) -> bool {
    let dependencies = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    dependencies.is_some_and(|dependencies| dependencies.get("domi-sdk").is_some())
}

/// The patterns of the workspace's members.
pub(super) fn patterns(root: &DocumentMut) -> impl Iterator<Item = &str> {
    let members = root.get("workspace").and_then(|workspace| workspace.get("members"));
    members.and_then(Item::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The text of the file with a folder among the members; nothing where a pattern has it already.
/// Comments and layout stay.
pub(super) fn with(root: &DocumentMut, folder: &Utf8Path) -> Option<String> {
    let covers = |pattern: &str| {
        Pattern::new(pattern).is_ok_and(|it| it.matches_with(folder.as_str(), LIKE_CARGO))
    };
    if patterns(root).any(|pattern| covers(pattern.trim_end_matches('/'))) {
        return None;
    }
    let mut root = root.clone();
    let workspace = root.entry("workspace").or_insert_with(|| Item::Table(Table::new()));
    let members = workspace.as_table_like_mut()?.entry("members");
    add(members.or_insert_with(|| Array::new().into()).as_array_mut()?, folder);
    Some(root.to_string())
}

/// Adds a text to the end of a list, in a line of its own where the last one has one.
fn add(list: &mut Array, text: &Utf8Path) {
    let raw = |text: Option<&toml_edit::RawString>| {
        text.and_then(toml_edit::RawString::as_str).unwrap_or_default().to_owned()
    };
    let trailing = raw(Some(list.trailing()));
    let Some(last) = list.iter_mut().last() else {
        list.push(text.as_str());
        return;
    };
    let before = raw(last.decor().prefix());
    let behind = raw(last.decor().suffix());
    let indent = before.rsplit_once('\n').map(|(_, indent)| indent.to_owned());
    let mut value = Value::from(text.as_str());
    match indent {
        Some(indent) => {
            // What stands behind the last one, such as a comment, stays behind it.
            last.decor_mut().set_suffix("");
            let remark = format!("{behind}{trailing}");
            let remark = remark.trim_end();
            value.decor_mut().set_prefix(format!("{remark}\n{indent}"));
            list.push_formatted(value);
            list.set_trailing("\n");
            list.set_trailing_comma(true);
        }
        None => {
            last.decor_mut().set_suffix("");
            value.decor_mut().set_prefix(" ");
            value.decor_mut().set_suffix(behind);
            list.push_formatted(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, folder: &str, after: Option<&str>) {
        let root: DocumentMut = before.parse().expect("TOML");
        let found = with(&root, folder.into());
        assert_eq!(found.as_deref(), after, "{before}");
        if let Some(after) = after {
            let root: DocumentMut = after.parse().expect("what was written is TOML");
            assert_eq!(with(&root, folder.into()), None, "it is there now");
        }
    }

    #[test]
    fn a_pattern_that_has_the_folder_is_enough() {
        check("[workspace]\nmembers = [\"crates/*\"] # all\n", "crates/a", None);
        check("[workspace]\nmembers = [\"crates/[!b]*\"]\n", "crates/a", None);
        check("[workspace]\nmembers = [\"x\", \"crates/a/\"]\n", "crates/a", None);
        let deeper = "[workspace]\nmembers = [\"crates/*\"]\n";
        check(
            deeper,
            "crates/features/a",
            Some("[workspace]\nmembers = [\"crates/*\", \"crates/features/a\"]\n"),
        );
    }

    #[test]
    fn comments_and_layout_stay() {
        check(
            "# Ours.\n[workspace]\nmembers = [\n  \"a\", # the first\n  # Tools.\n  \"b\", # the second\n]\n\
             resolver = \"3\"\n",
            "c/d",
            Some(
                "# Ours.\n[workspace]\nmembers = [\n  \"a\", # the first\n  # Tools.\n  \"b\", # the \
                 second\n  \"c/d\",\n]\nresolver = \"3\"\n",
            ),
        );
        check(
            "workspace.members = [\n    \"a\",\n    \"b\"\n]\n",
            "c",
            Some("workspace.members = [\n    \"a\",\n    \"b\",\n    \"c\",\n]\n"),
        );
        check(
            "[workspace]\nmembers = [ \"a\" ]\n",
            "c",
            Some("[workspace]\nmembers = [ \"a\", \"c\" ]\n"),
        );
        check("[workspace]\nmembers = []\n", "c", Some("[workspace]\nmembers = [\"c\"]\n"));
        check("[workspace]\n", "c", Some("[workspace]\nmembers = [\"c\"]\n"));
    }

    #[test]
    fn the_sdk_is_looked_for_where_crates_take_it_from() {
        let has = |text: &str| has_sdk(&text.parse().expect("TOML"));
        assert!(has("[workspace.dependencies]\ndomi-sdk = { path = \"x\" }\n"));
        assert!(!has("[dependencies]\ndomi-sdk = \"1\"\n"));
    }
}
