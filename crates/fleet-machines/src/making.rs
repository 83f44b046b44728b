//! What is put together for a test.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Policy, Trial};
use domi_model::{Action, Machine, Place, Platform, Run, Step, Test, TestBody, TestFile};

use crate::world::World;

/// A test of a policy, as a test on machines.
#[derive(Debug, Clone)]
pub struct Case {
    /// The test. Its machines have the names of the hosts that they are.
    pub test: Test,
    /// The host that it is about.
    pub host: String,
    /// The platform of that host, and of machines that are no hosts.
    pub system: Platform,
    /// Why it cannot be run, where it cannot.
    pub not_run: Option<String>,
    /// What of it is not tried, one phrase each.
    pub not_covered: Vec<String>,
}

/// The server and client of SSH, by its name in the manifest.
pub(crate) const SSH: &str = "ssh";

/// What is in the files of secrets. Nobody's own secret is on a machine of a test.
const MADE_UP: &str = "made-up-for-a-test\n";

/// What is put together for a test.
pub(crate) struct Making<'a> {
    pub(crate) name: String,
    pub(crate) place: Option<Place>,
    pub(crate) machines: BTreeMap<String, Machine>,
    pub(crate) steps: Vec<Step>,
    world: &'a World<'a>,
}

impl<'a> Making<'a> {
    pub(crate) fn new(world: &'a World<'a>, policy: &Policy, trial: &Trial, name: String) -> Self {
        let place = world.of_trial(policy, trial);
        Self { name, place, machines: BTreeMap::new(), steps: Vec::new(), world }
    }

    /// Adds a machine with its program.
    pub(crate) fn machine(&mut self, name: &str, mut machine: Machine, program: TestFile) {
        let secrets = self.world.hosts.get(name).into_iter().flat_map(|it| it.secrets.values());
        machine.files.extend(secrets.map(|it| TestFile {
            path: it.path.clone(),
            content: MADE_UP.to_owned(),
            mode: it.mode.clone(),
        }));
        self.machines.insert(name.to_owned(), machine);
        let (machine, action) = (Some(name.to_owned()), Action::Write(program));
        self.steps.push(Step { machine, action, limit: None, place: self.place.clone() });
    }

    /// Adds a step in which a machine does something.
    pub(crate) fn step(&mut self, machine: &str, does: &str) {
        self.steps.push(Step {
            machine: Some(machine.to_owned()),
            action: Action::Succeed(format!("fleet-test {does}")),
            limit: None,
            place: self.place.clone(),
        });
    }

    /// The test, about a host.
    pub(crate) fn case(self, host: &str, not_covered: Vec<String>) -> Case {
        let system = self.world.hosts.get(host).map_or(Platform::X86_64Linux, |it| it.system);
        let Self { name, place, machines, steps, .. } = self;
        let run = Run { needs_kernel: None, beside: BTreeSet::new(), machines, steps };
        let test = Test { name, body: TestBody::Run(run), place };
        Case { test, host: host.to_owned(), system, not_run: None, not_covered }
    }

    /// The test, which cannot be run.
    pub(crate) fn not_run(mut self, host: &str, why: String) -> Case {
        self.machines = [(host.to_owned(), Machine::default())].into();
        self.steps.clear();
        Case { not_run: Some(why), ..self.case(host, Vec::new()) }
    }
}
