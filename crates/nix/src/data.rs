//! Values that are written into files: what Nix would read as something else, or a format cannot
//! hold, is refused by a module as `domi-realise` refuses it.

use domi_model::{Expr, Format, NIX_NAMES, Type, Value, ini};

use crate::ast::{Binding, Nix, Op, Part};
use crate::library::{FITTING, ONE_LINE};
use crate::scope::Scope;
use crate::value;

/// The function of generated modules that refuses sets which Nix reads as something else.
pub(crate) const PLAIN_DATA: &str = "plainData";

/// The function of generated modules that refuses null.
pub(crate) const TOML_DATA: &str = "tomlData";

/// The function of generated modules that refuses names and values that INI does not hold.
pub(crate) const INI_DATA: &str = "iniData";

/// The function of generated modules that leaves out what is null.
pub(crate) const WITHOUT_NULLS: &str = "withoutNulls";

/// The function of generated modules that merges sets, but not into packages.
pub(crate) const MERGED: &str = "merged";

impl Scope<'_> {
    /// A value that a file of a format holds, or a text of JSON.
    pub(crate) fn written(&self, format: Format, expr: &Expr) -> Nix {
        let nix = self.expr(expr);
        let plain = |nix: Nix| Nix::ident(PLAIN_DATA).call(nix);
        match format {
            Format::Ini if self.is_tame(expr) => nix,
            Format::Ini => Nix::ident(INI_DATA).call(nix),
            _ if self.has_fixed_names(expr) => nix,
            Format::Toml => Nix::ident(TOML_DATA).call(plain(nix)),
            Format::Json | Format::Yaml => plain(nix),
        }
    }

    /// A value without the attributes that are null.
    pub(crate) fn without_nulls(&self, expr: &Expr) -> Nix {
        Nix::ident(WITHOUT_NULLS).call(self.expr(expr))
    }

    /// The function that merges two of these sets at any depth.
    pub(crate) fn deep_merge(&self, sets: &[Expr]) -> Nix {
        if sets.iter().any(|set| self.may_hold_package(set)) {
            Nix::ident(MERGED)
        } else {
            Nix::lib("recursiveUpdate")
        }
    }

    /// Whether no setting decides on a name of an attribute within the value.
    fn has_fixed_names(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Option(_) | Expr::Variable(_) => {
                self.type_of(expr).is_some_and(|ty| every_type(&ty, &has_names_of_its_own))
            }
            Expr::MapAttrs(_) | Expr::Match(_) => false,
            Expr::MapList(e) => {
                let (inner, _) = self.bind(&e.item, self.element(&e.over));
                inner.has_fixed_names(&e.body)
            }
            Expr::AttrsToList(e) => {
                self.bind_entry(&e.name, &e.value, &e.over).0.has_fixed_names(&e.body)
            }
            _ => parts(expr).into_iter().all(|part| self.has_fixed_names(part)),
        }
    }

    fn may_hold_package(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Package(_) => true,
            Expr::Option(_) | Expr::Variable(_) => self
                .type_of(expr)
                .is_none_or(|ty| !every_type(&ty, &|ty| !matches!(ty, Type::Package))),
            Expr::MapList(_) | Expr::MapAttrs(_) | Expr::AttrsToList(_) | Expr::Match(_) => true,
            _ => parts(expr).into_iter().any(|part| self.may_hold_package(part)),
        }
    }
}

/// The expressions whose values are parts of an expression's value.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::If(e) => vec![&e.then, &e.otherwise],
        Expr::List(parts) | Expr::Concat(parts) | Expr::Merge(parts) => parts.iter().collect(),
        Expr::Attrs(attrs) => attrs.values().collect(),
        Expr::WithoutNulls(inner) => vec![inner],
        _ => Vec::new(),
    }
}

/// Whether something holds of a type and of every type within it.
fn every_type(ty: &Type, holds: &impl Fn(&Type) -> bool) -> bool {
    let inner = |ty: &Type| every_type(ty, holds);
    holds(ty)
        && match ty {
            Type::ListOf(ty)
            | Type::NonEmptyListOf(ty)
            | Type::AttrsOf(ty)
            | Type::LazyAttrsOf(ty)
            | Type::NullOr(ty) => inner(ty),
            Type::OneOf(types) => types.iter().all(inner),
            Type::Submodule(submodule) => submodule.options.iter().all(|o| inner(&o.ty)),
            Type::Settings(settings) => settings.options.iter().all(|o| inner(&o.ty)),
            Type::AttrTag(variants) => variants.iter().all(|variant| inner(&variant.ty)),
            _ => true,
        }
}

fn has_names_of_its_own(ty: &Type) -> bool {
    !matches!(ty, Type::AttrsOf(_) | Type::LazyAttrsOf(_) | Type::Settings(_) | Type::Anything)
}

