//! What NixOS warns of in units, or refuses, and systemd does not do as it is written.

use super::Validator;
use super::directives::fixed_texts;
use crate::codes::BAD_SYSTEM;
use crate::{Expr, Setting, Unit, UnitKind};

impl Validator<'_> {
    /// Checks what is fixed; what settings bring is for those who know them.
    pub(super) fn warned(&mut self, unit: &Unit, subject: &str) {
        let mut wrong =
            |message: String| self.add_at(BAD_SYSTEM, subject, message, unit.place.as_ref());
        let related = |relation: &str| unit.relations.get(relation).into_iter().flatten();
        let is = |names: &Expr, wanted: &str| fixed_texts(names).iter().any(|it| it == wanted);
        let depends = ["wants", "requires", "bindsTo"].into_iter().flat_map(related);
        let might = |names: &Expr| is(names, ONLINE) || !is_fixed(names);
        if related("after").any(|name| is(name, ONLINE)) && !depends.clone().any(might) {
            wrong(format!("it is ordered after {ONLINE} but does not depend on it; it `wants` it"));
        }
        if unit.kind != UnitKind::Service {
            return;
        }
        if related("after").chain(related("wants")).any(|name| is(name, INTERFACES)) {
            wrong(format!("{INTERFACES} no longer exists; `network.target` is meant"));
        }
        let fixed = |key: &str| {
            let setting: Option<&Setting> = unit.config.get(key);
            setting.filter(|it| it.when.is_none()).and_then(|it| it.value.fixed_text())
        };
        let restart = fixed("Restart").unwrap_or_default();
        if fixed("Type").is_some_and(|it| it == "oneshot")
            && matches!(&*restart, "always" | "on-success")
        {
            wrong(format!("a service with Type=oneshot cannot have Restart={restart}"));
        }
    }
}

/// Whether it is known which names there are.
fn is_fixed(names: &Expr) -> bool {
    match names {
        Expr::Literal(_) => true,
        Expr::List(parts) | Expr::Concat(parts) => parts.iter().all(is_fixed),
        other => other.fixed_text().is_some(),
    }
}

const ONLINE: &str = "network-online.target";
const INTERFACES: &str = "network-interfaces.target";
