//! Which reactions an event is still to be answered with.

use std::collections::{HashMap, HashSet};

use domi_fleet::{
    Change, Fleet, Folder, Happening, Kind, Noted, Reaction, Standing, State, Status, What,
    folder_of,
};

use crate::chain::Log;
use crate::event::Event;

/// An event that a reaction answers and has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The event.
    pub event: Event,
    /// The name of the reaction.
    pub reaction: String,
    /// What its command is carried out on; none where that is not there any more.
    pub on: Option<(Kind, String)>,
}

/// Goes through a log, event by event, and through what is added to it meanwhile.
///
/// A reaction answers what was recorded after it was recorded itself as it is, and not together with
/// it, so that a new rule does not change the past. It answers each event once.
#[derive(Debug)]
pub struct Answers {
    /// How many events were looked at.
    seen: usize,
    /// What there was before the next one.
    before: State,
    /// Reactions that were carried out, by the event that they answered.
    done: HashSet<(String, String)>,
    /// Since which event a reaction is as it is, and what that was decided with.
    since: HashMap<String, (u64, String)>,
}

impl Answers {
    /// Begins with the first event of a log.
    pub fn of(log: &Log) -> Self {
        let rules = log.events.iter().filter(|it| it.change.thing.kind == Kind::Reaction);
        let (mut done, mut since) = (HashSet::new(), HashMap::new());
        for event in rules {
            let name = event.change.thing.name.clone();
            match event.change.what {
                What::Done => drop(done.insert((event.causation.clone(), name))),
                _ => drop(since.insert(name, (event.sequence, event.correlation.clone()))),
            }
        }
        Self { seen: 0, before: State::default(), done, since }
    }

    /// The next event of a log that a reaction is to answer, with the fleet as it is now: in the order
    /// of events, and for one event in that of names. It counts as answered from then on.
    pub fn next(&mut self, log: &Log, fleet: &Fleet) -> Option<Due> {
        while let Some(event) = log.events.get(self.seen) {
            for (name, reaction) in &fleet.reactions {
                let key = (event.id.clone(), name.clone());
                if self.answers(reaction, event, fleet) && self.done.insert(key) {
                    let event = event.clone();
                    let on = target(reaction, &event, log, fleet);
                    return Some(Due { event, reaction: name.clone(), on });
                }
            }
            // It was applied once when the log was read.
            let _ = self.before.apply(&event.change);
            self.seen += 1;
        }
        None
    }

    fn answers(&self, reaction: &Reaction, event: &Event, fleet: &Fleet) -> bool {
        let Change { what, thing } = &event.change;
        let (happening, from) = match what {
            What::Added => (Happening::Added, &thing.name),
            What::Changed => (Happening::Changed, &thing.name),
            What::Renamed(from) => (Happening::Renamed, from),
            What::Removed => (Happening::Removed, &thing.name),
            What::Done => return false,
        };
        let is_later = self.since.get(&reaction.about.name).is_some_and(|(since, correlation)| {
            event.sequence > *since && event.correlation != *correlation
        });
        let was = self.before.thing(thing.kind, from).map(|it| it.status);
        let became = |status| thing.status == status && was != Some(status);
        reaction.about.status == Status::Active
            && is_later
            && (reaction.event, reaction.kind) == (Some(happening), Some(thing.kind))
            && reaction.became.is_none_or(became)
            && reaction.on.as_ref().is_none_or(|on| {
                let host = fleet.hosts.get(&thing.name);
                host.is_some_and(|host| Standing::of(fleet, host).fits(on))
            })
    }
}

/// What a reaction's command is carried out on.
fn target(reaction: &Reaction, event: &Event, log: &Log, fleet: &Fleet) -> Option<(Kind, String)> {
    if let Some(to) = &reaction.to {
        let command = fleet.commands.get(&reaction.run.as_ref()?.name)?;
        let kind = command.kind?;
        let is_it = |file: &str| folder_of(file) == Folder::Of(kind);
        let is_there = fleet.abouts().any(|it| it.name == to.name && is_it(&it.file));
        return is_there.then(|| (kind, to.name.clone()));
    }
    // It may have another name by now.
    let Noted { kind, name, id, .. } = &event.change.thing;
    let with_id = log.state.things().find(|it| id.is_some() && it.kind == *kind && it.id == *id);
    let found =
        with_id.or_else(|| log.state.thing(*kind, name).filter(|it| id.is_none() || it.id == *id));
    found.map(|it| (it.kind, it.name.clone()))
}
