//! The targets that a boot reaches last, such as `multi-user.target`. A machine has reached them when it gets its
//! system; who looks at them must find them as a boot has them, behind all that they want. Pure.

use domi_model::{Action, Step};
use domi_realise::{System, Unit};

/// Targets that no running unit of a bare machine requires: they may stop and start again. The first one is the
/// default one.
const LATE: [&str; 5] =
    [LAST, "getty.target", "network-online.target", "network.target", "remote-fs.target"];
const LAST: &str = "multi-user.target";

/// Those of a system: the last one, and whichever wants something of it.
pub(super) fn late(system: &System) -> Vec<&'static str> {
    let wants = |target: &str| {
        let mut units = system.units.keys().chain(system.drop_ins.keys());
        units.any(|unit| system.is_wanted_by(unit, &[target]))
    };
    LATE.into_iter().filter(|target| *target == LAST || wants(target)).collect()
}

/// Whether somebody looks at a target: a command by its words, or a unit of the system that is ordered
/// behind one.
pub(super) fn are_looked_at<'a>(
    system: &System,
    mut commands: impl Iterator<Item = &'a str>,
) -> bool {
    let late = late(system);
    let is_late = |name: &str| name == "default.target" || late.contains(&name);
    let is_ordered = |unit: &Unit| {
        let mut behind = unit.text.lines().filter_map(|line| line.strip_prefix("After="));
        behind.any(|names| names.split_whitespace().any(is_late))
    };
    commands.any(|command| command.contains(".target"))
        || system.units.values().chain(system.drop_ins.values()).any(is_ordered)
}

/// What steps do to units or run.
pub(super) fn commands(steps: &[Step]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| match &step.action {
        Action::WaitForUnit(unit)
        | Action::Start(unit)
        | Action::Stop(unit)
        | Action::Restart(unit) => Some(&**unit),
        Action::Succeed(command)
        | Action::Fail(command)
        | Action::Eventually(command)
        | Action::Output { command, .. }
        // Under the driver of NixOS's tests.
        | Action::Python(command) => Some(&**command),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system with a unit of this text that this target wants.
    fn system(text: &str, target: &str) -> System {
        let unit =
            Unit { text: text.to_owned(), wanted_by: vec![target.to_owned()], ..Unit::default() };
        System { units: [("a.service".to_owned(), unit)].into(), ..System::default() }
    }

    #[test]
    fn those_that_want_something_are_reached_again() {
        assert_eq!(late(&System::default()), ["multi-user.target"]);
        let late = |target| late(&system("", target));
        assert_eq!(late("network-online.target"), ["multi-user.target", "network-online.target"]);
        // Whatever runs requires these two; nobody starts the last one at a boot.
        for target in ["basic.target", "sysinit.target", "graphical.target"] {
            assert_eq!(late(target), ["multi-user.target"], "{target}");
        }
    }

    #[test]
    fn what_python_does_is_looked_at() {
        let python = Action::Python("machine.wait_for_unit('multi-user.target')".to_owned());
        let steps = [Step { machine: None, action: python, limit: None, place: None }];
        assert!(are_looked_at(&System::default(), commands(&steps)));
    }

    #[test]
    fn steps_and_units_look_at_them() {
        let check = |text: &str, target: &str, command: &str, expected: bool| {
            let system = system(text, target);
            assert_eq!(are_looked_at(&system, [command].into_iter()), expected, "{text} {command}");
        };
        let last = "multi-user.target";
        check("", last, "multi-user.target", true);
        check("", last, "systemctl is-active default.target", true);
        check("", last, "a.service", false);
        check("[Unit]\nAfter=b.service multi-user.target\n", last, "", true);
        check("[Unit]\nAfter=default.target\n", last, "", true);
        // Nothing of the system comes before that.
        check("[Unit]\nAfter=network.target\n", last, "", false);
        check("[Unit]\nAfter=network.target\n", "network.target", "", true);
        check("[Unit]\nBefore=multi-user.target\n", last, "", false);
    }
}
