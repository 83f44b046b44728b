//! Why a configuration is refused, as a question that NixOS can be asked.

use std::collections::BTreeMap;

use domi_model::{
    Expr, Manifest, NAME, OptionDecl, OptionPath, Refusal, Type, Value, has_package, take_at,
};

use crate::ast::{Nix, Op};
use crate::infer;
use crate::value;

/// What must be true of `config` where the refusal has the reason that it should, each with what
/// to say where it is not.
///
/// A refusal names an option or the message of an assertion, or a part of either. An option is
/// one that the settings set, leave out though it has no default, or set by the name of the set that it
/// is in; it is refused where its own value cannot be had. An assertion only refuses where the system that it belongs to looks at it.
///
/// What no option declares has no value of its own that could be had or not: it is the reason where the
/// same settings without it are accepted. `printed` prints settings.
pub(super) fn reasons(
    manifest: &Manifest,
    refusal: &Refusal,
    printed: impl Fn(&BTreeMap<String, Value>) -> Nix,
) -> Vec<(Nix, String)> {
    let because = &refusal.because;
    let mut options = Candidates::default();
    options.within(&OptionPath::default(), &[], &manifest.options, &refusal.settings);
    if let Some(path) = options.free(because) {
        let mut others = refusal.settings.clone();
        take_at(&mut others, path);
        let others = Nix::ident("evaluate").call(printed(&others));
        return vec![
            (is_refused(Nix::ident("config")), "the settings are accepted".to_owned()),
            (is_refused(others).negated(), format!("refused, but not because of {because}")),
        ];
    }
    let refused_options = options.named(because).into_iter().map(|path| refused(manifest, path));
    let refused_options = refused_options.reduce(|a, b| Nix::binary(Op::Or, a, b));
    let asserted = manifest.assertions.iter().any(|assertion| says(&assertion.message, because));
    let reason = match refused_options {
        Some(refused) if !asserted => return vec![(refused, format!("{because} is accepted"))],
        Some(refused) => Nix::binary(Op::Or, refused, assertion_fails(because)),
        None => assertion_fails(because),
    };
    vec![
        (is_refused(Nix::ident("config")), "the settings are accepted".to_owned()),
        (reason, format!("refused, but not because of {because}")),
    ]
}

/// Whether the system of a configuration is refused.
fn is_refused(config: Nix) -> Nix {
    Nix::ident("refused").call(config.dot("system.build.toplevel.drvPath"))
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
    /// What no option declares, in the same way.
    free: Vec<(String, Vec<String>)>,
}

impl Candidates {
    /// What no option declares and has the name, or has it in its own, where no option has it.
    fn free(&self, because: &str) -> Option<&[String]> {
        let is_option = self.options.iter().any(|(name, _)| name == because);
        let (_, path) = self.free.iter().find(|(name, _)| !is_option && name.contains(because))?;
        Some(path)
    }

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
            let is_name = matches!(&option.default, Some(Expr::Variable(it)) if it.name == NAME);
            if value.is_some() || option.default.is_none() || is_name {
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
                let is_declared =
                    |name: &String| inner.options.iter().any(|option| option.name == *name);
                let free = attrs.iter().filter(|(name, _)| !is_declared(name));
                for (name, value) in free {
                    self.undeclared(&at.join(name), &joined(path, name), value);
                }
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

    /// What no option declares, and the format of the settings may refuse.
    fn undeclared(&mut self, at: &OptionPath, path: &[String], value: &Value) {
        self.free.push((at.to_string(), path.to_vec()));
        if let Value::Attrs(attrs) = value {
            for (name, value) in attrs {
                self.undeclared(&at.join(name), &joined(path, name), value);
            }
        }
    }
}

fn joined(path: &[String], name: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(name.to_owned());
    path
}
