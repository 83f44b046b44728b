//! The settings that machines of a test have, one after the other.

use std::collections::BTreeMap;

use domi_model::{Manifest, Place, Run, Value};

/// The settings of a machine for a part of a test.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// The name of the machine.
    pub(crate) machine: &'a str,
    /// The feature as it then is: of now, or of its previous release.
    pub(crate) manifest: &'a Manifest,
    /// The settings; none where the feature is not enabled and never was.
    pub(crate) settings: Option<BTreeMap<String, Value>>,
    /// Where the machine is switched to them.
    pub(crate) place: Option<&'a Place>,
}

/// The stages of each machine, with what is set from outside. A machine that cannot be set so is left
/// out: its job says why. One that begins with the feature's `previous` release does so.
pub(crate) fn stages<'a>(
    (manifest, previous): (&'a Manifest, Option<&'a Manifest>),
    run: &'a Run,
    set: &[String],
) -> Vec<Vec<Stage<'a>>> {
    let mut all = Vec::new();
    for (name, machine) in &run.machines {
        let mut settings = machine.settings.clone();
        let applied =
            set.iter().try_for_each(|text| domi_realise::set::apply(text, manifest, &mut settings));
        if machine.enable && applied.is_err() {
            continue;
        }
        let first = Stage {
            machine: name,
            manifest: previous.filter(|_| machine.previous).unwrap_or(manifest),
            settings: machine.enable.then(|| settings.clone()),
            place: None,
        };
        let switched = run.switches(name).map(|(at, switch)| Stage {
            machine: name,
            manifest,
            settings: switch.over(machine, settings.clone()),
            place: run.steps[at].place.as_ref(),
        });
        all.push(std::iter::once(first).chain(switched).collect());
    }
    all
}
