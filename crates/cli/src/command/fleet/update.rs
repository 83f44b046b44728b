//! Takes over a newer view of another fleet, once it is seen what that changes here.

mod source;

use std::collections::BTreeMap;

use camino::Utf8Path;
use clap::Args;
use domi_fleet::{
    Context as Other, NOT_UPDATED, Published, Renewed, document_of, instead, renewed,
};
use domi_fleet_files::{Loaded, NO_SUCH, load_changed};
use domi_fleet_plan::{Plan, Revision, Side, plan};
use domi_model::Problem;
use serde_json::json;

use super::super::undo::Undo;
use super::plan::text;
use super::renewed::lines;
use super::shared::features_of;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files, placed};
use crate::request::FleetRequest;
use crate::values::given;

#[derive(Debug, Args)]
pub(super) struct Update {
    /// The other fleet, as the file of `domain/contexts` is called
    #[arg(value_name = "FLEET", value_parser = given)]
    fleet: String,
    /// Read its view from this file [default: `from` of the context]
    #[arg(long, value_name = "PATH", value_parser = given)]
    from: Option<String>,
    /// Write nothing; show what would change here
    #[arg(long)]
    dry_run: bool,
    /// Take it over although something of this fleet would be wrong then
    #[arg(long)]
    anyway: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What is taken over, and what that changes.
struct New {
    version: u32,
    before: Option<u32>,
    changes: Vec<Renewed>,
    /// What would be wrong then and is not now.
    wrong: Vec<Problem>,
    /// What changes on hosts; none where that cannot be said, as something is wrong.
    plan: Option<Plan>,
    texts: BTreeMap<String, Option<String>>,
}

impl Update {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let loaded = files(request);
        let Some(other) = loaded.fleet.contexts.get(&self.fleet).cloned() else {
            let names = loaded.fleet.contexts.keys().map(String::as_str);
            let next = instead(&self.fleet, names, "file in domain/contexts");
            let problem = Problem::error(NO_SUCH, &self.fleet, "no other fleet is called so here");
            return Err(context.problems(Exit::Usage, vec![problem.next(next)]));
        };
        let refused =
            |problem: Problem| Err(context.problems(Exit::Fleet, placed(vec![problem], request)));
        let (shown, text) = match source::read(
            context,
            request,
            &other,
            self.from.as_deref().map(Utf8Path::new),
        )? {
            Ok(read) => read,
            Err(problem) => return refused(*problem),
        };
        let published = match Published::read(&shown, &text) {
            Ok(it) => it,
            // It is named as it was asked for, and is in no folder of this fleet.
            Err(problem) => return Err(context.problems(Exit::Fleet, vec![*problem])),
        };
        if let Some(problem) = self.older(&other, &published) {
            return refused(problem);
        }
        let new = match self.seen(context, request, loaded, &other, &published)? {
            Ok(new) => new,
            Err(problem) => return refused(*problem),
        };
        self.say(context, &new)?;
        let dangling = new.changes.iter().any(Renewed::dangles) || !new.wrong.is_empty();
        if dangling && !self.anyway {
            let message = "something of this fleet names what would not be there any more";
            let problem = Problem::error(NOT_UPDATED, &self.fleet, message).at(other.about.at(1));
            let next =
                "change what is named above, or take it over with --anyway and change it then";
            let problems = placed(vec![problem.next(next)], request);
            let all = problems.into_iter().chain(new.wrong).collect();
            return Err(context.problems(Exit::Fleet, all));
        }
        if !self.dry_run {
            let mut undo = Undo::new(&request.root);
            undo.write(&new.texts)?;
            undo.forget();
        }
        Ok(Exit::Pass)
    }

    /// Says that the view is older than the one that is known, or another of the same version.
    fn older(&self, other: &Other, new: &Published) -> Option<Problem> {
        let ((version, line), digest) = (other.version?, other.digest.as_ref()?);
        let message = match new.version {
            it if it < version => format!("the view has version {it}, and {version} is known"),
            it if it == version && new.digest() != digest.name => {
                format!("the view is another one of version {it} than the one that is known")
            }
            _ => return None,
        };
        let problem = Problem::error(NOT_UPDATED, &self.fleet, message).at(other.about.at(line));
        let next = "look why; --anyway takes it over";
        (!self.anyway).then(|| problem.next(next))
    }

