//! What NixOS says of units that it takes, in its words.

use domi_model::{self as model, UnitKind};

use super::build::{About, Builder};
use super::section::Section;
use crate::codes::NOT_WRITABLE;
use crate::eval::Scope;

impl Builder<'_> {
    pub(super) fn warned(
        &mut self,
        part: &model::Unit,
        own: &Section,
        about: About<'_>,
        scope: &Scope<'_>,
    ) {
        let name = about.subject;
        let related = |relations: &[&str]| -> Vec<String> {
            let named = relations.iter().filter_map(|relation| part.relations.get(*relation));
            let names =
                named.flatten().filter_map(|names| scope.texts(scope.eval(names).ok()?).ok());
            names.flatten().collect()
        };
        let (after, wants) = (related(&["after"]), related(&["wants"]));
        let depends = related(&["wants", "requires", "bindsTo"]);
        let among = |units: &[String], unit: &str| units.iter().any(|it| it == unit);
        if among(&after, ONLINE) && !among(&depends, ONLINE) {
            self.warn(
                about,
                format!("{name} is ordered after '{ONLINE}' but doesn't depend on it"),
            );
        }
        if part.kind != UnitKind::Service {
            return;
        }
        if among(&after, INTERFACES) || among(&wants, INTERFACES) {
            self.problem(NOT_WRITABLE, about, format!("{INTERFACES} no longer exists"));
        }
        let is = |key: &str, words: &[&str]| own.lines(key).iter().any(|it| words.contains(&&**it));
        if is("Type", &["oneshot"]) && is("Restart", &["always", "on-success"]) {
            self.warn(
                about,
                format!(
                    "Service '{name}' with 'Type=oneshot' cannot have 'Restart=always' or \
                     'Restart=on-success'"
                ),
            );
        }
    }
}

const ONLINE: &str = "network-online.target";
const INTERFACES: &str = "network-interfaces.target";
