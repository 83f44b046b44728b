//! What documentation shows of an option.

use domi_model::{Expr, OptionDecl, Type};

use crate::ast::Nix;
use crate::package_option::{package_option, usual_description};
use crate::scope::Scope;
use crate::{commonmark, print, value};

/// What documentation says of an option: `mkPackageOption` has a first sentence of its own.
pub(crate) fn description(scope: &Scope<'_>, option: &OptionDecl) -> String {
    let own = commonmark::plain(&option.description);
    let package = match &option.default {
        Some(Expr::Package(name)) if package_option(scope, option).is_some() => {
            scope.manifest.packages.get(name).and_then(|package| package.nixpkgs.last())
        }
        _ => None,
    };
    match package.map(|package| usual_description(package)) {
        Some(usual) if usual != own => format!("{usual} {own}"),
        _ => own.to_owned(),
    }
}

/// A default: plain values by the option's type, since only that tells packages from strings.
pub(crate) fn default_value(scope: &Scope<'_>, ty: &Type, default: &Expr) -> Nix {
    match default {
        Expr::Literal(value) => value::typed(scope.manifest, ty, value),
        expr => scope.expr(expr),
    }
}

/// How documentation shows a value.
pub(crate) enum Shown {
    /// A Nix expression.
    Nix(Nix),
    /// CommonMark.
    Markdown(String),
}

/// How documentation shows an option's default.
pub(crate) fn default(scope: &Scope<'_>, option: &OptionDecl) -> Option<Shown> {
    if let Some(text) = &option.default_text {
        return Some(Shown::Markdown(text.clone()));
    }
    let default = option.default.as_ref()?;
    Some(Shown::Nix(default_value(&scope.documented(), &option.ty, default)))
}

/// An option's example.
pub(crate) fn example(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    Some(value::typed(scope.manifest, &option.ty, option.example.as_ref()?))
}

/// What `defaultText` must say: nothing where the default is a plain value.
pub(crate) fn default_text(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    match default(scope, option)? {
        Shown::Markdown(text) => Some(Nix::lib_call("literalMD", [commonmark::description(&text)])),
        Shown::Nix(nix) if is_plain(&nix) => None,
        Shown::Nix(nix) => Some(literal_expression(&nix)),
    }
}

/// What `example` must say: a plain value, or the expression as text.
pub(crate) fn example_text(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    let example = example(scope, option)?;
    Some(if is_plain(&example) { example } else { literal_expression(&example) })
}

/// Whether an expression names nothing, and so is the value that it has.
fn is_plain(nix: &Nix) -> bool {
    nix.free().iter().all(|name| is_constant(name))
}

fn is_constant(name: &str) -> bool {
    matches!(name, "true" | "false" | "null")
}

fn literal_expression(nix: &Nix) -> Nix {
    Nix::lib_call("literalExpression", [commonmark::paragraphs(&print::fragment(nix))])
}
