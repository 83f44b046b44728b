//! Merges several runs into one: the shards of a plan, or one run per system.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domi_event::{
    Body, Counts, Event, JobFinished, Note, Plan, PlannedJob, RunFinished, RunStarted, SCHEMA,
    Shard, Verdict,
};
use jiff::Timestamp;

use crate::lanes;

/// How many names a message lists.
const NAMED: usize = 3;
/// How many numbers of shards it lists.
const SHARDS: usize = 20;

/// One of the runs.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it was read from, for messages.
    pub from: String,
    /// Its events, in its order.
    pub events: Vec<Event>,
}

/// Why runs cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// There is no part.
    Nothing,
    /// A part has no plan.
    NoPlan {
        /// The part.
        part: String,
    },
    /// Two parts have the same jobs.
    SameJobs {
        /// One of them.
        part: String,
        /// The other one.
        other: String,
        /// The jobs.
        jobs: Vec<String>,
    },
    /// Parts come from different sources.
    Sources {
        /// One of them.
        part: String,
        /// Its source.
        source: String,
        /// The other one.
        other: String,
        /// The source of that one.
        of: String,
    },
    /// Shards of a plan are missing.
    Missing {
        /// Their numbers, as many as a message lists.
        shards: Vec<usize>,
        /// How many more are missing.
        more: usize,
        /// How many shards there are.
        of: usize,
        /// A part that is there.
        part: String,
    },
    /// Parts belong to one plan, but were cut from it in different ways.
    Cut {
        /// One of them.
        part: String,
        /// The other one.
        other: String,
    },
    /// The shards of a plan together do not have as many jobs as the plan.
    Jobs {
        /// How many the plan has.
        planned: usize,
        /// How many the parts have.
        found: usize,
        /// Those parts.
        parts: Vec<String>,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "there is no run to merge"),
            Self::NoPlan { part } => {
                write!(f, "{part} ended before it recorded its plan")
            }
            Self::SameJobs { part, other, jobs } => {
                write!(f, "{part} and {other} have both run {}", listed(jobs))
            }
            Self::Sources { part, source, other, of } => {
                write!(f, "{part} tested {source}, but {other} tested {of}")
            }
            Self::Missing { shards, more, of, part } => {
                let one = shards.len() == 1;
                let (word, are) = if one { ("shard", "is") } else { ("shards", "are") };
                let shards: Vec<_> = shards.iter().map(usize::to_string).collect();
                let mut shards = shards.join(", ");
                if *more > 0 {
                    shards += &format!(" and {more} more");
                }
                write!(f, "{word} {shards} of {of} {are} missing from the plan of {part}")
            }
            Self::Cut { part, other } => {
                write!(
                    f,
                    "{part} and {other} belong to one plan, but were cut from it in different ways"
                )
            }
            Self::Jobs { planned, found, parts } => write!(
                f,
                "the plan has {planned} jobs, but its shards have {found}: {}",
                listed(parts)
            ),
        }
    }
}

impl std::error::Error for Mismatch {}

fn listed(names: &[String]) -> String {
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Makes one run of several: its events read as if one computer had run everything.
///
/// The jobs are ordered by feature, system and backend, and then by part. All other events are
/// ordered by time. The run lasts from the start of the first part to the end of the last one; the
/// time that its jobs took is another number. It is interrupted if a part was, or was cut off: jobs
/// that such a part did not end are [`Verdict::Interrupted`].
///
/// If a shard was run again, the later run counts, and a note says so.
///
/// # Errors
/// Everything that could lose a job or count it twice, all at once.
pub fn merge(parts: &[Part], run: &str, folder: &str) -> Result<Vec<Event>, Vec<Mismatch>> {
    let mut mismatches = Vec::new();
    if parts.is_empty() {
        mismatches.push(Mismatch::Nothing);
    }
    let mut read = Vec::new();
    for part in parts {
        match Read::of(part) {
            Some(part) => read.push(part),
            None => mismatches.push(Mismatch::NoPlan { part: part.from.clone() }),
        }
    }
    let (read, notes) = newest(read);
    mismatches.extend(sources(&read));
    mismatches.extend(same_jobs(&read));
    mismatches.extend(shards(&read));
    if mismatches.is_empty() { Ok(merged(&read, notes, run, folder)) } else { Err(mismatches) }
}

/// A part, with what was read from it.
struct Read<'a> {
    from: &'a str,
    began: Timestamp,
    ended: Timestamp,
    started: &'a RunStarted,
    jobs: &'a [PlannedJob],
    finished: Option<&'a RunFinished>,
    events: &'a [Event],
}

