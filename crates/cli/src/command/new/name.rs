//! Which names a new feature may have.

use std::collections::BTreeSet;

use domi_model::{Problem, names};
use domi_plugin::Workspace;
use toml_edit::DocumentMut;

use crate::codes::NEW_NAME;

/// What keeps a new feature from having a name.
pub(crate) fn problems(workspace: &Workspace, name: &str) -> Vec<Problem> {
    let problem = |message: String| Problem::error(NEW_NAME, name, message);
    if let Err(rule) = names::feature(name) {
        let plain = plain(name);
        let next = match names::feature(&plain) {
            Ok(()) => format!("did you mean `{plain}`?"),
            Err(_) => "choose another name".to_owned(),
        };
        return vec![problem(rule).next(next)];
    }
    let taken = if let Some(feature) = workspace.feature(name) {
        format!("there is a feature of this name already, in {}", feature.place)
    } else if workspace.problems.iter().any(|problem| problem.subject == name) {
        "there is a feature of this name already, which cannot be used".to_owned()
    } else if workspace.package_names.contains(name) {
        "a crate of this workspace has this name".to_owned()
    } else if locked(workspace).contains(name) {
        "a crate that this workspace depends on has this name".to_owned()
    } else {
        return Vec::new();
    };
    vec![problem(taken).next("choose another name")]
}

/// The crates that are locked. cargo could not tell them by name from one of the workspace.
fn locked(workspace: &Workspace) -> BTreeSet<String> {
    let text = std::fs::read_to_string(workspace.root.join("Cargo.lock")).unwrap_or_default();
    let lock: DocumentMut = text.parse().unwrap_or_default();
    let packages = lock.get("package").and_then(|packages| packages.as_array_of_tables());
    let names = packages.into_iter().flatten().filter_map(|package| package.get("name")?.as_str());
    names.map(str::to_owned).collect()
}

/// The words of a text in lower case, with hyphens between them.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !plain.is_empty() && (begins || !before.is_ascii_alphanumeric()) && c.is_alphanumeric() {
            plain.push('-');
        }
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_what_was_perhaps_meant() {
        for said in ["Web Gateway", "webGateway", "web_gateway", "-web--gateway-", "WebGateway"] {
            assert_eq!(plain(said), "web-gateway");
        }
        assert_eq!(plain("4you"), "4you");
        assert_eq!(plain("ü"), "");
    }
}
