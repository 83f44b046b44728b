//! What a feature tells of itself to the others on its machine.

use domi_model::{Claimed, Expr, Manifest, Neighbour, Thing, Type, Variable, plain_path};

use super::Definer;
use crate::ast::{Binding, Key, Nix, Part};
use crate::guard::is_fixed;
use crate::names;
use crate::scope::Scope;
use crate::tree::Segment;
use crate::value::string_list;

impl Definer<'_, '_> {
    pub(super) fn together(&mut self, manifest: &Manifest) {
        let own = ["domi", "together", &manifest.feature.name];
        let mut claimed = manifest.claimed();
        // Those that are always there make one list, which then needs no operator.
        claimed.sort_by_key(|claimed| !claimed.scope.is_plain() || claimed.many);
        for claimed in &claimed {
            let keys = own.into_iter().chain(["claims"]).map(Key::from);
            let segment = match &claimed.scope.each {
                None => Segment {
                    list: items(self.scope, claimed),
                    when: claimed.scope.when.as_ref().map(|when| self.scope.expr(when)),
                },
                Some(each) => {
                    let list = self.for_each(each, &claimed.scope, |scope| items(scope, claimed));
                    Segment { list, when: None }
                }
            };
            self.tree.extend(keys, segment);
        }
        self.others(&own, "requires", &manifest.requires);
        self.others(&own, "wants", &manifest.wants);
        self.others(&own, "conflicts", &manifest.conflicts);
        let says_nothing = claimed.is_empty()
            && manifest.requires.is_empty()
            && manifest.wants.is_empty()
            && manifest.conflicts.is_empty();
        if says_nothing {
            // That it is there.
            self.tree.set(own.map(Key::from), Nix::attrs([]));
        }
    }

    fn others(&mut self, own: &[&str], kind: &str, others: &[Neighbour]) {
        for other in others {
            let keys = own.iter().copied().chain([kind]).map(Key::from);
            let list = Nix::List(vec![Nix::str(&*other.feature)]);
            let when = other.when.as_ref().map(|when| self.scope.expr(when));
            self.tree.extend(keys, Segment { list, when });
        }
    }
}

/// A list of what is claimed.
fn items(scope: &Scope<'_>, claimed: &Claimed) -> Nix {
    let list = match scope.type_of(&claimed.names) {
        Some(Type::ListOf(_) | Type::NonEmptyListOf(_)) => scope.expr(&claimed.names),
        None if claimed.many => Nix::lib_call("toList", [scope.expr(&claimed.names)]),
        _ => return Nix::List(vec![item(scope, claimed, &claimed.names)]),
    };
    let (inner, param) = scope.bind("name", scope.element(&claimed.names));
    let name = Expr::Variable(Variable { name: "name".to_owned(), path: Vec::new() });
    let one = Nix::lambda(&param, item(&inner, claimed, &name));
    Nix::ident("map").call(one).call(list)
}

fn item(scope: &Scope<'_>, claimed: &Claimed, name: &Expr) -> Nix {
    let mut lines = vec![Binding::new("what", what(scope, claimed, name))];
    if !claimed.options.is_empty() {
        let options: Vec<String> = claimed.options.iter().cloned().collect();
        lines.push(Binding::new("options", string_list(&options)));
    }
    Nix::attrs(lines)
}

fn what(scope: &Scope<'_>, claimed: &Claimed, name: &Expr) -> Nix {
    let words = claimed.thing.words();
    let literal = |text: &str| Expr::Literal(text.into());
    let mut parts = vec![literal(claimed.before), name.clone(), literal(&claimed.after)];
    parts.retain(|part| part.fixed_text().as_deref() != Some(""));
    if claimed.thing != Thing::Path {
        parts.insert(0, literal(&format!("{words} ")));
        return scope.string(&Expr::Text(parts));
    }
    let path = Expr::Text(parts);
    match path.fixed_text() {
        Some(path) if is_fixed(name) => Nix::str(format!("{words} {}", plain_path(&path))),
        _ => Nix::Str(vec![
            Part::Text(format!("{words} ")),
            Part::Interpolation(Nix::ident(names::PLAIN_PATH).call(scope.string(&path))),
        ]),
    }
}
