use std::path::Path;

use domi_model::{Code, Feature, FormerName, Kind, Maintainer, Maturity, Platform, Problem};
use serde::Deserialize;

use crate::old_name::taken;

/// A crate's `[package.metadata.domi]` is wrong.
pub(crate) const BAD_CARGO_METADATA: Code = Code("D0110");

/// What cargo knows of the feature's crate; [`main!`](crate::main) fills it in.
#[derive(Debug, Clone, Copy)]
pub struct Crate {
    /// The crate's name, which is the feature's unless its metadata names another.
    pub name: &'static str,
    /// `package.version`.
    pub version: &'static str,
    /// `package.description`, the feature's summary.
    pub description: &'static str,
    /// `package.authors`, separated by colons.
    pub authors: &'static str,
    /// The folder of its `Cargo.toml`.
    pub folder: &'static str,
    /// Its `Cargo.toml`.
    pub cargo_toml: &'static str,
}

#[derive(Deserialize)]
struct CargoToml {
    package: PackageTable,
}

#[derive(Deserialize)]
struct PackageTable {
    metadata: MetadataTable,
}

#[derive(Deserialize)]
struct MetadataTable {
    domi: Domi,
}

/// `[package.metadata.domi]`: what cargo has no key for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Domi {
    /// The feature's name, where it is not the crate's.
    name: Option<String>,
    kind: Kind,
    #[serde(default = "developing")]
    maturity: Maturity,
    #[serde(default = "everywhere")]
    platforms: Vec<Platform>,
    #[serde(default)]
    maintainers: Vec<Maintainer>,
    /// Names that the feature had, the oldest first.
    #[serde(default)]
    formerly: Vec<Former>,
}

/// A name that a feature had.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Former {
    name: String,
    /// The version in which the feature lost it. Without one, it is taken with a warning.
    since: Option<String>,
}

fn developing() -> Maturity {
    Maturity::Dev
}

fn everywhere() -> Vec<Platform> {
    Platform::ALL.to_vec()
}

impl Crate {
    /// What the manifest says of the feature; where the metadata is wrong, something valid
    /// stands in its place, so that every other problem is found too.
    pub(crate) fn feature(&self, description: &str) -> (Feature, Vec<Problem>) {
        let (domi, problems) = match toml_edit::de::from_str::<CargoToml>(self.cargo_toml) {
            Ok(cargo_toml) => (cargo_toml.package.metadata.domi, Vec::new()),
            Err(error) => (Domi::default(), vec![self.problem(&error)]),
        };
        let maintainers =
            if domi.maintainers.is_empty() { self.authors() } else { domi.maintainers };
        let former = |Former { name, since }| {
            let taken = taken(self.version, since.as_deref());
            FormerName { name, taken }
        };
        let feature = Feature {
            name: domi.name.unwrap_or_else(|| self.name.to_owned()),
            kind: domi.kind,
            summary: self.description.to_owned(),
            description: description.to_owned(),
            maturity: domi.maturity,
            version: self.version.to_owned(),
            platforms: domi.platforms,
            maintainers,
            formerly: domi.formerly.into_iter().map(former).collect(),
        };
        (feature, problems)
    }

    fn problem(&self, error: &toml_edit::de::Error) -> Problem {
        let message = format!("[package.metadata.domi]: {}", error.message());
        Problem::error(BAD_CARGO_METADATA, format!("{}/Cargo.toml", self.name), message)
            .next("write at least `[package.metadata.domi]` with `kind = \"services\"`")
    }

    fn authors(&self) -> Vec<Maintainer> {
        let authors = self.authors.split(':').filter(|author| !author.is_empty());
        authors
            .map(|author| {
                let (name, email) = match author.split_once(" <") {
                    Some((name, rest)) => (name, rest.strip_suffix('>').map(str::to_owned)),
                    None => (author, None),
                };
                Maintainer { name: name.to_owned(), email, github: None }
            })
            .collect()
    }

    /// Whether an `extra.nix` stands beside the crate's `Cargo.toml`.
    pub(crate) fn has_extra_nix(&self) -> bool {
        Path::new(self.folder).join("extra.nix").is_file()
    }
}

impl Default for Domi {
    fn default() -> Self {
        Self {
            name: None,
            kind: Kind::Features,
            maturity: developing(),
            platforms: everywhere(),
            maintainers: Vec::new(),
            formerly: Vec::new(),
        }
    }
}
