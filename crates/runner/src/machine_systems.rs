//! Machines that are of another system than the test in which they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_model::{Platform, Test};

/// The systems of machines, by their names, where they may be of another system than their test is for.
#[derive(Debug, Clone, Default)]
pub struct MachineSystems(Arc<BTreeMap<String, Platform>>);

impl MachineSystems {
    /// These; a machine without an entry is of its test's system.
    pub fn new(systems: BTreeMap<String, Platform>) -> Self {
        Self(Arc::new(systems))
    }

    /// That of a machine in a test that is for a system.
    pub fn of(&self, machine: &str, of_test: Platform) -> Platform {
        self.0.get(machine).copied().unwrap_or(of_test)
    }

    /// Those of all machines in such a test. A test without machines has its own.
    pub fn all(&self, test: &Test, of_test: Platform) -> BTreeSet<Platform> {
        let machines = test.run().into_iter().flat_map(|run| run.machines.keys());
        let mut all: BTreeSet<Platform> = machines.map(|name| self.of(name, of_test)).collect();
        if all.is_empty() {
            all.insert(of_test);
        }
        all
    }
}
