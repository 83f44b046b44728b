//! The NixOS module of a feature.

use std::collections::BTreeSet;

use domi_model::{Assertion, Format, Manifest, OptionPath, Warning};

use crate::ast::{Binding, Key, Nix, Param};
use crate::lists::concat;
use crate::scope::{Scope, bound_format, format_functions};
use crate::tree::{Tree, when};
use crate::{
    commonmark, files, former, header, library, names, neighbours, options, print, program, shared,
    system, together, value,
};

/// The text of `modules/<kind>/<name>.nix`: a feature's options, and what they do.
///
/// `crate_dir` is the feature's crate relative to the root of the repository, with `/` between
/// its parts.
pub fn module(manifest: &Manifest, crate_dir: &str) -> String {
    with_functions(manifest, crate_dir).0
}

/// The text of a module, and the functions of the library that it uses.
pub(crate) fn with_functions(
    manifest: &Manifest,
    crate_dir: &str,
) -> (String, BTreeSet<&'static str>) {
    let mut tree = tree(manifest, crate_dir);
    let mut bound = files::bind_repeated(&mut tree);
    bound.extend(shared::bind_common(&mut tree));
    let free = free(&bound, &tree);
    let used = names::ALL.into_iter().filter(|name| free.contains(*name)).collect();
    let module = with_arguments(manifest, tree, bound, &used);
    (print::file(&header::of_feature(manifest, crate_dir), &module), used)
}

/// What a module and what is bound in it take from around them.
fn free(bound: &[Binding], module: &Nix) -> BTreeSet<String> {
    let mut free = module.free();
    free.extend(bound.iter().flat_map(Binding::free));
    free
}

/// Where a feature's module stands: `modules/services/feature-x.nix`.
pub(crate) fn module_path(manifest: &Manifest) -> String {
    format!("modules/{}/{}.nix", manifest.feature.kind.as_str(), manifest.feature.name)
}

fn tree(manifest: &Manifest, crate_dir: &str) -> Nix {
    let scope = Scope::module(manifest);
    let mut lines = vec![Binding::new("_class", Nix::str("nixos"))];
    lines.push(imports(manifest, crate_dir));
    lines.push(
        Binding::at(path("options", manifest), Nix::attrs(option_lines(&scope, manifest))).gap(),
    );
    lines.extend(config(&scope, manifest));
    lines.extend(maintainers(manifest));
    Nix::attrs(lines)
}

/// `meta.maintainers`, which takes nobody but those in nixpkgs' own list; the comment at the top of
/// the file names the others too.
fn maintainers(manifest: &Manifest) -> Option<Binding> {
    let handles = manifest.feature.maintainers.iter().filter_map(|one| one.github.as_deref());
    let handles: Vec<Nix> = handles.map(value::string).collect();
    if handles.is_empty() {
        return None;
    }
    let handle = Nix::Select {
        base: Box::new(Nix::ident("person")),
        path: vec!["github".into()],
        default: Some(Box::new(Nix::ident("null"))),
    };
    let is_one = Nix::lambda("person", Nix::lib_call("elem", [handle, Nix::List(handles)]));
    let everyone = Nix::lib_call("attrValues", [Nix::lib("maintainers")]);
    let path = vec!["meta".into(), "maintainers".into()];
    Some(Binding::at(path, Nix::lib_call("filter", [is_one, everyone])).gap())
}

fn path<'a>(first: &'a str, manifest: &'a Manifest) -> Vec<Key> {
    std::iter::once(first).chain(manifest.feature.option_prefix()).map(Key::from).collect()
}

