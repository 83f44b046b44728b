//! What is checked of the features: that there is something of each, that it was tested, and that
//! what is made from them is as it should be.

use std::path::Path;

use domi_event::Verdict;
use domi_model::Manifest;
use domi_plugin::Workspace;

use super::check::{Check, FEATURES, GENERATED, TESTED, some};
use crate::Exit;
use crate::command::{generate, show};
use crate::context::{Context, Loaded};
use crate::failure::{Failure, Result, in_a_line};
use crate::request::GenerateRequest;
use crate::runs;

/// All of them, and the manifests. Features are built where they are not, as by every command that needs them.
///
/// # Errors
/// When nothing at all can be loaded.
pub(super) fn checks(
    context: &Context,
    workspace: &Workspace,
    request: &GenerateRequest,
) -> Result<(Vec<Check>, Vec<Manifest>)> {
    let Loaded { features, errors } = context.load(workspace, &[])?;
    let wrong: Vec<_> = errors.iter().map(in_a_line).collect();
    let count = features.len();
    let good = format!("{count} feature{}", if count == 1 { "" } else { "s" });
    let none = features.is_empty() && errors.is_empty();
    let loaded = Check::of(FEATURES, &wrong, &good, "`cargo xtask list` says what to do");
    let manifests: Vec<_> = features.iter().map(|feature| feature.manifest.clone()).collect();
    let tested = tested(&manifests, &runs::folder(&workspace.target));
    let generated = if errors.is_empty() {
        match generate::Looked::at(context, request, workspace, features, true) {
            Ok(looked) => fresh(looked.stale()),
            Err(failure) => not_made(&failure),
        }
    } else {
        Check::not_run(GENERATED, "not every feature can be loaded", "cargo xtask list")
    };
    if none {
        let none = |id| Check::not_run(id, "there are no features here", "cargo xtask new NAME");
        return Ok((vec![none(FEATURES), none(TESTED), generated], manifests));
    }
    Ok((vec![loaded, tested, generated], manifests))
}

fn fresh((files, stale): (usize, Vec<&str>)) -> Check {
    let stale: Vec<_> = stale.into_iter().map(str::to_owned).collect();
    Check::of(GENERATED, &stale, &format!("{files} files"), "cargo xtask generate")
}

/// What cannot be made as the repository is, is not as it should be. A failure of this computer or of
/// the tool says nothing of the repository.
fn not_made(failure: &Failure) -> Check {
    match failure {
        Failure::Problems { exit: Exit::Missing, .. } | Failure::Failed(_) => {
            Check::not_run(GENERATED, failure.said(), "cargo xtask generate")
        }
        Failure::Problems { .. } => {
            Check::red(GENERATED, failure.said(), "see what `cargo xtask generate --check` says")
        }
    }
}

/// By the runs that are known here, whatever has run them.
fn tested(manifests: &[Manifest], runs: &Path) -> Check {
    let (known, last) = show::last_verdicts(runs);
    let mut wrong = Vec::new();
    let mut verdicts = 0;
    for manifest in manifests {
        let name = &manifest.feature.name;
        if manifest.tests.is_empty() {
            wrong.push(format!("{name} has no test"));
        }
        for system in &manifest.feature.platforms {
            let of =
                |test: &str| last.get(&[name.as_str(), test, system.as_str()].map(str::to_owned));
            let (mut never, mut bad, mut quarantined) = (0, Vec::new(), Vec::new());
            for test in &manifest.tests {
                match of(&test.name) {
                    None => never += 1,
                    Some(verdict) if verdict.has_passed() => verdicts += 1,
                    Some(Verdict::Quarantined) => quarantined.push(test.name.clone()),
                    Some(_) => bad.push(test.name.clone()),
                }
            }
            if known > 0 && never > 0 {
                let all = manifest.tests.len();
                let system = system.as_str();
                wrong.push(format!(
                    "{name} on {system}: {never} of {all} tests were never run here"
                ));
            }
            for (what, tests) in [("did not pass", bad), ("in quarantine", quarantined)] {
                if !tests.is_empty() {
                    wrong.push(format!("{name} on {}: {what}: {}", system.as_str(), some(&tests)));
                }
            }
        }
    }
    if wrong.is_empty() && known == 0 {
        return Check::not_run(TESTED, "nothing has been run here yet", "cargo xtask matrix");
    }
    let good = format!("{} features, {verdicts} verdicts", manifests.len());
    Check::of(TESTED, &wrong, &good, "cargo xtask matrix")
}
