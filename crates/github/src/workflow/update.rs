//! The workflow that updates `flake.lock`: it opens a pull request, and has everything run for it.

use indexmap::IndexMap;
use serde_saphyr::Commented;

use super::model::{Concurrency, Defaults, Everything, Job, On, Schedule, Step, Steps, Workflow};
use super::parts::{DAYS, RUNNER, checkout, checkout_all, into, table};
use super::pins::{DOWNLOAD, NIX, UPLOAD};
use super::scripts;

/// The branch of the pull request. There is one at a time.
const BRANCH: &str = "domi/update-flake-lock";

/// A repository's, whose default branch has this name.
pub(super) fn of(branch: &str) -> Workflow {
    let schedule = Some([Schedule { cron: "41 4 * * 1" }]);
    Workflow {
        name: into("Update the lock"),
        on: into(On { schedule, workflow_dispatch: Everything {}, ..On::default() }),
        permissions: into(table([("contents", "read")])),
        concurrency: into(Concurrency {
            group: "${{ github.workflow }}",
            cancel_in_progress: false,
        }),
        defaults: into(Defaults { run: table([("shell", "bash")]) }),
        env: None,
        jobs: IndexMap::from([
            ("lock".to_owned(), into(lock(branch))),
            ("propose".to_owned(), into(propose(branch))),
        ]),
    }
}

/// Makes the new lock, with no right to write anything: inputs come from other people.
fn lock(branch: &str) -> Job {
    let changed = "${{ steps.update.outputs.changed == 'true' }}";
    Job {
        name: "Lock".to_owned(),
        runs_on: RUNNER,
        timeout_minutes: 30,
        outputs: IndexMap::from([(
            "changed".to_owned(),
            "${{ steps.update.outputs.changed }}".to_owned(),
        )]),
        steps: Steps::Own(vec![
            checkout().with("ref", branch),
            Step::uses("Install Nix", NIX),
            Step::run("Update", scripts::UPDATE).id("update"),
            Step::uses("Upload the lock", UPLOAD)
                .when(changed)
                .with("name", "lock")
                .with("path", "update")
                .with("if-no-files-found", "error")
                .with("retention-days", DAYS),
        ]),
        ..Job::default()
    }
}

/// Commits the lock to a branch, has the matrix run on that, and opens a pull request. It runs nothing
/// but what is on the default branch.
fn propose(branch: &str) -> Job {
    Job {
        name: "Propose".to_owned(),
        needs: vec!["lock".to_owned()],
        r#if: Some("${{ needs.lock.outputs.changed == 'true' }}".to_owned()),
        runs_on: RUNNER,
        timeout_minutes: 10,
        permissions: IndexMap::from([
            ("actions", write("to start the workflow that tests")),
            ("contents", write("to push the branch")),
            ("pull-requests", write("to open the pull request")),
        ]),
        steps: Steps::Own(vec![
            checkout_all().with("ref", branch),
            Step::uses("Download the lock", DOWNLOAD).with("name", "lock").with("path", "update"),
            Step::run("Propose", scripts::PROPOSE)
                .env("BASE", branch)
                .env("BRANCH", BRANCH)
                .env("GH_TOKEN", "${{ github.token }}")
                .env("GH_REPO", "${{ github.repository }}"),
        ]),
        ..Job::default()
    }
}

fn write(why: &str) -> Commented<&'static str> {
    Commented("write", why.to_owned())
}
