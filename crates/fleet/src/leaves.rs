//! What a file says of a feature, taken apart by the types of its options: one leaf for each value
//! that is merged as a whole. Whatever is wrong with it is found here, once, however many hosts
//! follow from it.

mod constant;
mod removal;
mod secret;

use std::sync::Arc;

use domi_model::codes::WRONG_VALUE;
use domi_model::{
    Coerced, Manifest, OptionDecl, OptionPath, Problem, Settings, Submodule, Type, Value, accepts,
    check, coerced, is_nix_name, unknown_option,
};
use domi_realise::codes::{READ_ONLY, REMOVED, RENAMED};

use crate::codes::{CONFLICT, WRONG_FIELD};
use crate::step::Action;
use crate::text::{Data, Node, Table};
use crate::{About, Fleet, Mode, Ref};

/// What a file says of one option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) option: OptionPath,
    pub(crate) mode: Mode,
    pub(crate) act: Act,
    pub(crate) line: u32,
    /// The secrets that its value refers to.
    pub(crate) secrets: Vec<String>,
    /// The constants that are in its value.
    pub(crate) constants: Vec<String>,
}

/// What a leaf does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// A step of the merge.
    Do(Action),
    /// The option is of this one of several types, and what is of another one goes.
    Choose(Arc<[Type]>, usize),
}

