//! Structs whose fields are options.

use std::cell::Cell;

use domi_model::{Expr as Untyped, OptionDecl, Problem, Removed, Submodule, Type, Variable};

use crate::fault::{self, BAD_EXPRESSION};
use crate::{Expr, OldName, OptionType};

/// A struct whose fields are options; derived.
#[diagnostic::on_unimplemented(message = "`{Self}` needs `#[derive(Options)]`")]
pub trait Options: OptionType {
    /// The struct's doc comment.
    fn description() -> String;

    /// The options, in the order of the fields; `cfg` holds them, for defaults that refer to
    /// each other.
    fn options(cfg: &Expr<Self>) -> Vec<OptionDecl>;

    /// Options that have another name now.
    fn renamed() -> Vec<OldName> {
        Vec::new()
    }

    /// Options that are gone.
    fn removed() -> Vec<Removed> {
        Vec::new()
    }
}

/// Within the default of a submodule's option: the submodule's name in its attribute set.
pub fn instance_name() -> Expr<String> {
    let name = domi_model::NAME.to_owned();
    Expr::from_model(Untyped::Variable(Variable { name, path: Vec::new() }))
}

/// The options of a submodule, for the defaults of its own options.
pub(crate) fn neighbours<T>() -> Expr<T> {
    let name = domi_model::NEIGHBOURS.to_owned();
    Expr::from_model(Untyped::Variable(Variable { name, path: Vec::new() }))
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Whether the outermost submodule is known to hold itself.
    static ENDLESS: Cell<bool> = const { Cell::new(false) };
}

/// How deep submodules are within each other at most: one that holds itself would never end.
const DEEPEST: usize = 32;

/// The type of a submodule that has these options.
pub fn submodule<T: Options>() -> Type {
    let name = std::any::type_name::<T>();
    if !T::renamed().is_empty() || !T::removed().is_empty() {
        let fault = "options of a submodule are renamed or removed";
        fault::note(
            Problem::error(BAD_EXPRESSION, name, fault)
                .next("leave it out: only the feature's own options can be"),
        );
    }
    let depth = DEPTH.get();
    if depth >= DEEPEST && !ENDLESS.replace(true) {
        let fault = "submodules hold each other without end, which NixOS cannot document";
        fault::note(Problem::error(BAD_EXPRESSION, name, fault).next("end it: write `Anything`"));
    }
    if ENDLESS.get() {
        return Type::Submodule(Submodule { options: Vec::new() });
    }
    DEPTH.set(depth + 1);
    let options = T::options(&neighbours());
    DEPTH.set(depth);
    if depth == 0 {
        ENDLESS.set(false);
    }
    Type::Submodule(Submodule { options })
}
