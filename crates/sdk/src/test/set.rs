//! What a test sets, each option once.

use domi_model::{Code, Expr as Untyped, OptionPath, Place, Problem, Value};

use crate::Expr;
use crate::fault::{self, Said};
use crate::plain::plain;

/// A test is written in a way that the manifest cannot express.
pub(crate) const BAD_BUILDER: Code = Code("D0111");

/// The path of an option and its value, which must be plain in a test.
pub(super) fn setting<T>(
    test: &str,
    option: &Expr<T>,
    value: &Untyped,
    here: Option<Place>,
) -> Option<(OptionPath, Value)> {
    let Some(path) = option.option_path().filter(|path| !path.0.is_empty()) else {
        let fault = "only an option can be set, such as `cfg.port()`";
        fault::note(problem(test, fault.to_owned(), here));
        return None;
    };
    let value = plain(value);
    if value.is_none() {
        let fault = format!("`{path}` is set to an expression, not to a value");
        fault::note(problem(test, fault, here));
    }
    Some((path.clone(), value?))
}

/// Whether an option is set for the first time, alone and as a part of another.
pub(super) fn said_once(
    said: &mut Said,
    test: &str,
    machine: &str,
    path: &OptionPath,
    here: Option<Place>,
) -> bool {
    let thing = |names: &[String]| format!("`{}`{machine}", OptionPath(names.to_vec()));
    let whole = (1..path.0.len()).map(|length| thing(&path.0[..length]));
    if let Some(place) = said.place(whole) {
        fault::note(fault::twice(test, &thing(&path.0), Some(&place), here));
        return false;
    }
    if !said.once(test, &thing(&path.0), here.clone()) {
        return false;
    }
    for length in 1..path.0.len() {
        let parts = format!("parts of {}", thing(&path.0[..length]));
        said.note(&parts, here.clone());
    }
    if let Some(place) = said.place([format!("parts of {}", thing(&path.0))]) {
        fault::note(fault::twice(test, &thing(&path.0), Some(&place), here));
        return false;
    }
    true
}

pub(super) fn problem(test: &str, fault: String, place: Option<Place>) -> Problem {
    Problem::error(BAD_BUILDER, test, fault).at(place)
}
