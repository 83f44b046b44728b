use domi_fleet::{Features, Fleet, Right, Rule};
use domi_fleet_files::HostFacts;
use domi_nix::{Host, HostUser};
use domi_plugin::Feature;

use super::planned::Planned;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files};
use crate::request::FleetRequest;

/// The NixOS modules of the fleet's hosts. Nothing is made from a fleet that has errors.
pub(super) fn planned(
    context: &Context,
    request: &FleetRequest,
    features: &[Feature],
) -> Result<Vec<Planned>> {
    let features: Features = features.iter().map(|feature| feature.manifest.clone()).collect();
    let known = Known::of(files(request), request, &features);
    let errors = known.errors(request);
    if !errors.is_empty() {
        return Err(context.problems(Exit::Fleet, errors));
    }
    let Known { fleet, projected, .. } = known;
    let files = projected.hosts.iter().map(|host| file(&fleet, request, host)).collect::<Vec<_>>();
    let hosts: Vec<Host<'_>> = projected
        .hosts
        .iter()
        .zip(&files)
        .map(|(facts, file)| host(&fleet, &features, facts, file))
        .collect();
    let planned = domi_nix::hosts(&hosts, &projected.names).into_iter();
    Ok(planned.map(|it| Planned { path: it.path.into(), content: it.content }).collect())
}

/// The file of a host, from the workspace's root.
fn file(fleet: &Fleet, request: &FleetRequest, host: &HostFacts) -> String {
    request.shown(fleet.hosts.get(&host.name).map_or("", |host| &host.about.file))
}

fn host<'h>(
    fleet: &'h Fleet,
    known: &'h Features,
    facts: &'h HostFacts,
    file: &'h str,
) -> Host<'h> {
    let features = facts.features.iter();
    let users = facts.logins.iter().map(|login| {
        let user = fleet.users.get(&login.user);
        let person = fleet.people.get(&login.principal);
        HostUser {
            name: &login.user,
            uid: user.and_then(|user| user.uid).map(|(uid, _)| uid),
            administers: login.may == Right::Administer,
            groups: user
                .map(|user| user.groups.iter().map(|group| group.name.as_str()).collect())
                .unwrap_or_default(),
            keys: person.map(|person| person.keys.as_slice()).unwrap_or_default(),
        }
    });
    Host {
        name: &facts.name,
        file,
        system: facts.system,
        features: features
            .filter_map(|(name, settings)| Some((known.get(name)?, settings)))
            .collect(),
        domain: &facts.domain,
        interfaces: &facts.interfaces,
        admits: facts.admits.iter().map(Rule::to_string).collect(),
        zones: &facts.zones,
        addresses: facts.addresses.values().flatten().map(String::as_str).collect(),
        users: users.collect(),
    }
}
