//! A shell for work: programs and variables that whoever enters it has.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;

use crate::codes::{NO_EFFECT, SHELL_CLASH};
use crate::fields::{Field, Fields, Shape};
use crate::software::{packages, variables};
use crate::{About, Features, Fleet, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "features",
        "a list of names of features",
        "Features whose software from nixpkgs is there, too.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "roles",
        "a list of names of roles",
        "Roles that are worked on: the software of the features that their files name is there, too.",
    )
    .shaped(Shape::Texts),
    Field::new(
        "units",
        "a list of names of organisations and units",
        "Those whose members it is for. Everybody where it is left out; nobody is kept from it.",
    )
    .shaped(Shape::Texts),
];

/// A shell for work.
#[derive(Debug, Clone, PartialEq)]
pub struct Shell {
    /// What every file says.
    pub about: About,
    /// Packages, by their names in nixpkgs.
    pub packages: Vec<Ref>,
    /// Variables of the environment, by name.
    pub variables: BTreeMap<String, Ref>,
    /// Features whose software is there.
    pub features: Vec<Ref>,
    /// Roles whose features' software is there.
    pub roles: Vec<Ref>,
    /// Whose members it is for.
    pub units: Vec<Ref>,
}

impl Shell {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        Self {
            about,
            packages: packages(fields),
            variables: variables(fields),
            features: fields.references("features"),
            roles: fields.references("roles"),
            units: fields.references("units"),
        }
    }

    /// The features whose software is there, of roles as well.
    pub fn all_features<'f>(&'f self, fleet: &'f Fleet) -> BTreeSet<&'f str> {
        let roles = self.roles.iter().filter_map(|role| fleet.roles.get(&role.name));
        let of_roles = roles.flat_map(|role| &role.given.features);
        self.features.iter().chain(of_roles).map(|it| it.name.as_str()).collect()
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
            && shell.all_features(fleet).is_empty();
        if is_empty && shell.about.readable && shell.about.wrong.is_empty() {
            let message = "there is nothing in it";
            let problem = Problem::warning(NO_EFFECT, name, message).at(shell.about.at(1));
            problems.push(problem.next("name packages or features, or remove the file"));
        }
    }
    problems
}
