//! A feature on one screen: does it build, what does it run, how is it configured, tested and
//! deployed.

mod deployed;
mod facts;
mod model;
mod tested;
mod text;

use std::collections::BTreeMap;

use clap::Args;
use domi_model::{Feature, Manifest, Platform, Problem, Value};

use crate::Exit;
use crate::codes::NOT_DEPLOYED;
use crate::context::{Context, not_for};
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::start::{Run, Start};
use crate::values::{given, system};
use crate::{config::Config, out, runs};
pub(super) use deployed::Fleet;
use model::Shown;

pub(super) use model::schema;
pub(super) use tested::{all as last_verdicts, of_feature, verdict};

/// Show a feature: what it builds, runs, is configured by, how it is tested and deployed
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The feature
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: String,
    /// Only tests and configurations of this system [default: all]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Option<Platform>,
    /// With the settings of this host of the fleet
    #[arg(long, value_name = "HOST", value_parser = given)]
    host: Option<String>,
    /// With this option set
    #[arg(long, value_name = "OPTION=VALUE", value_parser = given)]
    set: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Run for Show {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        show(context, config, &self)
    }
}

fn show(context: &Context, config: &Config, arguments: &Show) -> Result<Exit> {
    let workspace = context.workspace()?;
    let mut loaded = context.load(&workspace, std::slice::from_ref(&arguments.feature))?;
    let Some(feature) = loaded.features.pop() else {
        return Err(context.problems(Exit::Feature, loaded.errors));
    };
    let manifest = &feature.manifest;
    let systems = systems(context, arguments, &manifest.feature)?;
    let fleet = Fleet::read(&FleetRequest::new(&context.root, config), manifest);
    let runs = match settings(context, arguments, manifest, &fleet)? {
        None => facts::usual(manifest),
        Some((settings, from)) => facts::runs(manifest, &settings, from)
            .map_err(|problems| context.problems(Exit::Feature, problems))?,
    };
    let shown = Shown {
        schema: model::SCHEMA.to_owned(),
        feature: manifest.feature.clone(),
        builds: facts::builds(&context.root, manifest, &feature.folder),
        options: facts::options(manifest, &runs.settings),
        runs,
        tests: tested::tests(manifest, &systems, &runs::folder(&workspace.target)),
        deployed: deployed::deployed(&context.root, manifest, &systems, &fleet),
    };
    let paint = context.paint_out();
    out::document(&shown, arguments.json, |shown| text::text(shown, paint))?;
    Ok(Exit::Pass)
}

/// The systems that are asked about.
fn systems(context: &Context, arguments: &Show, feature: &Feature) -> Result<Vec<Platform>> {
    match arguments.system {
        None => Ok(feature.platforms.clone()),
        Some(system) if feature.platforms.contains(&system) => Ok(vec![system]),
        Some(system) => Err(context.problems(Exit::Usage, vec![not_for(feature, system)])),
    }
}

pub(super) type Settings = BTreeMap<String, Value>;

/// The settings that are asked for, and whose they are.
fn settings(
    context: &Context,
    arguments: &Show,
    manifest: &Manifest,
    fleet: &Fleet,
) -> Result<Option<(Settings, String)>> {
    if arguments.host.is_none() && arguments.set.is_empty() {
        return Ok(None);
    }
    let (settings, mut from) = match &arguments.host {
        None => (manifest.least_settings(), "its defaults".to_owned()),
        Some(host) => (of_host(context, fleet, host)?, format!("the settings of {host}")),
    };
    let settings = with_set(manifest, settings, &arguments.set)
        .map_err(|problems| context.problems(Exit::Usage, problems))?;
    if !arguments.set.is_empty() {
        from += " and --set";
    }
    Ok(Some((settings, from)))
}

/// The settings that a host of the fleet has of the feature.
pub(super) fn of_host(context: &Context, fleet: &Fleet, host: &str) -> Result<Settings> {
    fleet.settings(host).cloned().map_err(|(message, next)| {
        let problem = Problem::error(NOT_DEPLOYED, host, message).next(next);
        context.problems(Exit::Usage, vec![problem])
    })
}

/// Settings with these options set, each `OPTION=VALUE`.
pub(super) fn with_set(
    manifest: &Manifest,
    mut settings: Settings,
    set: &[String],
) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    for text in set {
        let set = domi_realise::set::apply(text, manifest, &mut settings);
        problems.extend(set.err().into_iter().flatten());
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}
