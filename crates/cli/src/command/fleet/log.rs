//! What was decided of a fleet, and what there was at a time.

use clap::Subcommand;
use domi_fleet::{LOG, Noted, State};
use domi_fleet_log::{Event, Log};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::rebase::{Merge, Rebase};
use super::shared::read;
use super::sign::Sign;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::request::FleetRequest;

/// What is done with a log beside printing it.
#[derive(Debug, Subcommand)]
pub(super) enum OfLog {
    /// Put the events of two branches into one log
    Rebase(Rebase),
    /// Do so for git, which calls this in a merge
    Merge(Merge),
    /// Sign what was recorded so far with an SSH key
    Sign(Sign),
}

impl OfLog {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        match self {
            Self::Rebase(it) => it.run(context, request),
            Self::Merge(it) => it.run(context, request),
            Self::Sign(it) => it.run(context, request),
        }
    }
}

/// Prints the events, in order; as they stand in the file for programs.
pub(super) fn log(context: &Context, request: &FleetRequest, json: bool) -> Result<Exit> {
    let log = whole(context, request)?;
    let shown = |event: &Event| match json {
        true => event.line() + "\n",
        false => {
            let time = event.time.strftime("%Y-%m-%dT%H:%M:%SZ");
            let (what, subject) = (event.kind(), event.subject());
            let status = event.change.thing.status;
            let decided = event.decided.map_or_else(String::new, |decided| {
                format!(", decided {}", decided.strftime("%Y-%m-%dT%H:%M:%SZ"))
            });
            let constant = |(name, value)| format!(", {name} = {value:?}");
            let constants: String = event.constants.iter().map(constant).collect();
            let sequence = event.sequence;
            format!("{sequence:>6}  {time}  {what} {subject}, {status}{constants}{decided}\n")
        }
    };
    if log.events.is_empty() && !json {
        data!("{} has no events", request.shown(LOG))?;
    }
    crate::out::data(format_args!("{}", log.events.iter().map(shown).collect::<String>()))?;
    Ok(Exit::Pass)
}

/// Prints what there was at a time, as the log has it.
pub(super) fn state(
    context: &Context,
    request: &FleetRequest,
    at: Option<Timestamp>,
    json: bool,
) -> Result<Exit> {
    let log = whole(context, request)?;
    let state = at.map_or_else(|| log.state.clone(), |time| log.at(time));
    if json {
        let things: Vec<Value> = state.things().map(thing).collect();
        data!("{:#}", json!({ "things": things }))?;
    } else {
        crate::out::data(format_args!("{}", table(&state)))?;
    }
    Ok(Exit::Pass)
}

/// The log. A last line that has no end is said, and stops nothing.
fn whole(context: &Context, request: &FleetRequest) -> Result<Log> {
    let log = read(context, request)?;
    if let Some(torn) = log.torn {
        context.show(placed(vec![torn.problem()], request));
    }
    Ok(log)
}

fn thing(it: &Noted) -> Value {
    json!({
        "kind": it.kind.word(), "name": it.name, "file": it.file, "status": it.status,
        "id": it.id.map(|id| id.to_string()), "uid": it.uid,
    })
}

fn table(state: &State) -> String {
    let subject = |it: &Noted| format!("{}/{}", it.kind.word(), it.name);
    let width = state.things().map(|it| subject(it).len()).max().unwrap_or_default();
    let line = |it: &Noted| {
        let uid = it.uid.map_or_else(String::new, |uid| format!("  {uid}"));
        format!("{:width$}  {}{uid}\n", subject(it), it.status)
    };
    state.things().map(line).collect()
}

/// A time, or the end of a day in UTC.
pub(super) fn time(text: &str) -> std::result::Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong =
        || "write a day such as 2026-11-26, or a time such as 2026-11-26T12:00:00Z".to_owned();
    // The library also takes the day out of a time that lacks its zone: half of what was meant.
    let day: Date = text.parse().map_err(|_| wrong())?;
    if day.to_string() != text {
        return Err(wrong());
    }
    let end = day.at(23, 59, 59, 999_999_999).to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
    Ok(end.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_to_its_end() {
        let is = |text: &str| time(text).map(|time| time.to_string()).ok();
        assert_eq!(is("2026-11-26").as_deref(), Some("2026-11-26T23:59:59.999999999Z"));
        assert_eq!(is("2026-11-26T12:00:00Z").as_deref(), Some("2026-11-26T12:00:00Z"));
        assert_eq!(is("2026-11-26T12:00:00+01:00").as_deref(), Some("2026-11-26T11:00:00Z"));
        assert_eq!((is("2026-13-01"), is("yesterday"), is("")), (None, None, None));
        // A time without a zone is no day, and neither is another spelling of one.
        for text in ["2026-11-26T12:00", "2026-11-26 12:00:00", "20261126", "2026-11-26[UTC]"] {
            assert_eq!(is(text), None, "{text}");
        }
    }
}
