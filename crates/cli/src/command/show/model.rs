//! What is shown of a feature, as programs read it.

use std::collections::{BTreeMap, BTreeSet};

use domi_event::Verdict;
use domi_model::{Feature, Value};
use schemars::JsonSchema;
use serde::Serialize;

use crate::generated::FileState;

/// The version of the document.
pub(super) const SCHEMA: &str = "domi.show/1";

/// What is known of a feature.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    /// The version of this document: `domi.show/1`.
    pub(super) schema: String,
    /// Who and what it is.
    pub(super) feature: Feature,
    /// What is made of it.
    pub(super) builds: Builds,
    /// What a machine has by it.
    pub(super) runs: Runs,
    /// Its options, in the order they were written.
    pub(super) options: Vec<OptionFacts>,
    /// Its tests.
    pub(super) tests: Vec<TestFacts>,
    /// Where it is taken.
    pub(super) deployed: Deployed,
}

/// What is made of a feature. It could be built, or nothing would be shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Builds {
    /// The crate's folder, from the workspace's root.
    pub(super) folder: String,
    /// The version of its manifest.
    pub(super) manifest: String,
    /// Whether a hand-written `extra.nix` is a part of its module.
    pub(super) extra_nix: bool,
    /// The files that are generated from it.
    pub(super) files: Vec<GeneratedFile>,
}

/// A generated file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GeneratedFile {
    /// Its path from the workspace's root.
    pub(super) path: String,
    /// Whether it is what the feature says now.
    pub(super) state: FileState,
}

/// What a machine has by a feature, with some settings.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Runs {
    /// Whose settings these are: `its defaults`, `the settings of web-1`.
    pub(super) with: String,
    /// What is set.
    pub(super) settings: BTreeMap<String, Value>,
    /// Why as little set as can be comes to no system, so that other settings are shown, or none:
    /// what must be set, or what must hold between options.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) refused: Vec<String>,
    /// Its units by their full names, with the units that start them.
    pub(super) units: BTreeMap<String, Vec<String>>,
    /// Units of the machine that it adds to.
    pub(super) drop_ins: BTreeSet<String>,
    /// Files by their absolute paths.
    pub(super) files: BTreeSet<String>,
    /// Lines of tmpfiles.d.
    pub(super) tmpfiles: Vec<String>,
    /// Ports that it listens on, or that the firewall lets in.
    pub(super) ports: Vec<PortFacts>,
    /// Users.
    pub(super) users: BTreeSet<String>,
    /// Groups.
    pub(super) groups: BTreeSet<String>,
    /// Kernel parameters.
    pub(super) sysctl: BTreeMap<String, String>,
    /// Software, by its name in nixpkgs, with the packages of Debian that hold the same.
    pub(super) software: BTreeMap<String, Vec<String>>,
    /// What it takes for itself on a machine, with the options that decide on it.
    pub(super) claims: BTreeMap<String, BTreeSet<String>>,
    /// Features that must be enabled beside it.
    pub(super) requires: BTreeSet<String>,
    /// Features that should be.
    pub(super) wants: BTreeSet<String>,
    /// Features that must not be.
    pub(super) conflicts: BTreeSet<String>,
    /// What of it machines without Nix do not have.
    pub(super) not_covered: Vec<String>,
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PortFacts {
    /// `tcp` or `udp`.
    pub(super) protocol: String,
    /// Its number.
    pub(super) port: u16,
    /// Whether the firewall lets others in.
    pub(super) open: bool,
}

/// An option.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OptionFacts {
    /// Its name.
    pub(super) name: String,
    /// Where it is in a configuration: `domi.services.feature-x.port`.
    pub(super) path: String,
    /// What it accepts, in words.
    #[serde(rename = "type")]
    pub(super) ty: String,
    /// What it is for.
    pub(super) description: String,
    /// Whether it must be set, as it has no default.
    pub(super) required: bool,
    /// Its default, where that is a value and not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    /// Its default in words, where its author gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_text: Option<String>,
    /// Its value with the settings that are shown; none where they come to no system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<Value>,
    /// Whether it is set, rather than as its default has it.
    pub(super) set: bool,
    /// Whether it can be read and not set.
    pub(super) read_only: bool,
    /// Whether it is left out of documentation.
    pub(super) hidden: bool,
}

/// A test.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestFacts {
    /// Its name.
    pub(super) name: String,
    /// How many machines it needs; none where settings must be refused.
    pub(super) machines: usize,
    /// How many steps it has.
    pub(super) steps: usize,
    /// What it came to last on each system: an entry for each.
    pub(super) last: Vec<Last>,
}

/// What a test came to last on a system.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Last {
    /// The system.
    pub(super) system: String,
    /// Its verdict; none where no run that is known has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<Verdict>,
    /// What ran it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) backend: String,
    /// When the run began, as in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<String>,
    /// The name of the run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) run: String,
}

/// Where a feature is taken.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployed {
    /// Modules of the flake that have it.
    pub(super) nixos_modules: Vec<String>,
    /// Systems of the flake that are made of the trunk and a profile, and whether it is enabled
    /// there.
    pub(super) nixos_configurations: BTreeMap<String, bool>,
    /// Hosts of the fleet that have it, with their settings of it.
    pub(super) hosts: BTreeMap<String, BTreeMap<String, Value>>,
    /// Whether the files of the fleet are wrong, so that its hosts are not known.
    pub(super) fleet_is_wrong: bool,
}

/// The JSON Schema of the document.
pub(crate) fn schema() -> serde_json::Value {
    crate::out::schema::<Shown>(SCHEMA)
}
