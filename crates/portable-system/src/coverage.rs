//! What a test says that nothing on Debian reads or does.

use domi_model::{Action, TestBody};
use domi_runner::{Coverage, Job, Realiser};

/// What a test says that nothing here reads or does.
pub fn coverage(job: &Job) -> Coverage {
    let mut coverage = Coverage::default();
    let TestBody::Run(run) = &job.test.body else { return coverage };
    let python = |action: &Action| matches!(action, Action::Python(_));
    let mut all = job.beside.iter().map(|it| &it.manifest).chain([&job.manifest]);
    if all.any(|manifest| manifest.extra_nix) && job.variant.realiser == Realiser::Rust {
        coverage.not_covered.push("extra.nix, which only Nix reads".to_owned());
    }
    if job.variant.driven {
        return coverage;
    }
    if !run.steps.is_empty() && run.steps.iter().all(|step| python(&step.action)) {
        coverage.skip = Some("every step of it is Python for the NixOS test driver".to_owned());
        return coverage;
    }
    for (at, step) in run.steps.iter().enumerate() {
        if python(&step.action) {
            coverage.not_covered.push(format!("step {}, Python for the NixOS test driver", at + 1));
        }
    }
    coverage
}
