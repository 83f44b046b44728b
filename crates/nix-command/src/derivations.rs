use std::collections::BTreeMap;
use std::time::Duration;

use domi_host::Interrupt;
use serde::Deserialize;

use crate::{Flake, Nix, NixFailed, Version};

/// Since this version the path of a derivation means the derivation itself, not what it builds.
const NEWER_NAMES: Version = Version { major: 2, minor: 15, patch: 0 };

/// An attribute of a flake, evaluated: a derivation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Derivation {
    /// Its path in the store, which changes with everything that could change the result.
    pub drv_path: String,
    /// For a NixOS test, the derivation of the driver with the machines: it must be built before
    /// the test can run.
    pub driver: Option<String>,
}

impl Nix {
    /// Evaluates several derivations of an attribute set of a flake (`checks.x86_64-linux`), in one
    /// process. Those that throw are `None`; those that the set does not have are left out. `a/b` is `b` of
    /// what is called `a`.
    ///
    /// # Errors
    /// Also if one of them fails in a way that Nix cannot catch: a type error, a missing attribute.
    /// Then nothing is known of any.
    pub fn derivations(
        &self,
        flake: &Flake,
        set: &str,
        names: &[&str],
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<BTreeMap<String, Option<Derivation>>, NixFailed> {
        let mut words = flake.words(set);
        words.extend(["--apply".to_owned(), domi_nix::derivations_of(names)]);
        let value = self.eval_json(&words, limit, interrupt)?;
        serde_json::from_value(value).map_err(|error| NixFailed::Unreadable {
            command: self.program(["eval"]).args(words).to_string(),
            reason: error.to_string(),
        })
    }

    /// One output of a derivation as an installable.
    pub fn output_of(&self, drv: &str, output: &str) -> String {
        let sign = if self.version() >= NEWER_NAMES { '^' } else { '!' };
        format!("{drv}{sign}{output}")
    }

    /// The path of a derivation as an installable: what it builds, not the derivation itself.
    pub fn outputs_of(&self, drv: &str) -> String {
        let all = if self.version() >= NEWER_NAMES { "^*" } else { "" };
        format!("{drv}{all}")
    }
}
