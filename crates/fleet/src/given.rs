use crate::Ref;
use crate::fields::{Field, Fields, Shape, Target};
use crate::text::{Data, Node};

/// The keys of files that may say something about features.
pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "features",
        "a list of names of features",
        "Features that hosts get. Those of all levels are put together.",
    ).names(Target::Feature).shaped(Shape::Texts),
    Field::new(
        "without",
        "a list of names of features",
        "Features that hosts do not get, although a level further away says so.",
    ).names(Target::Feature).shaped(Shape::Texts),
    Field::new(
        "settings",
        "a table of features, each with a table of its options",
        "Settings of features: `[settings.feature-x]`, then `port = 80`.",
    ).names(Target::Feature).shaped(Shape::Settings),
    Field::new(
        "defaults",
        "a table of features, each with a table of its options",
        "As `settings`. A nearer level may replace them without a warning.",
    ).names(Target::Feature).shaped(Shape::Settings),
    Field::new(
        "override",
        "a table of features, each with a table of its options",
        "As `settings`. They replace what levels further away say, on purpose; a list is replaced as \
         a whole.",
    ).names(Target::Feature).shaped(Shape::Settings),
    Field::new(
        "remove",
        "a table of features, each with a table of its options",
        "What is taken from levels further away: elements of a list, names of an attribute set, or \
         `true` for all that they say of the option.",
    ).names(Target::Feature).shaped(Shape::Settings),
];

/// How a file says something about an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Under `remove`.
    Remove,
    /// Under `defaults`.
    Defaults,
    /// Under `settings`.
    Settings,
    /// Under `override`.
    Override,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Remove, Self::Defaults, Self::Settings, Self::Override];

    /// The key in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Defaults => "defaults",
            Self::Settings => "settings",
            Self::Override => "override",
        }
    }
}

/// What a file says about features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Features that hosts get.
    pub features: Vec<Ref>,
    /// Features that they do not get.
    pub without: Vec<Ref>,
    /// Options, by how they are said and by feature.
    pub(crate) tables: Vec<(Mode, Ref, Node)>,
}

impl Given {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        let (features, without) = (fields.references("features"), fields.references("without"));
        let mut tables = Vec::new();
        for mode in Mode::ALL {
            let Some((table, _)) = fields.table(mode.as_str()) else { continue };
            for (feature, node) in table {
                if matches!(node.data, Data::Table(_)) {
                    let feature = Ref { name: feature.clone(), line: node.line };
                    tables.push((mode, feature, node.clone()));
                } else {
                    fields.wrong(mode.as_str(), node);
                }
            }
        }
        Self { features, without, tables }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty() && self.without.is_empty() && self.tables.is_empty()
    }

    /// Every feature that it names.
    pub fn named(&self) -> impl Iterator<Item = &Ref> {
        let tables = self.tables.iter().map(|(_, feature, _)| feature);
        self.features.iter().chain(&self.without).chain(tables)
    }
}
