//! What a change of settings means for a machine, before anything is built.

mod parts;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use domi_model::{Manifest, Problem, Value};
use domi_realise::{DebianPaths, System, realise};
use domi_report::Paint;
use schemars::JsonSchema;
use serde::Serialize;

use super::show::Fleet;
use crate::Exit;
use crate::codes::NOT_DEPLOYED;
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::given;
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
    before: BTreeMap<String, Value>,
    /// The settings after it.
    after: BTreeMap<String, Value>,
    /// The parts of the machine that are not the same; none where the change has no effect.
    differences: Vec<Difference>,
    /// Options of NixOS's own modules that are set before and after. Only Nix knows their values.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    not_compared: BTreeSet<String>,
}

/// The JSON Schema of the document: the contract for programs that read it.
pub(super) fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Meaning>();
    schema.insert("title".to_owned(), SCHEMA.into());
    schema.to_value()
}

type Settings = BTreeMap<String, Value>;

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
    let sides = [("before", &arguments.before), ("after", &arguments.after)]
        .map(|(side, set)| (side, settings(manifest, &base, set)));
    let (mut systems, mut wrong) = (Vec::new(), Vec::new());
    let mut exit = Exit::Feature;
    for (side, settings) in sides {
        match settings {
            Ok(settings) => match system(manifest, &settings) {
                Ok(system) => systems.push((settings, system)),
                Err(problems) => wrong.extend(problems.into_iter().map(|it| of_side(side, it))),
            },
            // The command line itself is wrong.
            Err(problems) => {
                exit = Exit::Usage;
                wrong.extend(problems.into_iter().map(|it| of_side(side, it)));
            }
        }
    }
    let Ok([(before, old), (after, new)]) = <[_; 2]>::try_from(systems) else {
        return Err(context.problems(exit, wrong));
    };
    let not_compared = old.nixos.intersection(&new.nixos).cloned().collect();
    let meaning = Meaning {
        schema: SCHEMA.to_owned(),
        feature: manifest.feature.name.clone(),
        before,
        after,
        differences: differences(parts(old), parts(new)),
        not_compared,
    };
    if arguments.json {
        data!("{}", serde_json::to_string_pretty(&meaning)?)?;
    } else {
        let paint = Paint::stdout(context.global.color.into());
        crate::out::data(format_args!("{}", text(&meaning, paint)))?;
    }
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
    fleet.settings(host).cloned().map_err(|(message, next)| {
        let problem = Problem::error(NOT_DEPLOYED, host, message).next(next);
        context.problems(Exit::Usage, vec![problem])
    })
}

fn settings(
    manifest: &Manifest,
    base: &Settings,
    set: &[String],
) -> std::result::Result<Settings, Vec<Problem>> {
    let (mut settings, mut problems) = (base.clone(), Vec::new());
    for text in set {
        let set = domi_realise::set::apply(text, manifest, &mut settings);
        problems.extend(set.err().into_iter().flatten());
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn system(manifest: &Manifest, settings: &Settings) -> std::result::Result<System, Vec<Problem>> {
    realise(manifest, settings, &DebianPaths::new(manifest)).map(|realised| realised.system)
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
                let patch = domi_report::patch(["before", "after"], [before, after], paint);
                // Its first two lines name the sides.
                text.extend(patch.lines().skip(2).map(|line| format!("    {line}\n")));
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