impl<'a> Read<'a> {
    fn of(part: &'a Part) -> Option<Self> {
        let first = part.events.first()?;
        let Body::RunStarted(started) = &first.body else { return None };
        let plan = part.events.iter().find_map(|event| match &event.body {
            Body::Plan(plan) => Some(plan),
            _ => None,
        })?;
        let finished = part.events.iter().find_map(|event| match &event.body {
            Body::RunFinished(finished) => Some(finished),
            _ => None,
        });
        let ended = part.events.iter().map(|event| event.at).max()?;
        Some(Self {
            from: &part.from,
            began: first.at,
            ended,
            started,
            jobs: &plan.jobs,
            finished,
            events: &part.events,
        })
    }

    fn shard(&self) -> Option<&'a Shard> {
        self.started.shard.as_ref()
    }
}

/// The parts, the shards of a plan in their order. Of a shard that was run several times only the
/// last run is kept; the notes say so.
fn newest(mut parts: Vec<Read<'_>>) -> (Vec<Read<'_>>, Vec<String>) {
    let mut last: BTreeMap<(&str, usize), Timestamp> = BTreeMap::new();
    for part in &parts {
        let Some(shard) = part.shard() else { continue };
        let at = last.entry((&shard.plan, shard.index)).or_insert(part.began);
        *at = part.began.max(*at);
    }
    let mut notes = Vec::new();
    let mut taken = BTreeSet::new();
    parts.retain(|part| {
        let Some(shard) = part.shard() else { return true };
        let key = (shard.plan.as_str(), shard.index);
        let newest = last.get(&key) == Some(&part.began) && taken.insert(key);
        if !newest {
            let Shard { index, of, .. } = shard;
            notes
                .push(format!("shard {index} of {of} was run again; {} does not count", part.from));
        }
        newest
    });
    // Parts that are no shards keep their order, before the shards.
    parts.sort_by_key(|part| part.shard().map(|shard| (&shard.plan, shard.index)));
    (parts, notes)
}

/// Parts that name another source than the first part that names one.
fn sources(parts: &[Read]) -> Vec<Mismatch> {
    let source = |part: &Read| part.started.source.clone();
    let mut known = parts.iter().filter(|part| !part.started.source.is_empty());
    let Some(first) = known.next() else { return Vec::new() };
    let others = known.filter(|part| part.started.source != first.started.source);
    let mismatch = |other: &Read| Mismatch::Sources {
        part: first.from.to_owned(),
        source: source(first),
        other: other.from.to_owned(),
        of: source(other),
    };
    others.map(mismatch).collect()
}

fn same_jobs(parts: &[Read]) -> Vec<Mismatch> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut same: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for part in parts {
        for job in part.jobs {
            if let Some(other) = owners.insert(&job.job, part.from) {
                same.entry((other, part.from)).or_default().push(job.job.clone());
            }
        }
    }
    let mismatch = |((part, other), jobs): ((&str, &str), _)| Mismatch::SameJobs {
        part: part.to_owned(),
        other: other.to_owned(),
        jobs,
    };
    same.into_iter().map(mismatch).collect()
}

/// Whether the shards of each plan are all there, and have all its jobs.
fn shards(parts: &[Read]) -> Vec<Mismatch> {
    let mut plans: BTreeMap<&str, Vec<(&Shard, &Read)>> = BTreeMap::new();
    for part in parts {
        if let Some(shard) = part.shard() {
            plans.entry(&shard.plan).or_default().push((shard, part));
        }
    }
    plans.values().filter_map(|shards| incomplete(shards)).collect()
}

fn incomplete(shards: &[(&Shard, &Read)]) -> Option<Mismatch> {
    let (first, part) = shards.first()?;
    let differs = |(shard, _): &&(&Shard, &Read)| (shard.of, shard.jobs) != (first.of, first.jobs);
    if let Some((_, other)) = shards.iter().find(differs) {
        return Some(Mismatch::Cut { part: part.from.to_owned(), other: other.from.to_owned() });
    }
    let there: BTreeSet<_> = shards.iter().map(|(shard, _)| shard.index).collect();
    // The file may contain any number.
    let missing = (1..=first.of).filter(|index| !there.contains(index));
    let missing: Vec<_> = missing.take(SHARDS).collect();
    if !missing.is_empty() {
        let (part, of) = (part.from.to_owned(), first.of);
        let known = there.range(1..=of).count();
        let more = of - known - missing.len();
        return Some(Mismatch::Missing { shards: missing, more, of, part });
    }
    let found = shards.iter().map(|(_, part)| part.jobs.len()).sum();
    (found != first.jobs).then(|| Mismatch::Jobs {
        planned: first.jobs,
        found,
        parts: shards.iter().map(|(_, part)| part.from.to_owned()).collect(),
    })
}

