//! Packages, variables and files, as shells and homes have them.

use std::collections::BTreeMap;

use crate::Ref;
use crate::codes::{BAD_HOME_FILE, BAD_VARIABLE, NOT_A_PACKAGE};
use crate::fields::{Field, Fields, Shape, Target};
use crate::text::Data;

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "packages",
        "a list of names in nixpkgs, such as \"ripgrep\" or \"python3Packages.httpbin\"",
        "Packages whose programs are there.",
    )
    .names(Target::Package)
    .shaped(Shape::Texts),
    Field::new(
        "variables",
        "a table of texts",
        "Variables of the environment, each with its text: `variables = { EDITOR = \"hx\" }`. What \
         stands there is taken as it is, and can be read by everybody.",
    )
    .shaped(Shape::Named),
];

/// Variables that are set by whatever starts a shell or a session, so that a value here would have
/// no effect, or would take programs away.
const SET_ELSEWHERE: &[&str] = &[
    "BASHOPTS",
    "BASH_VERSINFO",
    "EUID",
    "HOME",
    "IN_NIX_SHELL",
    "LOGNAME",
    "NIX_BUILD_TOP",
    "NIX_ENFORCE_PURITY",
    "NIX_LOG_FD",
    "NIX_REMOTE",
    "NIX_STORE",
    "OLDPWD",
    "PATH",
    "PPID",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SSL_CERT_FILE",
    "TEMP",
    "TEMPDIR",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "UID",
    "USER",
];

/// The names of packages that are names.
pub(crate) fn packages(fields: &mut Fields<'_>) -> Vec<Ref> {
    let mut packages = fields.references("packages");
    packages.retain(|package| {
        let is_one = package.name.split('.').all(is_attribute);
        if !is_one {
            let message = format!("{:?} is no name of a package", package.name);
            let next = "write it as `nix search nixpkgs` shows it, such as \"ripgrep\"";
            fields.problem(NOT_A_PACKAGE, "packages", package.line, message, next);
        }
        is_one
    });
    packages
}

fn is_attribute(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-'".contains(c))
}

/// Variables of the environment, by name.
pub(crate) fn variables(fields: &mut Fields<'_>) -> BTreeMap<String, Ref> {
    texts(fields, "variables", |name, text| {
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let why = if !is_name {
            "is no name of a variable"
        } else if SET_ELSEWHERE.contains(&name) || name.starts_with("LD_") {
            "is set by whatever starts the shell"
        } else if text.chars().any(char::is_control) {
            "has more than one line, or a character that nobody sees"
        } else {
            return None;
        };
        let next = "write a name of capital letters, digits and `_`, and a text of one line";
        Some((BAD_VARIABLE, why.to_owned(), next))
    })
}

/// Files within the home of a user, by their paths.
pub(crate) fn files(fields: &mut Fields<'_>) -> BTreeMap<String, Ref> {
    let files = texts(fields, "files", |path, text| {
        let is_part = |part: &str| !matches!(part, "" | "." | "..");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+@ /".contains(c);
        let why = if !path.split('/').all(is_part) {
            "is no path within a home"
        } else if !path.chars().all(is_plain) || path.len() > 255 {
            "has characters that not every shell and file system takes, or is too long"
        } else if text.contains('\0') {
            "has a text with a zero, which no file of Nix has"
        } else {
            return None;
        };
        let next =
            "write a path such as \".config/git/config\", without `..` and without `/` before it";
        Some((BAD_HOME_FILE, why.to_owned(), next))
    });
    for (path, text) in &files {
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        if let Some(file) = parents.into_iter().find(|parent| files.contains_key(*parent)) {
            let message = format!("`{path}` is in `{file}`, which is a file");
            let next = "a path is a file or a folder: give one of the two another name";
            fields.problem(BAD_HOME_FILE, "files", text.line, message, next);
        }
    }
    files
}

/// Texts by name, each with its line.
fn texts(
    fields: &mut Fields<'_>,
    key: &'static str,
    wrong: impl Fn(&str, &str) -> Option<(domi_model::Code, String, &'static str)>,
) -> BTreeMap<String, Ref> {
    let Some((table, _)) = fields.table(key) else { return BTreeMap::new() };
    let mut texts = BTreeMap::new();
    for (name, node) in table {
        let Data::Text(text) = &node.data else {
            fields.wrong(key, node);
            continue;
        };
        match wrong(name, text) {
            Some((code, why, next)) => {
                fields.problem(code, &format!("{key}.{name}"), node.line, why, next);
            }
            None => {
                texts.insert(name.clone(), Ref { name: text.clone(), line: node.line });
            }
        }
    }
    texts
}
