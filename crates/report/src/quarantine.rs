//! Failures that are known and accepted: until when, and what to do about them.

use domi_event::{JobFinished, PlannedJob, Quarantine, Verdict};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How many days are left on the day of the run, without the last one; negative after it. Nothing
/// if the date is not a date.
pub(crate) fn days_left(quarantine: &Quarantine, began: Option<Timestamp>) -> Option<i32> {
    let until: Date = quarantine.until.parse().ok()?;
    let today = began?.to_zoned(TimeZone::UTC).date();
    Some((until - today).get_days())
}

/// The days that are left, in words.
pub(crate) fn left(days: i32) -> String {
    match days {
        0 => "ends today".to_owned(),
        1 => "1 day left".to_owned(),
        2.. => format!("{days} days left"),
        -1 => "ended 1 day ago".to_owned(),
        _ => format!("ended {} days ago", days.unsigned_abs()),
    }
}

/// What to do about a job's quarantine, if anything.
pub(crate) fn advice(job: &PlannedJob, finished: &JobFinished) -> Option<String> {
    let until = job.quarantine.as_ref().map(|quarantine| &quarantine.until);
    match (finished.verdict, until) {
        // An ended quarantine is the only reason for this verdict.
        (Verdict::Failed | Verdict::Flaky, Some(_)) => Some(
            "fix it and remove its entry from quarantine.toml, or give the entry a later date"
                .to_owned(),
        ),
        (Verdict::Overdue, _) => {
            Some("remove its entry from quarantine.toml, or give it a later date".to_owned())
        }
        (Verdict::Passed | Verdict::Cached | Verdict::Refused, Some(until)) => {
            Some(format!("in quarantine until {until}, but it passes: its entry can be removed"))
        }
        _ => None,
    }
}

/// Says that a job failed in quarantine, until when it is accepted, and why.
pub(crate) fn accepted(job: &PlannedJob, finished: &JobFinished) -> String {
    let Some(Quarantine { reason, until }) = &job.quarantine else {
        return format!("failed in quarantine: {}", finished.reason);
    };
    let known = format!("until {until}: {reason}");
    // How it failed, if that is known.
    let how = finished.reason.strip_suffix(&known).unwrap_or(&finished.reason);
    let how = how.trim_end_matches([';', ' ']);
    format!("{} in quarantine {known}", if how.is_empty() { "failed" } else { how })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(until: &str, expected: Option<&str>) {
        let quarantine = Quarantine { until: until.to_owned(), ..Quarantine::default() };
        let began = "2026-11-21T23:00:00Z".parse().ok();
        assert_eq!(days_left(&quarantine, began).map(left).as_deref(), expected);
    }

    #[test]
    fn days_are_counted_from_the_run() {
        check("2026-12-31", Some("40 days left"));
        check("2026-11-22", Some("1 day left"));
        check("2026-11-21", Some("ends today"));
        check("2026-11-20", Some("ended 1 day ago"));
        check("2026-11-01", Some("ended 20 days ago"));
        check("some day", None);
    }
}
