//! What the functions of the library are put together from.

use domi_model::Value;

use crate::ast::{Nix, Op, Param, Part};
use crate::value;

pub(super) fn value_() -> Nix {
    Nix::ident("value")
}

pub(super) fn builtin(name: &str, argument: Nix) -> Nix {
    Nix::ident("builtins").dot(name).call(argument)
}

pub(super) fn call(function: &str, argument: Nix) -> Nix {
    Nix::ident(function).call(argument)
}

/// What a function makes of a value, or of each of a list.
pub(super) fn for_each(body: Nix) -> Nix {
    call("each", Nix::Lambda(Param::Ident("value".to_owned()), Box::new(body)))
}

pub(super) fn any(conditions: impl IntoIterator<Item = Nix>) -> Nix {
    let mut conditions = conditions.into_iter();
    let first = conditions.next().unwrap_or_else(|| Nix::ident("false"));
    conditions.fold(first, |left, right| Nix::binary(Op::Or, left, right))
}

pub(super) fn has(function: &str, text: &str, value: Nix) -> Nix {
    Nix::lib_call(function, [Nix::str(text), value])
}

pub(super) fn matches_not(pattern: Nix, value: Nix) -> Nix {
    let found = builtin("match", pattern).call(value);
    Nix::binary(Op::Equal, found, value::plain(&Value::Null))
}

/// `value`, or a refusal of what is shown.
pub(super) fn refuse_shown(condition: Nix, shown: Nix, reason: &str, value: Nix) -> Nix {
    let shown = builtin("toJSON", shown);
    let message = Nix::Str(vec![Part::Interpolation(shown), Part::Text(reason.to_owned())]);
    Nix::lib_call("throwIf", [condition, message, value])
}

pub(super) fn refuse(condition: Nix, reason: &str) -> Nix {
    refuse_shown(condition, value_(), reason, value_())
}

pub(super) fn replace(from: &[&str], to: &[&str], text: Nix) -> Nix {
    let strings = |all: &[&str]| Nix::List(all.iter().map(|it| Nix::str(*it)).collect());
    Nix::lib_call("replaceStrings", [strings(from), strings(to), text])
}
