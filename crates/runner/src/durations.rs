//! How long jobs took, kept from run to run. They are estimates: losing them harms nobody.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use domi_event::{Body, Event, Verdict};
use domi_host::file;

use crate::job::Job;
use crate::kind::BackendKind;

/// The file, beside the folders of runs.
const FILE: &str = "durations.json";
/// How long a job takes, in milliseconds, where nobody has seen any.
const GUESS: u64 = 20_000;

/// How long jobs took when they last passed, in milliseconds, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<String, u64>);

impl Durations {
    /// Those of the runs in this folder; none where the file is missing or damaged.
    pub fn of_runs(runs: &Path) -> Self {
        Self::read(&runs.join(FILE)).unwrap_or_default()
    }

    /// Those in a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no such file.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs_err::read(file)?;
        let durations = serde_json::from_slice(&text);
        Ok(Self(durations.with_context(|| format!("{} holds no durations", file.display()))?))
    }

    /// How long this very job took.
    pub fn of(&self, job: &str) -> Option<u64> {
        self.0.get(job).copied()
    }

    /// How long the test of each job will take on its system, whatever runs it: which backend does
    /// that depends on the computer, and several computers have to come to the same answer. One
    /// that nobody has seen takes as long as others.
    pub fn estimates(&self) -> impl Fn(&Job) -> u64 {
        let usual = self.usual();
        move |job| self.anywhere(job).unwrap_or(usual)
    }

    /// The same where one backend goes first on a system: what a test took there counts, where it
    /// ran there.
    pub fn estimates_where_first(&self, kind: BackendKind) -> impl Fn(&Job) -> u64 {
        let anywhere = self.estimates();
        move |job| self.of(&format!("{}{kind}", job.place())).unwrap_or_else(|| anywhere(job))
    }

    fn anywhere(&self, job: &Job) -> Option<u64> {
        let place = job.place();
        let from = self.0.range(place.clone()..);
        let same = from.take_while(|(name, _)| name.starts_with(&place));
        same.map(|(_, millis)| *millis).max()
    }

    fn usual(&self) -> u64 {
        let mut all: Vec<u64> = self.0.values().copied().collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(GUESS)
    }

    /// Learns from what has happened: from what went well alone, as a failure may come early or late.
    pub fn learn(&mut self, event: &Event) {
        let Body::JobFinished(job) = &event.body else { return };
        if matches!(job.verdict, Verdict::Passed | Verdict::Refused) {
            self.0.insert(job.job.clone(), job.millis);
        }
    }

    /// Adds these to what is kept beside the folders of runs. Another run may be doing so, too;
    /// the last one wins.
    pub fn keep(&self, runs: &Path) {
        let mut all = Self::of_runs(runs);
        all.0.extend(self.0.clone());
        if let Ok(text) = serde_json::to_vec_pretty(&all.0) {
            let _ = file::write(&runs.join(FILE), text);
        }
    }
}

impl FromIterator<(String, u64)> for Durations {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(durations: I) -> Self {
        Self(durations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(of: &[(&str, u64)]) -> Durations {
        of.iter().map(|(job, millis)| ((*job).to_owned(), *millis)).collect()
    }

    #[test]
    fn damaged_durations_are_forgotten() {
        let runs = tempfile::tempdir().unwrap();
        durations(&[("a", 1)]).keep(runs.path());
        durations(&[("b", 2)]).keep(runs.path());
        assert_eq!(Durations::of_runs(runs.path()), durations(&[("a", 1), ("b", 2)]));
        fs_err::write(runs.path().join(FILE), "{\"a\":").unwrap();
        assert_eq!(Durations::of_runs(runs.path()), Durations::default());
        Durations::read(&runs.path().join(FILE)).unwrap_err();
        Durations::read(&runs.path().join("none")).unwrap_err();
    }

    #[test]
    fn a_job_that_nobody_has_seen_takes_as_long_as_others() {
        assert_eq!(Durations::default().usual(), GUESS);
        assert_eq!(durations(&[("a", 9), ("b", 1), ("c", 2)]).usual(), 2);
    }
}
