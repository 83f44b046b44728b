//! What a feature wants of others on its machine.

use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_NAME, BAD_NEIGHBOUR};
use crate::context::Context;
use crate::names::is_kebab;

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
