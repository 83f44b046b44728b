//! Options of other features, as expressions read them.

use std::collections::BTreeSet;

use domi_model::{Manifest, NeighbourOption, Type};

use crate::ast::{Binding, Nix};
use crate::infer;
use crate::scope::Scope;

impl Scope<'_> {
    pub(crate) fn neighbour(&self, read: &NeighbourOption) -> Nix {
        let it = || Nix::ident(&bound(&read.feature));
        let value = it().select(read.option.0.iter().map(String::as_str));
        Nix::if_else(it().dot("enable"), value, self.expr(&read.otherwise))
    }

    pub(crate) fn type_of_neighbour(&self, read: &NeighbourOption) -> Option<Type> {
        let known = self.manifest.neighbours.get(&read.feature)?;
        let known = known.read(&read.option)?.clone().held();
        infer::either(Some(known), self.type_of(&read.otherwise))
    }
}

/// What the options of another feature are bound to at the top of a module. No name that is bound
/// elsewhere has a hyphen. A name that validation refuses does not become code either.
fn bound(feature: &str) -> String {
    let is_good = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    format!("neighbour-{}", feature.chars().filter(is_good).collect::<String>())
}

/// The options of other features, bound to the names by which they are read.
pub(crate) fn bindings(manifest: &Manifest, used: &BTreeSet<String>) -> Vec<Binding> {
    let read = manifest.neighbours.iter().filter(|(name, _)| used.contains(&bound(name)));
    let bind = |(name, known): (&String, &domi_model::KnownFeature)| {
        let off = Nix::attrs([Binding::new("enable", Nix::ident("false"))]);
        let options = Nix::Select {
            base: Box::new(Nix::ident("config")),
            path: ["domi", known.kind.as_str(), name].map(Into::into).to_vec(),
            default: Some(Box::new(off)),
        };
        Binding::new(bound(name).as_str(), options)
    };
    let mut bindings: Vec<Binding> = read.map(bind).collect();
    if let Some(first) = bindings.first_mut() {
        first.comment = Some("One that is not there is off.".to_owned());
    }
    bindings
}
