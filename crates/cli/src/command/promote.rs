//! A feature becomes more mature, or less: what that asks for, and its `Cargo.toml`.

mod proofs;
mod rules;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domi_model::{Manifest, Maturity, Problem};
use domi_plugin::{Feature, FeatureCrate, Source};
use toml_edit::{DocumentMut, Item, Table, Value};

use super::generate::{Change, Planned};
use super::undo::change_and_judge;
use crate::codes::NOT_PROMOTED;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GenerateRequest;
use crate::required::Gathered;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};

/// Set how mature a feature is, where it has what that asks for
#[derive(Debug, Args)]
pub(crate) struct Promote {
    /// The feature
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: String,
    /// How mature it is to be
    #[arg(value_name = "MATURITY")]
    to: To,
    /// A run of another computer that counts, too: its folder, or a folder with many
    #[arg(long, value_name = "PATH")]
    runs: Vec<PathBuf>,
    /// Change nothing; show what would be changed
    #[arg(long)]
    dry_run: bool,
}

/// A maturity, as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    Dev,
    Test,
    Prod,
}

impl From<To> for Maturity {
    fn from(to: To) -> Self {
        match to {
            To::Dev => Self::Dev,
            To::Test => Self::Test,
            To::Prod => Self::Prod,
        }
    }
}

impl Run for Promote {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = GenerateRequest::new(&context.root, config);
        promote(context, &request, &self)
    }
}

fn promote(context: &Context, request: &GenerateRequest, arguments: &Promote) -> Result<Exit> {
    let name = &arguments.feature;
    let to = Maturity::from(arguments.to);
    let workspace = context.workspace()?;
    context.known(&workspace, [name])?;
    let gathered = Gathered::load(context, &workspace, std::slice::from_ref(name), &|_| ())?;
    if !gathered.errors.is_empty() {
        return Err(context.problems(Exit::Feature, gathered.errors));
    }
    let (Some(loaded), Some(feature)) = (gathered.features.first(), workspace.feature(name)) else {
        return Err(anyhow::anyhow!("{name} is known and was not loaded").into());
    };
    let manifest = &loaded.manifest;
    let is = manifest.feature.maturity;
    if is == to {
        talk!("{name} is {} already", to.as_str());
        return Ok(Exit::Pass);
    }
    let mut problems: Vec<Problem> = unchangeable(feature).into_iter().collect();
    if to > is {
        let others = gathered.needed.iter().map(|it| &it.manifest);
        problems.extend(rules::without_runs(manifest, to, others));
        if to == Maturity::Prod {
            let proofs = proofs::find(context, &workspace, &gathered, manifest, &arguments.runs)?;
            problems.extend(rules::of_runs(manifest, &proofs));
        }
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Promotion, problems));
    }
    let path = feature.place.join("Cargo.toml");
    let text = fs_err::read_to_string(context.root.join(&path))?;
    let document: DocumentMut = text.parse().with_context(|| format!("{path} cannot be read"))?;
    let content = with_maturity(document, to);
    let change = Change::to(&context.root, Planned { path, content });
    if arguments.dry_run {
        out::data(format_args!("{}", change.diff(context.paint_out())))?;
        talk!("`cargo xtask generate` would then write what has the maturity in it");
        return Ok(Exit::Pass);
    }
    let said = format!("{name}: {} → {}\n", is.as_str(), to.as_str());
    change_and_judge(context, request, (None, &[change]), said, |after| {
        judge(after, manifest, to)
    })?;
    if to < is {
        talk!("those who have it from a release are told by the next one: `cargo xtask release`");
    }
    Ok(Exit::Pass)
}

/// Why the maturity of a feature cannot be written from here.
fn unchangeable(feature: &FeatureCrate) -> Option<Problem> {
    let refused = |message: String, next: &str| {
        Some(Problem::error(NOT_PROMOTED, &feature.name, message).next(next))
    };
    if let Some(message) = feature.elsewhere() {
        return refused(message, "promote it there");
    }
    if !matches!(feature.source, Source::Binary(_)) {
        let message = "its maturity is what its program prints, not that of a Cargo.toml";
        return refused(message.to_owned(), "set it in what the program prints");
    }
    None
}

/// What is wrong where a feature does not have the maturity that was written.
fn judge(after: &[Feature], manifest: &Manifest, to: Maturity) -> Vec<Problem> {
    let name = &manifest.feature.name;
    let has_it = |it: &Feature| it.manifest.feature.maturity == to;
    let wrong = after.iter().find(|it| it.manifest.feature.name == *name && !has_it(it));
    let problem = |_| {
        let message = "its manifest does not say what its Cargo.toml says of its maturity";
        Problem::error(NOT_PROMOTED, name, message).next("set it in what its program says")
    };
    wrong.map(problem).into_iter().collect()
}

/// The text of a `Cargo.toml` with a maturity; comments and layout stay.
fn with_maturity(mut document: DocumentMut, maturity: Maturity) -> String {
    let mut table: &mut dyn toml_edit::TableLike = document.as_table_mut();
    for key in ["package", "metadata", "domi"] {
        let mut implicit = Table::new();
        implicit.set_implicit(true);
        let item = table.entry(key).or_insert(Item::Table(implicit));
        let Some(inner) = item.as_table_like_mut() else { return document.to_string() };
        table = inner;
    }
    let mut new = Value::from(maturity.as_str());
    match table.get_mut("maturity") {
        Some(old) => {
            if let Some(old) = old.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *old = Item::Value(new);
        }
        None => drop(table.insert("maturity", Item::Value(new))),
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_layout_stay() {
        let check = |before: &str, after: &str| {
            let document = before.parse().expect("TOML");
            assert_eq!(with_maturity(document, Maturity::Test), after);
        };
        check(
            "[package]\nname = \"x\"\n\n[package.metadata.domi]\nkind = \"services\" # ours\n",
            "[package]\nname = \"x\"\n\n[package.metadata.domi]\nkind = \"services\" # ours\nmaturity = \"test\"\n",
        );
        check(
            "[package.metadata.domi]\nmaturity   =  \"dev\" # so far\nkind = \"ui\"\n",
            "[package.metadata.domi]\nmaturity   =  \"test\" # so far\nkind = \"ui\"\n",
        );
        check(
            "[package]\nmetadata.domi = { kind = \"ui\" }\n",
            "[package]\nmetadata.domi = { kind = \"ui\" , maturity = \"test\" }\n",
        );
    }
}
