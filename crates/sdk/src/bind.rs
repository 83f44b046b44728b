//! Names for what a map or `each` binds: telling ones, so that generated Nix reads well, and
//! different ones where bodies nest.

use std::cell::RefCell;

use domi_model::{Expr, Variable};

thread_local! {
    static BOUND: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Names that mean something else where expressions stand, in a module or in Nix itself.
const TAKEN: [&str; 18] = [
    "assert", "builtins", "cfg", "config", "else", "false", "if", "in", "inherit", "let", "lib",
    "null", "options", "pkgs", "rec", "then", "true", "with",
];

/// A name for an element of a collection: of `jobs`, `job`.
pub(crate) fn element(collection: &Expr) -> String {
    let name = match collection {
        Expr::Option(path) => path.0.last(),
        Expr::Variable(variable) => variable.path.last(),
        _ => None,
    };
    allowed(name.and_then(|name| name.strip_suffix('s')).unwrap_or_default())
}

/// The name given, or another one where it would mean something else or nothing.
pub(crate) fn allowed(name: &str) -> String {
    let good = name.len() > 1 && name != "name" && !TAKEN.contains(&name);
    if good { name.to_owned() } else { "item".to_owned() }
}

/// Binds a name like the one given while the body is made; returns both.
pub(crate) fn bound<R>(name: &str, body: impl FnOnce(Expr) -> R) -> (R, String) {
    let name = BOUND.with_borrow_mut(|names| {
        let mut free = name.to_owned();
        let mut number = 2;
        while names.contains(&free) {
            free = format!("{name}{number}");
            number += 1;
        }
        names.push(free.clone());
        free
    });
    let result = body(Expr::Variable(Variable { name: name.clone(), path: Vec::new() }));
    BOUND.with_borrow_mut(Vec::pop);
    (result, name)
}
