//! Why a feature depends on another one.

use clap::Args;
use domi_report::Paint;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Result;
use crate::relations::{Dependencies, How, Relation, relations};
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};

/// Show why a feature depends on another one: the shortest ways, with their places
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The feature
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: String,
    /// The one that it may depend on
    #[arg(value_name = "OTHER", value_parser = given)]
    other: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The version of the document.
const SCHEMA: &str = "domi.why/1";
/// The most ways that are shown.
const MOST: usize = 5;

/// Why a feature depends on another one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Reason {
    /// The version of this document: `domi.why/1`.
    schema: String,
    /// The feature.
    feature: String,
    /// The one that it may depend on.
    other: String,
    /// Whether it does.
    depends: bool,
    /// The shortest ways, five at most; each a list of steps.
    ways: Vec<Vec<Step>>,
    /// How many shortest ways there are.
    shortest_ways: u64,
    /// Whether the other one depends on it.
    depended_on: bool,
    /// That one says that the two cannot be on one machine.
    conflicts: Vec<Relation>,
}

/// From one feature to the next.
#[derive(Debug, Serialize, JsonSchema)]
struct Step {
    /// The feature.
    from: String,
    /// What it depends on.
    to: String,
    /// By what.
    by: Vec<Relation>,
}

/// The JSON Schema of the document.
pub(super) fn schema() -> serde_json::Value {
    out::schema::<Reason>(SCHEMA)
}

impl Run for Why {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        why(context, &self)
    }
}

fn why(context: &Context, arguments: &Why) -> Result<Exit> {
    let (feature, other) = (&arguments.feature, &arguments.other);
    let workspace = context.workspace()?;
    context.known(&workspace, [feature, other])?;
    let loaded = context.load(&workspace, &[])?;
    let relations = relations(&workspace, &loaded.features);
    let dependencies = Dependencies::of(&relations);
    let (ways, shortest_ways) = dependencies.ways(feature, other, MOST);
    // A feature that cannot be read may be a step on the way.
    if !loaded.errors.is_empty() {
        if ways.is_empty() {
            return Err(context.problems(Exit::Feature, loaded.errors));
        }
        context.show(loaded.errors);
    }
    let step = |pair: &[&str]| Step {
        from: pair[0].to_owned(),
        to: pair[1].to_owned(),
        by: dependencies.between(pair[0], pair[1]).iter().copied().cloned().collect(),
    };
    let both = [(feature, other), (other, feature)];
    let conflicts = relations
        .iter()
        .filter(|it| it.how == How::Conflicts && both.contains(&(&it.from, &it.to)));
    let reason = Reason {
        schema: SCHEMA.to_owned(),
        feature: feature.clone(),
        other: other.clone(),
        depends: !ways.is_empty(),
        ways: ways.iter().map(|way| way.windows(2).map(step).collect()).collect(),
        shortest_ways,
        depended_on: !dependencies.ways(other, feature, 1).0.is_empty(),
        conflicts: conflicts.cloned().collect(),
    };
    let paint = context.paint_out();
    out::document(&reason, arguments.json, |reason| text(reason, paint))?;
    Ok(Exit::Pass)
}

fn text(reason: &Reason, paint: Paint) -> String {
    let Reason { feature, other, ways, .. } = reason;
    let mut text = String::new();
    if !reason.depends {
        text += &format!("{feature} does not depend on {other}\n");
    }
    for (at, way) in ways.iter().enumerate() {
        let (or, name) = if at == 0 { ("", &**feature) } else { ("or ", "it") };
        let by = match way.len() {
            1 => String::new(),
            steps => format!(", in {steps} steps"),
        };
        text += &format!("{or}{name} depends on {other}{by}:\n");
        for Step { from, to, by } in way {
            by.iter().for_each(|it| text += &line(from, to, it, paint));
        }
    }
    let more = reason.shortest_ways.saturating_sub(ways.len() as u64);
    if more > 0 {
        text += &format!("{more} more ways are as short\n");
    }
    if reason.depended_on {
        text += &format!("{other} depends on {feature}: see `cargo xtask why {other} {feature}`\n");
    }
    for it in &reason.conflicts {
        text += &format!("they cannot be on one machine:\n{}", line(&it.from, &it.to, it, paint));
    }
    text
}

fn line(from: &str, to: &str, relation: &Relation, paint: Paint) -> String {
    let when = if relation.conditional { ", under a condition" } else { "" };
    let place = relation.place.as_ref().map(|place| format!("  {}", paint.faint(place)));
    format!("  {from} {} {to}{when}{}\n", relation.words(), place.unwrap_or_default())
}
