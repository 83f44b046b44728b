//! A context: another fleet that this one refers to, and which state of it.

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{About, Ref, hexadecimal};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "from",
        "a path, such as \"../mill/domain/views/all.json\"",
        "Where the view of the other fleet is, from the folder with `domi.toml`. `fleet update` reads \
         it there, and nothing else does.",
    ),
    Field::new(
        "revision",
        "the name of a commit, branch or tag",
        "`from` is in a git repository on this computer, and is read as it is in this commit. As it is \
         in the folder where it is left out.",
    ),
    Field::new(
        "version",
        "a number from 1",
        "The version of the view that this fleet knows. `fleet update` writes it.",
    )
    .shaped(Shape::Number(1, u32::MAX)),
    Field::new(
        "digest",
        "a digest: 64 digits of 0-9 and a-f",
        "The digest of that view. `fleet update` writes it.",
    ),
];

/// Another fleet, as this one knows it. Its things are called by the name of the file: `mill:office`.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// What every file says.
    pub about: About,
    /// Where its view is.
    pub from: Option<Ref>,
    /// The commit of it.
    pub revision: Option<Ref>,
    /// The version that is known, and its line.
    pub version: Option<(u32, u32)>,
    /// The digest of that.
    pub digest: Option<Ref>,
}

impl Context {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let digest = fields.reference("digest").filter(|text| {
            let is_digest = hexadecimal::bytes(&text.name).is_some();
            if !is_digest {
                let message = format!("{:?} is no digest", text.name);
                let next = "run `cargo xtask fleet update`, which writes it";
                fields.problem(WRONG_FIELD, "digest", text.line, message, next);
            }
            is_digest
        });
        Self {
            about,
            from: fields.reference("from"),
            revision: fields.reference("revision"),
            version: fields.number("version", &(1..=u32::MAX)),
            digest,
        }
    }

    /// The text of its file with another view: version and digest.
    ///
    /// # Errors
    /// Why that cannot be: the file is no TOML.
    pub fn pinned(text: &str, version: u32, digest: &str) -> Result<String, String> {
        let mut file: toml_edit::DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
        for (key, new) in [
            ("version", toml_edit::Value::from(i64::from(version))),
            ("digest", toml_edit::Value::from(digest)),
        ] {
            match file.get_mut(key) {
                Some(toml_edit::Item::Value(old)) => {
                    let decor = old.decor().clone();
                    *old = new;
                    *old.decor_mut() = decor;
                }
                _ => drop(file.insert(key, toml_edit::value(new))),
            }
        }
        Ok(file.to_string())
    }
}
