//! An application: what an organisation builds, uses or serves.

use crate::fields::{Field, Fields, Shape, Target};
use crate::{About, Kind, Ref, Selector};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "responsible",
        "the name of a person",
        "Who answers for it. Every application has somebody.",
    ).naming(Kind::Person),
    Field::new("unit", "the name of an organisation or unit", "Whose it is.").naming(Kind::Organization),
    Field::new(
        "we",
        "a list of \"build\", \"use\" and \"serve\"",
        "What the organisation does with it. What it builds has a `source`.",
    )
    .shaped(Shape::Words(&["build", "use", "serve"])),
    Field::new("source", "the name of a repository", "What it is made from.").naming(Kind::Repository),
    Field::new("version", "a text", "The version that is meant."),
    Field::new(
        "needs",
        "a list of names of applications",
        "Applications that it cannot do without, of this fleet or of another one: `mill:orders`.",
    ).naming(Kind::Application)
    .shaped(Shape::Texts),
    Field::new(
        "features",
        "a list of names of features",
        "What of it runs on machines. Each host of the table `on` has all of them.",
    ).names(Target::Feature)
    .shaped(Shape::Texts),
    Field::new("packages", "a list of names of packages", "The packages that it consists of.").names(Target::Package)
        .shaped(Shape::Texts),
    Field::new(
        "on",
        "a table of selectors, such as { roles = [\"web\"] }",
        "Where it runs: on all hosts that fit every key of the table. On none where it is left out.",
    )
    .shaped(Shape::Selectors),
];

/// What an organisation builds, uses or serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// What every file says.
    pub about: About,
    /// Who answers for it.
    pub responsible: Option<Ref>,
    /// Whose it is.
    pub unit: Option<Ref>,
    /// Whether the organisation builds it, and the line that says so.
    pub builds: Option<u32>,
    /// What is done with it: `build`, `use`, `serve`.
    pub uses: Vec<String>,
    /// What it is made from.
    pub source: Option<Ref>,
    /// The version that is meant.
    pub version: String,
    /// Applications that it cannot do without.
    pub needs: Vec<Ref>,
    /// What of it runs on machines.
    pub features: Vec<Ref>,
    /// What it consists of.
    pub packages: Vec<Ref>,
    /// Where it runs; none for nowhere.
    pub on: Option<Selector>,
}

impl Application {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let mut uses = fields.references("we");
        uses.retain(|word| {
            let is_one = ["build", "use", "serve"].contains(&word.name.as_str());
            if !is_one {
                let message = format!("{:?} is not \"build\", \"use\" or \"serve\"", word.name);
                let next = "write what the organisation does with it";
                fields.problem(crate::codes::WRONG_FIELD, "we", word.line, message, next);
            }
            is_one
        });
        let on = fields.get("on").is_some().then(|| Selector::read(fields));
        Self {
            about,
            responsible: fields.reference("responsible"),
            unit: fields.reference("unit"),
            builds: uses.iter().find(|word| word.name == "build").map(|word| word.line),
            uses: uses.into_iter().map(|word| word.name).collect(),
            source: fields.reference("source"),
            version: fields.text("version").unwrap_or_default(),
            needs: fields.references("needs"),
            features: fields.references("features"),
            packages: fields.references("packages"),
            on,
        }
    }
}
