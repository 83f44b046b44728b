//! The log of a fleet: what files say is recorded in it, and compared with it.

use domi_fleet::{Fleet, State, compare};
use domi_fleet_files::Loaded;
use domi_fleet_log::{Writer, verify};
use domi_model::{Problem, Severity};
use jiff::Timestamp;

use super::shared::{ended, read, recorded};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{files, placed};
use crate::request::FleetRequest;

/// Records what the files say and the log does not. What is wrong is not recorded.
pub(super) fn record(context: &Context, request: &FleetRequest) -> Result<Exit> {
    // The files are read while nobody else can record: what is read is not older than the log.
    let mut writer = match Writer::open(&request.root)? {
        Ok(writer) => writer,
        Err(problem) => return ended(context, placed(vec![*problem], request)),
    };
    if let Some(torn) = writer.torn() {
        context.show(placed(vec![torn.repaired()], request));
    }
    let (fleet, errors) = read_files(request);
    if !errors.is_empty() {
        return ended(context, placed(errors, request));
    }
    let wrong = compare(&writer.log().state, &fleet);
    if !wrong.is_empty() {
        return ended(context, of_files(wrong, request));
    }
    let changes = writer.log().state.changes(&State::of(&fleet));
    match writer.append(changes, Timestamp::now())? {
        Ok(events) if events.is_empty() => data!("nothing to record")?,
        Ok(events) => crate::out::data(format_args!("{}", recorded(&events)))?,
        Err(problem) => return ended(context, vec![*problem]),
    }
    Ok(Exit::Pass)
}

/// Finds whether the log is right, and whether it and the files say the same.
pub(super) fn verified(context: &Context, request: &FleetRequest) -> Result<Exit> {
    let log = read(context, request)?;
    let (fleet, mut problems) = read_files(request);
    // What cannot be read is not what is gone.
    let is_compared = problems.is_empty();
    if is_compared {
        problems.extend(verify(&log, &State::of(&fleet)));
    }
    // A log that is not whole is not right, although the next who writes repairs it.
    let torn = log.torn.map(|torn| Problem { severity: Severity::Error, ..torn.problem() });
    problems.extend(torn);
    let number = problems.len();
    let end = ended(context, placed(problems, request));
    let events = log.events.len();
    match number {
        0 => data!("{events} events, as the files say; the last has the hash {}", log.head)?,
        number if is_compared => data!("{events} events; {number} problems")?,
        number => data!("{events} events; {number} problems; the files were not compared with it")?,
    }
    end
}

/// The fleet as its files say, and the errors in them.
fn read_files(request: &FleetRequest) -> (Fleet, Vec<Problem>) {
    let Loaded { fleet, mut problems } = files(request);
    problems.retain(|problem| problem.severity == Severity::Error);
    (fleet, problems)
}

/// Problems of things whose files may be gone.
fn of_files(problems: Vec<Problem>, request: &FleetRequest) -> Vec<Problem> {
    let (there, gone) = problems.into_iter().partition(|problem| problem.place.is_some());
    let gone: Vec<Problem> = gone;
    placed(there, request).into_iter().chain(gone).collect()
}
