//! Why a configuration is refused, as a question that NixOS can be asked.

use std::collections::BTreeMap;

use domi_model::{Expr, Manifest, OptionDecl, OptionPath, Refusal, Type, Value};

use crate::ast::{Nix, Op};
use crate::infer;
use crate::value;

/// What must be true of `config` where the refusal has the reason that it should, each with what
/// to say where it is not.
///
/// A refusal names an option or the message of an assertion, or a part of either. An option is
/// one that the settings set, or leave out though it has no default; it is refused where its own
/// value cannot be had. An assertion only refuses where the system that it belongs to looks at it.
pub(super) fn reasons(manifest: &Manifest, refusal: &Refusal) -> Vec<(Nix, String)> {
    let because = &refusal.because;
    let mut options = Candidates::default();
    options.within(&OptionPath::default(), &[], &manifest.options, &refusal.settings);
    let refused_options = options.named(because).into_iter().map(|path| refused(manifest, path));
    let refused_options = refused_options.reduce(|a, b| Nix::binary(Op::Or, a, b));
    let asserted = manifest.assertions.iter().any(|assertion| says(&assertion.message, because));
    let reason = match refused_options {
        Some(refused) if !asserted => return vec![(refused, format!("{because} is accepted"))],
        Some(refused) => Nix::binary(Op::Or, refused, assertion_fails(because)),
        None => assertion_fails(because),
    };
    let toplevel = Nix::ident("config").dot("system.build.toplevel.drvPath");
    vec![
        (Nix::ident("refused").call(toplevel), "the settings are accepted".to_owned()),
        (reason, format!("refused, but not because of {because}")),
    ]
}

fn refused(manifest: &Manifest, path: &[String]) -> Nix {
    let prefix = manifest.feature.option_prefix();
    let value = Nix::ident("config").select(prefix).select(path.iter().map(String::as_str));
    // A package is too large to be looked through.
    let value = match infer::option(&manifest.options, path) {
        Some(ty) if has_package(&ty) => Nix::ident("builtins").dot("typeOf").call(value),
        _ => value,
    };
    Nix::ident("refused").call(value)
}

fn assertion_fails(because: &str) -> Nix {
    let failed = Nix::ident("a").dot("assertion").negated();
    let says = Nix::lib_call("hasInfix", [value::string(because), Nix::ident("a").dot("message")]);
    let matches = Nix::lambda("a", Nix::binary(Op::And, failed, says));
    Nix::lib_call("any", [matches, Nix::ident("config").dot("assertions")])
}

/// Whether a fixed part of a message has the text in it.
fn says(message: &Expr, text: &str) -> bool {
    match message {
        Expr::Literal(Value::Str(literal)) => literal.contains(text),
        Expr::Text(parts) => parts.iter().any(|part| says(part, text)),
        Expr::If(e) => says(&e.then, text) || says(&e.otherwise, text),
        _ => false,
    }
}

/// Options that may be what is wrong.
#[derive(Default)]
struct Candidates {
    /// How each is called, and the attributes that lead to it or to the list that it is in.
    options: Vec<(String, Vec<String>)>,
}

impl Candidates {
    /// Those with the name; or else those whose name has it in it, without the ones within
    /// others.
    fn named(&self, because: &str) -> Vec<&[String]> {
        let all = self.options.iter();
        if let Some((_, path)) = all.clone().find(|(name, _)| name == because) {
            return vec![path];
        }
        let mut paths: Vec<&[String]> =
            all.filter(|(name, _)| name.contains(because)).map(|(_, path)| &**path).collect();
        paths.sort_unstable();
        paths.dedup_by(|path, before| path.starts_with(before));
        paths
    }

    fn within(
        &mut self,
        at: &OptionPath,
        path: &[String],
        options: &[OptionDecl],
        settings: &BTreeMap<String, Value>,
    ) {
        for option in options {
            let value = settings.get(&option.name);
            if value.is_some() || option.default.is_none() {
                self.option(&at.join(&option.name), &joined(path, &option.name), &option.ty, value);
            }
        }
    }

    fn option(&mut self, at: &OptionPath, path: &[String], ty: &Type, value: Option<&Value>) {
        self.options.push((at.to_string(), path.to_vec()));
        match (ty, value) {
            (Type::NullOr(inner), value) => self.option(at, path, inner, value),
            (Type::Submodule(inner), Some(Value::Attrs(attrs))) => {
                self.within(at, path, &inner.options, attrs);
            }
            (Type::Settings(inner), Some(Value::Attrs(attrs))) => {
                self.within(at, path, &inner.options, attrs);
            }
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Some(Value::Attrs(attrs))) => {
                for (name, value) in attrs {
                    self.option(&at.join(name), &joined(path, name), inner, Some(value));
                }
            }
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Some(Value::List(items))) => {
                // No attribute leads into a list: what is within it is asked of the whole.
                for (i, item) in items.iter().enumerate() {
                    let mut inside = Self::default();
                    inside.option(&at.join(format!("[{i}]")), path, inner, Some(item));
                    let names = inside.options.into_iter().map(|(name, _)| name);
                    self.options.extend(names.map(|name| (name, path.to_vec())));
                }
            }
            _ => {}
        }
    }
}

fn joined(path: &[String], name: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(name.to_owned());
    path
}

/// Whether a value of the type may hold packages.
pub(crate) fn has_package(ty: &Type) -> bool {
    match ty {
        Type::Package => true,
        Type::ListOf(inner)
        | Type::NonEmptyListOf(inner)
        | Type::AttrsOf(inner)
        | Type::LazyAttrsOf(inner)
        | Type::NullOr(inner) => has_package(inner),
        Type::OneOf(types) => types.iter().any(has_package),
        Type::Submodule(inner) => inner.options.iter().any(|option| has_package(&option.ty)),
        Type::Settings(inner) => inner.options.iter().any(|option| has_package(&option.ty)),
        Type::AttrTag(variants) => variants.iter().any(|variant| has_package(&variant.ty)),
        _ => false,
    }
}
