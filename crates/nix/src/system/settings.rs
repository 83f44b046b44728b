//! What a feature sets of others, where they are on the machine.

use domi_model::{Expr, Manifest, NeighbourSetting, Type};

use super::Definer;
use super::nixos::prioritised;
use crate::ast::{Binding, Key, Nix};
use crate::tree::{Tree, when};

impl Definer<'_, '_> {
    pub(super) fn settings(&mut self, manifest: &Manifest) {
        for (name, known) in &manifest.neighbours {
            let all = manifest.system.settings.iter().filter(|it| it.feature == *name);
            let all: Vec<&NeighbourSetting> = all.collect();
            // A condition stands before all that has it: an attribute is there even where each of
            // the values in it is not.
            let mut conditions: Vec<Option<&Expr>> = Vec::new();
            for condition in all.iter().map(|it| it.when.as_ref()) {
                if !conditions.contains(&condition) {
                    conditions.push(condition);
                }
            }
            let of = |condition: &Option<&Expr>| {
                let mut tree = Tree::default();
                for setting in all.iter().filter(|it| it.when.as_ref() == *condition) {
                    let joined = known.set(&setting.option).is_some_and(Type::is_joined);
                    let path = setting.option.0.iter().map(|name| Key::from(name.as_str()));
                    tree.set(path, self.setting(setting, joined));
                }
                let condition = condition.map(|condition| self.scope.expr(condition));
                when(condition, Nix::attrs(tree.into_bindings()))
            };
            let mut parts: Vec<Nix> = conditions.iter().map(of).collect();
            let settings = match parts.len() {
                0 => continue,
                1 => parts.remove(0),
                _ => Nix::lib_call("mkMerge", [Nix::List(parts)]),
            };
            // Whether there are such options does not depend on what is set, as it would in `config`.
            let kind = known.kind.as_str();
            let path = ["domi", kind, name].map(Key::from).to_vec();
            let is_there = Nix::HasAttr { base: Box::new(Nix::ident("options")), path };
            let path = [kind, name].map(Key::from).to_vec();
            let settings = Nix::attrs([Binding::at(path, settings).flattened()]);
            // Where nothing is of that kind, there are no options of it, and it may not be named.
            let settings = Nix::lib_call("optionalAttrs", [is_there, settings]);
            self.tree.set([Key::from("domi")], settings);
        }
    }

    fn setting(&self, setting: &NeighbourSetting, joined: bool) -> Nix {
        let mut nix = self.scope.expr(&setting.value);
        if joined {
            nix = Nix::lib_call("mkAfter", [nix]);
        }
        prioritised(nix, setting.priority)
    }
}
