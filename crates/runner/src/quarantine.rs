//! Tests whose failures are known, and accepted until a day.

use domi_event::{Quarantine, Verdict};
use domi_model::{Place, Problem};
use jiff::civil::Date;

use crate::codes::QUARANTINE_FITS_NOTHING;
use crate::done::Done;
use crate::filter::Filter;
use crate::job::Job;

/// An entry of the list of known failures.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// The jobs that it is about.
    pub jobs: Filter,
    /// Why their failures are accepted.
    pub reason: String,
    /// The last day on which they are.
    pub until: Date,
    /// Where it was written.
    pub place: Option<Place>,
}

/// The tests whose failures are known, and the day on which that is asked.
#[derive(Debug, Clone, Default)]
pub struct KnownFailures {
    /// The entries; the first that fits a job counts.
    pub entries: Vec<Quarantined>,
    /// Which day it is.
    pub today: Date,
}

impl KnownFailures {
    /// Finds the entry of every job.
    pub(crate) fn mark(&self, jobs: &mut [Job]) {
        for job in jobs {
            let Some(entry) = self.entries.iter().find(|entry| entry.jobs.fits(job)) else {
                continue;
            };
            job.overdue = entry.until < self.today;
            job.quarantine =
                Some(Quarantine { reason: entry.reason.clone(), until: entry.until.to_string() });
        }
    }

    /// What is to be said of entries that fit none of these jobs, which are all that there are.
    pub fn idle(&self, jobs: &[Job]) -> Vec<Problem> {
        let idle = |entry: &&Quarantined| !jobs.iter().any(|job| entry.jobs.fits(job));
        let problem = |entry: &Quarantined| {
            let message = format!("`{}` fits no job", entry.jobs);
            Problem::warning(QUARANTINE_FITS_NOTHING, "", message)
                .at(entry.place.clone())
                .next("take the entry out, or name the test as it is called now")
        };
        self.entries.iter().filter(idle).map(problem).collect()
    }
}

/// What a job comes to, its quarantine taken into account.
pub(crate) fn judge(job: &Job, done: Done) -> Done {
    let Some(quarantine) = &job.quarantine else { return done };
    let Quarantine { reason, until } = quarantine;
    let failed = matches!(done.verdict, Verdict::Failed | Verdict::Flaky);
    let ran =
        failed || matches!(done.verdict, Verdict::Passed | Verdict::Refused | Verdict::Cached);
    match (ran, failed, job.overdue) {
        (true, true, false) => Done {
            verdict: Verdict::Quarantined,
            reason: format!("{}until {until}: {reason}", before(&done.reason)),
            ..done
        },
        (true, true, true) => Done {
            reason: format!("{}its quarantine ended on {until}", before(&done.reason)),
            ..done
        },
        (true, false, true) => Done {
            verdict: Verdict::Overdue,
            reason: format!("it passed, and its quarantine ended on {until}"),
            ..done
        },
        _ => done,
    }
}

fn before(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!("{reason}; ") }
}
