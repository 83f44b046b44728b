//! What a file takes away from what others say of an option.

use domi_model::codes::WRONG_VALUE;
use domi_model::{OptionPath, Problem, Settings, Submodule, Type, Value};

use super::{Act, Walk};
use crate::step::Action;
use crate::text::{Data, Node};

impl Walk<'_> {
    pub(super) fn removal(&mut self, ty: &Type, at: &OptionPath, node: &Node) {
        match (ty, &node.data) {
            (_, Data::Bool(true)) => self.leaf(at, node, Act::Do(Action::Unset)),
            (Type::NullOr(inner), _) => self.removal(inner, at, node),
            (Type::Coerced(it), Data::Table(_)) => self.removal(&it.to, at, node),
            (Type::Coerced(it), _) => {
                if let Some(node) = self.coerced(it, at, node) {
                    self.removal(&it.to, at, &node);
                }
            }
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Data::List(_)) => {
                let whole = Type::ListOf(inner.clone());
                if let Some(Value::List(items)) = self.checked(&whole, at, node) {
                    self.leaf(at, node, Act::Do(Action::Remove(items)));
                }
            }
            (Type::AttrsOf(_) | Type::LazyAttrsOf(_), Data::List(_)) => {
                let names = Type::ListOf(Box::new(Type::Str));
                if let Some(Value::List(names)) = self.checked(&names, at, node) {
                    self.leaf(at, node, Act::Do(Action::Remove(names)));
                }
            }
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Data::Table(table)) => {
                for (name, node) in table {
                    self.removal(inner, &at.join(name), node);
                }
            }
            (Type::Submodule(Submodule { options }), Data::Table(table)) => {
                for (name, node) in table {
                    self.option(options, &at.join(name), name, node);
                }
            }
            (Type::Settings(Settings { options, .. }), Data::Table(table)) => {
                for (name, node) in table {
                    let path = at.join(name);
                    match options.iter().any(|option| option.name == *name) {
                        true => self.option(options, &path, name, node),
                        false => self.removal(&Type::Anything, &path, node),
                    }
                }
            }
            (Type::OneOf(types), Data::List(_) | Data::Table(_)) => {
                let is_list = matches!(node.data, Data::List(_));
                match types.iter().find(|ty| may_lose(ty, is_list)) {
                    Some(ty) => self.removal(ty, at, node),
                    None => self.not_removable(at, node),
                }
            }
            (Type::Anything, Data::List(_)) => {
                if let Some(Value::List(items)) = self.checked(&Type::Anything, at, node) {
                    self.leaf(at, node, Act::Do(Action::Remove(items)));
                }
            }
            (Type::Anything, Data::Table(table)) => {
                for (name, node) in table {
                    self.removal(&Type::Anything, &at.join(name), node);
                }
            }
            _ => self.not_removable(at, node),
        }
    }

    fn not_removable(&mut self, at: &OptionPath, node: &Node) {
        let message = format!("{} cannot be taken from it", node.described());
        let problem = Problem::error(WRONG_VALUE, at.to_string(), message);
        let next = "write `true`, or of a list its elements, or of an attribute set its names";
        self.problem(problem.next(next), node.line);
    }
}

/// Whether elements of a list, or names of an attribute set, can be taken from values of a type.
fn may_lose(ty: &Type, is_list: bool) -> bool {
    match ty {
        Type::ListOf(_) | Type::NonEmptyListOf(_) => is_list,
        Type::AttrsOf(_) | Type::LazyAttrsOf(_) | Type::Anything => true,
        Type::Submodule(_) | Type::Settings(_) => !is_list,
        Type::NullOr(inner) => may_lose(inner, is_list),
        Type::Coerced(it) => may_lose(&it.to, is_list),
        _ => false,
    }
}
