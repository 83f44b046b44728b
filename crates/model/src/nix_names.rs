//! Names of attributes that Nix, or the module system of NixOS, reads itself.

use crate::codes::WRONG_VALUE;
use crate::{OptionPath, Problem, Value};

/// A set with one of these is something else than its attributes: `outPath` and `__toString` make
/// it a text, `__functor` a function; `_type` and `_module` tell the module system what to do.
pub const NIX_NAMES: [&str; 5] = ["_module", "_type", "__functor", "__toString", "outPath"];

/// Whether an attribute of this name means something else in Nix than it says.
pub fn is_nix_name(name: &str) -> bool {
    NIX_NAMES.contains(&name)
}

/// Finds such names at any depth of a value that stands at `at`.
pub(crate) fn within(value: &Value, at: &OptionPath) -> Vec<Problem> {
    let mut problems = Vec::new();
    find(value, at, &mut problems);
    problems
}

/// A fault that names the first one within a value.
pub(crate) fn refuse(value: &Value) -> Result<(), String> {
    match within(value, &OptionPath::default()).first() {
        None => Ok(()),
        Some(problem) => Err(fault(&problem.subject)),
    }
}

/// What is wrong with an attribute set that has such a name.
pub(crate) fn fault(name: &str) -> String {
    format!("`{name}`: {MEANS_ELSE}; choose another name")
}

const MEANS_ELSE: &str = "NixOS means something else by this name";

fn find(value: &Value, at: &OptionPath, problems: &mut Vec<Problem>) {
    match value {
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                find(item, &at.join(format!("[{i}]")), problems);
            }
        }
        Value::Attrs(attrs) => {
            for (name, value) in attrs {
                let path = at.join(name);
                if is_nix_name(name) {
                    let problem = Problem::error(WRONG_VALUE, path.to_string(), MEANS_ELSE);
                    problems.push(problem.next("choose another name"));
                } else {
                    find(value, &path, problems);
                }
            }
        }
        _ => {}
    }
}
