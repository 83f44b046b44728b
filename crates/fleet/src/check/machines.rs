//! Devices and hosts: what a machine is, where it is, whose it is.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::{NO_ORGANIZATION, TWO_PLACES, WRONG_FIELD};
use crate::{Device, Fleet, Host, Machine, Ref, Standing};

pub(super) fn machines(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = macs(fleet);
    let mut claims: BTreeMap<&str, &Host> = BTreeMap::new();
    let readable = |host: &&Host| host.about.is_current() && host.about.readable;
    for host in fleet.hosts.values().filter(readable) {
        problems.extend(kind(host));
        if let Some(name) = &host.device {
            if let Some(other) = claims.insert(&name.name, host) {
                let message =
                    format!("`{}` is the device of `{}`, too", name.name, other.about.name);
                problems.push(two_places(host, "device", name.line, message));
            }
            if let Some(device) = fleet.devices.get(&name.name) {
                problems.extend(elsewhere(host, device));
            }
        }
        let units = Standing::of(fleet, host).units;
        if units.is_empty() && host.unit.is_none() && !fleet.organizations.is_empty() {
            let message =
                format!("there are several organisations, and `{}` says none", host.about.name);
            let problem = Problem::error(NO_ORGANIZATION, "unit", message).at(host.about.at(1));
            problems.push(problem.next("write `unit = \"…\"`"));
        }
    }
    problems
}

/// A host and its device that say different locations.
fn elsewhere(host: &Host, device: &Device) -> Option<Problem> {
    let (said, of_device) = (host.location.as_ref()?, device.location.as_ref()?);
    (said.name != of_device.name).then(|| {
        let message = format!(
            "`{}` is at `{}` here, and at `{}` in `{}`",
            device.about.name, said.name, of_device.name, device.about.file
        );
        two_places(host, "location", said.line, message)
    })
}

fn two_places(host: &Host, key: &str, line: u32, message: String) -> Problem {
    let problem = Problem::error(TWO_PLACES, key, message).at(host.about.at(line));
    problem.next("a device is one machine in one place: correct one of the two files")
}

/// Keys that do not go together with what the machine is.
fn kind(host: &Host) -> Option<Problem> {
    let wrong = |key: &str, at: &Ref, message: &str, next: &str| {
        let problem = Problem::error(WRONG_FIELD, key, message).at(host.about.at(at.line));
        Some(problem.next(next))
    };
    match (host.kind, &host.device, &host.runs_on) {
        (Machine::Metal, _, Some(on)) => {
            let next = "write `kind = \"virtual\"` or `kind = \"container\"`";
            wrong("runs_on", on, "a machine of metal runs on no other host", next)
        }
        (Machine::Virtual | Machine::Container | Machine::Cloud, Some(device), _) => {
            let next = "name the host of that device under `runs_on`";
            wrong("device", device, "only a machine of metal is a device", next)
        }
        _ => None,
    }
}

/// Hardware addresses that two devices have.
fn macs(fleet: &Fleet) -> Vec<Problem> {
    let mut owners: BTreeMap<&str, &Device> = BTreeMap::new();
    let mut problems = Vec::new();
    for device in fleet.devices.values().filter(|device| device.about.is_current()) {
        for mac in &device.macs {
            if let Some(other) = owners.insert(&mac.name, device) {
                let message = format!("`{}` has {} already", other.about.file, mac.name);
                let problem = Problem::error(TWO_PLACES, "macs", message);
                let next = "correct one of the two files";
                problems.push(problem.at(device.about.at(mac.line)).next(next));
            }
        }
    }
    problems
}
