//! How long it takes to check generated files.

use super::measure::{measured, timed};
use super::workspace;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// `generate --check` in a workspace of its own, as a process, from its start to its end.
pub(super) fn run(context: &Context, features: usize, runs: usize) -> Result<Exit> {
    let folder = workspace::filled(context, features)?;
    let first = timed(context, folder.path(), &["generate"])?;
    data!("{features} features, {} measurements each", runs.max(1))?;
    data!("generate, nothing kept                 {:.2} s, once", first.as_secs_f64())?;
    let check = || timed(context, folder.path(), &["generate", "--check"]);
    measured("generate --check, nothing changed      ", runs, check)?;
    measured("generate --check, files made to compare", runs, || {
        fs_err::remove_file(folder.path().join("target/domi/generated.json"))?;
        check()
    })?;
    Ok(Exit::Pass)
}
