//! How long a person waits for commands that explain a repository with many features.

use std::time::Instant;

use domi_host::command::End;

use super::measure::{measured, outcome_in, run_in, succeeded};
use super::workspace;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// The commands. Of this repository's features they take those that stand in the guides.
const COMMANDS: [&str; 7] = [
    "show feature-x",
    "why feature-x web-gateway",
    "graph",
    "diff feature-x --before port=8080 --after port=9090",
    "options --search port",
    "guide",
    "doctor",
];

/// Each command in a workspace of its own, whose plugins are built, as a process, from its start to its
/// end.
pub(super) fn run(context: &Context, features: usize, runs: usize) -> Result<Exit> {
    let folder = workspace::filled(context, features)?;
    let root = folder.path();
    run_in(context, root, &["generate"])?;
    data!("{features} features, {} measurements each", runs.max(1))?;
    let longest = COMMANDS.iter().map(|command| command.len()).max().unwrap_or_default();
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        measured(&format!("{command:longest$}"), runs, || {
            let begun = Instant::now();
            let (program, outcome) = outcome_in(context, root, &words)?;
            let taken = begun.elapsed();
            // What is red does not make it slower.
            if outcome.end != End::Exit(Exit::Unhealthy.number().into()) {
                succeeded(&program, &outcome)?;
            }
            Ok(taken)
        })?;
    }
    Ok(Exit::Pass)
}