    /// What taking it over comes to; or why the context's file cannot say so.
    fn seen(
        &self,
        context: &Context,
        request: &FleetRequest,
        loaded: Loaded,
        other: &Other,
        published: &Published,
    ) -> Result<std::result::Result<New, Box<Problem>>> {
        let name = other.about.name.as_str();
        let old = loaded.fleet.known_of(name);
        let mut changes = renewed(&loaded.fleet, Some(name), old, published);
        for place in changes.iter_mut().flat_map(|it| &mut it.named) {
            place.file = request.shown(&place.file);
        }
        let file = fs_err::read_to_string(request.root.join(&other.about.file))?;
        let file = match Other::pinned(&file, published.version, &published.digest()) {
            Ok(file) => file,
            Err(why) => {
                let problem = Problem::error(NOT_UPDATED, name, why).at(other.about.at(1));
                return Ok(Err(Box::new(problem.next("correct the file first"))));
            }
        };
        let mut texts = BTreeMap::new();
        texts.insert(other.about.file.clone(), Some(file));
        texts.insert(document_of(&other.about), Some(published.text()));
        let mut then = load_changed(&request.root, &texts);
        then.problems.extend(then.fleet.check());
        let before = old.map(|it| it.version);
        let features = features_of(context, &[&loaded.fleet, &then.fleet])?;
        let now = Known::of(loaded, request, &features);
        let then = Known::of(then, request, &features);
        let now_wrong = now.errors(request);
        let mut wrong = then.errors(request);
        // What is wrong now may be that nothing of the other fleet is known yet.
        let is_sound = wrong.is_empty();
        // Lines of the context's own file may be others.
        let is_known = |it: &Problem| now_wrong.iter().any(|other| said(other) == said(it));
        wrong.retain(|it| !is_known(it));
        let plan = is_sound.then(|| changes_on_hosts(name, before, &now, &then));
        let version = published.version;
        Ok(Ok(New { version, before, changes, wrong, plan, texts }))
    }

    fn say(&self, context: &Context, new: &New) -> Result<()> {
        if self.json {
            let document = json!({
                "schema": "domi.fleet-update/1",
                "fleet": self.fleet,
                "before": new.before,
                "version": new.version,
                "changes": new.changes,
                "plan": new.plan,
            });
            data!("{document:#}")?;
            return Ok(());
        }
        let name = &self.fleet;
        let from = match new.before {
            None => "nothing of it was known".to_owned(),
            Some(before) if before == new.version && new.changes.is_empty() => {
                data!("{name}: version {before} is known already")?;
                return Ok(());
            }
            Some(before) => format!("version {before} is known"),
        };
        data!("{name}: version {}; {from}", new.version)?;
        crate::out::data(format_args!("{}", lines(&new.changes)))?;
        if let Some(plan) = &new.plan {
            let plan = text::text(plan, context.paint_out());
            crate::out::data(format_args!("\n{plan}"))?;
        } else {
            talk!("what changes on hosts is not shown, as something of this fleet would be wrong");
        }
        Ok(())
    }
}

fn said(problem: &Problem) -> (&str, &str, &str, Option<&str>) {
    let file = problem.place.as_ref().map(|place| place.file.as_str());
    (problem.code.0, &problem.subject, &problem.message, file)
}

fn changes_on_hosts(name: &str, before: Option<u32>, now: &Known, then: &Known) -> Plan {
    let commit = before.map_or_else(|| "nothing".to_owned(), |it| format!("version {it}"));
    let revision = Revision { name: name.to_owned(), commit };
    let before = Side { fleet: &now.fleet, projected: &now.projected };
    plan(revision, before, Side { fleet: &then.fleet, projected: &then.projected })
}
