//! What of a test a container would not keep.

use domi_container::{Asked, Need, Probes};
use domi_model::{Action, Run};
use domi_portable_system::Provision;
use domi_realise::Content;

/// Everything of a test that a container would not keep, in words; nothing where it keeps all.
pub(crate) fn not_kept(run: &Run, provisions: &[Provision], probes: &Probes) -> Option<String> {
    let mut reasons = of_test(run, probes);
    for found in domi_container::not_kept(&asked(&texts(run, provisions), provisions), probes) {
        let found = found.to_string();
        if !reasons.contains(&found) {
            reasons.push(found);
        }
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// What the test itself asks for and a container would not keep.
fn of_test(run: &Run, probes: &Probes) -> Vec<String> {
    let mut reasons: Vec<String> = run.kernel_reason().into_iter().collect();
    if run.machines.len() > 1 {
        let card = probes.findings().iter().find(|found| found.need == Need::Card && !found.there);
        reasons.extend(card.map(ToString::to_string));
    }
    for (at, step) in run.steps.iter().enumerate() {
        if step.action == Action::Crash {
            let why = "what is written and not flushed would survive the power cut";
            reasons.push(format!("step {}: {why}", at + 1));
        }
    }
    reasons
}

/// Why a test is not run, in the words of a verdict.
pub(crate) fn skipped(why: &str) -> String {
    format!("a container would not keep what it asks: {why}")
}

/// All files that machines get or steps write, by their paths.
fn texts(run: &Run, provisions: &[Provision]) -> Vec<(String, String)> {
    let of_systems = provisions.iter().flat_map(Provision::systems).flat_map(|(system, files)| {
        // Settings are told one by one.
        let settings = format!("/etc/sysctl.d/60-{}.conf", system.feature);
        let others = files.iter().filter(move |file| file.path != settings);
        others.map(|file| match &file.content {
            Content::Text(text) => (file.path.clone(), text.clone()),
            Content::Symlink(_) | Content::Copy { .. } => (file.path.clone(), String::new()),
        })
    });
    let of_machines = run.machines.values().flat_map(|machine| &machine.files);
    let of_steps = run.steps.iter().filter_map(|step| match &step.action {
        Action::Write(file) => Some(file),
        _ => None,
    });
    let of_test = of_machines.chain(of_steps);
    of_systems.chain(of_test.map(|file| (file.path.clone(), file.content.clone()))).collect()
}

fn asked<'a>(texts: &'a [(String, String)], provisions: &'a [Provision]) -> Asked<'a> {
    let units = texts.iter().filter_map(|(path, text)| Some((unit_of(path)?, text.as_str())));
    let files = texts.iter().filter_map(|(path, _)| path.strip_prefix("/etc/"));
    let systems = provisions.iter().flat_map(Provision::systems);
    let settings = systems.flat_map(|(system, _)| system.sysctl.keys());
    Asked {
        units: units.collect(),
        settings: settings.map(String::as_str).collect(),
        files: files.collect(),
    }
}

/// The unit that a file says something of, wherever systemd reads it.
fn unit_of(path: &str) -> Option<&str> {
    let (_, below) = path.split_once("/systemd/")?;
    let (_, unit) = below.split_once('/')?;
    let first = unit.split('/').next()?;
    Some(first.strip_suffix(".d").unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_unit_is_found_wherever_it_stands() {
        let check = |path: &str, expected: Option<&str>| assert_eq!(unit_of(path), expected);
        check("/etc/systemd/system/a.service", Some("a.service"));
        check("/run/systemd/system/a.service.d/b.conf", Some("a.service"));
        check("/etc/systemd/user/a@.timer", Some("a@.timer"));
        check("/etc/systemd/journald.conf", None);
        check("/etc/a.service", None);
    }
}
