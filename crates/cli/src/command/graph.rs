//! The features of a workspace and what they have to do with each other, as a graph.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use domi_event::Verdict;
use domi_model::{Feature as Facts, Manifest};
use domi_report::{Graph as Picture, Link, Mark, Node};
use schemars::JsonSchema;
use serde::Serialize;

use super::show::last_verdicts;
use crate::context::Context;
use crate::failure::Result;
use crate::relations::{How, Relation, relations};
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out, runs};

/// Draw the features, what they have to do with each other, and their last verdicts
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// Only these, and those that have to do with them directly [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// What is printed: mermaid, svg, html or json
    #[arg(long, value_name = "FORMAT", default_value = "mermaid", hide_possible_values = true)]
    format: Format,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for Mermaid, which GitHub draws
    Mermaid,
    /// A picture
    Svg,
    /// A page with the picture and a table, to be searched
    Html,
    /// A JSON document
    Json,
}

/// The version of the document.
const SCHEMA: &str = "domi.graph/1";

/// Features and what they have to do with each other.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Document {
    /// The version of this document: `domi.graph/1`.
    schema: String,
    /// The features, in the order of their names.
    features: Vec<Known>,
    /// Names of features that others have to do with, and that are not here.
    missing: BTreeSet<String>,
    /// What they have to do with each other.
    relations: Vec<Relation>,
}

/// A feature.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Known {
    /// Who and what it is.
    #[serde(flatten)]
    facts: Facts,
    /// Whether the generated index of the trunk has it.
    in_trunk: bool,
    /// What its tests came to when they ran last.
    tests: Tests,
}

/// What tests came to when they ran last, on any system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Tests {
    /// How many were good wherever they ran.
    good: usize,
    /// How many were not, somewhere.
    bad: usize,
    /// How many have no verdict, or none that decides.
    open: usize,
}

/// The JSON Schema of the document.
pub(super) fn schema() -> serde_json::Value {
    out::schema::<Document>(SCHEMA)
}

impl Run for Graph {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        let (document, exit) = document(context, &self.features)?;
        let text = match self.format {
            Format::Mermaid => domi_report::mermaid(&picture(&document)),
            Format::Svg => domi_report::svg(&picture(&document)),
            Format::Html => domi_report::graph_page(&picture(&document)),
            Format::Json => serde_json::to_string_pretty(&document)? + "\n",
        };
        out::data(format_args!("{text}"))?;
        Ok(exit)
    }
}

/// What is known of the features. One that cannot be read is said and left out, and the command then
/// ends as one that met it.
fn document(context: &Context, wanted: &[String]) -> Result<(Document, Exit)> {
    let workspace = context.workspace()?;
    context.known(&workspace, wanted)?;
    let loaded = context.load(&workspace, &[])?;
    let exit = if loaded.errors.is_empty() { Exit::Pass } else { Exit::Feature };
    context.show(loaded.errors);
    let mut relations = relations(&workspace, &loaded.features);
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    relations.retain(|it| is_wanted(&it.from) || is_wanted(&it.to));
    let near: BTreeSet<&str> = relations
        .iter()
        .flat_map(|it| [&*it.from, &*it.to])
        .chain(wanted.iter().map(|it| &**it))
        .collect();
    let index = std::fs::read_to_string(context.root.join(domi_nix::INDEX)).unwrap_or_default();
    let (_, verdicts) = last_verdicts(&runs::folder(&workspace.target));
    let mut features: Vec<Known> = loaded
        .features
        .iter()
        .filter(|it| wanted.is_empty() || near.contains(&*it.manifest.feature.name))
        .map(|it| Known {
            facts: it.manifest.feature.clone(),
            in_trunk: domi_nix::is_in_index(&index, &it.manifest.feature.name),
            tests: Tests::of(&it.manifest, &verdicts),
        })
        .collect();
    features.sort_by(|one, other| one.facts.name.cmp(&other.facts.name));
    let missing = {
        let is_there = |name: &&String| !features.iter().any(|it| it.facts.name == **name);
        let named = relations.iter().flat_map(|it| [&it.from, &it.to]);
        named.filter(is_there).cloned().collect()
    };
    Ok((Document { schema: SCHEMA.to_owned(), features, missing, relations }, exit))
}

