use std::collections::BTreeMap;

use domi_model::{Platform, TestBody};
use domi_runner::{Job, Realiser};

use super::{Case, of_rust};

/// A kind of machine: its system, and the packages it has.
pub type MachineKind = (Platform, Vec<String>);

/// How many machines of each kind jobs want, as far as Rust can say before they run. What is
/// skipped, or evaluated by Nix, wants none that is known.
pub fn machines_wanted<'a>(jobs: impl Iterator<Item = &'a Job>) -> BTreeMap<MachineKind, usize> {
    let known = |job: &&Job| job.skip.is_none() && job.variant.realiser == Realiser::Rust;
    let mut wanted = BTreeMap::new();
    for job in jobs.filter(known) {
        let TestBody::Run(run) = &job.test.body else { continue };
        for provision in of_rust(&Case::of(job), run).unwrap_or_default() {
            let kind = (job.system_of(&provision.name), provision.packages);
            *wanted.entry(kind).or_default() += 1;
        }
    }
    wanted
}
