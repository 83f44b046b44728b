//! Which tests cannot be carried out on this backend, known before anything is built. Pure.

use domi_model::{Action, Manifest, Run};
use domi_runner::{Job, NO_PREVIOUS_ON_NIXOS};

/// What a machine keeps of what a system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// All: it has a kernel of its own.
    Everything,
    /// What a container can have.
    WhatContainersDo,
}

/// Why a test is not run, if it is not.
pub fn reason(job: &Job, run: &Run, keeps: Keeps) -> Option<String> {
    reason_of(run, job.manifests(), keeps)
}

fn reason_of<'a>(
    run: &Run,
    mut manifests: impl Iterator<Item = &'a Manifest>,
    keeps: Keeps,
) -> Option<String> {
    if run.is_update() {
        return Some(NO_PREVIOUS_ON_NIXOS.to_owned());
    }
    let alone = run.machines.len() < 2;
    if let Some(at) = run.steps.iter().position(|step| alone && of_network(&step.action)) {
        let step = at + 1;
        return Some(format!("step {step} changes a network, and one machine alone has none"));
    }
    if !run.steps.is_empty() && run.steps.iter().all(|step| is_python(&step.action)) {
        return Some("every step of it is Python for the NixOS test driver".to_owned());
    }
    match keeps {
        Keeps::Everything => None,
        Keeps::WhatContainersDo => manifests.find_map(unknown),
    }
}

/// What of a module comes to something that Nix alone knows, so that nobody has looked whether a container keeps it.
fn unknown(manifest: &Manifest) -> Option<String> {
    let name = &manifest.feature.name;
    let what = if manifest.extra_nix {
        "an extra.nix"
    } else if !manifest.system.nixos.is_empty() {
        "options of NixOS's own modules"
    } else {
        return None;
    };
    Some(format!(
        "{name} has {what}, and whether a container keeps what that asks for is not known"
    ))
}

/// What of a test is left out.
pub fn not_covered(run: &Run) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest() -> Manifest {
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": "web", "kind": "services", "summary": "x", "maturity": "dev",
                "version": "0.1.0", "platforms": ["x86_64-linux"],
            },
        });
        serde_json::from_value(manifest).expect("a manifest")
    }

    #[track_caller]
    fn check(machines: &Value, steps: &Value, manifest: &Manifest, expected: Option<&str>) {
        let run = json!({ "machines": machines, "steps": steps });
        let run: Run = serde_json::from_value(run).expect("a test");
        let of = |keeps| reason_of(&run, [manifest].into_iter(), keeps);
        let found = of(Keeps::WhatContainersDo);
        // Only what a container cannot have is another matter on a kernel of its own.
        let of_containers = found.as_ref().is_some_and(|why| why.contains("a container keeps"));
        assert_eq!(of(Keeps::Everything).is_none(), found.is_none() || of_containers);
        match expected {
            None => assert_eq!(found, None),
            Some(part) => {
                let found = found.expect("it is skipped");
                assert!(found.contains(part), "{found}");
            }
        }
    }

    #[test]
    fn what_cannot_be_carried_out_is_known_before_anything_is_built() {
        let (web, one) = (manifest(), json!({ "a": {} }));
        let port = json!({ "action": { "waitForPort": 80 } });
        check(&one, &json!([port]), &web, None);
        let two = json!({ "a": {}, "b": {} });
        check(&two, &json!([port]), &web, None);
        let previous = json!({ "a": { "previous": true } });
        check(&previous, &json!([port]), &web, Some("the previous release"));
        let switch = json!({ "action": { "switch": { "settings": {} } } });
        check(&one, &json!([port, switch]), &web, None);
        let cut = json!({ "action": "cutNetwork" });
        check(&one, &json!([port, cut]), &web, Some("step 2 changes a network"));
        check(&two, &json!([port, cut]), &web, None);
        let python = json!({ "action": { "python": "pass" } });
        check(&one, &json!([python]), &web, Some("every step of it is Python"));
        check(&one, &json!([python, port]), &web, None);
        let extra = Manifest { extra_nix: true, ..manifest() };
        check(&one, &json!([port]), &extra, Some("web has an extra.nix"));
        let mut options = manifest();
        let set =
            json!([{ "option": ["services", "nginx", "enable"], "value": { "literal": true } }]);
        options.system.nixos = serde_json::from_value(set).expect("an option of NixOS");
        check(&one, &json!([port]), &options, Some("options of NixOS's own modules"));
    }
}
