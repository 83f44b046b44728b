//! Which options may hold paths of the store because their defaults do: on portable machines these
//! are other ones, so that nothing may depend on what they are made of.

use std::collections::BTreeSet;

use crate::shape::Shape;
use crate::{Expr, NEIGHBOURS, OptionDecl, Settings, Submodule, Type};

/// The options of a feature that may.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    names: BTreeSet<String>,
}

impl Stored {
    pub(crate) fn of(options: &[OptionDecl]) -> Self {
        let mut stored = Self::default();
        loop {
            let before = stored.names.len();
            for option in options {
                let brings = |default: &Expr| stored.is_in(default, &BTreeSet::new());
                if has_package(&option.ty) || any_default(option, &brings) {
                    stored.names.insert(option.name.clone());
                }
            }
            if stored.names.len() == before {
                return stored;
            }
        }
    }

    /// The shape of options that stand beside each other.
    pub(crate) fn record(&self, options: &[OptionDecl]) -> Shape {
        let mut brought = BTreeSet::new();
        loop {
            let before = brought.len();
            for option in options {
                let is_in = |default: &Expr| self.is_in(default, &brought);
                if has_package(&option.ty) || option.default.as_ref().is_some_and(is_in) {
                    brought.insert(&*option.name);
                }
            }
            if brought.len() == before {
                break;
            }
        }
        let each = options.iter().map(|option| {
            let shape = Shape::with(&option.ty, &|options| self.record(options));
            let is_in = |default: &Expr| self.is_in(default, &brought);
            let stored = option.default.as_ref().is_some_and(is_in);
            (option.name.clone(), if stored { shape.stored() } else { shape })
        });
        Shape::Record(each.collect())
    }

    /// Whether a default is made of such a path, or of an option that may be; `beside` are those of
    /// its neighbours.
    fn is_in(&self, default: &Expr, beside: &BTreeSet<&str>) -> bool {
        default.any(&|expr| match expr {
            Expr::Package(_)
            | Expr::PackagePath(_)
            | Expr::SettingsFile(_)
            | Expr::TextFile(_)
            | Expr::Script(_) => true,
            Expr::Option(path) => path.0.first().is_none_or(|name| self.names.contains(name)),
            Expr::Variable(variable) if variable.name == NEIGHBOURS => {
                variable.path.first().is_none_or(|name| beside.contains(&**name))
            }
            _ => false,
        })
    }
}

/// Whether something holds of an option's default, or of one within it.
fn any_default(option: &OptionDecl, holds: &impl Fn(&Expr) -> bool) -> bool {
    option.default.as_ref().is_some_and(holds)
        || within(&option.ty).iter().any(|option| any_default(option, holds))
}

/// The options that are declared within a type.
fn within(ty: &Type) -> Vec<&OptionDecl> {
    match ty {
        Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }) => {
            options.iter().collect()
        }
        other => inner(other).into_iter().flat_map(within).collect(),
    }
}

/// Whether a value of a type may be a package, or have one in it at any depth.
pub fn has_package(ty: &Type) -> bool {
    matches!(ty, Type::Package)
        || inner(ty).into_iter().any(has_package)
        || within(ty).into_iter().any(|option| has_package(&option.ty))
}

/// The types that values of a type are made of, but for those of options.
fn inner(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::ListOf(inner)
        | Type::NonEmptyListOf(inner)
        | Type::AttrsOf(inner)
        | Type::LazyAttrsOf(inner)
        | Type::NullOr(inner) => vec![inner],
        Type::OneOf(types) => types.iter().collect(),
        Type::Coerced(it) => vec![&it.from, &it.to],
        Type::AttrTag(variants) => variants.iter().map(|variant| &variant.ty).collect(),
        _ => Vec::new(),
    }
}
