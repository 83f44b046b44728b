//! What is added to services that settings name.

use domi_model::{Each, Unit, names as model_names};

use super::Definer;
use super::unit::directive_place;
use crate::arriving::Place;
use crate::ast::{Binding, Key, Nix, Op, Part};
use crate::guard::Form;
use crate::scope::Scope;
use crate::tree::Segment;

/// What a module calls the function that makes a package of a drop-in.
const DROP_IN: &str = "dropIn";

impl Definer<'_, '_> {
    pub(super) fn added(&mut self, unit: &Unit, each: &Each) {
        let one = |scope: &Scope<'_>| Nix::List(vec![drop_in(scope, unit)]);
        let list = self.for_each(each, &unit.scope, one);
        let file = model_names::late_drop_in(&self.scope.manifest.feature.name);
        let list = Nix::let_in(vec![Binding::new(DROP_IN, package(&file))], list);
        self.tree.extend(["systemd", "packages"].map(Key::from), Segment { list, when: None });
    }
}

/// A function that makes a package with what is added to a service. The package says itself what that
/// is. NixOS's options of services would not do: two modules cannot set one key, and a service that no
/// option names would become a unit that runs nothing.
fn package(file: &str) -> Nix {
    let word = Nix::ident;
    let fixed = |text: &str| Part::Text(text.to_owned());
    let merged = Nix::lib_call("mergeAttrsList", [word("settings")]);
    let lines = word("utils").dot("systemdUtils.lib.attrsToSection").call(merged);
    let content = Nix::Str(vec![fixed("[Service]\n"), Part::Interpolation(lines)]);
    let path = Nix::Str(vec![
        fixed("etc/systemd/system/"),
        Part::Interpolation(word("unit")),
        Part::Text(format!(".d/{file}")),
    ]);
    let written = word("pkgs").dot("writeTextDir").call(path).call(word("content"));
    let told = ["unit", "content"].map(|name| Binding::new(name, word(name)));
    let told = Nix::attrs([Binding::new("dropIn", Nix::attrs(told))]);
    let body = Nix::binary(Op::Update, written, told);
    let body = Nix::let_in(vec![Binding::new("content", content)], body);
    Nix::lambda2("unit", "settings", body)
}

fn drop_in(scope: &Scope<'_>, unit: &Unit) -> Nix {
    let name = scope.fitting(Form::Unit(unit.kind), &unit.name);
    let suffix = Part::Text(format!(".{}", unit.kind.suffix()));
    let service = Nix::Str(vec![Part::Interpolation(name), suffix]);
    Nix::ident(DROP_IN).call(service).call(Nix::List(settings(scope, unit)))
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
