//! An expression, by the type of its value.

use std::marker::PhantomData;

use domi_model::{Expr as Untyped, If, OptionPath, Problem, Value, Variable};

use crate::fault::{self, BAD_EXPRESSION};
use crate::plain::null;

/// An expression whose value is a `T`, whatever the options are set to.
///
/// `Expr<MyOptions>` has a method for each option; see [`Options`](macro@crate::Options). It is no
/// value: the same description is printed as Nix and evaluated in Rust.
pub struct Expr<T> {
    untyped: Untyped,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self::from_model(self.untyped.clone())
    }
}

impl<T> Expr<T> {
    /// An expression of the manifest, taken at its word to be a `T`.
    pub fn from_model(untyped: Untyped) -> Self {
        Self { untyped, ty: PhantomData }
    }

    /// As the manifest has it.
    pub fn into_model(self) -> Untyped {
        self.untyped
    }

    /// As the manifest has it.
    pub fn as_model(&self) -> &Untyped {
        &self.untyped
    }

    /// Its value as one line of JSON.
    pub fn to_json(&self) -> Expr<String> {
        Expr::from_model(Untyped::ToJson(Box::new(self.untyped.clone())))
    }

    /// What is under a name within it.
    pub(crate) fn within<U>(&self, name: &str) -> Expr<U> {
        Expr::from_model(select(&self.untyped, name))
    }

    /// The path of the option that it is, if it is one.
    pub(crate) fn option_path(&self) -> Option<&OptionPath> {
        match &self.untyped {
            Untyped::Option(path) => Some(path),
            _ => None,
        }
    }
}

/// Follows a name through whatever an expression of a submodule can be.
fn select(expr: &Untyped, name: &str) -> Untyped {
    match expr {
        Untyped::Option(path) => Untyped::Option(path.join(name)),
        Untyped::Variable(variable) => {
            let path = variable.path.iter().cloned().chain([name.to_owned()]).collect();
            Untyped::Variable(Variable { name: variable.name.clone(), path })
        }
        Untyped::If(branch) => Untyped::If(Box::new(If {
            condition: branch.condition.clone(),
            then: select(&branch.then, name),
            otherwise: select(&branch.otherwise, name),
        })),
        Untyped::Match(choice) => {
            let mut choice = choice.clone();
            for arm in &mut choice.arms {
                arm.body = select(&arm.body, name);
            }
            Untyped::Match(choice)
        }
        Untyped::Attrs(attrs) => attrs.get(name).cloned().unwrap_or_else(null),
        Untyped::Literal(Value::Attrs(attrs)) => {
            Untyped::Literal(attrs.get(name).cloned().unwrap_or(Value::Null))
        }
        other => {
            let fault = format!("`{name}` cannot be taken from an expression that is put together");
            fault::note(
                Problem::error(BAD_EXPRESSION, "", fault)
                    .next("take it from the option, and put the result together"),
            );
            other.clone()
        }
    }
}
