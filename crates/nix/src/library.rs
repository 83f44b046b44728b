//! The functions that generated modules share.

mod build;
mod data;
mod functions;
pub(crate) mod patterns;
mod taken;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Binding, Bound, Nix, Param};
use crate::{header, names, print};

/// Where the functions stand from the root of a repository. The underscore keeps those that import
/// whole folders from taking them for a module.
pub const LIBRARY: &str = "modules/_lib.nix";

/// Where a module finds them.
const FROM_MODULE: &str = "../_lib.nix";

/// A value that must match a pattern.
pub(crate) fn fitting(pattern: &str, value: Nix) -> Nix {
    match patterns::named().iter().find(|(_, known, _)| *known == pattern) {
        Some((name, ..)) => Nix::ident(name).call(value),
        None => Nix::ident(names::FITTING).call(Nix::str(pattern)).call(value),
    }
}

/// What a module takes from the library: those functions that it uses.
pub(crate) fn inherited(used: &BTreeSet<&str>) -> Option<Binding> {
    if used.is_empty() {
        return None;
    }
    let used = used.iter().map(|name| (*name).to_owned()).collect();
    let path = Nix::Path(FROM_MODULE.to_owned());
    let lib = Nix::attrs([Binding::new("lib", Nix::ident("lib"))]);
    let library = Nix::ident("import").call(path).call(lib);
    Some(Binding { comment: None, gap: false, bound: Bound::Inherit(Some(library), used) })
}

/// The text of the library with every function.
pub fn library() -> String {
    library_of(&names::ALL.into()).unwrap_or_default()
}

/// The text of the library with these functions and what they use; nothing where there are none.
pub(crate) fn library_of(used: &BTreeSet<&'static str>) -> Option<String> {
    let mut bindings = functions::bindings();
    bindings.extend(patterns::bindings());
    bindings.extend(data::bindings());
    bindings.extend(taken::bindings());
    let needed = needed(used, &bindings);
    bindings.retain(|binding| binding.bound_names().any(|name| needed.contains(name)));
    let offered: Vec<_> = used.iter().map(|name| (*name).to_owned()).collect();
    if offered.is_empty() {
        return None;
    }
    let all = Bound::Inherit(None, offered);
    let all = Nix::Attrs(vec![Binding { comment: None, gap: false, bound: all }]);
    let body = Nix::let_in(bindings, all);
    let function = Nix::Lambda(Param::Formals(vec!["lib".to_owned()]), Box::new(body));
    Some(print::file(&header::of_library(), &function))
}

/// These functions and all that they use.
fn needed(used: &BTreeSet<&'static str>, bindings: &[Binding]) -> BTreeSet<String> {
    let named = |binding: &Binding| {
        let name = binding.bound_names().next().map(str::to_owned);
        name.map(|name| (name, binding.free()))
    };
    let uses: BTreeMap<_, _> = bindings.iter().filter_map(named).collect();
    let mut needed = BTreeSet::new();
    let mut open: Vec<String> = used.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = open.pop() {
        if let Some(inner) = uses.get(&name)
            && needed.insert(name)
        {
            open.extend(inner.iter().cloned());
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_library() {
        let text = library();
        for name in names::ALL {
            assert!(text.contains(&format!("\n  {name} =")), "{name}");
        }
        assert!(names::ALL.is_sorted());
    }

    #[test]
    fn a_library_has_what_is_used_and_what_that_uses() {
        assert_eq!(library_of(&BTreeSet::new()), None);
        let text = library_of(&[names::UNIT_TEXT].into()).unwrap();
        for (name, there) in [
            ("unitText", true),
            ("escapeSpecifiers", true),
            ("unitLine", true),
            ("each", true),
            ("oneLine", true),
            ("text", true),
            ("fitting", false),
            ("isTaken", false),
            ("unitWord", false),
            ("calendar", false),
        ] {
            assert_eq!(text.contains(&format!("\n  {name} =")), there, "{name}: {text}");
        }
        assert!(text.contains("inherit unitText;"), "{text}");
    }
}
