//! What an error of evaluation is about: which line of the feature's crate.

use domi_model::{Expr, Manifest, Place, Value};

/// An error of evaluation, explained.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    /// What went wrong, in one sentence without a full stop.
    pub(super) message: String,
    /// Where what it is about was written.
    pub(super) place: Option<Place>,
}

/// The line of the feature's crate that an error of evaluation is about, where it names an option
/// or an assertion of the feature.
pub fn place_of(manifest: &Manifest, said: &str) -> Option<Place> {
    explain(manifest, said).place
}

/// Looks for options and assertions of the feature in what Nix says.
pub(super) fn explain(manifest: &Manifest, said: &str) -> Explained {
    let assertion = manifest.assertions.iter().find(|assertion| {
        matches!(&assertion.message, Expr::Literal(value)
            if matches!(value, Value::Str(text) if said.contains(text)))
    });
    if let Some(assertion) = assertion {
        let message = "an assertion of the feature does not hold".to_owned();
        return Explained { message, place: assertion.place.clone() };
    }
    let Some(names) = option_in(manifest, said) else {
        return Explained { message: "it does not evaluate".to_owned(), place: None };
    };
    let path = names.join(".");
    let message = if said.contains("does not exist") {
        format!("there is no option {path}")
    } else if said.contains("is not of type") {
        format!("the value of {path} is of the wrong type")
    } else {
        format!("{path} does not evaluate")
    };
    let option = manifest.options.iter().find(|option| names.first() == Some(&&*option.name));
    Explained { message, place: option.and_then(|option| option.place.clone()) }
}

/// The path below `domi.<kind>.<feature>` that is named first.
fn option_in<'s>(manifest: &Manifest, said: &'s str) -> Option<Vec<&'s str>> {
    let prefix = format!("{}.", manifest.feature.option_prefix().join("."));
    let (_, rest) = said.split_once(&prefix)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)));
    let path = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
    (!path.is_empty()).then(|| path.split('.').collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(said: &str, message: &str, line: Option<u32>) {
        let place = |line: u32| json!({ "file": "src/main.rs", "line": line });
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": "feature-x", "kind": "services", "summary": "x", "maturity": "dev",
                "version": "0.1.0", "platforms": ["x86_64-linux"],
            },
            "options": [{
                "name": "port", "type": "port", "description": "Port.", "place": place(7),
            }],
            "assertions": [{
                "condition": { "literal": true },
                "message": { "literal": "the port is taken" },
                "place": place(9),
            }],
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        let explained = explain(&manifest, said);
        assert_eq!((&*explained.message, explained.place.map(|p| p.line)), (message, line));
    }

    #[test]
    fn what_nix_says_leads_to_the_line_of_the_crate() {
        check(
            "A definition for option `nodes.machine.domi.services.feature-x.port' is not of type \
             `16 bit unsigned integer'. Definition values: …",
            "the value of port is of the wrong type",
            Some(7),
        );
        check(
            "The option `domi.services.feature-x.prot' does not exist. Definition values: …",
            "there is no option prot",
            None,
        );
        check(
            "\nFailed assertions:\n- the port is taken",
            "an assertion of the feature does not hold",
            Some(9),
        );
        check("attribute 'x' missing", "it does not evaluate", None);
    }
}
