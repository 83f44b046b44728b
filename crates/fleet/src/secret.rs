//! A secret that machines hold. What it is stands in no file of a fleet.

use serde::Serialize;

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::time::{A_DAY, Date, day, span};
use crate::{About, Kind, Ref, Selector};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "responsible",
        "the name of a person",
        "Who answers for it. Every secret has somebody.",
    )
    .naming(Kind::Person),
    Field::new(
        "on",
        "a table of selectors, such as { roles = [\"web\"] }",
        "Which hosts hold it: all that fit every key of the table. None where it is left out.",
    )
    .shaped(Shape::Selectors),
    Field::new(
        "path",
        "an absolute path",
        "The file on these hosts that holds it. `/run/secrets/` and the secret's name where it is \
         left out.",
    ),
    Field::new("owner", "the name of a user", "Whose the file is. root where it is left out."),
    Field::new("group", "the name of a group", "The file's group. root where it is left out."),
    Field::new(
        "mode",
        "a text such as \"0440\", whose last digit is 0",
        "Who may read and write the file. 0400 where it is left out.",
    ),
    Field::new("rotate", "a time such as \"90d\"", "How long it may be used before it is changed."),
    Field::new("rotated", A_DAY, "When it was made or changed last. Needed with `rotate`."),
];

/// A secret that machines hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Secret {
    /// What every file says.
    pub about: About,
    /// Who answers for it.
    pub responsible: Option<Ref>,
    /// Which hosts hold it; none for no host.
    pub on: Option<Selector>,
    /// Where it is on them.
    pub file: SecretFile,
    /// The line of the path; 1 where the file says none.
    pub path_line: u32,
    /// Whose the file is, if that is said.
    pub owner: Option<Ref>,
    /// How long it may be used, in seconds, and the line that says so.
    pub rotate: Option<(u64, u32)>,
    /// When it was made or changed last, and the line that says so.
    pub rotated: Option<(Date, u32)>,
}

/// The file of a secret on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct SecretFile {
    /// Its path.
    pub path: String,
    /// Whose it is.
    pub owner: String,
    /// Its group.
    pub group: String,
    /// Its mode, in octal digits.
    pub mode: String,
}

impl Secret {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let on = fields.get("on").is_some().then(|| Selector::read(fields));
        let path = checked(fields, "path", |path| {
            (!is_plain(path)).then_some("write letters, digits, `.`, `_`, `-` and `/`, from `/` on")
        });
        let name = |name: &str| {
            domi_model::names::user(name)
                .err()
                .map(|_| "write lower-case letters, digits, `_` and `-`, 31 at most")
        };
        let owner = checked(fields, "owner", name);
        let group = checked(fields, "group", name);
        let mode = checked(fields, "mode", |mode| {
            let digits = mode.len() == 4 && mode.bytes().all(|it| (b'0'..=b'7').contains(&it));
            match digits && mode.starts_with('0') {
                false => Some("write four octal digits, the first of them 0"),
                true if !mode.ends_with('0') => {
                    Some("make the last digit 0: everybody on the machine could use the secret")
                }
                true => None,
            }
        });
        let or_root = |name: Option<&Ref>| name.map_or("root", |it| &it.name).to_owned();
        let file = SecretFile {
            path: path.as_ref().map_or_else(|| default_path(&about.name), |it| it.name.clone()),
            owner: or_root(owner.as_ref()),
            group: or_root(group.as_ref()),
            mode: mode.map_or_else(|| "0400".to_owned(), |it| it.name),
        };
        Self {
            responsible: fields.reference("responsible"),
            on,
            file,
            path_line: path.map_or(1, |it| it.line),
            owner,
            rotate: span(fields, "rotate"),
            rotated: day(fields, "rotated"),
            about,
        }
    }
}

/// Where a secret is whose file says nothing of it.
pub(crate) fn default_path(name: &str) -> String {
    format!("/run/secrets/{name}")
}

/// The text of a key, unless something is wrong with it. `wrong` says what to write instead.
fn checked(
    fields: &mut Fields<'_>,
    key: &str,
    wrong: impl Fn(&str) -> Option<&'static str>,
) -> Option<Ref> {
    let text = fields.reference(key)?;
    let Some(next) = wrong(&text.name) else { return Some(text) };
    let message = format!("{:?} cannot be it", text.name);
    fields.problem(WRONG_FIELD, key, text.line, message, next);
    None
}

/// Whether a path can be that of a secret: one that means the same to every program.
fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_part = |it: &str| !matches!(it, "" | "." | "..") && it.chars().all(good);
    rest.split('/').all(is_part) && !path.starts_with("/nix/store/") && path.len() < 1024
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_path_means_the_same_to_every_program() {
        assert!(is_plain("/run/secrets/a") && is_plain("/var/lib/x/A_1.key"));
        for wrong in ["", "/", "a", "/a/", "/a//b", "/a/../b", "/a b", "/a%n", "/nix/store/x", "/ä"]
        {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }
}