/// The module as a function of what it uses, with the names that it uses bound.
fn with_arguments(
    manifest: &Manifest,
    module: Nix,
    files: Vec<Binding>,
    functions: &BTreeSet<&str>,
) -> Nix {
    let used = free(&files, &module);
    let mut bindings: Vec<Binding> = library::inherited(functions).into_iter().collect();
    if used.contains("cfg") {
        let cfg = Nix::ident("config").select(manifest.feature.option_prefix());
        bindings.push(Binding::new("cfg", cfg));
    }
    bindings.extend(neighbours::bindings(manifest, &used));
    bindings.extend(program::bindings(manifest, &used, "../.."));
    for format in [Format::Json, Format::Toml, Format::Yaml, Format::Ini] {
        let name = bound_format(format);
        if used.contains(&name) {
            bindings.push(Binding::new(name, format_functions(format)));
        }
    }
    bindings.extend(files.into_iter().map(Binding::gap));
    let body = Nix::let_in(bindings, module);
    let free = body.free();
    let arguments = ["config", "lib", "options", "pkgs", "utils"];
    let arguments = arguments.into_iter().filter(|name| free.contains(*name));
    Nix::Lambda(Param::Formals(arguments.map(str::to_owned).collect()), Box::new(body))
}

fn imports(manifest: &Manifest, crate_dir: &str) -> Binding {
    let full = |option: &OptionPath| {
        let names = manifest.feature.option_prefix().into_iter();
        let names = names.chain(option.0.iter().map(String::as_str));
        Nix::List(names.map(value::string).collect())
    };
    let renamed = manifest
        .renamed
        .iter()
        .map(|renamed| former::old_name(manifest, &manifest.feature.name, renamed, renamed.silent));
    let removed = manifest.removed.iter().map(|removed| {
        let reason = commonmark::description(&removed.reason);
        Nix::lib_call("mkRemovedOptionModule", [full(&removed.option), reason])
    });
    let extra =
        manifest.extra_nix.then(|| Nix::Path(format!("../../{}/extra.nix", plain(crate_dir))));
    let together = std::iter::once(Nix::Path(together::FROM_MODULE.to_owned()));
    let own = Nix::List(together.chain(renamed).chain(removed).chain(extra).collect());
    let imports = std::iter::once(own).chain(former::imports(manifest));
    Binding::new("imports", concat(imports)).gap()
}

/// A folder's path without the parts that lead nowhere.
pub(crate) fn plain(folder: &str) -> String {
    let names = folder.split('/').filter(|name| !name.is_empty() && *name != ".");
    names.collect::<Vec<_>>().join("/")
}

fn option_lines(scope: &Scope<'_>, manifest: &Manifest) -> Vec<Binding> {
    let enable = Nix::lib_call("mkEnableOption", [value::string(&enabled_thing(manifest))]);
    let mut lines = vec![Binding::new("enable", enable)];
    lines.extend(options::bindings(scope, &manifest.options));
    lines
}

/// What `Whether to enable …` ends with: the name, and what it is where the summary says that in a
/// noun.
pub(crate) fn enabled_thing(manifest: &Manifest) -> String {
    let feature = &manifest.feature;
    for article in ["A ", "An ", "The "] {
        if let Some(rest) = feature.summary.trim().strip_prefix(article) {
            return format!("{}, {}{rest}", feature.name, article.to_lowercase());
        }
    }
    feature.name.clone()
}

fn config(scope: &Scope<'_>, manifest: &Manifest) -> Option<Binding> {
    let mut tree = Tree::default();
    if !manifest.assertions.is_empty() {
        let all = manifest.assertions.iter().map(|e| assertion(scope, e)).collect();
        tree.set(["assertions".into()], Nix::List(all));
    }
    if !manifest.warnings.is_empty() {
        let all = concat(manifest.warnings.iter().map(|e| warning(scope, e)));
        tree.set(["warnings".into()], all);
    }
    system::define(scope, &manifest.system, &mut tree);
    let bindings: Vec<Binding> = tree.into_bindings().into_iter().map(Binding::gap).collect();
    if bindings.is_empty() {
        return None;
    }
    let enabled = scope.option(&["enable".to_owned()]);
    Some(Binding::new("config", when(Some(enabled), Nix::attrs(bindings))).gap())
}

fn assertion(scope: &Scope<'_>, assertion: &Assertion) -> Nix {
    Nix::attrs([
        Binding::new("assertion", scope.expr(&assertion.condition)),
        Binding::new("message", scope.string(&assertion.message)),
    ])
}

fn warning(scope: &Scope<'_>, warning: &Warning) -> Nix {
    let message = Nix::List(vec![scope.string(&warning.message)]);
    Nix::if_else(scope.expr(&warning.when), message, Nix::List(Vec::new()))
}
