//! What a feature wants of others on its machine, knows of them, and sets.

use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_EXPRESSION, BAD_NAME, BAD_NEIGHBOUR, BAD_TYPE, DUPLICATE};
use crate::context::Context;
use crate::names::is_kebab;
use crate::{KnownOption, NeighbourSetting, has_package, is_nix_name};

impl Validator<'_> {
    pub(super) fn neighbours(&mut self, context: &Context<'_>) {
        let manifest = self.manifest;
        let kinds = [
            ("requires", &manifest.requires),
            ("wants", &manifest.wants),
            ("conflicts with", &manifest.conflicts),
        ];
        let mut always = BTreeMap::new();
        for (verb, others) in kinds {
            for other in others {
                let name = &other.feature;
                let subject = format!("{verb} {name}");
                let place = other.place.as_ref();
                if !is_kebab(name) {
                    let message = format!("{name:?} is no name of a feature");
                    self.add_at(BAD_NAME, &subject, message, place);
                }
                if *name == manifest.feature.name {
                    let message = "a feature is always there together with itself".to_owned();
                    self.add_at(BAD_NEIGHBOUR, &subject, message, place);
                }
                match &other.when {
                    Some(when) => self.typed(&subject, place, context.expect_bool(when)),
                    None => {
                        if let Some(first) = always.insert(name, verb) {
                            let message = format!("the feature {first} it already");
                            self.add_at(BAD_NEIGHBOUR, &subject, message, place);
                        }
                    }
                }
            }
        }
    }
}

impl Validator<'_> {
    /// What the feature knows of others, and what it sets of them.
    pub(super) fn known(&mut self, context: &Context<'_>) {
        let manifest = self.manifest;
        for (name, known) in &manifest.neighbours {
            let place = known.place.as_ref();
            if !is_kebab(name) {
                let message = format!("{name:?} is no name of a feature");
                self.add_at(BAD_NAME, name, message, place);
            }
            if *name == manifest.feature.name {
                let message = "a feature is no neighbour of its own".to_owned();
                self.add_at(BAD_NEIGHBOUR, name, message, place);
            }
            for KnownOption { option, ty } in known.sets.iter().chain(&known.reads) {
                let subject = format!("{name}: {option}");
                if option.0.is_empty() || option.0.iter().any(|name| is_nix_name(name)) {
                    let message = "this is no path of an option".to_owned();
                    self.add_at(BAD_NAME, &subject, message, place);
                }
                if has_package(ty) {
                    let message = "packages of another feature are neither set nor read".to_owned();
                    self.add_at(BAD_TYPE, &subject, message, place);
                }
                self.ty(ty, option, place, context);
            }
        }
        let mut set: Vec<&NeighbourSetting> = Vec::new();
        for setting in &manifest.system.settings {
            self.neighbour_setting(setting, context);
            let is_within = |other: &&&NeighbourSetting| {
                let (one, other) = (&setting.option.0, &other.option.0);
                one.starts_with(other) || other.starts_with(one)
            };
            let mut others = set.iter().filter(|other| other.feature == setting.feature);
            if let Some(other) = others.find(is_within) {
                let message = match other.option == setting.option {
                    true => "it is set twice; choose the value with a condition".to_owned(),
                    false => format!(
                        "`{}`, which is set too, is within it, or it within that",
                        other.option
                    ),
                };
                let subject = format!("{}: {}", setting.feature, setting.option);
                self.add_at(DUPLICATE, &subject, message, setting.place.as_ref());
            }
            set.push(setting);
        }
    }

    fn neighbour_setting(&mut self, setting: &NeighbourSetting, context: &Context<'_>) {
        let NeighbourSetting { feature, option, value, when, place, .. } = setting;
        let subject = format!("{feature}: {option}");
        let place = place.as_ref();
        let known = self.manifest.neighbours.get(feature).and_then(|known| known.set(option));
        let Some(ty) = known else {
            let message = "`neighbours` does not say that it is set".to_owned();
            self.add_at(BAD_NEIGHBOUR, &subject, message, place);
            return;
        };
        let mut context = context.clone();
        if let Some(when) = when {
            self.typed(&subject, place, context.expect_bool(when));
            context = context.assuming(when);
        }
        self.typed(&subject, place, context.expect_of_type(value, ty));
        if context.shape(value).is_ok_and(|shape| shape.may_be_stored()) {
            let message = "a path of the store, which is another one on portable machines, cannot \
                           be set of another feature"
                .to_owned();
            self.add_at(BAD_EXPRESSION, &subject, message, place);
        }
    }
}
