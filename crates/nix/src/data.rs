//! Values that are written into files: what Nix would read as something else, or a format cannot
//! hold, is refused by a module as `domi-realise` refuses it.

use domi_model::{Expr, Format, Type};

use crate::ast::Nix;
use crate::names::{INI_DATA, KEY_VALUES, MERGED, PLAIN_DATA, TOML_DATA, WITHOUT_NULLS};
use crate::scope::Scope;

impl Scope<'_> {
    /// What makes a file of a format, and what it makes it of.
    pub(crate) fn generate(&self, format: Format, value: &Expr) -> (Nix, Nix) {
        let generate = match format {
            Format::KeyValue => Nix::ident("pkgs").dot("writeText"),
            _ => self.format(format).dot("generate"),
        };
        (generate, self.written(format, value))
    }

    /// A value that a file of a format holds, or a text of JSON or lines.
    pub(crate) fn written(&self, format: Format, expr: &Expr) -> Nix {
        let nix = self.expr(expr);
        let plain = |nix: Nix| Nix::ident(PLAIN_DATA).call(nix);
        match format {
            Format::Ini if self.is_tame(expr) => nix,
            Format::Ini => Nix::ident(INI_DATA).call(nix),
            Format::KeyValue => Nix::ident(KEY_VALUES).call(nix),
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
            // A set that another feature declares may have more names than are known here.
            Expr::MapAttrs(_) | Expr::Match(_) | Expr::Neighbour(_) => false,
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
        Expr::Filter(e) => vec![&e.over],
        Expr::FilterAttrs(e) => vec![&e.over],
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
            Type::Coerced(it) => inner(&it.to),
            Type::Submodule(submodule) => submodule.options.iter().all(|o| inner(&o.ty)),
            Type::Settings(settings) => settings.options.iter().all(|o| inner(&o.ty)),
            Type::AttrTag(variants) => variants.iter().all(|variant| inner(&variant.ty)),
            _ => true,
        }
}

fn has_names_of_its_own(ty: &Type) -> bool {
    !matches!(ty, Type::AttrsOf(_) | Type::LazyAttrsOf(_) | Type::Settings(_) | Type::Anything)
}
