//! Commands that change files of a fleet: all that is carried out is put together, checked, and then
//! written and recorded, or nothing of it.

use std::collections::BTreeMap;

use domi_fleet::{Change, Command, Fleet, Kind, State, compare};
use domi_fleet_files::Loaded;
use domi_fleet_log::{Draft, Event, Writer, verify};
use domi_model::{Problem, Severity};
use jiff::Timestamp;

use super::super::undo::Undo;
use super::shared::{features, read};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, changed, files, placed};
use crate::request::FleetRequest;

/// What is carried out, before any of it is written.
pub(super) struct Carried {
    /// The one who writes; none where nothing is to be written.
    writer: Option<Writer>,
    pub(super) draft: Draft,
    pub(super) fleet: Fleet,
    /// The new texts of files, by their paths from the fleet's root; none of those that are gone.
    texts: BTreeMap<String, Option<String>>,
}

/// What may not be, and what was wrong.
pub(super) type Refused = Vec<Problem>;

impl Carried {
    /// Begins with the fleet as its files and its log say, which agree. A dry run writes nothing.
    pub(super) fn open(context: &Context, request: &FleetRequest, is_dry: bool) -> Result<Self> {
        let refused = |problems| Err(context.problems(Exit::Fleet, placed(problems, request)));
        let mut writer = None;
        let draft = if is_dry {
            Draft::of(read(context, request)?)
        } else {
            match Writer::open(&request.root)? {
                Ok(it) => writer.insert(it).draft(),
                Err(problem) => return refused(vec![*problem]),
            }
        };
        if let Some(torn) = writer.as_ref().and_then(Writer::torn) {
            context.show(placed(vec![torn.repaired()], request));
        }
        let Loaded { fleet, mut problems } = files(request);
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() {
            problems = verify(draft.log(), &State::of(&fleet));
        }
        if !problems.is_empty() {
            return refused(problems);
        }
        Ok(Self { writer, draft, fleet, texts: BTreeMap::new() })
    }

    /// Carries a command out on something that is there, as the answer to an event if one is named;
    /// `first` happens before it. Returns the file, if that is another one then.
    pub(super) fn carry_out(
        &mut self,
        request: &FleetRequest,
        command: &Command,
        on: Option<&(Kind, String)>,
        (cause, first): (Option<&Event>, Option<Change>),
    ) -> Result<std::result::Result<Option<String>, (String, Refused)>> {
        let (state, constants) = (&self.draft.log().state, &command.constants);
        let mut changes: Vec<Change> = first.into_iter().collect();
        let mut changed = None;
        if let Some(target) = on.and_then(|(kind, name)| state.thing(*kind, name)) {
            let file = target.file.clone();
            let old = match self.texts.get(&file) {
                Some(text) => text.clone().unwrap_or_default(),
                None => fs_err::read_to_string(request.root.join(&file))?,
            };
            let new = match command.applied(&old) {
                Ok(new) => new,
                Err(why) => return Ok(Err((format!("in `{file}`, {why}"), Vec::new()))),
            };
            if new != old {
                let mut texts = self.texts.clone();
                texts.insert(file.clone(), Some(new));
                let (fleet, problems) = changed_to(request, state, &texts);
                if !problems.is_empty() {
                    return Ok(Err((format!("`{file}` would be wrong then"), problems)));
                }
                changes.extend(state.changes(&State::of(&fleet)));
                changed = Some((file, fleet, texts));
            }
        }
        if let Err(problem) = self.draft.add_by(changes, Timestamp::now(), cause, constants)? {
            return Ok(Err(("it cannot be recorded".to_owned(), vec![*problem])));
        }
        let Some((file, fleet, texts)) = changed else { return Ok(Ok(None)) };
        (self.fleet, self.texts) = (fleet, texts);
        Ok(Ok(Some(file)))
    }

    /// Takes files away, by their paths from the fleet's root.
    pub(super) fn take_away(
        &mut self,
        request: &FleetRequest,
        files: &[String],
    ) -> Result<std::result::Result<(), Refused>> {
        let mut texts = self.texts.clone();
        texts.extend(files.iter().map(|file| (file.clone(), None)));
        let state = &self.draft.log().state;
        let (fleet, problems) = changed_to(request, state, &texts);
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let changes = state.changes(&State::of(&fleet));
        if let Err(problem) = self.draft.add(changes, Timestamp::now(), None)? {
            return Ok(Err(vec![*problem]));
        }
        (self.fleet, self.texts) = (fleet, texts);
        Ok(Ok(()))
    }

    /// Writes and records all of it, if nothing would be wrong then, what hosts get included.
    pub(super) fn finish(&mut self, context: &Context, request: &FleetRequest) -> Result<()> {
        let wrong = self.wrong(context, request)?;
        if !wrong.is_empty() {
            return Err(context.problems(Exit::Fleet, wrong));
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut undo = Undo::new(&request.root);
        undo.write(&self.texts)?;
        writer.commit(self.draft.clone())?;
        undo.forget();
        Ok(())
    }

    fn wrong(&self, context: &Context, request: &FleetRequest) -> Result<Vec<Problem>> {
        if self.texts.is_empty() {
            return Ok(Vec::new());
        }
        // Nothing is wrong with the files alone: that was looked at when they were changed.
        let loaded = Loaded { fleet: self.fleet.clone(), problems: Vec::new() };
        let features = features(context, &loaded.fleet)?;
        Ok(Known::of(loaded, request, &features).errors(request))
    }
}

/// The fleet with other texts of files, and all that is wrong with it, beside what it was.
fn changed_to(
    request: &FleetRequest,
    state: &State,
    texts: &BTreeMap<String, Option<String>>,
) -> (Fleet, Refused) {
    let Loaded { fleet, mut problems } = changed(request, texts);
    problems.extend(compare(state, &fleet));
    (fleet, problems)
}
