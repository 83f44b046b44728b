//! How long it takes to plan many jobs.

use std::path::Path;

use anyhow::Context as _;
use domi_host::command::Program;

use super::measure::{measured, run_in, timed};
use super::workspace;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// A plan of all tests of so many features on both systems, in a workspace of its own, as a
/// process, from its start to its end.
pub(super) fn run(context: &Context, features: usize, runs: usize) -> Result<Exit> {
    let folder = workspace::filled(context, features)?;
    let root = folder.path();
    let plan = ["matrix", "--backend", "portable", "--plan", "--json"];
    // Warm up: plugins are asked once before the measurements.
    let jobs = run_in(context, root, &plan)?.lines().count();
    data!("{features} features, {jobs} jobs, {} measurements each", runs.max(1))?;
    measured("matrix --plan                         ", runs, || timed(context, root, &plan))?;
    let shard = [&plan[..], &["--shard", "7/64"]].concat();
    measured("matrix --plan --shard 7/64            ", runs, || timed(context, root, &shard))?;
    change_one(context, root)?;
    let affected = [&plan[..], &["--affected=HEAD~1"]].concat();
    let left = run_in(context, root, &affected)?.lines().count();
    data!("a change of one feature leaves {left} jobs")?;
    measured("matrix --plan --affected, one feature ", runs, || timed(context, root, &affected))?;
    Ok(Exit::Pass)
}

/// Commits the workspace, and then a change of one feature.
fn change_one(context: &Context, root: &Path) -> anyhow::Result<()> {
    let cargo = domi_plugin::cargo();
    cargo.args(["generate-lockfile"]).folder(root).read(&context.interrupt)?;
    let git = |words: &[&str]| {
        let who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
        let program = Program::new("git").args(who).args(words).folder(root);
        program.read(&context.interrupt)
    };
    domi_host::file::write(&root.join(".gitignore"), "target\n")?;
    git(&["init", "--quiet"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "--message=everything"])?;
    let mut features: Vec<_> =
        fs_err::read_dir(root.join("features"))?.flatten().map(|entry| entry.path()).collect();
    features.sort();
    let one = features.first().context("there is no feature")?.join("src/lib.rs");
    domi_host::file::write(&one, "// A change.\n")?;
    git(&["commit", "--quiet", "--all", "--message=one feature"])?;
    Ok(())
}
