//! Secrets in what a file says of a feature: `{ ref = "name" }` and `{ file = "/path" }`.

use domi_model::{OptionPath, PathKind, Problem, Settings, Submodule, Type};

use super::Walk;
use super::constant::name_in;
use crate::Mode;
use crate::codes::{PLAIN_SECRET, RETIRED, UNKNOWN_REFERENCE};
use crate::secret::default_path;
use crate::spelling::instead;
use crate::text::{Data, Node, SecretPath, Table};

/// What an option for a secret takes.
const TAKES: &str =
    "write `{ ref = \"name\" }` of a secret, or `{ file = \"/path\" }` of a file on the machine";

impl Walk<'_> {
    /// A value in which every secret is the path of its file, and every constant its value.
    pub(super) fn with_secrets(&mut self, ty: &Type, at: &OptionPath, node: &Node) -> Node {
        if let Some(name) = name_in(ty, node) {
            let name = name.to_owned();
            let line = node.line;
            return match self.constant(&name, at, node) {
                // No secret stands in a constant.
                Some(node) => self.with_secrets(ty, at, &node),
                None => Node { line, data: Data::Other("") },
            };
        }
        let data = match (ty, &node.data) {
            (_, Data::Secret(_)) => return node.clone(),
            (_, Data::Bool(true)) if self.mode == Mode::Remove => return node.clone(),
            (Type::Path(PathKind::External), _) => return self.secret(at, node),
            (Type::NullOr(inner), _) => return self.with_secrets(inner, at, node),
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Data::List(items)) => {
                let items = items.iter().map(|item| self.with_secrets(inner, at, item));
                Data::List(items.collect())
            }
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Data::Table(table)) => {
                self.each(table, at, |_| Some(inner))
            }
            (
                Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }),
                Data::Table(table),
            ) => self.each(table, at, |name| {
                options.iter().find(|option| option.name == name).map(|option| &option.ty)
            }),
            (Type::Coerced(it), _) => {
                let is_from = is_reference(node) && takes_alone(&it.from);
                return self.with_secrets(if is_from { &it.from } else { &it.to }, at, node);
            }
            (Type::OneOf(types), data) => {
                let fits = |ty: &&Type| match data {
                    Data::Table(_) if is_reference(node) => takes_alone(ty),
                    Data::Table(_) => is_set(ty),
                    Data::List(_) => is_list(ty),
                    // A text that another of the types takes is no secret.
                    _ => {
                        let is_no_text = |ty: &Type| takes_alone(ty) || is_set(ty) || is_list(ty);
                        takes_alone(ty) && types.iter().all(is_no_text)
                    }
                };
                let chosen = types.iter().find(fits);
                return chosen.map_or_else(|| node.clone(), |ty| self.with_secrets(ty, at, node));
            }
            _ => return node.clone(),
        };
        Node { line: node.line, data }
    }

    fn each<'t>(
        &mut self,
        table: &Table,
        at: &OptionPath,
        ty: impl Fn(&str) -> Option<&'t Type>,
    ) -> Data {
        let entry = |(name, node): (&String, &Node)| {
            let node = match ty(name) {
                Some(ty) => self.with_secrets(ty, &at.join(name), node),
                None => node.clone(),
            };
            (name.clone(), node)
        };
        Data::Table(table.iter().map(entry).collect())
    }

    /// The path of a secret's file.
    fn secret(&mut self, at: &OptionPath, node: &Node) -> Node {
        let text = |key: &str| match &node.data {
            Data::Table(table) if table.len() == 1 => match &table.get(key)?.data {
                Data::Text(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        let secret =
            |path, name| Node { line: node.line, data: Data::Secret(SecretPath { path, name }) };
        if let Some(path) = text("file") {
            return secret(path, None);
        }
        let Some(name) = text("ref") else {
            let message = "takes a secret, and no value stands in the files of a fleet";
            let problem = Problem::error(PLAIN_SECRET, at.to_string(), message);
            self.problem(problem.next(TAKES), node.line);
            return secret(default_path("unknown"), None);
        };
        let Some(known) = self.known.secrets.get(&name) else {
            let next = instead(&name, self.known.secrets.keys().map(String::as_str), "secret");
            let message = format!("there is no secret `{name}`");
            let problem = Problem::error(UNKNOWN_REFERENCE, at.to_string(), message);
            self.problem(problem.next(next), node.line);
            return secret(default_path("unknown"), None);
        };
        if self.about.is_current() && !known.about.is_current() {
            let problem = Problem::error(RETIRED, at.to_string(), format!("`{name}` is retired"));
            self.problem(problem.next("name another, or take the setting away"), node.line);
        }
        secret(known.file.path.clone(), Some(name))
    }
}

/// Whether a value is written as a secret is.
fn is_reference(node: &Node) -> bool {
    let Data::Table(table) = &node.data else { return false };
    let is_text = |key: &str| table.get(key).is_some_and(|it| matches!(it.data, Data::Text(_)));
    table.len() == 1 && (is_text("ref") || is_text("file"))
}

/// Whether a type is that of a secret.
fn takes_alone(ty: &Type) -> bool {
    match ty {
        Type::Path(PathKind::External) => true,
        Type::NullOr(inner) => takes_alone(inner),
        _ => false,
    }
}

fn is_set(ty: &Type) -> bool {
    match ty {
        Type::AttrsOf(_) | Type::LazyAttrsOf(_) | Type::Submodule(_) | Type::Settings(_) => true,
        Type::NullOr(inner) => is_set(inner),
        _ => false,
    }
}

fn is_list(ty: &Type) -> bool {
    match ty {
        Type::ListOf(_) | Type::NonEmptyListOf(_) => true,
        Type::NullOr(inner) => is_list(inner),
        _ => false,
    }
}
