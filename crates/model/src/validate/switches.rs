//! Steps that switch a running machine to other settings.

use super::Validator;
use crate::codes::BAD_TEST;
use crate::{Action, Machine, Run, Step, Switch, Test};

impl Validator<'_> {
    pub(super) fn switch(&mut self, test: &Test, run: &Run, at: usize, switch: &Switch) {
        let step = &run.steps[at];
        // A machine that is not there is a fault of its own.
        let name = run.machine_of(step).unwrap_or_default();
        let Some(machine) = run.machines.get(name) else { return };
        let before = run.switches(name).take_while(|(other, _)| *other < at).last();
        let enabled = before.map_or(machine.enable, |(_, before)| before.enable);
        if !enabled && !switch.enable {
            let message = "it switches to nothing: the feature is enabled neither before nor after";
            self.add_at(BAD_TEST, &test.name, message.to_owned(), step.place.as_ref());
        }
        if switch.settings.contains_key("enable") {
            let message = "a switch sets `enable` beside its settings, not in them";
            self.add_at(BAD_TEST, &test.name, message.to_owned(), step.place.as_ref());
        }
        // Of two names of one option, the earlier one would not be what is changed.
        let old = machine.settings.keys().chain(switch.settings.keys()).find(|name| {
            self.manifest.renamed.iter().any(|renamed| renamed.from.0.first() == Some(*name))
        });
        if let Some(name) = old {
            let message = format!(
                "on a machine that is switched, options have their names of today, not `{name}`"
            );
            self.add_at(BAD_TEST, &test.name, message, step.place.as_ref());
        }
        self.test_settings(test, switch.settings.iter().filter(|(name, _)| *name != "enable"));
    }
}

/// What is wrong with a machine that begins with the previous release.
pub(super) fn update_fault(run: &Run, name: &str, machine: &Machine) -> Option<&'static str> {
    if !machine.previous {
        None
    } else if !machine.enable {
        Some("a machine that begins with the previous release has the feature from the beginning")
    } else if run.switches(name).next().is_none() {
        Some(
            "a machine that begins with the previous release and is never switched says nothing of \
             the feature as it is: add a step that switches it",
        )
    } else if !run.beside.is_empty() {
        Some("nobody knows how the previous release was beside other features: leave these out")
    } else {
        None
    }
}

/// That a machine starts again after it was switched, if this step is such a one.
pub(super) fn starts_again(run: &Run, at: usize, step: &Step) -> Option<String> {
    let starts = matches!(step.action, Action::Crash | Action::Reboot);
    let mut before = run.switches(run.machine_of(step)?).filter(|(switch, _)| *switch < at);
    (starts && before.next().is_some()).then(|| {
        "a machine that was switched cannot start again: a machine of a NixOS test would start \
         with its first settings"
            .to_owned()
    })
}
