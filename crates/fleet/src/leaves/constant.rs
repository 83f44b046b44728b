//! Constants in what a file says of a feature: `{ constant = "name" }`.

use domi_model::{OptionPath, PathKind, Problem, Type};

use super::Walk;
use crate::codes::{RETIRED, UNKNOWN_REFERENCE};
use crate::spelling::instead;
use crate::text::{Data, Node};

/// The name of the constant that a value of a type refers to. Where an option takes a set of names,
/// `constant` is one of these; and a secret is never written down.
pub(super) fn name_in<'n>(ty: &Type, node: &'n Node) -> Option<&'n str> {
    let Data::Table(table) = &node.data else { return None };
    match (table.len(), &table.get("constant")?.data) {
        (1, Data::Text(name)) if takes_no_table(ty) => Some(name),
        _ => None,
    }
}

/// Whether no value of a type is a table or a secret.
fn takes_no_table(ty: &Type) -> bool {
    match ty {
        Type::AttrsOf(_)
        | Type::LazyAttrsOf(_)
        | Type::Submodule(_)
        | Type::Settings(_)
        | Type::AttrTag(_)
        | Type::Anything
        | Type::Path(PathKind::External) => false,
        Type::NullOr(inner) => takes_no_table(inner),
        Type::OneOf(types) => types.iter().all(takes_no_table),
        Type::Coerced(it) => takes_no_table(&it.from) && takes_no_table(&it.to),
        _ => true,
    }
}

impl Walk<'_> {
    /// The value of a constant, as if it stood there; none where that is a problem.
    pub(super) fn constant(&mut self, name: &str, at: &OptionPath, node: &Node) -> Option<Node> {
        let Some(known) = self.known.constants.get(name) else {
            let names = self.known.constants.keys().map(String::as_str);
            let next = instead(name, names, "constant");
            let message = format!("there is no constant `{name}`");
            let problem = Problem::error(UNKNOWN_REFERENCE, at.to_string(), message);
            self.problem(problem.next(next), node.line);
            return None;
        };
        if self.about.is_current() && !known.about.is_current() {
            let problem = Problem::error(RETIRED, at.to_string(), format!("`{name}` is retired"));
            self.problem(problem.next("name another, or write the value"), node.line);
        }
        self.constants.push((at.clone(), name.to_owned()));
        Some(Node::of(known.value.as_ref()?, node.line))
    }
}
