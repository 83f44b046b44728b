use std::collections::BTreeMap;
use std::sync::Arc;

use domi_model::{Manifest, Platform};

use crate::backend::Backends;
use crate::beside::Beside;
use crate::filter::Filter;
use crate::job::{Realiser, Variant, host_system};
use crate::kind::{BackendKind, Runs};
use crate::loaded::Loaded;
use crate::machine_systems::MachineSystems;
use crate::previous::Previous;
use crate::quarantine::KnownFailures;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Features by name; none means all.
    pub features: Vec<String>,
    /// Tests by name, slug, or a part of either; none means all.
    pub tests: Vec<String>,
    /// What jobs must fit.
    pub filter: Option<Filter>,
    /// Settings (`option=value`) that every machine of the chosen tests gets on top of its own.
    pub set: Vec<String>,
    /// Systems; none means the one this computer has.
    pub systems: Vec<Platform>,
    /// The backend; by default the strongest that can run a test.
    pub backend: Option<BackendKind>,
    /// Whether every test that needs machines is done in containers and on machines of ours, and
    /// what the two say is compared. No other backend runs anything then.
    pub both_lanes: bool,
    /// What may run tests. Without any, jobs are planned for the portable one, and cannot be run.
    pub backends: Backends,
    /// A flag that was given and that only machines of ours know, such as `--cold`.
    pub portable_only: Option<&'static str>,
    /// Who makes the systems of these machines, and who takes the steps.
    pub variant: Variant,
    /// Whether the chosen features are all enabled on the machines of each other's tests.
    pub together: bool,
    /// The previous releases of features with tests that begin with them.
    pub previous: Previous,
    /// Features that are not tested, but may be required by those that are.
    pub beside: Vec<Loaded>,
    /// What tests have on their machines beside the feature, by their slugs, where that does not
    /// follow from features: in the place of what would.
    pub beside_tests: BTreeMap<String, Arc<[Beside]>>,
    /// The systems of machines that may be of another than their test is for.
    pub machine_systems: MachineSystems,
    /// Tests whose failures are accepted.
    pub known_failures: KnownFailures,
}

impl Selection {
    /// What was asked for that only machines of ours can do.
    pub(crate) fn only_portable(&self) -> Option<&'static str> {
        if !self.set.is_empty() {
            return Some("--set");
        }
        if self.together {
            return Some("--together");
        }
        if self.variant.driven {
            return Some("--driver");
        }
        if self.variant.realiser != Realiser::default() {
            return Some("--realiser");
        }
        self.portable_only
    }

    /// The systems that tests are for.
    pub(crate) fn systems(&self, manifest: &Manifest) -> Vec<Platform> {
        match (&self.systems[..], self.backend.map(|kind| kind.row().runs)) {
            // What is evaluated needs no computer of its kind.
            ([], Some(Runs::Nothing)) => manifest.feature.platforms.clone(),
            ([], _) => host_system().into_iter().collect(),
            (systems, _) => systems.to_vec(),
        }
    }
}
