//! What is added to services that settings name.

use domi_model::{Each, Unit, names as model_names};

use super::Definer;
use super::unit::directive_place;
use crate::arriving::Place;
use crate::ast::{Binding, Key, Nix, Part};
use crate::guard::Form;
use crate::names;
use crate::scope::Scope;
use crate::tree::Segment;

impl Definer<'_, '_> {
    pub(super) fn added(&mut self, unit: &Unit, each: &Each) {
        let drop_in = |scope: &Scope<'_>| Nix::List(vec![drop_in(scope, unit)]);
        let list = self.for_each(each, &unit.scope, drop_in);
        self.tree.extend(["systemd", "packages"].map(Key::from), Segment { list, when: None });
    }
}

/// A package with a drop-in for one service. NixOS's options of services would not do: two modules
/// cannot set one key, and a service that no option names would become a unit that runs nothing.
fn drop_in(scope: &Scope<'_>, unit: &Unit) -> Nix {
    let file = model_names::late_drop_in(&scope.manifest.feature.name);
    let name = scope.fitting(Form::Unit(unit.kind), &unit.name);
    let suffix = Part::Text(format!(".{}", unit.kind.suffix()));
    let service = Nix::Str(vec![Part::Interpolation(name), suffix]);
    Nix::ident(names::DROP_IN)
        .call(Nix::ident("pkgs").dot("writeTextDir"))
        .call(Nix::str(file))
        .call(service)
        .call(Nix::List(settings(scope, unit)))
}

/// Sets of keys with one condition each, those without one first.
fn settings(scope: &Scope<'_>, unit: &Unit) -> Vec<Nix> {
    let mut groups: Vec<(Option<Nix>, Vec<Binding>)> = vec![(None, Vec::new())];
    for (key, setting) in &unit.config {
        let place: Place = directive_place(Some(unit.kind), key);
        let line = Binding::new(key.as_str(), scope.arriving(&setting.value, place));
        let condition = setting.when.as_ref().map(|e| scope.expr(e));
        match groups.iter_mut().find(|(known, _)| *known == condition) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((condition, vec![line])),
        }
    }
    let sets = groups.into_iter().filter(|(_, lines)| !lines.is_empty());
    sets.map(|(condition, lines)| match condition {
        Some(condition) => Nix::lib_call("optionalAttrs", [condition, Nix::attrs(lines)]),
        None => Nix::attrs(lines),
    })
    .collect()
}
