//! Which options can be renamed, and to what.

use domi_model::{Manifest, OptionPath, Problem};

use super::refused::refused;
use super::source::{field_name, option_name};
use crate::spelling::closest;

/// What keeps an option from getting a name.
pub(super) fn problems(manifest: &Manifest, old: &str, new: &str) -> Vec<Problem> {
    let feature = &manifest.feature.name;
    let names = || manifest.options.iter().map(|option| &*option.name);
    let path = |name: &str| OptionPath(name.split('.').map(str::to_owned).collect());
    let mut problems = Vec::new();
    let mut add = |subject: &str, message: String, next: String| {
        problems.push(refused(subject, message, next));
    };
    let renamed = manifest.renamed.iter().find(|it| it.from == path(old));
    if old.is_empty() {
        let next = format!("name one behind the dot, or leave it out to rename {feature}");
        add(feature, "no option is named".to_owned(), next);
    } else if old == "enable" {
        let message = "every feature has it, under this name".to_owned();
        add(old, message, "keep it".to_owned());
    } else if let Some(renamed) = renamed {
        let message = format!("has been renamed to `{}` already", renamed.to);
        add(old, message, format!("rename `{}`", renamed.to));
    } else if old.contains('.') {
        let message = "it is within another option, where NixOS knows no old names";
        let next = "add the new option beside it, and say in its description that it is to be used";
        add(old, message.to_owned(), next.to_owned());
    } else if !names().any(|name| name == old) {
        let next = match closest(old, names()) {
            Some(close) => format!("did you mean `{feature}.{close}`?"),
            None => format!("`cargo xtask show {feature}` lists its options"),
        };
        add(old, format!("{feature} has no such option"), next);
    }
    let gone = manifest.removed.iter().map(|it| &it.option);
    let mut before = manifest.renamed.iter().map(|it| &it.from).chain(gone);
    if option_name(&field_name(new)).is_none_or(|name| !is_like(&name, new)) {
        let plain = option_name(&field_name(&new.replace(['-', '.', ' '], "_")));
        let next = match plain {
            Some(plain) => format!("did you mean `{plain}`?"),
            None => "choose another name".to_owned(),
        };
        let message = "an option's name is camelCase: letters and digits, the first a small letter";
        add(new, message.to_owned(), next);
    } else if new == old {
        add(new, "it has this name".to_owned(), "choose another name".to_owned());
    } else if new == "enable" || names().any(|name| name == new) {
        let message = format!("{feature} has an option of this name");
        add(new, message, "choose another name".to_owned());
    } else if before.any(|it| *it == path(new)) {
        let message =
            "an option had this name before, and those who use it may still mean that one";
        add(new, message.to_owned(), "choose another name".to_owned());
    }
    problems
}

/// Whether a name that follows from a field's name is that which is wanted. Digits and capitals may
/// follow each other in one, as in `listenIPv4`.
fn is_like(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
        && wanted.starts_with(|c: char| c.is_ascii_lowercase())
        && wanted.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_read_gets_another_name_like_any_other() {
        let everything = include_str!("../../../../nix/tests/everything/manifest.json");
        let manifest: Manifest = serde_json::from_str(everything).expect("it is right");
        let said = |old: &str| {
            let problems = problems(&manifest, old, "other");
            problems.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        assert_eq!(said("root"), [""; 0]);
        assert_eq!(said("stateDir"), [""; 0]);
        assert_eq!(said("nothing").len(), 1);
    }
}
