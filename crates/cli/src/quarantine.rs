//! `quarantine.toml`: tests whose failures are known, and accepted until a day.

use domi_runner::{Filter, KnownFailures, Quarantined};
use jiff::civil::Date;
use toml_edit::{Item, TableLike};

use crate::Exit;
use crate::codes::QUARANTINE;
use crate::config::{self, Reader};
use crate::context::Context;
use crate::failure::{self, Failure, Located, Result};

/// The file's name, at the workspace root. Nothing needs it to exist.
pub(crate) const FILE: &str = "quarantine.toml";

/// The tests whose failures are known today.
pub(crate) fn read(context: &Context) -> Result<KnownFailures> {
    // In UTC: whether a job is red must not depend on the time zone of the computer.
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let text = config::text(&context.root, FILE)
        .map_err(|problem| Failure::problems(Exit::Usage, &context.root, [*problem]))?;
    let Some(text) = text else { return Ok(KnownFailures { entries: Vec::new(), today }) };
    let (entries, warnings) =
        parse(&text).map_err(|wrong| Failure::problems(Exit::Usage, &context.root, wrong))?;
    failure::show(&warnings, &context.root, context.paint());
    Ok(KnownFailures { entries, today })
}

pub(crate) fn parse(
    text: &str,
) -> std::result::Result<(Vec<Quarantined>, Vec<Located>), Vec<Located>> {
    Reader::read(FILE, text, |reader, file| {
        reader.known(file, "", &["quarantine"]);
        let Some(item) = file.get("quarantine") else { return Vec::new() };
        let Some(tables) = item.as_array_of_tables() else {
            reader.wrong(item, "quarantine", "a list of tables, each with a [[quarantine]]");
            return Vec::new();
        };
        tables.iter().filter_map(|table| entry(reader, table)).collect()
    })
}

/// One entry. It must say what it is about, why, and until when.
fn entry(reader: &mut Reader<'_>, table: &toml_edit::Table) -> Option<Quarantined> {
    reader.known(table, "quarantine.", &["jobs", "reason", "until"]);
    let start = table.span().unwrap_or(0..0);
    for key in ["jobs", "reason", "until"].into_iter().filter(|key| !table.contains_key(key)) {
        let message = format!("the entry has no `{key}`");
        let next = match key {
            "jobs" => "say which jobs, as for --filter: jobs = \"feature(feature-x)\"",
            "reason" => "say why these failures are accepted: reason = \"the clock jumps\"",
            _ => "say until which day: until = 2026-12-31",
        };
        reader.problem(QUARANTINE, domi_model::Severity::Error, &start, &message, next);
    }
    let jobs = filter(reader, table);
    let reason = reader.value(table, "reason", "a text that says why", |value| {
        value.as_str().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned)
    });
    let until = reader.value(table, "until", "a day such as 2026-12-31", |value| {
        value.as_datetime()?.date.and_then(date)
    });
    let place = Some(reader.place(start.start));
    Some(Quarantined { jobs: jobs?, reason: reason?, until: until?, place })
}

fn filter(reader: &mut Reader<'_>, table: &dyn TableLike) -> Option<Filter> {
    let text = reader.value(table, "jobs", "an expression, as for --filter", |value| {
        value.as_str().map(str::to_owned)
    })?;
    match text.parse() {
        Ok(filter) => Some(filter),
        Err(error) => {
            let span = table.get("jobs").and_then(Item::span).unwrap_or(0..0);
            let message = format!("`jobs` is not an expression: {}", error.message());
            reader.problem(QUARANTINE, domi_model::Severity::Error, &span, &message, "");
            None
        }
    }
}

fn date(date: toml_edit::Date) -> Option<Date> {
    let (year, month, day) = (date.year, date.month, date.day);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: std::result::Result<&[&str], &[&str]>) {
        let got = match parse(text) {
            Ok((entries, warnings)) => {
                assert_eq!(warnings, []);
                Ok(entries
                    .iter()
                    .map(|entry| format!("{}, {} until {}", entry.jobs, entry.reason, entry.until))
                    .collect::<Vec<_>>())
            }
            Err(problems) => Err(problems
                .iter()
                .map(|located| {
                    let line = located.problem.place.as_ref().map_or(0, |place| place.line);
                    format!("{line}: {} {}", located.problem.code, located.problem.message)
                })
                .collect::<Vec<_>>()),
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(got, expected.map(texts).map_err(texts));
    }

    #[test]
    fn an_entry_says_which_jobs_why_and_until_when() {
        check("", Ok(&[]));
        check(
            "[[quarantine]]\njobs = 'test(=a) and system(aarch64-linux)'\nreason = \"the clock\"\n\
             until = 2026-12-31\n",
            Ok(&["test(=a) and system(aarch64-linux), the clock until 2026-12-31"]),
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_its_place() {
        check(
            "[[quarantine]]\njobs = 'all()'\n\n[[quarantine]]\njobs = 'feature('\nreason = ' '\n\
             until = \"soon\"\n",
            Err(&[
                "1: D0518 the entry has no `reason`",
                "1: D0518 the entry has no `until`",
                "5: D0518 `jobs` is not an expression: here `)` is missing",
                "6: D0502 `reason` must be a text that says why",
                "7: D0502 `until` must be a day such as 2026-12-31",
            ]),
        );
        check(
            "quarantine = 3\n",
            Err(&["1: D0502 `quarantine` must be a list of tables, each with a [[quarantine]]"]),
        );
    }
}
