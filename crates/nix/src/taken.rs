//! Names that settings make: a module refuses those that machines have already, and two of one
//! name, as `domi-realise` does.

use domi_model::reserved::Kind;
use domi_model::{Each, Expr};

use crate::ast::Nix;
use crate::names::{FREE_ETC_PATH, FREE_GROUP, FREE_TMPFILES_PATH, FREE_UNIT, FREE_USER};
use crate::scope::Scope;

impl Scope<'_> {
    /// A name that machines do not have; `name` is how it is written in Nix.
    pub(crate) fn free_name(&self, kind: Kind, suffix: &str, expr: &Expr, name: Nix) -> Nix {
        let feature = &self.manifest.feature.name;
        if !kind.may_begin(&fixed_beginning(expr), feature) {
            return name;
        }
        let check = match kind {
            Kind::Unit => Nix::ident(FREE_UNIT).call(Nix::str(suffix)),
            Kind::User => Nix::ident(FREE_USER),
            Kind::Group => Nix::ident(FREE_GROUP),
            Kind::Etc => Nix::ident(FREE_ETC_PATH).call(Nix::str(feature)),
            Kind::Tmpfiles => Nix::ident(FREE_TMPFILES_PATH),
        };
        check.call(name)
    }
}

/// The part at the start of a text that no setting decides on.
fn fixed_beginning(expr: &Expr) -> String {
    let Expr::Text(parts) = expr else { return expr.fixed_text().unwrap_or_default() };
    parts.iter().map_while(Expr::fixed_text).collect()
}

/// Whether no two entries get one name.
pub(crate) fn is_own_name(name: &Expr, each: &Each) -> bool {
    let is_key = |expr: &Expr| matches!(expr, Expr::Variable(it) if it.name == each.name && it.path.is_empty());
    match name {
        Expr::Text(parts) => {
            parts.iter().any(is_key)
                && parts.iter().all(|part| is_key(part) || part.fixed_text().is_some())
        }
        name => is_key(name),
    }
}
