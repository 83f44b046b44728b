//! Questions to `nix eval`, as functions for its `--apply`.

use crate::ast::Nix;
use crate::{print, value};

/// What is asked of an attribute set; only names come from outside.
const DERIVATIONS: &str = "names: set:
let
  evaluate = name: {
    inherit (set.${name}) drvPath;
    driver = set.${name}.driver.drvPath or null;
  };
  try = name:
    let
      tried = builtins.tryEval (builtins.seq set.${name}.drvPath (evaluate name));
    in
    if tried.success then tried.value else null;
  known = builtins.filter (name: set ? ${name}) names;
in
builtins.listToAttrs (map (name: { inherit name; value = try name; }) known)";

/// Takes the derivations of these names out of an attribute set: a function whose result holds
/// for each that is there its `drvPath` and, of a NixOS test, its `driver`; `null` for one that
/// throws.
pub fn derivations_of(names: &[&str]) -> String {
    let names = Nix::List(names.iter().map(|name| value::string(name)).collect());
    format!("({DERIVATIONS}) ({})", print::fragment(&names).trim())
}
