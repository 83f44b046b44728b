//! Option declarations.

use domi_model::{Expr, NAME, NEIGHBOURS, OptionDecl, Submodule, Type, Value};

use crate::ast::{Binding, Nix, Param};
use crate::print;
use crate::scope::Scope;
use crate::types::nix_type;
use crate::value;

/// Options as an attribute set of declarations.
pub(crate) fn declarations(scope: &Scope<'_>, options: &[OptionDecl]) -> Nix {
    Nix::attrs(bindings(scope, options))
}

/// Options as lines of an attribute set.
pub(crate) fn bindings(scope: &Scope<'_>, options: &[OptionDecl]) -> Vec<Binding> {
    options
        .iter()
        .map(|option| Binding::new(option.name.as_str(), declaration(scope, option)).gap())
        .collect()
}

fn declaration(scope: &Scope<'_>, option: &OptionDecl) -> Nix {
    if let Some(package) = package_option(scope, option) {
        return package;
    }
    let mut lines = vec![Binding::new("type", nix_type(scope, &option.ty))];
    if option.internal {
        lines.push(Binding::new("internal", Nix::ident("true")));
    }
    if option.hidden {
        lines.push(Binding::new("visible", Nix::ident("false")));
    }
    if option.read_only {
        lines.push(Binding::new("readOnly", Nix::ident("true")));
    }
    if let Some(default) = &option.default {
        lines.push(Binding::new("default", default_value(scope, &option.ty, default)));
    }
    lines.extend(default_text(scope, option).map(|text| Binding::new("defaultText", text)));
    lines.extend(example(scope, option).map(|example| Binding::new("example", example)));
    lines.push(Binding::new("description", description(&option.description)));
    Nix::lib_call("mkOption", [Nix::attrs(lines)])
}

/// The shorthand that nixpkgs has for an option whose default is a package of its own, where
/// nothing is said of the option that it has no words for.
fn package_option(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    let special = option.internal
        || option.hidden
        || option.read_only
        || option.default_text.is_some()
        || option.ty != Type::Package;
    let Some(Expr::Package(name)) = option.default.as_ref().filter(|_| !special) else {
        return None;
    };
    let attribute = &scope.manifest.packages.get(name)?.nixpkgs;
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

fn usual_description(package: &str) -> String {
    format!("The {package} package to use.")
}

/// What documentation says of an option: `mkPackageOption` has a first sentence of its own.
pub(crate) fn shown_description(scope: &Scope<'_>, option: &OptionDecl) -> String {
    let own = plain_description(&option.description);
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
fn default_value(scope: &Scope<'_>, ty: &Type, default: &Expr) -> Nix {
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
pub(crate) fn shown_default(scope: &Scope<'_>, option: &OptionDecl) -> Option<Shown> {
    if let Some(text) = &option.default_text {
        return Some(Shown::Markdown(text.clone()));
    }
    let default = option.default.as_ref()?;
    Some(Shown::Nix(default_value(&scope.documented(), &option.ty, default)))
}

/// An option's example.
pub(crate) fn shown_example(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    Some(value::typed(scope.manifest, &option.ty, option.example.as_ref()?))
}

/// What `defaultText` must say: nothing where the default is a plain value.
fn default_text(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    match shown_default(scope, option)? {
        Shown::Markdown(text) => Some(Nix::lib_call("literalMD", [description(&text)])),
        Shown::Nix(nix) if is_plain(&nix) => None,
        Shown::Nix(nix) => Some(literal_expression(&nix)),
    }
}

fn example(scope: &Scope<'_>, option: &OptionDecl) -> Option<Nix> {
    let example = shown_example(scope, option)?;
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
    Nix::lib_call("literalExpression", [documentation(&print::fragment(nix))])
}

/// A description, without empty lines around it. One of several lines ends with a newline, so
/// that its closing quotes stand alone.
pub(crate) fn description(text: &str) -> Nix {
    documentation(plain_description(text))
}

/// A description without empty lines around it.
pub(crate) fn plain_description(text: &str) -> &str {
    text.trim_start_matches('\n').trim_end()
}

fn documentation(text: &str) -> Nix {
    if text.contains('\n') { value::string(&format!("{text}\n")) } else { value::string(text) }
}

/// What a submodule's function takes from the module system.
pub(crate) struct Arguments {
    config: String,
    name: String,
}

/// The scope within a submodule: its defaults see their neighbours and its name.
pub(crate) fn inside_submodule<'m>(
    scope: &Scope<'m>,
    options: &[OptionDecl],
) -> (Scope<'m>, Arguments) {
    let submodule = Type::Submodule(Submodule { options: options.to_vec() });
    let arguments = Arguments { config: NEIGHBOURS.to_owned(), name: NAME.to_owned() };
    let inner = scope.substitute(NEIGHBOURS, Nix::ident(NEIGHBOURS), Some(submodule)).substitute(
        NAME,
        Nix::ident(NAME),
        Some(Type::Str),
    );
    (inner, arguments)
}

impl Arguments {
    /// The module as it is, or as a function of what it uses.
    pub(crate) fn apply_to(&self, module: Nix) -> Nix {
        let free = module.free();
        let used: Vec<String> =
            [&self.config, &self.name].into_iter().filter(|n| free.contains(*n)).cloned().collect();
        if used.is_empty() {
            return module;
        }
        Nix::Lambda(Param::Formals(used), Box::new(module))
    }
}
