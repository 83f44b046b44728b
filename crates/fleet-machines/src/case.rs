//! Each test of a policy, as a test on machines.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{Policy, Reached, Trial, reached};
use domi_model::{
    Action, Feature, Kind, Machine, Manifest, Maturity, Package, Place, Platform, Run, SCHEMA, Step,
    System, Test, TestBody, TestFile,
};

use crate::world::World;
use crate::{logins, ports};

/// A test of a policy, as a test on machines.
#[derive(Debug, Clone)]
pub struct Case {
    /// The test. Its machines have the names of the hosts that they are.
    pub test: Test,
    /// The host that it is about.
    pub host: String,
    /// The platform of its machines.
    pub system: Platform,
    /// Why it cannot be run, where it cannot.
    pub not_run: Option<String>,
    /// What of it is not tried, one phrase each.
    pub not_covered: Vec<String>,
}

/// The tests of all policies, in the order of their files. Nothing is made of one that cannot be read:
/// the fleet has errors then.
pub fn cases(world: &World<'_>) -> Vec<Case> {
    let all = reached(world.fleet, &world.let_in);
    let mut of_ports: BTreeMap<(&str, u32), Vec<Reached<'_>>> = BTreeMap::new();
    for it in all {
        of_ports.entry((&it.policy.about.file, it.trial.line)).or_default().push(it);
    }
    let policies = world.fleet.policies.values().filter(|policy| policy.about.is_current());
    let trials = policies.flat_map(|policy| policy.tests.iter().map(move |trial| (policy, trial)));
    let mut cases = Vec::new();
    for (policy, trial) in trials.filter(|(_, trial)| trial.readable) {
        let key = (policy.about.file.as_str(), trial.line);
        cases.extend(match trial.is_of_ports() {
            true => of_ports.get(&key).map(|all| ports::case(world, all)),
            false => logins::case(world, policy, trial),
        });
    }
    told_apart(&mut cases);
    cases
}

/// The feature that has the tests.
pub fn manifest<'c>(cases: impl Iterator<Item = &'c Case>) -> Manifest {
    let ssh = Package {
        nixpkgs: vec!["openssh".to_owned()],
        debian: ["openssh-client", "openssh-server"].map(str::to_owned).to_vec(),
        debian_paths: BTreeMap::new(),
    };
    Manifest {
        schema: SCHEMA.to_owned(),
        feature: Feature {
            name: "fleet".to_owned(),
            kind: Kind::Features,
            summary: "The policies of the fleet".to_owned(),
            description: String::new(),
            maturity: Maturity::Test,
            version: "0.0.0".to_owned(),
            platforms: Platform::ALL.to_vec(),
            maintainers: Vec::new(),
        },
        packages: [(SSH.to_owned(), ssh)].into(),
        options: Vec::new(),
        renamed: Vec::new(),
        removed: Vec::new(),
        assertions: Vec::new(),
        warnings: Vec::new(),
        requires: Vec::new(),
        wants: Vec::new(),
        conflicts: Vec::new(),
        neighbours: BTreeMap::new(),
        system: System::default(),
        extra_nix: false,
        tests: cases.map(|case| case.test.clone()).collect(),
    }
}

/// The server and client of SSH, by its name in the manifest.
pub(crate) const SSH: &str = "ssh";

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
    pub(crate) fn machine(&mut self, name: &str, machine: Machine, program: TestFile) {
        self.machines.insert(name.to_owned(), machine);
        let (machine, action) = (Some(name.to_owned()), Action::Write(program));
        self.steps.push(Step { machine, action, place: self.place.clone() });
    }

    /// Adds a step in which a machine does something.
    pub(crate) fn step(&mut self, machine: &str, does: &str) {
        self.steps.push(Step {
            machine: Some(machine.to_owned()),
            action: Action::Succeed(format!("fleet-test {does}")),
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

/// Names of tests are also those of their jobs, so that no two may be one word.
fn told_apart(cases: &mut [Case]) {
    let mut seen = BTreeMap::new();
    for case in cases {
        let count = seen.entry(case.test.slug()).and_modify(|count| *count += 1).or_insert(1);
        if *count > 1 {
            case.test.name += &format!(", test {count}");
        }
    }
}
