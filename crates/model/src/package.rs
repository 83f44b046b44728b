//! Software that a feature uses.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A piece of software, by its names in both worlds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// Its attribute path in nixpkgs: `["rsync"]`. Of a crate of the workspace, its name alone.
    pub nixpkgs: Vec<String>,
    /// Debian packages that together hold the same. Of a crate of the workspace, none.
    pub debian: Vec<String>,
    /// Where Debian has a file that is elsewhere than under `/usr`: `bin/nginx` →
    /// `/usr/sbin/nginx`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub debian_paths: BTreeMap<String, String>,
    /// The crate of the workspace that it is built from, where it is not from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "crate")]
    #[schemars(extend("x-since" = 5))]
    pub of_crate: Option<String>,
}

/// Where a Debian machine has programs that were built for it, a folder for each crate.
const BUILT: &str = "/opt/domi";

impl Package {
    /// Programs of a crate of the workspace, by the names of its binaries.
    pub fn of_crate<'p>(name: &str, programs: impl IntoIterator<Item = &'p str>) -> Self {
        let path = |program| (format!("bin/{program}"), format!("{BUILT}/{name}/bin/{program}"));
        Self {
            nixpkgs: vec![name.to_owned()],
            debian: Vec::new(),
            debian_paths: programs.into_iter().map(path).collect(),
            of_crate: Some(name.to_owned()),
        }
    }

    /// The programs of a crate, each with its absolute path on a Debian machine; nothing where the
    /// software is from elsewhere.
    pub fn built(&self) -> impl Iterator<Item = (&str, &str)> {
        let paths = self.of_crate.iter().flat_map(|_| &self.debian_paths);
        paths.filter_map(|(within, path)| Some((within.strip_prefix("bin/")?, path.as_str())))
    }

    /// The folder that a Debian machine has it under: `/usr`, or one of its own.
    pub fn debian_folder(&self) -> String {
        match &self.of_crate {
            Some(name) => format!("{BUILT}/{name}"),
            None => "/usr".to_owned(),
        }
    }

    /// Of a crate, only the programs that are named are built.
    pub(crate) fn expect(&self, path: &str) -> Result<(), String> {
        let Some(name) = &self.of_crate else { return Ok(()) };
        if self.debian_paths.contains_key(path) {
            return Ok(());
        }
        let known: Vec<&str> = self.debian_paths.keys().map(String::as_str).collect();
        let known = known.join(", ");
        Err(format!("the feature names no `{path}` of the crate `{name}`, only {known}"))
    }

    /// What is wrong with software of a crate; `name` is what the feature calls it.
    pub(crate) fn fault_of_crate(&self, name: &str) -> Option<String> {
        let of_crate = self.of_crate.as_deref()?;
        if of_crate != name {
            return Some(format!("software of the crate `{of_crate}` must have the crate's name"));
        }
        let is_plain = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        if !is_plain(of_crate) {
            return Some("no crate can have this name".to_owned());
        }
        let programs: Vec<&str> = self.built().map(|(program, _)| program).collect();
        if programs.is_empty() {
            return Some("no program of the crate is named".to_owned());
        }
        if let Some(bad) = programs.iter().find(|program| !is_plain(program)) {
            return Some(format!("no program of a crate can be named `{bad}`"));
        }
        (*self != Self::of_crate(of_crate, programs)).then(|| {
            "software of a crate of the workspace has no other names in nixpkgs and in Debian, and \
             its programs no other paths"
                .to_owned()
        })
    }
}
