use std::collections::BTreeSet;

use clap::Args;
use domi_model::TestBody;
use serde_json::json;

use crate::Exit;
use crate::arguments::Choice;
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::start::{Run, Start};

/// List the features
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    choice: Choice,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Run for List {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        list(context, &self)
    }
}

/// Lists the features that have jobs of the choice, with how many tests of theirs these are.
fn list(context: &Context, arguments: &List) -> Result<Exit> {
    let workspace = context.workspace()?;
    let chosen = Chosen::load(context, &workspace, &arguments.choice)?;
    let selection = jobs::on_all_systems(jobs::choice(context, &arguments.choice)?);
    let plan = chosen.plan(context, &selection)?;
    let tests: BTreeSet<_> = plan.jobs.iter().map(|job| (job.feature(), &job.test.name)).collect();
    // A feature that has no test at all is left out only by a choice.
    let choice = &arguments.choice;
    let any = choice.test.is_empty() && choice.filter.is_none();
    let listed: Vec<_> = chosen
        .features
        .iter()
        .map(|feature| {
            let name = &feature.manifest.feature.name;
            let of_feature = feature.manifest.tests.iter();
            let tests: Vec<_> =
                of_feature.filter(|test| tests.contains(&(&**name, &test.name))).collect();
            (feature, tests)
        })
        .filter(|(_, tests)| any || !tests.is_empty())
        .collect();
    if arguments.json {
        let features: Vec<_> = listed
            .iter()
            .map(|(feature, tests)| {
                json!({
                    "feature": feature.manifest.feature,
                    "crate": feature.crate_dir,
                    "tests": tests.iter().map(|test| &test.name).collect::<Vec<_>>(),
                })
            })
            .collect();
        data!("{:#}", json!({ "features": features, "problems": chosen.errors }))?;
    } else {
        let width = listed.iter().map(|(feature, _)| feature.manifest.feature.name.len()).max();
        let mut text = String::new();
        for (feature, tests) in &listed {
            let about = &feature.manifest.feature;
            let machines = tests.iter().filter(|test| matches!(test.body, TestBody::Run(_)));
            let count = match tests.len() {
                1 => "1 test ".to_owned(),
                tests => format!("{tests} tests"),
            };
            text += &format!(
                "{:width$}  {:4}  {count:>8}, {} in machines  {}\n",
                about.name,
                format!("{:?}", about.maturity).to_lowercase(),
                machines.count(),
                about.summary,
                width = width.unwrap_or_default(),
            );
        }
        crate::out::data(format_args!("{text}"))?;
    }
    chosen.end(context, Exit::Pass)
}
