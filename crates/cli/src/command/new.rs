//! A new feature: its crate from the template, and all that is generated from it.

mod members;
mod name;
mod place;
mod template;

pub(super) use members::has_sdk;
pub(super) use name::problems as name_problems;

use std::io::IsTerminal;

use anyhow::Context as _;
use clap::Args;
use domi_model::{Kind, Problem};

use super::generate::{Change, Planned};
use super::undo::change_all;
use crate::Exit;
use crate::codes::{NEW_NAME, NEW_PLACE};
use crate::context::Context;
use crate::failure::Result;
use crate::request::GenerateRequest;
use crate::start::{Run, Start};
use crate::values::{given, kind, summary};
use template::Wanted;
use toml_edit::DocumentMut;

/// Make a new feature: its crate, and all that is generated from it
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Its name, such as `web-gateway` [default: asked for on a terminal]
    #[arg(value_name = "NAME", value_parser = given)]
    name: Option<String>,
    /// What it is: services (the default), security, packages, ui or features
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// What it does, in one line without a full stop
    #[arg(long, value_name = "TEXT", value_parser = summary)]
    summary: Option<String>,
    /// Write nothing; show the crate that would be written
    #[arg(long)]
    dry_run: bool,
}

impl Run for New {
    fn run(self, start: &Start) -> Result<Exit> {
        // Before signals are caught: Ctrl-C ends a question.
        let asked = asked(self.name.as_deref(), self.kind)?;
        let (context, config) = start.project()?;
        let Some((name, kind)) = asked else {
            let problem = Problem::error(NEW_NAME, "", "the new feature has no name")
                .next("name it, as in `cargo xtask new web-gateway`");
            return Err(context.problems(Exit::Usage, vec![problem]));
        };
        let request = GenerateRequest::new(&context.root, config);
        let feature = Feature { name, kind, summary: self.summary };
        new(context, &feature, self.dry_run, &request)
    }
}

/// What is to be made.
struct Feature {
    name: String,
    kind: Kind,
    summary: Option<String>,
}

/// The name and the kind; nothing where no name is given and nobody can be asked for one.
fn asked(name: Option<&str>, given: Option<Kind>) -> Result<Option<(String, Kind)>> {
    let usual = given.unwrap_or(Kind::Services);
    if let Some(name) = name {
        return Ok(Some((name.to_owned(), usual)));
    }
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let name = answer("name of the feature, such as web-gateway")?;
    if name.is_empty() {
        return Ok(None);
    }
    let mut chosen = given;
    while chosen.is_none() {
        let kinds = Kind::ALL.map(Kind::as_str).join(", ");
        let said = answer(&format!("its kind: {kinds} [{}]", usual.as_str()))?;
        match kind(&said) {
            Ok(said) => chosen = Some(said),
            Err(_) if said.is_empty() => chosen = Some(usual),
            Err(why) => talk!("{why}"),
        }
    }
    Ok(Some((name, chosen.unwrap_or(usual))))
}

fn answer(question: &str) -> Result<String> {
    crate::talk::talk(format_args!("{question}: "));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("the answer cannot be read")?;
    Ok(line.trim().to_owned())
}

/// Makes a feature, or shows what its crate would be. What was written is taken back where not
/// all of it can be.
fn new(
    context: &Context,
    feature: &Feature,
    dry_run: bool,
    request: &GenerateRequest,
) -> Result<Exit> {
    let planned = plan(context, feature)?.into_iter();
    let changes: Vec<_> = planned.map(|file| Change::to(&context.root, file)).collect();
    if dry_run {
        let paint = context.paint_out();
        let shown: String = changes.iter().map(|change| change.diff(paint)).collect();
        crate::out::data(format_args!("{shown}"))?;
        talk!("`cargo xtask generate` would then write the module, the tests and the reference");
        return Ok(Exit::Pass);
    }
    change_all(context, request, &changes, String::new())?;
    talk!("next: `cargo xtask test {0}`, and `cargo xtask show {0}`", feature.name);
    Ok(Exit::Pass)
}

/// The files of the crate, and `Cargo.toml` of the workspace where that has to name it.
fn plan(context: &Context, feature: &Feature) -> Result<Vec<Planned>> {
    let workspace = context.workspace()?;
    let text = fs_err::read_to_string(context.root.join("Cargo.toml"))?;
    let root: DocumentMut = text.parse().context("the workspace's Cargo.toml cannot be read")?;
    let folder = place::of(&workspace, &root).join(&feature.name);
    let mut problems = name::problems(&workspace, &feature.name);
    if problems.is_empty() && context.root.join(&folder).symlink_metadata().is_ok() {
        let problem = Problem::error(NEW_PLACE, folder.as_str(), "there is something of this name");
        problems.push(problem.next("choose another name, or move it away"));
    }
    if !has_sdk(&root) {
        let message = "it does not say where `domi-sdk` comes from, which every feature needs";
        let next = "add `domi-sdk` to its [workspace.dependencies]";
        problems.push(Problem::error(NEW_PLACE, "Cargo.toml", message).next(next));
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    let Feature { name, kind, summary } = feature;
    let wanted = Wanted { name, kind: *kind, summary: summary.as_deref() };
    let mut planned = vec![
        Planned { path: folder.join("Cargo.toml"), content: template::manifest(&wanted, &root)? },
        Planned {
            path: folder.join("src/main.rs"),
            content: template::program(&context.root, &root, name, &context.interrupt)?,
        },
    ];
    if let Some(content) = members::with(&root, &folder) {
        planned.push(Planned { path: "Cargo.toml".into(), content });
    }
    Ok(planned)
}
