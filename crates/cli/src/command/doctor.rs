//! The health of this computer and of the repository: checks that change nothing, each green, red or
//! not run.

mod check;
mod computer;
pub(super) mod document;
mod features;
mod history;
mod lock;
#[cfg(test)]
mod mutated;
mod nix;
mod pins;

use std::path::PathBuf;

use clap::Args;
use domi_model::Problem;
use jiff::Timestamp;

use crate::codes::NO_HEALTH;
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::request::{GenerateRequest, NixRequest};
use crate::start::{Run, Start};
use crate::{Exit, out};
use check::{CHECKS, Check, RULES, State};
use document::{Health, SCHEMA};
use history::{History, Row};

/// Check the health of this computer and of the repository; change nothing
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Also run what evaluates with Nix
    #[arg(long)]
    full: bool,
    /// Fail only for what was green when it was recorded last, and is red
    #[arg(long)]
    gate: bool,
    /// Add what was found to the history
    #[arg(long)]
    record: bool,
    /// The history [default: health.jsonl in target/domi]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Run for Doctor {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        doctor(context, config, &self)
    }
}

fn doctor(context: &Context, config: &Config, arguments: &Doctor) -> Result<Exit> {
    let workspace = context.workspace()?;
    let usual = || workspace.target.join("domi/health.jsonl").into_std_path_buf();
    let file = arguments.history.clone().unwrap_or_else(usual);
    let bad = |why: String, next: &str| {
        let problem = Problem::error(NO_HEALTH, file.display().to_string(), why).next(next);
        context.problems(Exit::Usage, vec![problem])
    };
    let history = History::read(&file)
        .map_err(|why| bad(why, "correct the line, or begin another history with --history"))?;
    let compared_with = history.last().map(|row| row.at.to_string());
    if arguments.gate && compared_with.is_none() {
        let why = "there is no row in it by the rules of this version, to compare with".to_owned();
        return Err(bad(why, "record one where all is well: `cargo xtask doctor --record`"));
    }
    let (checks, commit) = std::thread::scope(|scope| {
        // It has to look at every file, too.
        let commit = scope.spawn(|| domi_affected::source(&context.root, &context.interrupt));
        (checks(context, config, &workspace, arguments.full), joined(commit))
    });
    context.interrupt.check()?;
    let (mut checks, commit) = (checks?, commit?.unwrap_or_default());
    let now = Timestamp::now();
    let row = Row::new(now, commit.clone(), &checks);
    history.judge(&mut checks, now);
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let health = Health {
        schema: SCHEMA.to_owned(),
        rules: RULES,
        commit,
        compared_with,
        green: count(State::Green),
        red: count(State::Red),
        not_run: count(State::NotRun),
        checks,
    };
    let paint = context.paint_out();
    out::document(&health, arguments.json, |health| document::text(health, paint))?;
    let counts =
        |check: &Check| if arguments.gate { check.turned_red } else { check.state == State::Red };
    let is_bad = health.checks.iter().any(counts);
    // A gate that recorded what it stops would let it through the next time.
    if arguments.record && arguments.gate && is_bad {
        talk!("nothing is recorded: what was green is red");
    } else if arguments.record {
        History::add(&file, &row)?;
    }
    Ok(if is_bad { Exit::Unhealthy } else { Exit::Pass })
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// All checks, in the order of their table.
fn checks(
    context: &Context,
    config: &Config,
    workspace: &domi_plugin::Workspace,
    full: bool,
) -> Result<Vec<Check>> {
    let (root, interrupt) = (&*workspace.root, &context.interrupt);
    let request = NixRequest::with_nixpkgs(None);
    let asked = nix::Asked { root, request: &request, interrupt, full };
    let (nix, found, of_features) = std::thread::scope(|scope| {
        let computer = scope.spawn(|| computer::checks(context, config));
        let nix = scope.spawn(|| asked.checks());
        let texts = scope.spawn(|| {
            let mut texts = lock::checks(root, Timestamp::now().as_second());
            texts.extend(pins::checks(root, &workspace.target, interrupt));
            texts
        });
        let generated = GenerateRequest::new(root, config);
        let of_features = features::checks(context, workspace, &generated);
        let (nix, of_nix) = joined(nix);
        (nix, [joined(computer), of_nix, joined(texts)], of_features)
    });
    let mut all: Vec<_> = found.into_iter().flatten().collect();
    let (of_features, manifests) = of_features?;
    all.extend(of_features);
    all.push(asked.builders(nix.as_ref(), &manifests));
    let place = |check: &Check| CHECKS.iter().position(|kind| kind.id == check.id);
    all.sort_by_key(place);
    Ok(all)
}
