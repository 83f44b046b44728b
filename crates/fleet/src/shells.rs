//! What shells come to in a fleet, and what is wrong with them.

use std::collections::BTreeSet;

use domi_model::Problem;

use crate::codes::{NO_EFFECT, SHELL_CLASH};
use crate::{Features, Fleet, Shell};

impl Shell {
    /// The features whose software is there, of roles as well, by the names that they have now.
    pub fn all_features<'f>(&'f self, fleet: &'f Fleet, of: &'f Features) -> BTreeSet<&'f str> {
        let roles = self.roles.iter().filter_map(|role| fleet.roles.get(&role.name));
        let of_roles = roles.flat_map(|role| &role.given.features);
        self.features.iter().chain(of_roles).map(|it| of.called(&it.name)).collect()
    }
}

/// What is wrong with shells where these features are known.
pub(crate) fn shells(fleet: &Fleet, features: &Features) -> Vec<Problem> {
    let mut problems = Vec::new();
    for shell in fleet.shells.values().filter(|it| it.about.is_current()) {
        let name = &shell.about.name;
        if features.has(name) {
            let message = format!("the feature `{name}` has a shell of this name already");
            let problem = Problem::error(SHELL_CLASH, name, message).at(shell.about.at(1));
            problems.push(problem.next("give the file another name"));
        }
        let is_empty = shell.packages.is_empty()
            && shell.variables.is_empty()
            && shell.all_features(fleet, features).is_empty();
        if is_empty && shell.about.readable && shell.about.wrong.is_empty() {
            let message = "there is nothing in it";
            let problem = Problem::warning(NO_EFFECT, name, message).at(shell.about.at(1));
            problems.push(problem.next("name packages or features, or remove the file"));
        }
    }
    problems
}
