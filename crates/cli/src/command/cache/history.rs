//! What earlier calls of `cache status` found: a file to which each adds a line.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::failure::Result;

/// What the cache had of something at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) time: Timestamp,
    pub(super) cache: String,
    /// What was looked for.
    pub(super) what: String,
    pub(super) wanted: usize,
    pub(super) has: usize,
}

impl Entry {
    /// In whole percent; 100 only where nothing is missing.
    pub(super) fn percent(&self) -> usize {
        self.has.saturating_mul(100).checked_div(self.wanted).unwrap_or(100)
    }

    /// `71 % 3 days ago`.
    pub(super) fn shown(&self, now: Timestamp) -> String {
        format!("{} % {}", self.percent(), ago(now.duration_since(self.time).as_secs()))
    }
}

fn file(context: &Context) -> Utf8PathBuf {
    context.root.join("target/domi/cache.jsonl")
}

/// What was found before of the same, the last first. A line that cannot be read is left out: it
/// is from another version, or from a disk that was full.
pub(super) fn read(context: &Context, like: &Entry) -> Vec<Entry> {
    let text = std::fs::read_to_string(file(context)).unwrap_or_default();
    let entries = text.lines().rev().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
    entries.filter(|entry| entry.cache == like.cache && entry.what == like.what).collect()
}

/// Adds a whole line.
pub(super) fn add(context: &Context, entry: &Entry) -> Result<()> {
    let file = file(context);
    if let Some(folder) = file.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let line = serde_json::to_string(entry)? + "\n";
    Ok(domi_host::file::append(file.as_std_path(), line)?)
}

fn ago(seconds: i64) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length);
    match unit {
        None => "just now".to_owned(),
        Some((length, name)) => match seconds / length {
            1 => format!("1 {name} ago"),
            many => format!("{many} {name}s ago"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: usize, has: usize, seconds: i64, expected: &str) {
        let now = Timestamp::from_second(1_000_000_000).expect("a time");
        let time = Timestamp::from_second(1_000_000_000 - seconds).expect("a time");
        let entry = Entry { time, cache: String::new(), what: String::new(), wanted, has };
        assert_eq!(entry.shown(now), expected);
    }

    #[test]
    fn a_rate_is_shown_with_its_age() {
        check(3, 2, 5, "66 % just now");
        check(1000, 999, 60, "99 % 1 minute ago");
        check(7, 7, 3 * 86_400 + 7200, "100 % 3 days ago");
        check(7, 0, 7199, "0 % 1 hour ago");
        check(0, 0, -5, "100 % just now");
        check(usize::MAX, usize::MAX, 5, "1 % just now");
    }
}