impl Tests {
    fn of(manifest: &Manifest, verdicts: &BTreeMap<[String; 3], Verdict>) -> Self {
        let mut tests = Self::default();
        for test in &manifest.tests {
            let key =
                |system: &str| [&*manifest.feature.name, &*test.name, system].map(str::to_owned);
            let systems = manifest.feature.platforms.iter();
            let all: Vec<Verdict> =
                systems.filter_map(|it| verdicts.get(&key(it.as_str())).copied()).collect();
            if all.iter().any(|it| it.has_failed()) {
                tests.bad += 1;
            } else if all.iter().any(|it| it.has_passed()) {
                tests.good += 1;
            } else {
                tests.open += 1;
            }
        }
        tests
    }

    fn mark(self) -> Mark {
        match self {
            Self { bad: 1.., .. } => Mark::Bad,
            Self { good: 1.., open: 0, .. } => Mark::Good,
            _ => Mark::Open,
        }
    }

    fn words(self) -> String {
        let counts = [(self.good, "good"), (self.bad, "bad"), (self.open, "without a verdict")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        if said.is_empty() { "no tests".to_owned() } else { said.join(", ") }
    }
}

/// How a feature has to do with another one: how many times, and whether always.
type Hows = BTreeMap<How, (usize, bool)>;

fn picture(document: &Document) -> Picture {
    let known = document.features.iter().map(|it| Node {
        name: it.facts.name.clone(),
        about: format!(
            "{} · {} {}",
            it.facts.kind.as_str(),
            it.facts.maturity.as_str(),
            it.facts.version
        ),
        mark: it.tests.mark(),
        verdict: it.tests.words(),
        in_trunk: it.in_trunk,
    });
    let missing = document.missing.iter().map(|name| Node {
        name: name.clone(),
        about: "not here".to_owned(),
        mark: Mark::Missing,
        verdict: "there is no such feature here, or it cannot be read".to_owned(),
        in_trunk: false,
    });
    let nodes: Vec<Node> = known.chain(missing).collect();
    let at: BTreeMap<&str, usize> =
        nodes.iter().enumerate().map(|(at, node)| (&*node.name, at)).collect();
    // One line between two features, whatever they have to do with each other; that they exclude
    // each other is another one.
    let mut between: BTreeMap<(&str, &str, bool), Hows> = BTreeMap::new();
    for it in &document.relations {
        let hows = between.entry((&it.from, &it.to, it.how == How::Conflicts)).or_default();
        let (count, always) = hows.entry(it.how).or_default();
        *count += 1;
        *always |= !it.conditional;
    }
    let links = between.into_iter().filter_map(|((from, to, is_against), hows)| {
        let is_strong = hows.keys().any(|how| matches!(how, How::Requires | How::BuiltFrom));
        let how = hows.into_iter().map(|(how, (count, always))| {
            format!("{}{}", if always { "" } else { "perhaps " }, how.words_of(count))
        });
        let how = how.collect::<Vec<_>>().join(", ");
        Some(Link { from: *at.get(from)?, to: *at.get(to)?, how, is_strong, is_against })
    });
    let links = links.collect();
    Picture { nodes, links }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_as_good_as_its_worst_test() {
        let tests = |good, bad, open| Tests { good, bad, open };
        assert_eq!(tests(3, 0, 0).mark(), Mark::Good);
        assert_eq!(tests(3, 1, 2).mark(), Mark::Bad);
        assert_eq!(tests(3, 0, 1).mark(), Mark::Open);
        assert_eq!(tests(0, 0, 0).mark(), Mark::Open);
        assert_eq!(tests(3, 1, 2).words(), "3 good, 1 bad, 2 without a verdict");
    }

    #[test]
    fn a_test_in_quarantine_says_nothing_good() {
        let manifest = serde_json::json!({
            "schema": domi_model::SCHEMA,
            "feature": { "name": "x", "kind": "services", "version": "0.1.0", "maturity": "dev",
                         "platforms": ["x86_64-linux"], "summary": "" },
            "tests": [{ "name": "t", "body": { "run": { "machines": { "m": {} }, "steps": [] } } }],
        });
        let manifest: Manifest = serde_json::from_value(manifest).expect("a manifest");
        let check = |verdict: Verdict, expected: Mark| {
            let key = ["x", "t", "x86_64-linux"].map(str::to_owned);
            let tests = Tests::of(&manifest, &[(key, verdict)].into());
            assert_eq!(tests.mark(), expected, "{verdict:?}");
        };
        check(Verdict::Passed, Mark::Good);
        check(Verdict::Cached, Mark::Good);
        check(Verdict::Failed, Mark::Bad);
        check(Verdict::Flaky, Mark::Bad);
        check(Verdict::Quarantined, Mark::Open);
        check(Verdict::Skipped, Mark::Open);
        check(Verdict::Interrupted, Mark::Open);
        check(Verdict::Error, Mark::Open);
    }
}
