mod accounts;
mod changes;
mod claims;
mod directives;
mod literals;
mod machines;
mod mounts;
mod neighbours;
mod nixos;
mod options;
mod owner;
mod switches;
mod system;
mod tests;
mod warned;
mod written_units;

use std::collections::BTreeSet;

use crate::codes::{BAD_EXPRESSION, BAD_METADATA, BAD_NAME, BAD_RENAME};
use crate::context::Context;
use crate::{Code, Manifest, OptionPath, Place, Problem, names};

/// Says what is wrong with a manifest, all at once. Everything else may rely on a manifest
/// without problems: its names, references and types are sound.
pub fn validate(manifest: &Manifest) -> Vec<Problem> {
    let mut validator = Validator { manifest, is_free: false, problems: Vec::new() };
    validator.feature();
    validator.packages();
    let context = Context::new(manifest);
    validator.options(&manifest.options, &OptionPath::default(), &context);
    validator.renames();
    validator.rules(&context);
    validator.neighbours(&context);
    validator.known(&context);
    validator.system(&context);
    validator.nixos(&context);
    validator.literals();
    validator.tests();
    validator.problems
}

/// Says what is wrong with the name, the packages and the tests of what is tested as a feature is and
/// declares no options: nobody knows yet whether settings are right.
pub fn validate_free(manifest: &Manifest) -> Vec<Problem> {
    let mut validator = Validator { manifest, is_free: true, problems: Vec::new() };
    validator.feature();
    validator.packages();
    validator.tests();
    validator.problems
}

struct Validator<'a> {
    manifest: &'a Manifest,
    /// Whether settings are free: of options that the manifest does not declare.
    is_free: bool,
    problems: Vec<Problem>,
}

impl Validator<'_> {
    fn add(&mut self, code: Code, subject: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::error(code, subject, message));
    }

    fn add_at(&mut self, code: Code, subject: &str, message: String, place: Option<&Place>) {
        self.problems.push(Problem::error(code, subject, message).at(place.cloned()));
    }

    /// Reports the fault of an expression.
    fn typed(&mut self, subject: &str, place: Option<&Place>, result: Result<(), String>) {
        if let Err(fault) = result {
            self.add_at(BAD_EXPRESSION, subject, fault, place);
        }
    }

    fn feature(&mut self) {
        let feature = &self.manifest.feature;
        let name = &feature.name;
        if let Err(message) = names::feature(name) {
            self.add(BAD_NAME, name, message);
        }
        let summary = &feature.summary;
        if summary.trim().is_empty() || summary.contains('\n') || summary.ends_with('.') {
            self.add(
                BAD_METADATA,
                name,
                "the summary must be one line that does not end with a full stop",
            );
        }
        if feature.platforms.is_empty() {
            self.add(BAD_METADATA, name, "no platform is named");
        }
        self.problems.extend(feature.bad_former_names());
    }

    fn packages(&mut self) {
        for (name, package) in &self.manifest.packages {
            let debian = |name: &String| {
                name.len() > 1
                    && name
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c))
                    && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            };
            if package.of_crate.is_some() {
                let fault = package.fault_of_crate(name);
                fault.into_iter().for_each(|fault| self.add(BAD_METADATA, name, fault));
                continue;
            }
            if package.nixpkgs.is_empty() || package.nixpkgs.iter().any(String::is_empty) {
                self.add(BAD_METADATA, name, "the package has no attribute path in nixpkgs");
            }
            if package.debian.is_empty() || !package.debian.iter().all(debian) {
                self.add(BAD_METADATA, name, "the package has no valid Debian package name");
            }
        }
    }

    fn renames(&mut self) {
        let mut old = BTreeSet::new();
        let gone = self.manifest.removed.iter().map(|removed| &removed.option);
        for path in self.manifest.renamed.iter().map(|renamed| &renamed.from).chain(gone) {
            let subject = path.to_string();
            if self.manifest.option(&path.0).is_some() {
                self.add(BAD_RENAME, &subject, "an option of the old name still exists");
            }
            if !old.insert(path) {
                self.add(BAD_RENAME, &subject, "the old name is given twice");
            }
            let bad = |name: &String| name.is_empty() || name.contains(char::is_control);
            if path.0.is_empty() || path.0.iter().any(bad) {
                self.add(BAD_RENAME, &subject, "the old name is empty, or none that was ever set");
            }
            for length in 1..path.0.len() {
                if self.manifest.option(&path.0[..length]).is_some() {
                    let around = OptionPath(path.0[..length].to_vec());
                    let message = format!("the old name is within the option `{around}`");
                    self.add(BAD_RENAME, &subject, message);
                }
            }
        }
        for (path, other) in old.iter().zip(old.iter().skip(1)) {
            if !path.0.is_empty() && other.0.starts_with(&path.0) {
                let message = format!("the old name is within another old name, `{path}`");
                self.add(BAD_RENAME, other.to_string(), message);
            }
        }
        for renamed in &self.manifest.renamed {
            if self.manifest.option(&renamed.to.0).is_none() {
                let message = format!("the new name `{}` is not an option", renamed.to);
                self.add(BAD_RENAME, renamed.from.to_string(), message);
            }
        }
    }

    fn rules(&mut self, context: &Context<'_>) {
        for assertion in &self.manifest.assertions {
            let place = assertion.place.as_ref();
            self.typed("assertion", place, context.expect_bool(&assertion.condition));
            self.typed("assertion", place, context.expect_text(&assertion.message));
        }
        for warning in &self.manifest.warnings {
            let place = warning.place.as_ref();
            self.typed("warning", place, context.expect_bool(&warning.when));
            let inner = context.assuming(&warning.when);
            self.typed("warning", place, inner.expect_text(&warning.message));
        }
    }
}

/// Whether a name is a camelCase word. It may be one of Nix's own: `in` is quoted there.
fn is_camel(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}
