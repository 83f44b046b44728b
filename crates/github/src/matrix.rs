//! How many shards each lane gets, and the matrices that start them.

use std::collections::BTreeMap;

use domi_model::Problem;
use serde::Serialize;

use crate::codes::{TOO_MANY_SHARDS, TOO_MUCH_OUTPUT};
use crate::lane::{Backend, Lane};

/// How many matrices the workflow has.
pub const MATRICES: usize = 4;

/// A job of a plan, with what decides where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Where it runs.
    pub lane: Lane,
    /// How long it is expected to take, in milliseconds.
    pub millis: u64,
}

/// The limits of matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the tests of a shard should take, in milliseconds.
    pub millis: u64,
    /// How many entries one matrix may have.
    pub entries: usize,
    /// How many matrices there may be.
    pub matrices: usize,
    /// How large they may be together, in bytes of UTF-16.
    pub bytes: usize,
}

impl Default for Limits {
    /// GitHub's limits, and shards of five minutes.
    fn default() -> Self {
        Self { millis: 5 * 60_000, entries: 256, matrices: MATRICES, bytes: 1_000_000 }
    }
}

/// An entry of a matrix: one shard of a lane, on its own runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shard {
    /// For people.
    pub name: String,
    /// A name for files.
    pub id: String,
    /// The label of the runner.
    pub runner: &'static str,
    /// The system under test.
    pub system: &'static str,
    /// What runs the jobs; empty where the runner chooses for each.
    pub backend: &'static str,
    /// Which part of the lane's jobs: `2/5`.
    pub shard: String,
    /// Whether the runner has KVM.
    pub kvm: bool,
    /// Whether the runner does in containers what they can do.
    pub containers: bool,
    /// The values of `--require`, separated by spaces.
    pub require: &'static str,
}

impl Shard {
    fn of(lane: Lane, index: u64, of: u64) -> Self {
        let containers = lane.backend == Backend::Containers;
        let how = match (lane.kvm(), containers) {
            (true, _) => "",
            (false, true) => ", the rest emulated",
            (false, false) => ", emulated",
        };
        let (system, backend) = (lane.system.as_str(), lane.backend.as_str());
        Self {
            name: format!("{lane} {index}/{of}{how}"),
            id: format!("{system}-{backend}-{index}-of-{of}"),
            runner: lane.runner(),
            system,
            backend: lane.backend.argument(),
            shard: format!("{index}/{of}"),
            kvm: lane.kvm(),
            containers,
            require: lane.require(),
        }
    }
}

/// All shards of a plan, in as many matrices as they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    jobs: usize,
    matrices: Vec<Vec<Shard>>,
}

/// A matrix as GitHub reads it.
#[derive(Serialize)]
struct Include<'a> {
    include: &'a [Shard],
}

/// Gives each lane as many shards as its jobs need to take about as long as wanted.
///
/// # Errors
/// When the shards do not fit; none is ever left out.
pub fn matrix(jobs: &[Job], limits: &Limits) -> Result<Matrix, Vec<Problem>> {
    let shards = shards(jobs, limits.millis.max(1));
    let room = limits.entries * limits.matrices;
    let wanted: u64 = shards.iter().map(|(_, count)| count).sum();
    if wanted > room as u64 {
        return Err(vec![too_many(&shards, wanted, room)]);
    }
    let all: Vec<Shard> = shards
        .into_iter()
        .flat_map(|(lane, of)| (1..=of).map(move |index| Shard::of(lane, index, of)))
        .collect();
    let matrices = all.chunks(limits.entries.max(1)).map(<[Shard]>::to_vec).collect();
    let matrix = Matrix { jobs: jobs.len(), matrices };
    let bytes = matrix.bytes();
    if bytes > limits.bytes { Err(vec![too_large(bytes, limits.bytes)]) } else { Ok(matrix) }
}

/// How many shards each lane gets: never more than it has jobs.
fn shards(jobs: &[Job], wanted: u64) -> Vec<(Lane, u64)> {
    let mut lanes: BTreeMap<Lane, (u64, u64)> = BTreeMap::new();
    for job in jobs {
        let (count, millis) = lanes.entry(job.lane).or_default();
        *count += 1;
        *millis = millis.saturating_add(job.millis);
    }
    let shards = |(count, millis): (u64, u64)| millis.div_ceil(wanted).clamp(1, count);
    lanes.into_iter().map(|(lane, jobs)| (lane, shards(jobs))).collect()
}

fn too_many(shards: &[(Lane, u64)], wanted: u64, room: usize) -> Problem {
    let lanes: Vec<String> =
        shards.iter().map(|(lane, count)| format!("{count} for {lane}")).collect();
    let message = format!(
        "the plan needs {wanted} shards ({}), but the workflow has room for {room}",
        lanes.join(", ")
    );
    Problem::error(TOO_MANY_SHARDS, "", message)
        .next("make shards longer with `github.shard` in domi.toml")
}

fn too_large(bytes: usize, limit: usize) -> Problem {
    let message = format!("the matrix has {bytes} bytes, but GitHub accepts at most {limit}");
    Problem::error(TOO_MUCH_OUTPUT, "", message)
        .next("make shards longer, and so fewer, with `github.shard` in domi.toml")
}

impl Matrix {
    /// How many jobs all shards have together.
    pub fn jobs(&self) -> usize {
        self.jobs
    }

    /// How many shards there are.
    pub fn shards(&self) -> usize {
        self.matrices.iter().map(Vec::len).sum()
    }

    /// The shards of each matrix that is needed.
    pub fn matrices(&self) -> &[Vec<Shard>] {
        &self.matrices
    }

    /// The matrices for any service, as one JSON document.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            schema: &'static str,
            jobs: usize,
            shards: usize,
            matrices: Vec<Include<'a>>,
        }
        let document = Document {
            schema: "domi.matrix/1",
            jobs: self.jobs,
            shards: self.shards(),
            matrices: self.matrices.iter().map(|shards| Include { include: shards }).collect(),
        };
        json(&document, true)
    }

    /// The text for the file that `GITHUB_OUTPUT` names: how many `jobs` and `shards` there are, and
    /// `matrix-1` to `matrix-4`, which are empty where they are not needed.
    pub fn outputs(&self) -> String {
        let counts = [("jobs", self.jobs), ("shards", self.shards())]
            .map(|(key, count)| (key.to_owned(), count.to_string()));
        let matrices = (0..MATRICES.max(self.matrices.len())).map(|number| {
            let text = self.matrices.get(number).map(|shards| include(shards));
            (format!("matrix-{}", number + 1), text.unwrap_or_default())
        });
        counts.into_iter().chain(matrices).map(|(key, value)| output(&key, &value)).collect()
    }

    /// GitHub counts UTF-16 units.
    fn bytes(&self) -> usize {
        self.matrices.iter().map(|shards| 2 * include(shards).encode_utf16().count()).sum()
    }
}

fn include(shards: &[Shard]) -> String {
    json(&Include { include: shards }, false)
}

fn json(value: &impl Serialize, pretty: bool) -> String {
    let text =
        if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    text.expect("texts, numbers and lists have a form in JSON")
}

/// A key and its value, between delimiter lines that the value does not contain.
fn output(key: &str, value: &str) -> String {
    let mut end = "END".to_owned();
    while value.lines().any(|line| line == end) {
        end.push('-');
    }
    format!("{key}<<{end}\n{value}\n{end}\n")
}

#[cfg(test)]
mod tests;
