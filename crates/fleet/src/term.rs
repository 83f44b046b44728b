//! A word of the business, and what it means.

use crate::fields::{Field, Fields, Shape, Target};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("meaning", "a text", "What it means, in a sentence or two. Needed."),
    Field::new(
        "synonyms",
        "a list of texts",
        "Other words for the same. No two files have one word.",
    )
    .shaped(Shape::Texts),
    Field::new("see", "a list of names of terms", "Words that have to do with it.")
        .naming(Kind::Term)
        .shaped(Shape::Texts),
    Field::new(
        "things",
        "a list of kinds and names, such as \"role/web\"",
        "What of the fleet it is a word for.",
    )
    .names(Target::Anything)
    .shaped(Shape::Texts),
];

/// A word of the business.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What every file says. The title is the word; the name where there is none.
    pub about: About,
    /// What it means.
    pub meaning: String,
    /// Other words for the same.
    pub synonyms: Vec<Ref>,
    /// Words that have to do with it.
    pub see: Vec<Ref>,
    /// What of the fleet it is a word for: kinds and names, such as `role/web`.
    pub things: Vec<Ref>,
}

impl Term {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let meaning = fields.prose("meaning").unwrap_or_default();
        Self {
            about,
            meaning,
            synonyms: fields.references("synonyms"),
            see: fields.references("see"),
            things: fields.references("things"),
        }
    }

    /// The word itself, and the others for the same, each with the line that says it.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, u32)> {
        let title = if self.about.title.is_empty() { &self.about.name } else { &self.about.title };
        let others = self.synonyms.iter().map(|it| (it.name.as_str(), it.line));
        [(title.as_str(), 1)].into_iter().chain(others)
    }
}