/// What the functions are.
pub(crate) fn bindings() -> Vec<Binding> {
    let all = [
        (INI_DATA, ini_data(), "Refuses names and values that an INI file does not hold."),
        (MERGED, merged(), "Merges sets at any depth, but nothing into a package."),
        (PLAIN_DATA, plain_data(), "Refuses sets that Nix would read as something else."),
        (TOML_DATA, toml_data(), "Refuses null, which TOML cannot hold."),
        (WITHOUT_NULLS, without_nulls(), "Leaves out what is null, at any depth."),
    ];
    all.map(|(name, function, what)| Binding::new(name, function).comment(what)).into()
}

fn value() -> Nix {
    Nix::ident("value")
}

fn is(kind: &str, nix: Nix) -> Nix {
    Nix::ident("builtins").dot(kind).call(nix)
}

fn has_out_path(nix: Nix) -> Nix {
    Nix::HasAttr { base: Box::new(nix), path: vec!["outPath".into()] }
}

fn either(left: Nix, right: Nix) -> Nix {
    Nix::binary(Op::Or, left, right)
}

fn both(left: Nix, right: Nix) -> Nix {
    Nix::binary(Op::And, left, right)
}

/// A set that is a text is one of the store's: others are settings, of which nobody knows that
/// they would be read so.
fn plain_data() -> Nix {
    let out_path = || value().dot("outPath");
    let text = both(is("isString", out_path()), is("hasContext", out_path()));
    let stored = both(has_out_path(value()), either(is("isPath", out_path()), text));
    let names = Nix::List(NIX_NAMES.map(Nix::str).into());
    let refused = Nix::lib_call("elem", [Nix::ident("name"), names]);
    let message = Nix::Str(vec![
        Part::Text("`".to_owned()),
        Part::Interpolation(Nix::ident("name")),
        Part::Text("` means something else in Nix; choose another name".to_owned()),
    ]);
    let inner = Nix::ident(PLAIN_DATA).call(Nix::ident("inner"));
    let each = Nix::lambda2("name", "inner", Nix::lib_call("throwIf", [refused, message, inner]));
    let not_set = is("isAttrs", value()).negated();
    let scalar = either(not_set, stored);
    each_item(PLAIN_DATA, Nix::if_else(scalar, value(), Nix::lib_call("mapAttrs", [each, value()])))
}

/// A function of a value that goes through lists by itself.
fn each_item(name: &str, otherwise: Nix) -> Nix {
    let items = Nix::ident("map").call(Nix::ident(name)).call(value());
    Nix::lambda("value", Nix::if_else(is("isList", value()), items, otherwise))
}

fn is_plain_set() -> Nix {
    both(is("isAttrs", value()), has_out_path(value()).negated())
}

fn toml_data() -> Nix {
    let each = Nix::lambda("_", Nix::ident(TOML_DATA));
    let set = Nix::lib_call("mapAttrs", [each, value()]);
    let is_null = Nix::binary(Op::Equal, value(), value::plain(&Value::Null));
    let message = Nix::str("null cannot be written as TOML");
    let scalar = Nix::lib_call("throwIf", [is_null, message, value()]);
    each_item(TOML_DATA, Nix::if_else(is_plain_set(), set, scalar))
}

fn without_nulls() -> Nix {
    let there = Nix::binary(Op::NotEqual, Nix::ident("inner"), value::plain(&Value::Null));
    let there = Nix::lambda2("_", "inner", there);
    let filtered = Nix::lib_call("filterAttrs", [there, value()]);
    let each = Nix::lambda("_", Nix::ident(WITHOUT_NULLS));
    let set = Nix::lib_call("mapAttrs", [each, filtered]);
    each_item(WITHOUT_NULLS, Nix::if_else(is_plain_set(), set, value()))
}

fn merged() -> Nix {
    let plain = |name: &str| {
        let nix = || Nix::ident(name);
        both(is("isAttrs", nix()), has_out_path(nix()).negated())
    };
    let leaf = both(plain("left"), plain("right")).negated();
    let until = Nix::lambda("_", Nix::lambda2("left", "right", leaf));
    Nix::lib_call("recursiveUpdateUntil", [until])
}

fn ini_data() -> Nix {
    let fitting = |pattern: &str, name: &str| {
        Nix::ident(FITTING).call(Nix::str(pattern)).call(Nix::ident(name))
    };
    let pair = |name: Nix, inner: Nix| Nix::lib_call("nameValuePair", [name, inner]);
    let line = pair(fitting(ini::KEY, "key"), Nix::ident(ONE_LINE).call(value()));
    let lines =
        Nix::lib_call("mapAttrs'", [Nix::lambda2("key", "value", line), Nix::ident("lines")]);
    let section = pair(fitting(ini::SECTION, "section"), lines);
    Nix::lib_call("mapAttrs'", [Nix::lambda2("section", "lines", section)])
}
