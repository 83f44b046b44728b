//! What a feature sets of NixOS's own modules.

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::context::Context;
use crate::nixos_setting::Owned;
use crate::{NixosSetting, Problem, is_nix_name};

impl Validator<'_> {
    pub(super) fn nixos(&mut self, context: &Context<'_>) {
        let system = &self.manifest.system;
        let owned = Owned::of(system);
        for (at, setting) in system.nixos.iter().enumerate() {
            let NixosSetting { option, value, when, place, .. } = setting;
            let subject = option.to_string();
            let place = place.as_ref();
            let bad = |name: &String| {
                name.is_empty() || name.contains(char::is_control) || is_nix_name(name)
            };
            if option.0.is_empty() || option.0.iter().any(bad) {
                let message = "this is no path of an option".to_owned();
                self.add_at(BAD_NAME, &subject, message, place);
            }
            if let Some(hint) = setting.said_elsewhere(&owned) {
                let message =
                    "a feature says this on every kind of machine, and not of NixOS alone";
                let problem = Problem::error(BAD_SYSTEM, &subject, message).next(hint);
                self.problems.push(problem.at(place.cloned()));
            }
            let is_within = |other: &&NixosSetting| {
                option.0.starts_with(&other.option.0) || other.option.0.starts_with(&option.0)
            };
            if let Some(other) = system.nixos[..at].iter().find(is_within) {
                let message = match other.option == *option {
                    true => "it is set twice; choose the value with a condition".to_owned(),
                    false => format!(
                        "`{}`, which is set too, is within it, or it within that",
                        other.option
                    ),
                };
                self.add_at(DUPLICATE, &subject, message, place);
            }
            let mut inner = context.clone();
            if let Some(when) = when {
                self.typed(&subject, place, inner.expect_bool(when));
                inner = inner.assuming(when);
            }
            self.typed(&subject, place, inner.shape(value).map(drop));
        }
    }
}
