//! Versions of features that follow from what changed since their last tags.

mod changelog;
pub(super) mod document;
mod found;
mod tagging;
mod text;
mod written;

use clap::Args;
use domi_model::Problem;

use crate::codes::VERSION_TOO_LOW;
use crate::context::Context;
use crate::failure::Result;
use crate::git::Git;
use crate::released::tags;
use crate::request::GenerateRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};
use document::{Document, Released, State};

/// Show which version follows from what changed since the last tag; write it, or tag it
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// Fail where a version is too low
    #[arg(long, conflicts_with_all = ["write", "tag"])]
    check: bool,
    /// Set versions that are too low, and write an entry into the feature's changelog
    #[arg(long, conflicts_with = "tag")]
    write: bool,
    /// Make an annotated tag of the commit that is checked out; nothing is pushed
    #[arg(long)]
    tag: bool,
    /// With --write or --tag: change nothing; show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long, conflicts_with_all = ["write", "tag"])]
    json: bool,
}

impl Run for Release {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = GenerateRequest::new(&context.root, config);
        release(context, &request, &self)
    }
}

fn release(context: &Context, request: &GenerateRequest, arguments: &Release) -> Result<Exit> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &arguments.features)?;
    let git = Git { root: &context.root, interrupt: &context.interrupt };
    if let Some(problem) = git.unreadable("")? {
        return Err(context.problems(Exit::Usage, vec![*problem]));
    }
    let tags = tags::all(&git)?;
    let (document, not_compared) = found::look(context, &git, &tags, &loaded.features)?;
    let paint = context.paint_out();
    let shown = |document: &Document| {
        out::document(document, arguments.json, |document| text::text(document, paint))
    };
    if !loaded.errors.is_empty() {
        shown(&document)?;
        let problems = [loaded.errors, not_compared].concat();
        return Err(context.problems(Exit::Feature, problems));
    }
    if !not_compared.is_empty() {
        shown(&document)?;
        return Err(context.problems(Exit::Release, not_compared));
    }
    let low: Vec<Problem> = document.features.iter().filter_map(too_low).collect();
    if arguments.write {
        return written::write(context, request, &workspace, &document, arguments.dry_run);
    }
    if arguments.check || arguments.tag {
        shown(&document)?;
        if !low.is_empty() {
            return Err(context.problems(Exit::Release, low));
        }
        if arguments.tag {
            return tagging::tag(
                context,
                &git,
                &tags,
                (&document, &loaded.features),
                arguments.dry_run,
            );
        }
        return Ok(Exit::Pass);
    }
    shown(&document)?;
    if !low.is_empty() {
        let names: Vec<&str> = low.iter().map(|problem| &*problem.subject).collect();
        talk!("next: `cargo xtask release {} --write`", names.join(" "));
    }
    Ok(Exit::Pass)
}

/// The problem that a version is too low, if it is.
fn too_low(released: &Released) -> Option<Problem> {
    let (State::TooLow, Some(least)) = (released.state, &released.least) else { return None };
    let weighs = |it: &&domi_compare::Finding| Some(it.level) == released.level;
    let effects: Vec<String> = released
        .changes
        .iter()
        .filter(weighs)
        .map(|it| format!("{} ({})", it.effect.id(), it.what))
        .collect();
    let since = released.last_tag.as_deref().unwrap_or_default();
    let why = match effects.as_slice() {
        [] => String::new(),
        effects => format!(", for {}", effects.join(", ")),
    };
    let message = format!(
        "the version {} is too low: it must be {least} or more since {since}{why}",
        released.version
    );
    let next =
        format!("run `cargo xtask release {} --write`, or take the change back", released.feature);
    Some(Problem::error(VERSION_TOO_LOW, &released.feature, message).next(next))
}
