//! What a test says that nothing on Debian reads or does.

use domi_model::{Action, Step, TestBody};
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
        let is_switch = |step: &Step| matches!(step.action, Action::Switch(_));
        if let Some(at) = run.steps.iter().position(is_switch) {
            let why = format!("step {} switches a machine, which the driver does on NixOS", at + 1);
            coverage.skip = Some(why);
        }
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
