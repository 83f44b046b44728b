//! What a feature has to do with others on its machine.

use std::collections::BTreeSet;

use domi_model::{Claimed, Manifest, Neighbour, Thing, plain_path};

use super::build::{About, Builder};
use crate::Datum;
use crate::eval::{Fault, Scope};

impl Builder<'_> {
    pub(super) fn together(&mut self, manifest: &Manifest, scope: &Scope<'_>) {
        self.system.together.enabled = true;
        for claimed in manifest.claimed() {
            let about = About { subject: claimed.thing.words(), place: claimed.place.as_ref() };
            for scope in self.instances(about, &claimed.scope, scope) {
                // A name that is wrong is a problem of the part that has it.
                let names = names(&claimed, &scope).unwrap_or_default();
                for name in names.into_iter().filter(|name| !claimed.thing.is_none(name)) {
                    let what = format!("{} {name}", claimed.thing.words());
                    let claims = &mut self.system.together.claims;
                    claims.entry(what).or_default().extend(claimed.options.iter().cloned());
                }
            }
        }
        self.system.together.requires = self.others("requires", &manifest.requires, scope);
        self.system.together.wants = self.others("wants", &manifest.wants, scope);
        self.system.together.conflicts = self.others("conflicts with", &manifest.conflicts, scope);
    }

    fn others(&mut self, verb: &str, others: &[Neighbour], scope: &Scope<'_>) -> BTreeSet<String> {
        let mut there = BTreeSet::new();
        for other in others {
            let subject = format!("{verb} {}", other.feature);
            let about = About { subject: &subject, place: other.place.as_ref() };
            if self.holds(about, other.when.as_ref(), scope) {
                there.insert(other.feature.clone());
            }
        }
        there
    }
}

/// The full names of what is claimed.
fn names(claimed: &Claimed, scope: &Scope<'_>) -> Result<Vec<String>, Fault> {
    let all = match scope.eval(&claimed.names)? {
        Datum::List(items) => items,
        one => vec![one],
    };
    let full = |datum: &Datum| {
        let name = format!("{}{}{}", claimed.before, scope.to_text(datum)?, claimed.after);
        Ok(if claimed.thing == Thing::Path { plain_path(&name) } else { name })
    };
    all.iter().map(full).collect()
}
