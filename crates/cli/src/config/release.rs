//! The release that machines are made from, as `domi.toml` names it.

use domi_debian::Distribution;
use toml_edit::Value;

use crate::spelling::closest;

/// What its value must be.
pub(super) const WANTED: &str = "a release of debian or ubuntu, such as \"debian-bookworm\"";

/// A release: `"debian-bookworm"`, or as `{ id = "debian", codename = "bookworm" }`.
pub(super) fn read(value: &Value) -> Option<(String, String)> {
    let (id, codename) = match value {
        Value::InlineTable(table) if table.len() == 2 => {
            (table.get("id")?.as_str()?, table.get("codename")?.as_str()?)
        }
        value => value.as_str()?.split_once('-')?,
    };
    let is_word = !codename.is_empty() && codename.chars().all(|c| c.is_ascii_lowercase());
    let usable = is_word && Distribution::named(id, codename).is_ok();
    usable.then(|| (id.to_owned(), codename.to_owned()))
}

/// What is wrong with a release that nobody knows, and what to do next. It is most often a typing
/// mistake. Who means one that came after this table writes it as a table of its own.
pub(super) fn unknown(text: &str) -> Option<(String, String)> {
    let (id, codename) = read(&Value::from(text))?;
    let known = Distribution::known().map(|(id, codename)| format!("{id}-{codename}"));
    let known: Vec<_> = known.collect();
    if known.iter().any(|name| name == text) {
        return None;
    }
    let table = format!("{{ id = \"{id}\", codename = \"{codename}\" }}");
    let next = match closest(text, known.iter().map(String::as_str)) {
        Some(close) => format!("write \"{close}\"; or {table}, if that is a new release"),
        None => format!("name one of these; or write {table}, if that is a new release"),
    };
    Some((format!("no release `{text}` is known; known are {}", known.join(", ")), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_is_not_known_is_taken_for_a_mistake_unless_it_is_written_out() {
        let next = |text| unknown(text).map(|(_, next)| next).unwrap_or_default();
        assert_eq!(unknown("debian-bookworm"), None);
        assert_eq!(
            next("debian-bookwrom"),
            "write \"debian-bookworm\"; or { id = \"debian\", codename = \"bookwrom\" }, if that \
             is a new release"
        );
        assert!(next("debian-nonesuch").starts_with("name one of these; or write {"));
        let written = "{ id = \"debian\", codename = \"nonesuch\" }".parse::<Value>().unwrap();
        assert_eq!(read(&written), Some(("debian".to_owned(), "nonesuch".to_owned())));
    }
}
