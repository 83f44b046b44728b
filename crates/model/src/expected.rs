//! What is wanted of an expression's type where it stands.

use crate::context::{Context, Fault};
use crate::shape::Shape;
use crate::{Expr, Value};

impl Context<'_> {
    pub(crate) fn expect_bool(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Bool => Ok(()),
            other => {
                Err(format!("a condition must be a boolean, but this is {}", other.described()))
            }
        }
    }

    pub(crate) fn expect_text(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// A string, number, boolean or path, or a list of them: what a unit file's key can hold.
    pub(crate) fn expect_setting(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::List(inner) if inner.is_text() || *inner == Shape::Unknown => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// A name, or a list of names.
    pub(crate) fn expect_names(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::List(inner) => match *inner {
                Shape::Str | Shape::Path | Shape::Nothing => Ok(()),
                other => Err(format!("these must be strings, but each is {}", other.described())),
            },
            _ => self.expect_text(expr),
        }
    }

    /// The words of a command: a boolean is none.
    pub(crate) fn expect_words(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Bool => Err("a boolean is no word of a command; use a condition".to_owned()),
            inner if inner.is_text() || inner == Shape::Unknown => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// An integer; one that is fixed must not be negative.
    pub(crate) fn expect_count(&self, expr: &Expr) -> Result<(), Fault> {
        match (self.shape(expr)?, expr) {
            (_, Expr::Literal(Value::Int(..0))) => Err("this must not be negative".to_owned()),
            (Shape::Int(_), _) => Ok(()),
            (other, _) => Err(format!("this must be an integer, but is {}", other.described())),
        }
    }

    pub(crate) fn expect_int_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Int(_) | Shape::Nothing => Ok(()),
            other => Err(format!("ports must be integers, but this holds {}", other.described())),
        }
    }

    /// A list of ports, whatever the settings.
    pub(crate) fn expect_port_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Nothing => Ok(()),
            Shape::Int(range) if range.least() >= 0 && range.most() <= 0xffff => Ok(()),
            Shape::Int(_) => {
                Err("only 0 to 65535 are ports; an option for one has the type port".to_owned())
            }
            other => Err(format!("a port is an integer, but this is {}", other.described())),
        }
    }

    /// A list of texts.
    pub(crate) fn expect_text_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Nothing => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(format!("this must be a list of strings, but has {}", other.described())),
        }
    }

    pub(crate) fn expect_package(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Package => Ok(()),
            other => Err(format!("this must be a package, but is {}", other.described())),
        }
    }
}

fn not_text(shape: &Shape) -> Fault {
    match shape {
        Shape::Nullable(_) => {
            "this may be null; use it only where a condition says that it is set".to_owned()
        }
        Shape::Number => "a number with a fraction has no agreed text; use toJson".to_owned(),
        other => {
            format!("this must be a string, integer, boolean or path, but is {}", other.described())
        }
    }
}
