//! A plan that several computers share. Each makes the whole plan, cuts it in the same way, and
//! does its part; the key of the cut shows whether parts fit together.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use domi_host::hash::Key;
use domi_model::Manifest;

use crate::durations::Durations;
use crate::job::Job;
use crate::kind::BackendKind;
use crate::plan::Plan;

/// Which part of a plan to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardOf {
    /// Its number, from 1.
    index: usize,
    /// How many there are.
    of: usize,
}

impl FromStr for ShardOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a shard such as 2/5 is wanted: the second of five".to_owned();
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        let (index, of) = (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if (1..=of).contains(&index) { Ok(Self { index, of }) } else { Err(wrong()) }
    }
}

impl fmt::Display for ShardOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Plan {
    /// Leaves only the jobs of one shard, where all shards take about as long.
    pub fn keep_shard(&mut self, shard: ShardOf, durations: &Durations) {
        let jobs = self.jobs.len();
        let shards = cut(&self.jobs, shard.of, durations);
        let plan = key(self, &shards, shard.of);
        let mut shards = shards.into_iter();
        self.jobs.retain(|_| shards.next() == Some(shard.index));
        self.shard = Some(domi_event::Shard { index: shard.index, of: shard.of, plan, jobs });
    }
}

/// The shard of each job. The longest jobs are given away first, each to the shard that has the
/// least to do. Jobs of a feature on a system stay together where they are not more than a shard
/// can take: they start from the same layer, which each computer has to make.
fn cut(jobs: &[Job], of: usize, durations: &Durations) -> Vec<usize> {
    let estimate = durations.estimates();
    let millis: Vec<u64> = jobs.iter().map(|job| estimate(job).max(1)).collect();
    // What a file says of durations is borne, however long they are.
    let length = |numbers: &[usize]| {
        let millis = numbers.iter().map(|number| millis[*number]);
        millis.fold(0, u64::saturating_add)
    };
    let all: Vec<usize> = (0..jobs.len()).collect();
    let fair = length(&all) / of as u64;
    let mut together: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (number, job) in jobs.iter().enumerate() {
        together.entry((job.feature(), job.system)).or_default().push(number);
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for numbers in together.into_values() {
        if length(&numbers) <= fair {
            parts.push(numbers);
        } else {
            // What is compared is done by one computer.
            let mut tests: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for number in numbers {
                tests.entry(jobs[number].place()).or_default().push(number);
            }
            parts.extend(tests.into_values());
        }
    }
    parts.sort_by_key(|numbers| (Reverse(length(numbers)), jobs[numbers[0]].place()));
    // Every part takes a while: shards beyond the number of parts get nothing.
    let mut loads: std::collections::BinaryHeap<_> =
        (1..=of.min(parts.len())).map(|shard| Reverse((0_u64, shard))).collect();
    let mut shards = vec![0; jobs.len()];
    for numbers in parts {
        let Some(mut least) = loads.peek_mut() else { continue };
        let Reverse((load, shard)) = *least;
        *least = Reverse((load.saturating_add(length(&numbers)), shard));
        numbers.into_iter().for_each(|number| shards[number] = shard);
    }
    shards
}

/// What computers must agree on: which jobs there are, who does which, and what they are made of.
/// Of backends only on the one that is asked for: otherwise, each computer has its own strongest
/// one.
fn key(plan: &Plan, shards: &[usize], of: usize) -> String {
    let mut jobs: Vec<_> = plan.jobs.iter().zip(shards).collect();
    jobs.sort_by_cached_key(|(job, _)| job.place());
    let backend = plan.backend.map_or("", BackendKind::as_str);
    let backend = if plan.both_lanes { "both lanes" } else { backend };
    let mut key = Key::new("domi.shards/2").with(backend).with(of.to_string());
    key.add(env!("CARGO_PKG_VERSION"));
    key.add(&plan.source);
    let mut manifests = BTreeMap::new();
    for (job, shard) in jobs {
        key.add(job.place());
        key.add(shard.to_string());
        key.add(job.set.len().to_string());
        job.set.iter().for_each(|setting| key.add(setting));
        key.add(manifests.entry(job.feature()).or_insert_with(|| digest(&job.manifest)));
    }
    key.finish()
}

/// The digest of everything that a manifest says.
fn digest(manifest: &Manifest) -> String {
    let text = serde_json::to_vec(manifest).expect("a manifest was read from JSON");
    Key::new("domi.manifest").with(text).finish()
}

#[cfg(test)]
mod tests;
