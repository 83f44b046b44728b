//! What checks came to before: a row for each time that somebody recorded it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{Check, RULES, State};

/// The version of a row.
const SCHEMA: &str = "domi.health/1";
/// After so many days without an answer, a check is red.
const DAYS: i64 = 30;

/// What all checks came to at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    schema: String,
    /// The version of the rules. Rows of others say nothing of these.
    rules: u32,
    /// When it was.
    pub(super) at: Timestamp,
    /// What was checked out, and a digest of what was not committed; empty where there is no git.
    commit: String,
    checks: BTreeMap<String, State>,
}

impl Row {
    pub(super) fn new(at: Timestamp, commit: String, checks: &[Check]) -> Self {
        let checks = checks.iter().map(|check| (check.id.clone(), check.state)).collect();
        Self { schema: SCHEMA.to_owned(), rules: RULES, at, commit, checks }
    }
}

/// The rows by the same rules, the oldest first.
#[derive(Debug, Default)]
pub(super) struct History(Vec<Row>);

impl History {
    /// Reads a file; without one, there is no history.
    ///
    /// # Errors
    /// What cannot be read, in words. A row that is passed over could be the one that was green.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.to_string()),
        };
        Self::parse(&text)
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rows = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let row: Row = serde_json::from_str(line)
                .map_err(|error| format!("line {} is no row of it: {error}", at + 1))?;
            if row.schema != SCHEMA {
                return Err(format!("line {} is a row of {}, not {SCHEMA}", at + 1, row.schema));
            }
            rows.push(row);
        }
        rows.retain(|row| row.rules == RULES);
        Ok(Self(rows))
    }

    /// The last row.
    pub(super) fn last(&self) -> Option<&Row> {
        self.0.last()
    }

    /// What a check came to when it was last decided.
    fn before(&self, id: &str) -> Option<State> {
        let states = self.0.iter().rev().filter_map(|row| row.checks.get(id));
        states.copied().find(|state| *state != State::NotRun)
    }

    /// Since when a check was not run, as far as that was recorded.
    fn not_run_since(&self, id: &str) -> Option<Timestamp> {
        let not_run = |row: &&Row| row.checks.get(id) == Some(&State::NotRun);
        self.0.iter().rev().take_while(not_run).last().map(|row| row.at)
    }

    /// Says of each check what it was before. One that nobody has run for too long is red.
    pub(super) fn judge(&self, checks: &mut [Check], now: Timestamp) {
        for check in checks {
            if check.state == State::NotRun
                && let Some(since) = self.not_run_since(&check.id)
            {
                let days = (now.as_second() - since.as_second()) / (24 * 60 * 60);
                if days > DAYS {
                    check.state = State::Red;
                    check.reason = format!("not run for {days} days: {}", check.reason);
                }
            }
            check.turned_red =
                check.state == State::Red && self.before(&check.id) == Some(State::Green);
        }
    }

    /// Adds a row to a file.
    pub(super) fn add(file: &Path, row: &Row) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            fs_err::create_dir_all(folder)?;
        }
        domi_host::file::append(file, serde_json::to_string(row)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{AGE, CHECKS, KVM};
    use super::*;

    fn check(state: State) -> Check {
        match state {
            State::Green => Check::green(AGE, ""),
            State::Red => Check::red(AGE, "", ""),
            State::NotRun => Check::not_run(AGE, "why", ""),
        }
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * 24 * 60 * 60).expect("a day")
    }

    /// What this is after those, a day each, and whether it has turned red.
    fn judged(rows: &[State], day: i64, now: State) -> (State, bool) {
        let rows = rows.iter().zip(0..);
        let rows = rows.map(|(state, day)| Row::new(at(day), String::new(), &[check(*state)]));
        let mut checks = [check(now)];
        History(rows.collect()).judge(&mut checks, at(day));
        (checks[0].state, checks[0].turned_red)
    }

    #[test]
    fn what_was_green_and_is_red_has_turned() {
        use State::{Green, NotRun, Red};
        assert_eq!(judged(&[], 1, Red), (Red, false));
        assert_eq!(judged(&[Green], 1, Red), (Red, true));
        assert_eq!(judged(&[Green, NotRun, NotRun], 3, Red), (Red, true));
        assert_eq!(judged(&[Green, Red], 2, Red), (Red, false));
        assert_eq!(judged(&[Green], 1, NotRun), (NotRun, false));
        assert_eq!(judged(&[Red], 1, Green), (Green, false));
    }

    #[test]
    fn what_nobody_runs_is_red_in_the_end() {
        use State::{Green, NotRun, Red};
        assert_eq!(judged(&[NotRun], 30, NotRun), (NotRun, false));
        assert_eq!(judged(&[NotRun], 31, NotRun), (Red, false));
        assert_eq!(judged(&[Green, NotRun], 32, NotRun), (Red, true));
        assert_eq!(judged(&[NotRun, Green, NotRun], 33, NotRun), (Red, true));
    }

    #[test]
    fn rows_of_other_rules_are_not_compared_with_and_broken_ones_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("health.jsonl");
        assert!(History::read(&file).expect("none").last().is_none());
        let mut row = Row::new(at(1), "commit".to_owned(), &[check(State::Green)]);
        History::add(&file, &row).expect("added");
        row.rules += 1;
        History::add(&file, &row).expect("added");
        assert_eq!(History::read(&file).expect("two rows").0.len(), 1);
        std::fs::write(&file, "{}\n").expect("written");
        assert!(History::read(&file).expect_err("no row").contains("line 1"));
    }

    #[test]
    fn a_row_is_added_to_what_is_there_whatever_that_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("in/a/folder/health.jsonl");
        let row = Row::new(at(1), "commit".to_owned(), &[check(State::Green)]);
        History::add(&file, &row).expect("added");
        let first = std::fs::read_to_string(&file).expect("a row");
        std::fs::write(&file, first.trim_end()).expect("written");
        History::add(&file, &row).expect("added");
        assert_eq!(History::read(&file).expect("two rows").0.len(), 2);
        std::fs::write(&file, b"\xff\n").expect("written");
        History::add(&file, &row).expect("added");
        assert!(std::fs::read(&file).expect("rows").starts_with(b"\xff\n{"));
    }

    #[test]
    fn names_of_checks_are_told_apart() {
        let names: std::collections::BTreeSet<_> = CHECKS.iter().map(|kind| kind.id).collect();
        assert_eq!(names.len(), CHECKS.len());
        assert!(names.contains(KVM.id));
    }
}
