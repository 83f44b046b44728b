use domi_fleet::{Features, Fleet, Right, Rule, Standing, Waves};
use domi_fleet_files::{HostFacts, Loaded};
use domi_nix::{Host, HostSecret, HostUser};
use domi_plugin::Feature;

use super::planned::Planned;
use super::work;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::Known;
use crate::request::FleetRequest;

/// The NixOS modules of the fleet's hosts. Nothing is made from a fleet that has errors.
pub(super) fn planned(
    context: &Context,
    request: &FleetRequest,
    loaded: Loaded,
    features: &[Feature],
) -> Result<Vec<Planned>> {
    let features: Features = features.iter().map(|feature| feature.manifest.clone()).collect();
    let known = Known::of(loaded, request, &features);
    let errors = known.errors(request);
    if !errors.is_empty() {
        return Err(context.problems(Exit::Fleet, errors));
    }
    let Known { fleet, projected, .. } = known;
    let files = projected.hosts.iter().map(|host| file(&fleet, request, host)).collect::<Vec<_>>();
    let waves = Waves::of(&fleet).ok();
    let hosts: Vec<Host<'_>> = projected
        .hosts
        .iter()
        .zip(&files)
        .map(|(facts, file)| host(&fleet, waves.as_ref(), &features, facts, file))
        .collect();
    let planned = domi_nix::hosts(&hosts, &projected.names).into_iter();
    let planned = planned.chain(work::planned(&fleet, request, &projected, &features));
    Ok(planned.map(|it| Planned { path: it.path.into(), content: it.content }).collect())
}

/// The file of a host, from the workspace's root.
fn file(fleet: &Fleet, request: &FleetRequest, host: &HostFacts) -> String {
    request.shown(fleet.hosts.get(&host.name).map_or("", |host| &host.about.file))
}

/// What a host can be selected by: its wave, roles, units, places, applications and tags, each with what it is, so
/// that a role is never taken for a tag.
fn tags(waves: Option<&Waves<'_>>, fleet: &Fleet, facts: &HostFacts) -> Vec<String> {
    let standing = fleet.hosts.get(&facts.name).map(|host| Standing::of(fleet, host));
    let in_waves = waves.zip(standing).map(|(waves, standing)| waves.with(&standing));
    let in_waves: Vec<String> =
        in_waves.into_iter().flatten().map(|wave| wave.about.name.clone()).collect();
    [
        ("wave", &in_waves),
        ("role", &facts.roles),
        ("unit", &facts.units),
        ("location", &facts.locations),
        ("application", &facts.applications),
        ("tag", &facts.tags),
    ]
    .into_iter()
    .flat_map(|(kind, names)| names.iter().map(move |name| format!("{kind}:{name}")))
    .collect()
}

fn host<'h>(
    fleet: &'h Fleet,
    waves: Option<&Waves<'_>>,
    known: &'h Features,
    facts: &'h HostFacts,
    file: &'h str,
) -> Host<'h> {
    let features = facts.features.iter();
    let users = facts.logins.iter().map(|login| {
        let user = fleet.users.get(&login.user);
        let person = fleet.person(&login.principal);
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
    let secrets = facts.secrets.values().map(|it| HostSecret {
        path: &it.path,
        owner: &it.owner,
        group: &it.group,
        mode: &it.mode,
    });
    Host {
        name: &facts.name,
        file,
        system: facts.system,
        target: facts.target(),
        tags: tags(waves, fleet, facts),
        features: features
            .filter_map(|(name, settings)| Some((known.get(name)?, settings)))
            .collect(),
        domain: &facts.domain,
        interfaces: &facts.interfaces,
        gateways: &facts.gateways,
        admits: facts.admits.iter().map(Rule::to_string).collect(),
        zones: &facts.zones,
        addresses: facts.addresses.values().flatten().map(String::as_str).collect(),
        users: users.collect(),
        secrets: secrets.collect(),
    }
}
