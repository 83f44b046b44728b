//! The home of a user on hosts, as home-manager makes one.

use std::collections::BTreeMap;

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::software::{files, packages, variables};
use crate::{About, Kind, Ref, Selector};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "user",
        "the name of a user",
        "Whose home it is. Where it is left out, that of the same name.",
    ).naming(Kind::User),
    Field::new(
        "on",
        "a table of selectors, such as { roles = [\"web\"] }",
        "The hosts on which the home is so. All on which the user may log in where it is left out.",
    )
    .shaped(Shape::Selectors),
    Field::new(
        "state_version",
        "a release such as \"26.05\"",
        "The release of home-manager with which the home began; it stays when home-manager is newer. \
         Needed.",
    ),
    Field::new(
        "files",
        "a table of texts",
        "Files in the home, by their paths: `\".config/x\" = \"text\"`. Everybody on the machine can \
         read them.",
    )
    .shaped(Shape::Named),
];

/// The home of a user on hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// What every file says.
    pub about: About,
    /// Whose it is.
    pub user: Ref,
    /// The hosts on which it is so; none for all on which the user may log in.
    pub on: Option<Selector>,
    /// The release with which it began; empty only where that is a problem.
    pub state_version: String,
    /// Packages, by their names in nixpkgs.
    pub packages: Vec<Ref>,
    /// Variables of the environment, by name.
    pub variables: BTreeMap<String, Ref>,
    /// Files with their texts, by their paths from the home.
    pub files: BTreeMap<String, Ref>,
}

impl Home {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let user = fields.reference("user");
        let user = user.unwrap_or_else(|| Ref { name: about.name.clone(), line: 1 });
        let mut state_version = String::new();
        if let Some(Ref { name: text, line }) = fields.reference("state_version") {
            if is_release(&text) {
                state_version = text;
            } else {
                let message = format!("{text:?} is no release");
                let next = "write the one with which the home begins, such as \"26.05\"";
                fields.problem(WRONG_FIELD, "state_version", line, message, next);
            }
        }
        let on = fields.get("on").is_some().then(|| Selector::read(fields));
        Self {
            about,
            user,
            on,
            state_version,
            packages: packages(fields),
            variables: variables(fields),
            files: files(fields),
        }
    }
}

/// A year and a month, as `26.05`.
fn is_release(text: &str) -> bool {
    let is_two = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
    text.split_once('.').is_some_and(|(year, month)| is_two(year) && matches!(month, "05" | "11"))
}
