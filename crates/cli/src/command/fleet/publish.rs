//! Writes what others may refer to.

use std::collections::BTreeMap;

use clap::Args;
use domi_fleet::{MOST_BYTES, Renewed, STALE_VIEW, document_of, published, renewed};
use domi_fleet_files::Loaded;
use domi_model::{Problem, Severity};
use serde_json::{Value, json};

use super::super::undo::Undo;
use super::renewed::lines;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{files, placed};
use crate::request::FleetRequest;

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// Write nothing; show what others would get to know
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A view that is to be written.
struct New {
    name: String,
    file: String,
    version: u32,
    changes: Vec<Renewed>,
}

impl Publish {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let Loaded { fleet, mut problems } = files(request);
        problems.retain(|problem| problem.severity == Severity::Error);
        let mut all = Vec::new();
        let mut same = Vec::new();
        let mut texts = BTreeMap::new();
        for view in fleet.views.values().filter(|it| it.about.is_current()) {
            let file = document_of(&view.about);
            let old = fleet.documents.get(&file).and_then(|it| it.published.as_ref());
            let version = old.map_or(0, |it| it.version);
            let new = published(&fleet, view, version.saturating_add(1));
            let name = view.about.name.clone();
            if old.is_some_and(|old| old.things == new.things) {
                same.push((name, version));
                continue;
            }
            let text = new.text();
            if text.len() > MOST_BYTES {
                let message =
                    format!("would have {} bytes, and {MOST_BYTES} are the most", text.len());
                let problem = Problem::error(STALE_VIEW, &name, message).at(view.about.at(1));
                problems.push(problem.next("publish less, or make several views of it"));
            }
            let changes = renewed(&fleet, None, old, &new);
            texts.insert(file.clone(), Some(text));
            all.push(New { name, file, version: new.version, changes });
        }
        if !problems.is_empty() {
            return Err(context.problems(Exit::Fleet, placed(problems, request)));
        }
        if !self.dry_run {
            let mut undo = Undo::new(&request.root);
            undo.write(&texts)?;
            undo.forget();
        }
        self.say(request, &all, &same)?;
        Ok(Exit::Pass)
    }

    fn say(&self, request: &FleetRequest, all: &[New], same: &[(String, u32)]) -> Result<()> {
        if self.json {
            let new = |it: &New| {
                json!({
                    "view": it.name,
                    "file": request.shown(&it.file),
                    "version": it.version,
                    "changes": it.changes,
                })
            };
            let views: Vec<Value> = all.iter().map(new).collect();
            data!(
                "{:#}",
                json!({ "schema": "domi.fleet-publish/1", "written": !self.dry_run, "views": views })
            )?;
            return Ok(());
        }
        if all.is_empty() && same.is_empty() {
            data!("no view says what others may refer to; write a file of domain/views")?;
        }
        for (name, version) in same {
            data!("{name}: version {version}, as the files say")?;
        }
        for it in all {
            let would = if self.dry_run { "would be written" } else { "is written" };
            data!("{}: version {} {would}, {}", it.name, it.version, request.shown(&it.file))?;
            crate::out::data(format_args!("{}", lines(&it.changes)))?;
        }
        Ok(())
    }
}
