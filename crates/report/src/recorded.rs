use std::collections::BTreeMap;

use domi_event::{
    Body, Counts, Diagnostics, Event, JobFinished, JobRetried, LanesCompared, LanesOutcome,
    PlannedJob, Prepared, RunFinished, RunStarted, Verdict,
};
use jiff::Timestamp;

/// What the events of a run say about its jobs so far.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// The run's beginning: its name, its folder, the command.
    pub started: RunStarted,
    /// When the run began; nothing if that is not known.
    pub began: Option<Timestamp>,
    /// The jobs in the order of the plan.
    pub jobs: Vec<PlannedJob>,
    /// What backends run on.
    pub prepared: Vec<Prepared>,
    /// The state of jobs, by their names.
    pub outcomes: BTreeMap<String, Outcome>,
    /// What came of tests that were done in two lanes.
    pub compared: Vec<LanesCompared>,
    /// What was worth saying about the run as a whole.
    pub notes: Vec<String>,
    /// The run's end, once it has come.
    pub finished: Option<RunFinished>,
}

/// The state of a job.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// When it began, if it did.
    pub began: Option<Timestamp>,
    /// What is known of its failures.
    pub diagnostics: Vec<Diagnostics>,
    /// The attempts before the last one.
    pub retried: Vec<JobRetried>,
    /// What was worth saying about it.
    pub notes: Vec<String>,
    /// Its end, once it has come.
    pub finished: Option<JobFinished>,
}

impl Recorded {
    /// What these events say.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut recorded = Self::default();
        for event in events {
            recorded.add(event);
        }
        recorded
    }

    /// Takes one more event.
    pub fn add(&mut self, event: &Event) {
        match &event.body {
            Body::RunStarted(started) => {
                self.started.clone_from(started);
                self.began = Some(event.at);
            }
            Body::Plan(plan) => self.jobs.clone_from(&plan.jobs),
            // The parts of a merged run say it several times.
            Body::Prepared(prepared) if self.prepared.contains(prepared) => {}
            Body::Prepared(prepared) => self.prepared.push(prepared.clone()),
            Body::JobStarted(started) => self.outcome(&started.job).began = Some(event.at),
            Body::Diagnostics(diagnostics) => {
                self.outcome(&diagnostics.job).diagnostics.push((**diagnostics).clone());
            }
            Body::JobRetried(retried) => self.outcome(&retried.job).retried.push(retried.clone()),
            Body::JobFinished(finished) => {
                self.outcome(&finished.job).finished = Some(finished.clone());
            }
            Body::LanesCompared(compared) => self.compared.push(compared.clone()),
            Body::Note(note) => match &note.job {
                Some(job) => self.outcome(job).notes.push(note.message.clone()),
                None => self.notes.push(note.message.clone()),
            },
            Body::RunFinished(finished) => self.finished = Some(finished.clone()),
            _ => {}
        }
    }

    fn outcome(&mut self, job: &str) -> &mut Outcome {
        self.outcomes.entry(job.to_owned()).or_default()
    }

    /// What a job's backend runs on, if known: several, if the parts of a merged run had different
    /// computers.
    pub fn prepared<'a>(&'a self, job: &'a PlannedJob) -> impl Iterator<Item = &'a Prepared> {
        self.prepared.iter().filter(|prepared| {
            let system = prepared.system.is_empty() || prepared.system == job.system;
            system && prepared.backend == job.backend
        })
    }

    /// Why a job has this backend and why that runs on what it does, as phrases.
    pub(crate) fn why<'a>(&'a self, job: &'a PlannedJob) -> Vec<&'a str> {
        let prepared = self.prepared(job).map(|prepared| &*prepared.why);
        each_once(std::iter::once(&*job.why).chain(prepared))
    }

    /// The same in a few words, as far as the run has said it so.
    pub(crate) fn why_in_brief<'a>(&'a self, job: &'a PlannedJob) -> Vec<&'a str> {
        let brief = |brief: &'a str, why: &'a str| if brief.is_empty() { why } else { brief };
        let prepared = self.prepared(job).map(|prepared| brief(&prepared.brief, &prepared.why));
        each_once(std::iter::once(brief(&job.brief, &job.why)).chain(prepared))
    }

    /// The verdict of a job; one without an end counts as interrupted.
    pub fn verdict(&self, job: &str) -> Verdict {
        self.finished(job).map_or(Verdict::Interrupted, |finished| finished.verdict)
    }

    /// How many jobs of the run have which verdict, and how many tests lanes contradict each other
    /// about.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { different: self.different(), ..Counts::default() };
        self.jobs.iter().for_each(|job| counts.add(self.verdict(&job.job)));
        counts
    }

    fn different(&self) -> usize {
        self.compared.iter().filter(|it| it.outcome == LanesOutcome::Different).count()
    }

    /// The end of a job, if it has come.
    pub fn finished(&self, job: &str) -> Option<&JobFinished> {
        self.outcomes.get(job)?.finished.as_ref()
    }

    /// What is known of a job's failures.
    pub fn diagnostics(&self, job: &str) -> &[Diagnostics] {
        self.outcomes.get(job).map_or(&[], |outcome| &outcome.diagnostics)
    }
}

/// What says something, each once.
fn each_once<'a>(phrases: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut each = Vec::new();
    for phrase in phrases {
        if !phrase.is_empty() && !each.contains(&phrase) {
            each.push(phrase);
        }
    }
    each
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reasons for a job in brief and in full.
    #[track_caller]
    fn check(job: [&str; 2], prepared: [&str; 2], brief: &[&str], full: &[&str]) {
        let [job, prepared] = [job, prepared].map(|texts| texts.map(str::to_owned));
        let [short, why] = prepared;
        let prepared = Prepared { brief: short, why, ..Prepared::default() };
        let recorded = Recorded { prepared: vec![prepared], ..Recorded::default() };
        let [short, why] = job;
        let job = PlannedJob { brief: short, why, ..PlannedJob::default() };
        assert_eq!((recorded.why_in_brief(&job), recorded.why(&job)), (brief.into(), full.into()));
    }

    #[test]
    fn reasons_are_short_where_the_run_has_said_them_so() {
        let (nix, kvm) = ("nixpkgs needs a newer Nix", "KVM fails: MSR 0x10a, emulating");
        check(
            ["Nix is too old", nix],
            ["emulating", kvm],
            &["Nix is too old", "emulating"],
            &[nix, kvm],
        );
        // As earlier versions wrote it.
        check(["", nix], ["", kvm], &[nix, kvm], &[nix, kvm]);
        check(["", "KVM"], ["KVM", "KVM"], &["KVM"], &["KVM"]);
        check(["", ""], ["", ""], &[], &[]);
    }
}
