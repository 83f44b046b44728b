//! The hosts of a fleet, with what each of them gets.

use domi_fleet_files::HostFacts;
use serde_json::json;

use super::shared::sound;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;

pub(super) fn run(context: &Context, request: &FleetRequest, json: bool) -> Result<Exit> {
    let known = sound(context, request)?;
    let domi_fleet_files::Projected { hosts, names, .. } = known.projected;
    if json {
        data!("{:#}", json!({ "hosts": hosts, "names": names }))?;
    } else {
        crate::out::data(format_args!("{}", table(&hosts)))?;
    }
    Ok(Exit::Pass)
}

fn table(hosts: &[HostFacts]) -> String {
    let mut rows = vec![
        ["HOST", "KIND", "STATUS", "UNIT", "LOCATION", "ROLES", "FEATURES"].map(str::to_owned),
    ];
    let last = |names: &[String]| names.last().cloned().unwrap_or_default();
    for host in hosts {
        let features: Vec<&str> = host.features.keys().map(String::as_str).collect();
        rows.push([
            host.name.clone(),
            host.kind.as_str().to_owned(),
            host.status.to_string(),
            last(&host.units),
            last(&host.locations),
            host.roles.join(","),
            features.join(","),
        ]);
    }
    crate::out::table(&rows)
}
