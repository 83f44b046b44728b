//! What a change of settings means for a machine, before anything is built.

mod parts;

use std::collections::BTreeSet;

use clap::Args;
use domi_model::{Manifest, Problem};
use domi_realise::{DebianPaths, System, realise};
use domi_report::Paint;
use schemars::JsonSchema;
use serde::Serialize;

use super::show::{Fleet, Settings, of_host, with_set};
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};
use parts::{Difference, differences, parts};

/// Show what a change of settings means for a machine, before it is built
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The feature
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: String,
    /// Change the settings of this host of the fleet
    #[arg(long, value_name = "HOST", value_parser = given)]
    host: Option<String>,
    /// Set an option on the side before the change
    #[arg(long, value_name = "OPTION=VALUE", value_parser = given)]
    before: Vec<String>,
    /// Set an option on the side after the change
    #[arg(long, value_name = "OPTION=VALUE", value_parser = given, required_unless_present = "before")]
    after: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The version of the document.
const SCHEMA: &str = "domi.diff/1";

/// What a change means.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Meaning {
    /// The version of this document: `domi.diff/1`.
    schema: String,
    /// The feature.
    feature: String,
    /// The settings before the change.
    before: Settings,
    /// The settings after it.
    after: Settings,
    /// The parts of the machine that are not the same; none where the change has no effect.
    differences: Vec<Difference>,
    /// Options of NixOS's own modules that are set before and after. Only Nix knows their values.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    not_compared: BTreeSet<String>,
}

/// The JSON Schema of the document.
pub(super) fn schema() -> serde_json::Value {
    out::schema::<Meaning>(SCHEMA)
}

impl Run for Diff {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        diff(context, config, &self)
    }
}

fn diff(context: &Context, config: &Config, arguments: &Diff) -> Result<Exit> {
    let workspace = context.workspace()?;
    let mut loaded = context.load(&workspace, std::slice::from_ref(&arguments.feature))?;
    let Some(feature) = loaded.features.pop() else {
        return Err(context.problems(Exit::Feature, loaded.errors));
    };
    let manifest = &feature.manifest;
    let base = base(context, config, arguments.host.as_deref(), manifest)?;
    let side = |name: &str, set: &[String]| {
        let of_side = |problem| of_side(name, problem);
        side(manifest, &base, set)
            .map_err(|(exit, wrong)| (exit, wrong.into_iter().map(of_side).collect::<Vec<_>>()))
    };
    let ((before, old), (after, new)) =
        match (side("before", &arguments.before), side("after", &arguments.after)) {
            (Ok(before), Ok(after)) => (before, after),
            (before, after) => {
                let wrong = before.err().into_iter().chain(after.err());
                let (exits, wrong): (Vec<_>, Vec<_>) = wrong.unzip();
                let is_usage = exits.contains(&Exit::Usage);
                let exit = if is_usage { Exit::Usage } else { Exit::Feature };
                return Err(context.problems(exit, wrong.concat()));
            }
        };
    let not_compared = old.nixos.intersection(&new.nixos).cloned().collect();
    let meaning = Meaning {
        schema: SCHEMA.to_owned(),
        feature: manifest.feature.name.clone(),
        before,
        after,
        differences: differences(&parts(old), &parts(new)),
        not_compared,
    };
    let paint = context.paint_out();
    out::document(&meaning, arguments.json, |meaning| text(meaning, paint))?;
    Ok(Exit::Pass)
}

/// The settings that both sides begin with.
fn base(
    context: &Context,
    config: &Config,
    host: Option<&str>,
    manifest: &Manifest,
) -> Result<Settings> {
    let Some(host) = host else { return Ok(manifest.least_settings()) };
    let fleet = Fleet::read(&FleetRequest::new(&context.root, config), manifest);
    of_host(context, &fleet, host)
}

/// What is set on a side, and the system that comes of it.
fn side(
    manifest: &Manifest,
    base: &Settings,
    set: &[String],
) -> Result<(Settings, System), (Exit, Vec<Problem>)> {
    // There the command line itself is wrong.
    let settings = with_set(manifest, base.clone(), set).map_err(|wrong| (Exit::Usage, wrong))?;
    let realised = realise(manifest, &settings, &DebianPaths::new(manifest))
        .map_err(|wrong| (Exit::Feature, wrong))?;
    Ok((settings, realised.system))
}

fn of_side(side: &str, problem: Problem) -> Problem {
    let subject = format!("{side}: {}", problem.subject);
    Problem { subject: subject.trim_end_matches([':', ' ']).to_owned(), ..problem }
}

fn text(meaning: &Meaning, paint: Paint) -> String {
    let mut text = String::new();
    let (mut added, mut removed, mut changed) = (0, 0, 0);
    for Difference { kind, name, before, after } in &meaning.differences {
        let what = format!("{} {name}", kind.words());
        match (before, after) {
            (None, _) => {
                added += 1;
                text += &format!("{} {what}\n", paint.good("+"));
            }
            (_, None) => {
                removed += 1;
                text += &format!("{} {what}\n", paint.bad("-"));
            }
            (Some(before), Some(after)) => {
                changed += 1;
                text += &format!("{} {what}\n", paint.odd("~"));
                let hunks = domi_report::hunks([before, after], paint);
                text.extend(hunks.lines().map(|line| format!("    {line}\n")));
            }
        }
    }
    for option in &meaning.not_compared {
        let mark = paint.odd("?");
        text +=
            &format!("{mark} option of NixOS {option}: only Nix knows whether it is the same\n");
    }
    text + &format!("{added} added, {changed} changed, {removed} removed\n")
}
