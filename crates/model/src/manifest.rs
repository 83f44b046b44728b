use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Expr, Neighbour, OptionDecl, OptionPath, Package, Place, Settings, Submodule, System, Test,
    Type,
};

/// Everything that a feature says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Its version: [`SCHEMA`](crate::SCHEMA), or an older one that is still read.
    pub schema: String,
    /// Who and what it is.
    pub feature: Feature,
    /// Software it uses, by a name of its own choice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, Package>,
    /// Its options, in the order they were written. `enable` is always there.
    #[serde(default)]
    pub options: Vec<OptionDecl>,
    /// Options that have another name now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<Renamed>,
    /// Options that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// What must hold between options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<Assertion>,
    /// What is worth saying of certain settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Features without which this one does not work: they must be enabled on its machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub requires: Vec<Neighbour>,
    /// Features without which this one does less: a machine without them is warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub wants: Vec<Neighbour>,
    /// Features that must not be enabled on its machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub conflicts: Vec<Neighbour>,
    /// Features of which it sets or reads options where they are on its machine, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub neighbours: BTreeMap<String, KnownFeature>,
    /// What a machine has while the feature is enabled.
    #[serde(default)]
    pub system: System,
    /// Whether a hand-written `extra.nix` stands beside the crate's `Cargo.toml`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extra_nix: bool,
    /// Its tests.
    #[serde(default)]
    pub tests: Vec<Test>,
}

impl Manifest {
    /// The option at a path, which may lead through submodules and declared settings.
    pub fn option(&self, path: &[String]) -> Option<&OptionDecl> {
        let (last, around) = path.split_last()?;
        let mut options = &self.options;
        for name in around {
            match &options.iter().find(|option| option.name == *name)?.ty {
                Type::Submodule(Submodule { options: inner })
                | Type::Settings(Settings { options: inner, .. }) => options = inner,
                _ => return None,
            }
        }
        options.iter().find(|option| option.name == *last)
    }

    /// The path by which an option is known now, for one by which it may have been known before.
    pub fn current(&self, path: &[String]) -> Vec<String> {
        let old = self.renamed.iter().find(|it| path.starts_with(&it.from.0));
        old.map_or(path.to_vec(), |it| [&it.to.0, &path[it.from.0.len()..]].concat())
    }

    /// Whether the feature sets something of the kernel, or may do so: what a hand-written module wants
    /// of it is not known here, nor what NixOS's own modules do.
    pub fn may_need_kernel(&self) -> bool {
        self.extra_nix || !self.system.nixos.is_empty() || !self.system.sysctl.is_empty()
    }

    /// The crates of the workspace whose programs the feature uses.
    pub fn crates(&self) -> impl Iterator<Item = &str> {
        self.packages.values().filter_map(|package| package.of_crate.as_deref())
    }
}

/// Who and what a feature is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feature {
    /// Its name, in kebab-case; its options stand under `domi.<kind>.<name>`.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// What it is, in one line without a full stop.
    pub summary: String,
    /// What it is, at length, in CommonMark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How far it may be trusted.
    pub maturity: Maturity,
    /// Its version (SemVer).
    pub version: String,
    /// Where it works; at least one.
    pub platforms: Vec<Platform>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// Names that it had, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 5))]
    pub formerly: Vec<FormerName>,
}

impl Feature {
    /// The path of its options: `["domi", "services", "feature-x"]`.
    pub fn option_prefix(&self) -> [&str; 3] {
        ["domi", self.kind.as_str(), &self.name]
    }
}

/// A name that a feature had. Its options are known under that, too, as long as it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormerName {
    /// The name; the kind is the one that the feature has.
    pub name: String,
    /// What becomes of settings under it.
    pub taken: Taken,
}

/// What becomes of settings under a former name of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Taken {
    /// They are taken without a message: those who use the name have not had a version yet that knows
    /// the new one.
    Silently,
    /// They are taken with a warning.
    WithWarning,
    /// They are refused, with the new name.
    NoLonger,
}

/// Another feature, as far as a feature knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownFeature {
    /// Its kind.
    pub kind: Kind,
    /// What is set of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<KnownOption>,
    /// What is read of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<KnownOption>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl KnownFeature {
    /// The type that an option of it is read as.
    pub fn read(&self, option: &OptionPath) -> Option<&Type> {
        self.reads.iter().find(|known| known.option == *option).map(|known| &known.ty)
    }

    /// The type that an option of it is set as.
    pub fn set(&self, option: &OptionPath) -> Option<&Type> {
        self.sets.iter().find(|known| known.option == *option).map(|known| &known.ty)
    }
}

/// An option of another feature, as far as a feature knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownOption {
    /// Its path; what is set may be an attribute within an option.
    pub option: OptionPath,
    /// Its type. Of a submodule, only the options that matter here.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// The kind of a feature: the folder of its module and the namespace of its options.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something that runs.
    Services,
    /// Something that protects.
    Security,
    /// Something that is installed.
    Packages,
    /// Something that people look at.
    Ui,
    /// Something else.
    Features,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Services, Self::Security, Self::Packages, Self::Ui, Self::Features];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Security => "security",
            Self::Packages => "packages",
            Self::Ui => "ui",
            Self::Features => "features",
        }
    }
}

/// How far a feature may be trusted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Maturity {
    /// Being made.
    Dev,
    /// Being tried.
    Test,
    /// In use.
    Prod,
}

impl Maturity {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        }
    }
}

/// A system that a feature runs on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Platform {
    /// 64-bit x86 Linux.
    #[serde(rename = "x86_64-linux")]
    X86_64Linux,
    /// 64-bit ARM Linux.
    #[serde(rename = "aarch64-linux")]
    Aarch64Linux,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::X86_64Linux, Self::Aarch64Linux];

    /// Its name, as Nix has it: `x86_64-linux`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64Linux => "x86_64-linux",
            Self::Aarch64Linux => "aarch64-linux",
        }
    }
}

/// Who looks after a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Maintainer {
    /// Name.
    pub name: String,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// GitHub handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<String>,
}

/// An option that has another name now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renamed {
    /// The old path.
    pub from: OptionPath,
    /// The new path.
    pub to: OptionPath,
    /// Whether the old name is taken without a warning: those who use it have not had a version yet that
    /// knows the new one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-since" = 4))]
    pub silent: bool,
}

/// An option that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// Its path.
    pub option: OptionPath,
    /// Why, and what to do instead.
    pub reason: String,
}

/// What must hold between options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assertion {
    /// A boolean that must be true.
    pub condition: Expr,
    /// What is wrong where it is not: a string.
    pub message: Expr,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What is worth saying of certain settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// A boolean: when to say it.
    pub when: Expr,
    /// What to say: a string.
    pub message: Expr,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}
