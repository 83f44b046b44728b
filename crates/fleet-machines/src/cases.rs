//! The tests of all policies, as tests on machines.

use std::collections::BTreeMap;

use domi_fleet::{Reached, reached};
use domi_model::{Feature, Kind, Manifest, Maturity, Package, Platform};

use crate::making::{Case, SSH};
use crate::world::World;
use crate::{logins, ports};

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
        of_crate: None,
    };
    let feature = Feature {
        name: "fleet".to_owned(),
        kind: Kind::Features,
        summary: "The policies of the fleet".to_owned(),
        description: String::new(),
        maturity: Maturity::Test,
        version: "0.0.0".to_owned(),
        platforms: Platform::ALL.to_vec(),
        maintainers: Vec::new(),
        formerly: Vec::new(),
    };
    Manifest {
        packages: [(SSH.to_owned(), ssh)].into(),
        tests: cases.map(|case| case.test.clone()).collect(),
        ..Manifest::of(feature)
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
