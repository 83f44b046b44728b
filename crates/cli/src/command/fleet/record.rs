//! The log of a fleet: what files say is recorded in it, and compared with it.

use std::collections::BTreeMap;

use domi_fleet::{Fleet, KINDS, State, compare, salted};
use domi_fleet_files::{Loaded, load_changed};
use domi_fleet_log::{Writer, salt, undigested, verify};
use domi_model::{Problem, Severity};
use jiff::Timestamp;

use super::super::undo::Undo;
use super::shared::{ended, read, recorded};
use super::sign::{Keys, signed};
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
    let (mut fleet, mut errors) = read_files(request);
    let mut salts = BTreeMap::new();
    let mut undo = Undo::new(&request.root);
    if errors.is_empty() {
        let texts = with_salts(request, &fleet)?;
        if !texts.is_empty() {
            let Loaded { fleet: salted, problems } = load_changed(&request.root, &texts);
            errors = problems.into_iter().filter(|it| it.severity == Severity::Error).collect();
            (fleet, salts) = (salted, texts);
        }
    }
    if !errors.is_empty() {
        return ended(context, placed(errors, request));
    }
    let wrong = compare(&writer.log().state, &fleet);
    if !wrong.is_empty() {
        return ended(context, of_files(wrong, request));
    }
    let changes = writer.log().state.changes(&State::of(&fleet));
    // The files first: a salt that is in no event yet is recorded by the next who records.
    undo.write(&salts)?;
    let events = match writer.append(changes, Timestamp::now())? {
        Ok(events) => events,
        Err(problem) => return ended(context, vec![*problem]),
    };
    // The log has digests made with the salts: these stay, whether or not somebody hears of it.
    undo.forget();
    match events.is_empty() {
        true => data!("nothing to record")?,
        false => crate::out::data(format_args!("{}", recorded(&events)))?,
    }
    for file in salts.keys() {
        talk!("{} has a salt now, for its digest in the log", request.shown(file));
    }
    Ok(Exit::Pass)
}

/// The texts of people's and users' files that have no salt, with one.
fn with_salts(request: &FleetRequest, fleet: &Fleet) -> Result<BTreeMap<String, Option<String>>> {
    let mut texts = BTreeMap::new();
    let personal = KINDS.into_iter().filter(|kind| kind.is_personal());
    let personal = personal.flat_map(|kind| fleet.abouts_of(kind));
    for file in personal.filter(|it| it.salt().is_none()).map(|it| &it.file) {
        let text = fs_err::read_to_string(request.root.join(file))?;
        let with = salted(&text, &salt()?).map_err(|why| anyhow::anyhow!("{file}: {why}"))?;
        texts.insert(file.clone(), Some(with));
    }
    Ok(texts)
}

/// Finds whether the log is right, and whether it and the files say the same; `signers` is a file with
/// the keys that count.
pub(super) fn verified(
    context: &Context,
    request: &FleetRequest,
    signers: Option<&str>,
) -> Result<Exit> {
    let log = read(context, request)?;
    let (fleet, mut problems) = read_files(request);
    // What cannot be read is not what is gone.
    let is_compared = problems.is_empty();
    if is_compared {
        let files = State::of(&fleet);
        problems.extend(verify(&log, &files));
        problems.extend(undigested(&log, &files));
    }
    let keys = Keys { fleet: Some(&fleet).filter(|_| is_compared), signers };
    let signed = match signed(context, request, &log, keys)? {
        Ok(signed) => signed.map_or_else(String::new, |signed| format!("; {signed}")),
        Err(problem) => {
            problems.push(*problem);
            String::new()
        }
    };
    // A log that is not whole is not right, although the next who writes repairs it.
    let torn = log.torn.map(|torn| Problem { severity: Severity::Error, ..torn.problem() });
    problems.extend(torn);
    let number = problems.iter().filter(|it| it.severity == Severity::Error).count();
    let end = ended(context, placed(problems, request));
    let events = log.events.len();
    match number {
        0 => {
            data!("{events} events, as the files say; the last has the hash {}{signed}", log.head)?;
        }
        number if is_compared => data!("{events} events; {number} problems")?,
        number => {
            let nor = match signers.is_none() && !signed.is_empty() {
                true => ", nor the signature with a key",
                false => "",
            };
            let not = format_args!("the files were not compared with it{nor}");
            data!("{events} events; {number} problems; {not}")?;
        }
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