fn merged(parts: &[Read], notes: Vec<String>, run: &str, folder: &str) -> Vec<Event> {
    let began = parts.iter().map(|part| part.began).min().unwrap_or_default();
    let ended = parts.iter().map(|part| part.ended).max().unwrap_or_default();
    let first = parts.first().map(|part| part.started).cloned().unwrap_or_default();
    let started = RunStarted {
        schema: SCHEMA.to_owned(),
        run: run.to_owned(),
        tool: each(parts, |started| &started.tool),
        host: each(parts, |started| &started.host),
        folder: folder.to_owned(),
        command: first.command,
        shard: None,
        source: each(parts, |started| &started.source),
    };
    let mut jobs: Vec<_> = parts.iter().flat_map(|part| part.jobs).cloned().collect();
    jobs.sort_by(|a, b| {
        (&a.feature, &a.system, &a.backend).cmp(&(&b.feature, &b.system, &b.backend))
    });
    let mut rest: Vec<Event> = parts.iter().flat_map(happened).collect();
    rest.sort_by_key(|event| event.at);
    let finished = finished(parts, &jobs, &rest, began, ended);
    let mut events = vec![
        Event { at: began, body: Body::RunStarted(started) },
        Event { at: began, body: Body::Plan(Plan { jobs }) },
    ];
    let note = |message| Event { at: began, body: Body::Note(Note { job: None, message }) };
    events.extend(notes.into_iter().map(note));
    events.extend(rest);
    events.push(Event { at: ended, body: Body::RunFinished(finished) });
    events
}

/// What the parts say about themselves, each value once.
fn each<'a>(parts: &'a [Read], of: impl Fn(&'a RunStarted) -> &'a String) -> String {
    let said: BTreeSet<_> = parts.iter().map(|part| of(part.started).as_str()).collect();
    said.into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The events of a part between its beginning and its end. If the clock was set back, the order
/// stays.
fn happened(part: &Read) -> Vec<Event> {
    let mut at = part.began;
    let mut events = Vec::new();
    let mut open: BTreeSet<_> = part.jobs.iter().map(|job| job.job.as_str()).collect();
    for event in part.events {
        at = at.max(event.at);
        match &event.body {
            Body::RunStarted(_) | Body::Plan(_) | Body::RunFinished(_) => continue,
            Body::JobFinished(finished) => drop(open.remove(finished.job.as_str())),
            _ => {}
        }
        events.push(Event { at, body: event.body.clone() });
    }
    if part.finished.is_none() {
        events.extend(open.into_iter().map(|job| {
            let finished = JobFinished {
                job: job.to_owned(),
                verdict: Verdict::Interrupted,
                reason: format!("{} is cut off", part.from),
                ..JobFinished::default()
            };
            Event { at, body: Body::JobFinished(finished) }
        }));
    }
    events
}

fn finished(
    parts: &[Read],
    jobs: &[PlannedJob],
    events: &[Event],
    began: Timestamp,
    ended: Timestamp,
) -> RunFinished {
    let verdicts: BTreeMap<_, _> = events
        .iter()
        .filter_map(|event| match &event.body {
            Body::JobFinished(finished) => Some((finished.job.as_str(), finished.verdict)),
            _ => None,
        })
        .collect();
    let mut counts = Counts::default();
    for job in jobs {
        counts.add(verdicts.get(job.job.as_str()).copied().unwrap_or(Verdict::Interrupted));
    }
    counts.different = events.iter().filter(|event| lanes::is_difference(event)).count();
    let stopped = |part: &Read| part.finished.is_none_or(|finished| finished.interrupted);
    RunFinished {
        counts,
        millis: u64::try_from(ended.duration_since(began).as_millis()).unwrap_or_default(),
        interrupted: parts.iter().any(stopped),
    }
}

#[cfg(test)]
mod tests;
