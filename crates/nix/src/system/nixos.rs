//! What a feature sets of NixOS's own modules.

use domi_model::{Expr, NixosSetting, Priority};

use super::Definer;
use crate::ast::{Key, Nix};
use crate::tree::{Tree, when};

impl Definer<'_, '_> {
    pub(super) fn nixos(&mut self, settings: &[NixosSetting]) {
        let mut conditional: Vec<(&Expr, &str, Tree)> = Vec::new();
        for setting in settings {
            let value = prioritised(self.scope.expr(&setting.value), setting.priority);
            let keys = || setting.option.0.iter().map(|name| Key::from(name.as_str()));
            let (Some(condition), Some(first)) = (&setting.when, setting.option.0.first()) else {
                self.tree.set(keys(), value);
                continue;
            };
            // The condition stands before the first name. Behind a later one, which may be that of an
            // attribute, this would be there even where it does not hold.
            let found = conditional.iter().position(|it| it.0 == condition && it.1 == first);
            let at = found.unwrap_or_else(|| {
                conditional.push((condition, first, Tree::default()));
                conditional.len() - 1
            });
            conditional[at].2.set(keys().skip(1), value);
        }
        for (condition, first, tree) in conditional {
            let condition = Some(self.scope.expr(condition));
            self.tree.set([Key::from(first)], when(condition, tree.into_nix()));
        }
    }
}

/// A value that counts more or less than others.
pub(super) fn prioritised(value: Nix, priority: Option<Priority>) -> Nix {
    match priority {
        None => value,
        Some(Priority::Default) => Nix::lib_call("mkDefault", [value]),
        Some(Priority::Force) => Nix::lib_call("mkForce", [value]),
    }
}
