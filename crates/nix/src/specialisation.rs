//! What machines of a test are switched to, as specialisations of their systems.

use domi_model::{Machine, Run, Switch};

/// What a machine is switched to beside what it started with, in the order of its steps, each once.
pub(crate) fn all<'r>(run: &'r Run, name: &'r str) -> Vec<&'r Switch> {
    let mut all = Vec::new();
    let Some(machine) = run.machines.get(name) else { return all };
    for (_, switch) in run.switches(name) {
        if !is_start(machine, switch) && !all.contains(&switch) {
            all.push(switch);
        }
    }
    all
}

/// The name of the specialisation that is switched to; none where it is what the machine started
/// with.
pub(crate) fn name(run: &Run, machine: &str, switch: &Switch) -> Option<String> {
    let all = all(run, machine);
    let at = all.iter().position(|other| *other == switch)?;
    Some(if all.len() == 1 { "changed".to_owned() } else { format!("changed-{}", at + 1) })
}

/// Whether a switch goes back to what the machine started with.
fn is_start(machine: &Machine, switch: &Switch) -> bool {
    let same = |(name, value)| machine.settings.get(name) == Some(value);
    machine.enable == switch.enable && switch.settings.iter().all(same)
}
