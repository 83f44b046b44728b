//! Which packages a change of the workspace's `Cargo.toml` affects.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item};

/// What differs between two states of the workspace's `Cargo.toml`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Differs {
    /// These dependencies have other requirements; nothing else that could matter has changed.
    Dependencies(BTreeSet<String>),
    /// Something that affects how every package is built.
    Everything,
}

pub(crate) fn differs(before: &str, now: &str) -> Differs {
    let (Ok(mut before), Ok(mut now)) = (before.parse(), now.parse()) else {
        return Differs::Everything;
    };
    let (old, new) = (take_dependencies(&mut before), take_dependencies(&mut now));
    for document in [&mut before, &mut now] {
        leave_out(document);
    }
    if before.to_string() != now.to_string() {
        return Differs::Everything;
    }
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    Differs::Dependencies(differing.cloned().collect())
}

type Dependencies = std::collections::BTreeMap<String, String>;

/// The dependencies that packages inherit, as text without comments and spaces around them.
fn take_dependencies(document: &mut DocumentMut) -> Dependencies {
    let workspace = document.get_mut("workspace").and_then(Item::as_table_like_mut);
    let taken = workspace.and_then(|workspace| workspace.remove("dependencies"));
    let table = taken.and_then(|item| item.into_table().ok()).unwrap_or_default();
    table.into_iter().map(|(name, item)| (name, item.to_string().trim().to_owned())).collect()
}

/// Removes what changes no program: the list of packages, and the lints.
fn leave_out(document: &mut DocumentMut) {
    if let Some(workspace) = document.get_mut("workspace").and_then(Item::as_table_like_mut) {
        for key in ["members", "exclude", "default-members", "lints", "metadata"] {
            workspace.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str =
        "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"1.0.0\"\n
[workspace.dependencies]\nserde = \"1\"\ntoml = { version = \"1\" } # for files\n
[workspace.lints.rust]\nmissing_docs = \"warn\"\n\n[profile.dev]\nopt-level = 1\n";

    #[track_caller]
    fn check(replace: &str, with: &str, expected: &[&str]) {
        let now = BEFORE.replace(replace, with);
        assert_ne!(now, BEFORE);
        let expected = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(differs(BEFORE, &now), Differs::Dependencies(expected));
    }

    #[test]
    fn a_dependency_is_the_matter_of_those_who_ask_for_it() {
        check("serde = \"1\"", "serde = \"2\"", &["serde"]);
        check("serde = \"1\"\n", "", &["serde"]);
        check("serde = \"1\"", "anyhow = \"1\"\nserde = \"1\"", &["anyhow"]);
        check("version = \"1\" }", "version = \"1\", features = [\"x\"] }", &["toml"]);
    }

    #[test]
    fn members_and_style_change_no_program() {
        check("[\"a\"]", "[\"a\", \"b\"]", &[]);
        check("\"warn\"", "\"deny\"", &[]);
    }

    #[test]
    fn what_else_differs_reaches_everything() {
        let broken = ("[workspace.package]", "[workspace.package");
        for (replace, with) in [("opt-level = 1", "opt-level = 2"), ("1.0.0", "1.1.0"), broken] {
            assert_eq!(differs(BEFORE, &BEFORE.replace(replace, with)), Differs::Everything);
        }
        assert_eq!(differs("", BEFORE), Differs::Everything);
    }
}
