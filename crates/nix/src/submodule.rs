//! Submodules: what is known within one, and the function that it is.

use domi_model::{NAME, NEIGHBOURS, OptionDecl, Submodule, Type};

use crate::ast::{Nix, Param};
use crate::scope::Scope;

/// What a submodule's function takes from the module system.
pub(crate) struct Arguments {
    config: String,
    name: String,
}

/// The scope within a submodule: its defaults see their neighbours and its name.
pub(crate) fn inside_submodule<'m>(
    scope: &Scope<'m>,
    options: &[OptionDecl],
) -> (Scope<'m>, Arguments) {
    let submodule = Type::Submodule(Submodule { options: options.to_vec() });
    let arguments = Arguments { config: NEIGHBOURS.to_owned(), name: NAME.to_owned() };
    let inner = scope
        .substitute(NEIGHBOURS, Nix::ident(NEIGHBOURS), Some(submodule.held()))
        .substitute(NAME, Nix::ident(NAME), Some(Type::Str));
    (inner, arguments)
}

impl Arguments {
    /// The module as it is, or as a function of what it uses.
    pub(crate) fn apply_to(&self, module: Nix) -> Nix {
        let free = module.free();
        let used: Vec<String> =
            [&self.config, &self.name].into_iter().filter(|n| free.contains(*n)).cloned().collect();
        if used.is_empty() {
            return module;
        }
        Nix::Lambda(Param::Formals(used), Box::new(module))
    }
}
