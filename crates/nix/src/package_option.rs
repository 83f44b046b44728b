//! Options that nixpkgs has a shorthand for: packages with a default.

use domi_model::{Expr, OptionDecl, Type, Value};

use crate::ast::{Binding, Nix};
use crate::commonmark::description;
use crate::scope::Scope;
use crate::value;

/// The shorthand that nixpkgs has for an option whose default is a package of its own, where
/// nothing is said of the option that it has no words for.
pub(crate) fn package_option(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    let special = option.internal
        || option.hidden
        || option.read_only
        || option.default_text.is_some()
        || option.ty != Type::Package;
    let Some(Expr::Package(name)) = option.default.as_ref().filter(|_| !special) else {
        return None;
    };
    let package = scope.manifest.packages.get(name)?;
    if package.of_crate.is_some() {
        return None;
    }
    let attribute = &package.nixpkgs;
    let last = attribute.last()?;
    let path = |attribute: &[String]| match attribute {
        [only] => value::string(only),
        path => Nix::List(path.iter().map(|name| value::string(name)).collect()),
    };
    let mut extra = Vec::new();
    if let Some(Value::Str(example)) = &option.example {
        let example = &scope.manifest.packages.get(example)?.nixpkgs;
        let names = example.iter().map(|name| value::string(name)).collect();
        extra.push(Binding::new("example", Nix::List(names)));
    }
    if option.description.trim() != usual_description(last) {
        extra.push(Binding::new("extraDescription", description(&option.description)));
    }
    let pkgs = Nix::ident("pkgs");
    Some(Nix::lib_call("mkPackageOption", [pkgs, path(attribute), Nix::attrs(extra)]))
}

/// The first sentence of the description that `mkPackageOption` makes.
pub(crate) fn usual_description(package: &str) -> String {
    format!("The {package} package to use.")
}