/// Takes what a file says of a feature apart. Of constants, all that it names are returned, whether
/// their values fit or not.
pub(crate) fn leaves(
    manifest: &Manifest,
    mode: Mode,
    feature: &Ref,
    node: &Node,
    about: &About,
    known: &Fleet,
) -> (Vec<Leaf>, Vec<String>, Vec<Problem>) {
    let (constants, leaves, problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk = Walk { manifest, mode, about, known, constants, leaves, problems };
    if let Data::Table(table) = &node.data {
        walk.feature(table);
    }
    for problem in &mut walk.problems {
        problem.subject = format!("{}.{}", feature.name, problem.subject);
    }
    let constants = walk.constants.into_iter().map(|(_, name)| name).collect();
    (walk.leaves, constants, walk.problems)
}

struct Walk<'a> {
    manifest: &'a Manifest,
    mode: Mode,
    about: &'a About,
    /// What secrets and constants there are.
    known: &'a Fleet,
    /// The constants that were found, each with where it stands.
    constants: Vec<(OptionPath, String)>,
    leaves: Vec<Leaf>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn feature(&mut self, table: &Table) {
        for (name, node) in table {
            let at = OptionPath::new(name);
            if name == "enable" {
                let message = "is not set here: hosts get a feature by its name";
                let problem = Problem::error(WRONG_FIELD, "enable", message);
                self.problem(problem.next("write it into `features` or `without`"), node.line);
            } else {
                self.named(&self.manifest.options, &at, name, node);
            }
        }
    }

    /// An option by its name, or by one that it had: those may be within a table of their own.
    fn named(&mut self, options: &[OptionDecl], at: &OptionPath, name: &str, node: &Node) {
        let is_around = |old: &OptionPath| old.0.len() > at.0.len() && old.0.starts_with(&at.0);
        let Manifest { removed, renamed, .. } = self.manifest;
        let mut old = removed.iter().map(|it| &it.option).chain(renamed.iter().map(|it| &it.from));
        match &node.data {
            Data::Table(table) if old.any(is_around) => {
                for (name, node) in table {
                    self.named(&[], &at.join(name), name, node);
                }
            }
            _ if self.old(at, node) => {}
            _ => self.option(options, at, name, node),
        }
    }

    /// Whether an option is gone or has another name now; what is said of it goes there.
    fn old(&mut self, at: &OptionPath, node: &Node) -> bool {
        if let Some(removed) = self.manifest.removed.iter().find(|it| it.option == *at) {
            let message = format!("is gone: {}", removed.reason);
            let problem = Problem::error(REMOVED, at.to_string(), message);
            self.problem(problem.next("take the setting away"), node.line);
            return true;
        }
        let Some(renamed) = self.manifest.renamed.iter().find(|it| it.from == *at) else {
            return false;
        };
        let option = self.manifest.option(&renamed.to.0);
        if option.is_some_and(|option| option.read_only) {
            let message = format!("may only be read, as `{}`, and not set", renamed.to);
            let problem = Problem::error(READ_ONLY, at.to_string(), message);
            self.problem(problem.next("take the setting away"), node.line);
            return true;
        }
        if !renamed.silent {
            let message = format!("has been renamed to `{}`", renamed.to);
            let warning = Problem::warning(RENAMED, at.to_string(), message);
            self.problem(warning.next(format!("write `{}`", renamed.to)), node.line);
        }
        match option {
            Some(option) => self.any(&option.ty, &renamed.to, node),
            None => self.wrong(&Type::Anything, at, node),
        }
        true
    }

    fn option(&mut self, options: &[OptionDecl], at: &OptionPath, name: &str, node: &Node) {
        match options.iter().find(|option| option.name == name) {
            Some(option) if option.read_only => {
                let problem =
                    Problem::error(READ_ONLY, at.to_string(), "may only be read, not set");
                self.problem(problem.next("take the setting away"), node.line);
            }
            Some(option) => self.any(&option.ty, at, node),
            None => {
                let names: Vec<_> = options.iter().map(|option| &*option.name).collect();
                self.problem(unknown_option(at, name, &names), node.line);
            }
        }
    }

    fn any(&mut self, ty: &Type, at: &OptionPath, node: &Node) {
        let node = &self.with_secrets(ty, at, node);
        if self.mode == Mode::Remove {
            self.removal(ty, at, node);
        } else {
            self.value(ty, at, node);
        }
    }

    fn value(&mut self, ty: &Type, at: &OptionPath, node: &Node) {
        match (ty, &node.data) {
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Data::Table(table)) => {
                self.made(at, node);
                for (name, node) in table {
                    if self.is_usable(name, at, node) {
                        self.any(inner, &at.join(name), node);
                    }
                }
            }
            (Type::Submodule(Submodule { options }), Data::Table(table)) => {
                self.made(at, node);
                for (name, node) in table {
                    self.option(options, &at.join(name), name, node);
                }
            }
            (Type::Settings(settings), Data::Table(table)) => self.free(settings, table, at, node),
            (Type::NullOr(inner), _) => self.value(inner, at, node),
            (Type::OneOf(types), _) => self.one_of(types, at, node),
            (Type::Coerced(it), _) => {
                if let Some(node) = self.coerced(it, at, node) {
                    self.value(&it.to, at, &node);
                }
            }
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Data::List(_)) => {
                let whole = Type::ListOf(inner.clone());
                if let Some(Value::List(items)) = self.checked(&whole, at, node) {
                    self.list(at, node, items);
                }
            }
            (Type::Lines, Data::Text(text)) if self.mode != Mode::Override => {
                self.leaf(at, node, Act::Do(Action::Lines(text.clone())));
            }
            (Type::SeparatedStr(separator), Data::Text(text)) if self.mode != Mode::Override => {
                let (text, separator) = (text.clone(), separator.clone());
                self.leaf(at, node, Act::Do(Action::Join { text, separator }));
            }
            (Type::Anything, _) => self.loose(at, node),
            _ => {
                if let Some(value) = self.checked(ty, at, node) {
                    self.leaf(at, node, Act::Do(Action::Set(value)));
                }
            }
        }
    }

    /// A value of the first type that takes it.
    fn one_of(&mut self, types: &[Type], at: &OptionPath, node: &Node) {
        let Some(value) = self.plain(at, node) else { return };
        let fits = |ty: &Type| accepts(ty, &value, &self.manifest.packages);
        match types.iter().position(fits) {
            Some(chosen) => {
                self.leaf(at, node, Act::Choose(types.into(), chosen));
                self.value(&types[chosen], at, node);
            }
            None => self.wrong(&Type::OneOf(types.to_vec()), at, node),
        }
    }

    /// What a type makes of a value of its other type; a value of its own stays as it is.
    fn coerced(&mut self, it: &Coerced, at: &OptionPath, node: &Node) -> Option<Node> {
        let value = self.plain(at, node)?;
        let becomes = coerced(it, &value, &self.manifest.packages);
        if !accepts(&it.to, &becomes, &self.manifest.packages) {
            self.wrong(&Type::Coerced(Box::new(it.clone())), at, node);
            return None;
        }
        Some(if becomes == value { node.clone() } else { Node::of(&becomes, node.line) })
    }

    /// Settings of a program: declared options, and whatever else its format can hold.
    fn free(&mut self, settings: &Settings, table: &Table, at: &OptionPath, node: &Node) {
        self.made(at, node);
        let rest = Type::Settings(Settings { format: settings.format, options: Vec::new() });
        for (name, node) in table {
            let path = at.join(name);
            if settings.options.iter().any(|option| option.name == *name) {
                self.option(&settings.options, &path, name, node);
            } else if self.is_usable(name, at, node)
                && let Some(value) = self.plain(&path, node)
            {
                let alone = Value::Attrs([(name.clone(), value)].into());
                match check(&rest, &alone, at, &self.manifest.packages) {
                    Ok(_) => self.loose(&path, node),
                    Err(problems) => self.problems_at(problems, node.line),
                }
            }
        }
    }

    /// A value whose type says nothing: its own shape does.
    fn loose(&mut self, at: &OptionPath, node: &Node) {
        match &node.data {
            Data::Table(table) => {
                self.made(at, node);
                for (name, node) in table {
                    if self.is_usable(name, at, node) {
                        self.loose(&at.join(name), node);
                    }
                }
            }
            _ => match self.checked(&Type::Anything, at, node) {
                Some(Value::List(items)) => self.list(at, node, items),
                Some(value) => self.leaf(at, node, Act::Do(Action::Set(value))),
                None => {}
            },
        }
    }

    fn list(&mut self, at: &OptionPath, node: &Node, items: Vec<Value>) {
        let action = match self.mode {
            Mode::Override => Action::Set(Value::List(items)),
            _ => Action::Append(items),
        };
        self.leaf(at, node, Act::Do(action));
    }

    /// There is an attribute set, even where it has no names in it.
    fn made(&mut self, at: &OptionPath, node: &Node) {
        self.leaf(at, node, Act::Do(Action::Make));
    }

    fn leaf(&mut self, at: &OptionPath, node: &Node, act: Act) {
        let twice = |it: &Leaf| it.option == *at && it.act == act && it.mode == self.mode;
        if matches!(act, Act::Do(Action::Set(_))) && self.leaves.iter().any(twice) {
            let problem = Problem::error(CONFLICT, at.to_string(), "is said twice in one file");
            self.problem(problem.next("keep one of them"), node.line);
        }
        let (option, mode, line) = (at.clone(), self.mode, node.line);
        // What is in a set has leaves of its own.
        let (secrets, constants) = match act {
            Act::Do(Action::Make) | Act::Choose(..) => (Vec::new(), Vec::new()),
            Act::Do(_) => {
                let within = self.constants.iter().filter(|(path, _)| path.0.starts_with(&at.0));
                (node.secrets(), within.map(|(_, name)| name.clone()).collect())
            }
        };
        self.leaves.push(Leaf { option, mode, act, line, secrets, constants });
    }

    /// Whether a name can be an attribute's.
    fn is_usable(&mut self, name: &str, at: &OptionPath, node: &Node) -> bool {
        let usable = !is_nix_name(name) && !name.contains('\0');
        if !usable {
            let message = "NixOS means something else by this name";
            let problem = Problem::error(WRONG_VALUE, at.join(name).to_string(), message);
            self.problem(problem.next("choose another name"), node.line);
        }
        usable
    }

    fn plain(&mut self, at: &OptionPath, node: &Node) -> Option<Value> {
        match node.value() {
            Ok(value) => Some(value),
            Err((_, "")) => None,
            Err((line, what)) => {
                let message = format!("{what} is no value of a setting");
                self.problem(Problem::error(WRONG_VALUE, at.to_string(), message), line);
                None
            }
        }
    }

    fn checked(&mut self, ty: &Type, at: &OptionPath, node: &Node) -> Option<Value> {
        let value = self.plain(at, node)?;
        match check(ty, &value, at, &self.manifest.packages) {
            Ok(value) => Some(value),
            Err(problems) => {
                self.problems_at(problems, node.line);
                None
            }
        }
    }

    fn wrong(&mut self, ty: &Type, at: &OptionPath, node: &Node) {
        if node.described().is_empty() {
            return;
        }
        let wants = ty.described();
        let message = format!("{} is not {wants}", node.described());
        let problem = Problem::error(WRONG_VALUE, at.to_string(), message);
        self.problem(problem.next(format!("set it to {wants}")), node.line);
    }

    fn problems_at(&mut self, problems: Vec<Problem>, line: u32) {
        problems.into_iter().for_each(|problem| self.problem(problem, line));
    }

    fn problem(&mut self, problem: Problem, line: u32) {
        self.problems.push(problem.at(self.about.at(line)));
    }
}
