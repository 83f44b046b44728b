//! What is made of lists, attribute sets and strings.

use domi_model::{Contains, Expr, HasAttr, MapAttrs, MapList, Replace, Split, StringPart};

use crate::ast::{Key, Nix};
use crate::scope::Scope;
use crate::value;

impl Scope<'_> {
    pub(crate) fn list_length(&self, list: &Expr) -> Nix {
        Nix::lib_call("length", [self.expr(list)])
    }

    pub(crate) fn attr_count(&self, attrs: &Expr) -> Nix {
        Nix::lib_call("length", [Nix::lib_call("attrNames", [self.expr(attrs)])])
    }

    /// A function of `lib` applied to a string.
    pub(crate) fn of_string(&self, function: &str, text: &Expr) -> Nix {
        Nix::lib_call(function, [self.string(text)])
    }

    pub(crate) fn filter(&self, e: &MapList) -> Nix {
        Nix::lib_call("filter", [self.list_function(e), self.expr(&e.over)])
    }

    pub(crate) fn contains(&self, e: &Contains) -> Nix {
        Nix::lib_call("elem", [self.expr(&e.item), self.expr(&e.list)])
    }

    pub(crate) fn has_attr(&self, e: &HasAttr) -> Nix {
        let name = Key::from_nix(self.string(&e.name));
        Nix::HasAttr { base: Box::new(self.expr(&e.attrs)), path: vec![name] }
    }

    /// A function of `lib` applied to a part of a string, and to the string.
    pub(crate) fn with_part(&self, function: &str, e: &StringPart) -> Nix {
        Nix::lib_call(function, [self.string(&e.part), self.string(&e.text)])
    }

    pub(crate) fn split(&self, e: &Split) -> Nix {
        Nix::lib_call("splitString", [value::string(&e.separator), self.string(&e.text)])
    }

    pub(crate) fn replace(&self, e: &Replace) -> Nix {
        let one = |nix: Nix| Nix::List(vec![nix]);
        let (from, to) = (value::string(&e.from), self.string(&e.to));
        Nix::lib_call("replaceStrings", [one(from), one(to), self.string(&e.text)])
    }

    pub(crate) fn filter_attrs(&self, e: &MapAttrs) -> Nix {
        self.map_attrs("filterAttrs", e)
    }
}
