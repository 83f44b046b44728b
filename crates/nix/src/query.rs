//! Questions to `nix eval`, as functions for its `--apply`.

use crate::ast::Nix;
use crate::{print, value};

/// What is asked of an attribute set; only names come from outside.
const DERIVATIONS: &str = "paths: set:
let
  at = builtins.foldl' (set: name: set.${name}) set;
  has = set: path: path == [ ]
    || (set ? ${builtins.head path} && has set.${builtins.head path} (builtins.tail path));
  evaluate = derivation: {
    inherit (derivation) drvPath;
    driver = derivation.driver.drvPath or null;
  };
  try = path:
    let
      tried = builtins.tryEval (builtins.seq (at path).drvPath (evaluate (at path)));
    in
    if tried.success then tried.value else null;
  named = path: { name = builtins.concatStringsSep \"/\" path; value = try path; };
  known = path: let tried = builtins.tryEval (has set path); in !tried.success || tried.value;
in
builtins.listToAttrs (map named (builtins.filter known paths))";

/// Takes the derivations of these names out of an attribute set: a function whose result holds
/// for each that is there its `drvPath` and, of a NixOS test, its `driver`; `null` for one that
/// throws. `a/b` is `b` of what is called `a`.
pub fn derivations_of(names: &[&str]) -> String {
    let path = |name: &&str| Nix::List(name.split('/').map(value::string).collect());
    let paths = Nix::List(names.iter().map(path).collect());
    format!("({DERIVATIONS}) ({})", print::fragment(&paths).trim())
}
