//! What a test says that nothing on Debian reads or does.

use std::collections::BTreeSet;

use domi_model::{Action, Manifest, Run};
use domi_runner::{Coverage, Job, Realiser};

use crate::provision::{Case, of_rust};

/// What a test says that nothing here reads or does.
pub fn coverage(job: &Job) -> Coverage {
    let mut coverage = Coverage::default();
    let Some(run) = job.test.run() else { return coverage };
    let python = |action: &Action| matches!(action, Action::Python(_));
    if all(job).any(|manifest| manifest.extra_nix) && job.variant.realiser == Realiser::Rust {
        coverage.not_covered.push("extra.nix, which only Nix reads".to_owned());
    }
    coverage.skip = only_nixos(job, run);
    if coverage.skip.is_some() {
        return coverage;
    }
    coverage.skip = switched(job, run);
    if coverage.skip.is_some() || job.variant.driven {
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

/// Why a machine cannot be switched in the way that a job runs.
fn switched(job: &Job, run: &Run) -> Option<String> {
    let why = match (job.variant.driven, job.variant.realiser) {
        (true, _) => "which the driver does on NixOS",
        // What comes from Nix no longer says of its units what restarts or reloads them.
        (false, Realiser::Nix) => "which is done with systems made by Rust, not with those of Nix",
        (false, Realiser::Rust) => return None,
    };
    run.first_switch().map(|at| format!("step {} switches a machine, {why}", at + 1))
}

/// What is on the machines of a job: the feature, also as it was before, and others.
fn all(job: &Job) -> impl Iterator<Item = &Manifest> {
    job.manifests().chain(job.previous.as_deref())
}

/// Why Rust cannot make the machines of a test, where it cannot: they set options of NixOS's own
/// modules. Settings that are refused are the test's failure, as ever.
fn only_nixos(job: &Job, run: &Run) -> Option<String> {
    let none = all(job).all(|manifest| manifest.system.nixos.is_empty());
    if none || job.variant.realiser != Realiser::Rust {
        return None;
    }
    let machines = of_rust(&Case::of(job), run).ok()?;
    let mut set = BTreeSet::new();
    for machine in machines {
        set.extend(machine.system.nixos);
        set.extend(machine.switches.into_iter().flat_map(|after| after.system.nixos));
    }
    (!set.is_empty()).then(|| unknown(&set))
}

/// That only Nix knows what these options of NixOS's own modules come to.
pub(crate) fn unknown(options: &BTreeSet<String>) -> String {
    let shown: Vec<_> = options.iter().take(SHOWN).map(|option| format!("`{option}`")).collect();
    let more = match options.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("only NixOS has {}{more}: it needs a Nix, with --realiser nix", shown.join(", "))
}

/// How many options are named before the rest of them is counted.
const SHOWN: usize = 3;

#[cfg(test)]
mod tests {
    use domi_model::TestBody;
    use domi_runner::Variant;
    use serde_json::json;

    use super::*;
    use crate::provision::evaluated::tests::{job_of, manifest};

    #[test]
    fn only_systems_that_rust_made_are_switched() {
        let mut manifest = manifest("web");
        let TestBody::Run(run) = &mut manifest.tests[0].body else { panic!("it runs") };
        let switch = json!({ "action": { "switch": { "settings": { "port": 82 } } } });
        run.steps.push(serde_json::from_value(switch).expect("a step"));
        let skip = |test: usize, driven: bool, realiser: Realiser| {
            let variant = Variant { driven, realiser, ..Variant::default() };
            coverage(&Job { variant, ..job_of(manifest.clone(), test, &[]) }).skip
        };
        assert_eq!(skip(0, false, Realiser::Rust), None);
        let skipped = |driven, realiser| skip(0, driven, realiser).unwrap_or_default();
        assert!(
            skipped(false, Realiser::Nix).starts_with("step 2 switches a machine, which is done")
        );
        assert!(skipped(true, Realiser::Nix).contains("which the driver does on NixOS"));
        assert_eq!(skip(1, false, Realiser::Nix), None);
    }
}
