//! Which tests cannot be carried out on this backend, known before anything is built. Pure.

use domi_model::{Action, Run};
use domi_runner::Job;

/// Why a test is not run, if it is not.
pub(super) fn reason(job: &Job, run: &Run) -> Option<String> {
    if run.machines.len() != 1 {
        return Some(format!(
            "it has {} machines, and nixos-native has one; use nixos-container or nixos-vm",
            run.machines.len()
        ));
    }
    if run.is_update() {
        return Some(
            "it begins with the previous release, and NixOS has no module of that at hand"
                .to_owned(),
        );
    }
    if let Some(step) = run.first_switch() {
        return Some(format!("step {step} switches a machine, which nixos-native does not do"));
    }
    if let Some(step) = run.steps.iter().position(|step| of_network(&step.action)) {
        let step = step + 1;
        return Some(format!("step {step} changes a network, and one machine alone has none"));
    }
    if !run.steps.is_empty() && run.steps.iter().all(|step| is_python(&step.action)) {
        return Some("every step of it is Python for the NixOS test driver".to_owned());
    }
    // What these come to is known to Nix alone, so nobody has looked whether a container keeps it.
    let all = job.beside.iter().map(|it| &it.manifest).chain([&job.manifest]);
    for manifest in all {
        let name = &manifest.feature.name;
        let what = if manifest.extra_nix {
            "an extra.nix"
        } else if !manifest.system.nixos.is_empty() {
            "options of NixOS's own modules"
        } else {
            continue;
        };
        return Some(format!(
            "{name} has {what}, and whether a container keeps what that asks for is not known"
        ));
    }
    None
}

/// What of a test is left out.
pub(super) fn not_covered(run: &Run) -> Vec<String> {
    let steps = (1..).zip(&run.steps).filter(|(_, step)| is_python(&step.action));
    steps.map(|(at, _)| format!("step {at}, Python for the NixOS test driver")).collect()
}

fn is_python(action: &Action) -> bool {
    matches!(action, Action::Python(_))
}

fn of_network(action: &Action) -> bool {
    matches!(
        action,
        Action::CutNetwork
            | Action::DelayNetwork { .. }
            | Action::LosePackets { .. }
            | Action::HealNetwork
    )
}
