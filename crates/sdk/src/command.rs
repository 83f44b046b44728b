//! Command lines of services.

use domi_model::{Expr as Untyped, If, Problem};

use crate::conditions::{both, presence};
use crate::fault::{self, BAD_EXPRESSION};
use crate::{Expr, IntoExpr, Textual};

/// The command line of a service: the program, by its absolute path, and arguments. No shell reads
/// it, and systemd expands nothing in it but a [`specifier`](crate::specifier) and a
/// [`command_variable`](crate::command_variable). Written with
/// [`argv!`](crate::argv).
#[derive(Clone)]
pub struct Argv {
    parts: Vec<Untyped>,
    prefix: String,
    when: Option<Untyped>,
}

/// A command line, as [`argv!`](crate::argv) writes it.
#[diagnostic::on_unimplemented(
    message = "a command line is written with `argv!`, not as `{Self}`",
    label = "no command line",
    note = "no shell reads it, so that each argument stands alone: \
            `argv![cfg.package().bin(\"rsync\"), \"--archive\", cfg.source()]`",
    note = "what needs a shell is a `script`"
)]
pub trait CommandLine {
    /// The command line.
    fn into_argv(self) -> Argv;
}

impl CommandLine for Argv {
    fn into_argv(self) -> Argv {
        self
    }
}

impl CommandLine for &Argv {
    fn into_argv(self) -> Argv {
        self.clone()
    }
}

impl Argv {
    #[doc(hidden)]
    pub fn of(parts: Vec<Untyped>) -> Self {
        Self { parts: vec![Untyped::List(parts)], prefix: String::new(), when: None }
    }

    /// Adds an argument where there is one.
    #[must_use]
    pub fn and_maybe<T: Textual>(self, argument: &Expr<Option<T>>) -> Self {
        let (condition, argument) = presence(argument.as_model());
        self.and_when(Expr::from_model(condition), Self::of(vec![argument]))
    }

    /// Adds the arguments of a list.
    #[must_use]
    pub fn and_all<T: Textual>(mut self, list: impl IntoExpr<Vec<T>>) -> Self {
        self.parts.push(list.into_expr().into_model());
        self
    }

    /// Adds arguments where a condition is true: `.and_when(cfg.verbose(), argv!["-v"])`.
    #[must_use]
    pub fn and_when(self, condition: impl IntoExpr<bool>, more: impl CommandLine) -> Self {
        self.and(more.into_argv().when(condition))
    }

    /// Adds further arguments.
    #[must_use]
    pub fn and(mut self, more: impl CommandLine) -> Self {
        let (prefix, list, when) = more.into_argv().into_parts();
        if !prefix.is_empty() {
            let fault = format!("the prefix `{prefix}` is given to arguments");
            fault::note(
                Problem::error(BAD_EXPRESSION, "system", fault)
                    .next("give it to the whole command line"),
            );
        }
        match (list, when) {
            (then, Some(condition)) => {
                let otherwise = Untyped::List(Vec::new());
                self.parts.push(Untyped::If(Box::new(If { condition, then, otherwise })));
            }
            (Untyped::Concat(lists), None) => self.parts.extend(lists),
            (list, None) => self.parts.push(list),
        }
        self
    }

    /// Gives systemd's prefixes: `-` (may fail), `+` (full privileges).
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        for c in prefix.chars() {
            // `!!` is another prefix than `!`.
            if c == '!' || !self.prefix.contains(c) {
                self.prefix.push(c);
            }
        }
        self
    }

    /// Runs it only where a condition is true.
    #[must_use]
    pub fn when(mut self, condition: impl IntoExpr<bool>) -> Self {
        let condition = condition.into_expr().into_model();
        self.when = Some(match self.when {
            Some(inner) => both(condition, inner),
            None => condition,
        });
        self
    }

    /// The prefixes, the list of words, and where it is run.
    pub(crate) fn into_parts(mut self) -> (String, Untyped, Option<Untyped>) {
        let list = match self.parts.len() {
            1 => self.parts.remove(0),
            _ => Untyped::Concat(self.parts),
        };
        (self.prefix, list, self.when)
    }
}
