//! What follows from a fleet: each host with its facts, features and settings.

use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{
    Access, Address, Admitted, Chosen, Features, Firewall, Fleet, Host, LetIn, Login, Machine,
    Needs, Rule, SecretFile, Settings, Standing, Status, Together, Zone, domain_of, failed_reaches,
    gateways, names, networks_of, zones,
};
use domi_model::{Platform, Problem, Value};
use rayon::prelude::*;
use serde::Serialize;

/// What follows from a fleet.
#[derive(Debug, Default)]
pub struct Projected {
    /// The hosts that are not retired, by name.
    pub hosts: Vec<HostFacts>,
    /// The names of all their addresses, which every host knows.
    pub names: BTreeMap<String, Vec<String>>,
    /// What is wrong with what files say of features.
    pub problems: Vec<Problem>,
}

/// A host, and what it gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostFacts {
    /// Its name.
    pub name: String,
    /// What the machine is.
    pub kind: Machine,
    /// Its platform.
    pub system: Platform,
    /// How far it has come.
    pub status: Status,
    /// Its organisation and units, from the outermost on.
    pub units: Vec<String>,
    /// Its locations, from the outermost on.
    pub locations: Vec<String>,
    /// What it is for.
    pub roles: Vec<String>,
    /// Words that policies may select it by.
    pub tags: Vec<String>,
    /// Its addresses, by network.
    pub addresses: BTreeMap<String, Vec<String>>,
    /// What stands after its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub domain: String,
    /// The addresses that its network cards get, with the length of their network's prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub interfaces: BTreeMap<String, Vec<String>>,
    /// Its default gateways, each with the network card that leads there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gateways: BTreeMap<String, String>,
    /// What its firewall lets in, as its roles say: rules of nftables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub admits: Vec<Rule>,
    /// The ports that its features let everybody reach.
    #[serde(skip_serializing_if = "is_closed")]
    pub open: Firewall,
    /// Zones that it answers for, by their domains.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<String, String>,
    /// Who may log in.
    pub logins: Vec<Login>,
    /// The secrets that it holds, by name: their files, and nothing of what is in them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretFile>,
    /// The applications that run there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<String>,
    /// Homes of users there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub homes: Vec<String>,
    /// The equipment that its device is in or has its power from, with what that needs in turn; that
    /// of the host that it runs on, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<String>,
    /// The secrets that its settings use, each with the first option that does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub uses: BTreeMap<String, String>,
    /// The constants that are in its settings, each with the first option that has it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// Its features with their settings; an option that nobody sets has the feature's default.
    pub features: BTreeMap<String, BTreeMap<String, Value>>,
}

impl HostFacts {
    /// What others call it by: its full name where it has a domain, else an address, else its name.
    pub fn target(&self) -> String {
        if !self.domain.is_empty() {
            return format!("{}.{}", self.name, self.domain);
        }
        let mut addresses = self.addresses.values().flatten();
        addresses.next().unwrap_or(&self.name).clone()
    }
}

fn is_closed(open: &Firewall) -> bool {
    open.tcp.is_empty() && open.udp.is_empty()
}

impl Projected {
    /// The tests of ports that fail in the fleet that this follows from.
    pub fn unmet(&self, fleet: &Fleet) -> Vec<Problem> {
        failed_reaches(fleet, &self.let_in())
    }

    /// Who may log in to each host, and what its firewall lets in.
    pub fn let_in(&self) -> BTreeMap<&str, LetIn<'_>> {
        let let_in = self.hosts.iter().map(|host| {
            let HostFacts { logins, admits: rules, open, .. } = host;
            (host.name.as_str(), LetIn { logins, rules, open })
        });
        let_in.collect()
    }
}

/// Merges what is said of each host.
pub fn project(fleet: &Fleet, features: &Features) -> Projected {
    let (settings, mut problems) = Settings::prepare(fleet, features);
    let all_zones = zones(fleet);
    let mut zones: BTreeMap<&str, Vec<&Zone>> = BTreeMap::new();
    for zone in &all_zones {
        for server in &zone.servers {
            zones.entry(server).or_default().push(zone);
        }
    }
    let (access, admitted) = (Access::of(fleet), Admitted::of(fleet));
    let needs = Needs::of(fleet);
    let common = Common { fleet, access, admitted, needs, zones };
    let hosts: Vec<&Host> = fleet.hosts.values().filter(|it| it.about.is_current()).collect();
    // Hosts beside each other in one part have much in common.
    let size = hosts.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let parts: Vec<(Vec<HostFacts>, Together)> = hosts
        .par_chunks(size)
        .map(|part| {
            let mut together = Together::default();
            let facts = part.iter().map(|host| {
                let standing = Standing::of(fleet, host);
                let chosen = settings.of(&standing);
                let open = together.add(&host.about, &chosen, features);
                common.facts(&standing, chosen, open)
            });
            (facts.collect(), together)
        })
        .collect();
    let (mut facts, mut together) = (Vec::with_capacity(hosts.len()), Together::default());
    for (mut part, found) in parts {
        facts.append(&mut part);
        together = together.with(found);
    }
    problems.extend(together.problems());
    let names = names(fleet).into_iter().map(|(address, names)| (address.to_string(), names));
    Projected { hosts: facts, names: names.collect(), problems }
}

/// A host, and those that it runs on. A circle is cut.
fn below<'f>(fleet: &'f Fleet, host: &'f Host) -> Vec<&'f Host> {
    let mut all = vec![host];
    let mut next = host.runs_on.as_ref();
    while let Some(host) = next.and_then(|it| fleet.hosts.get(&it.name)) {
        if all.iter().any(|other| std::ptr::eq(*other, host)) {
            break;
        }
        all.push(host);
        next = host.runs_on.as_ref();
    }
    all
}

/// What is read once for all hosts.
struct Common<'f> {
    fleet: &'f Fleet,
    access: Access<'f>,
    admitted: Admitted<'f>,
    needs: Needs<'f>,
    /// By the names of their servers.
    zones: BTreeMap<&'f str, Vec<&'f Zone>>,
}

impl<'f> Common<'f> {
    fn facts(&self, standing: &Standing<'f>, chosen: Chosen, open: Firewall) -> HostFacts {
        let host = standing.host;
        let zones = self.zones.get(host.about.name.as_str()).into_iter().flatten();
        let zones = zones.map(|it| (it.domain.clone(), it.text.clone()));
        let names = |refs: &[domi_fleet::Ref]| refs.iter().map(|it| it.name.clone()).collect();
        let mut addresses: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Address { network, address } in &host.addresses {
            addresses.entry(network.name.clone()).or_default().push(address.to_string());
        }
        let secrets = standing.secrets(self.fleet);
        let applications = standing.applications(self.fleet);
        let machines = below(self.fleet, host);
        let devices = machines.iter().filter_map(|it| it.device.as_ref());
        let equipment = devices.flat_map(|it| self.needs.of_device(&it.name));
        let equipment: BTreeSet<&str> = equipment.collect();
        let gateways = gateways(self.fleet, host).into_iter();
        let logins = self.access.logins(standing);
        let homes = Access::homes(self.fleet, standing, &logins);
        let homes = homes.map(|it| it.about.name.clone()).collect();
        let secrets = secrets.map(|it| (it.about.name.clone(), it.file.clone()));
        HostFacts {
            name: host.about.name.clone(),
            kind: host.kind,
            system: host.system,
            status: host.about.status,
            units: standing.units.iter().map(|it| it.about.name.clone()).collect(),
            locations: standing.locations.iter().map(|it| it.about.name.clone()).collect(),
            roles: names(&host.roles),
            tags: names(&host.tags),
            addresses,
            domain: domain_of(self.fleet, host).to_owned(),
            interfaces: self.interfaces(host),
            gateways: gateways.map(|it| (it.address.to_string(), it.card.to_owned())).collect(),
            admits: self.admitted.rules(host),
            open,
            zones: zones.collect(),
            logins,
            secrets: secrets.collect(),
            applications: applications.map(|it| it.about.name.clone()).collect(),
            homes,
            equipment: equipment.into_iter().map(str::to_owned).collect(),
            uses: chosen.secrets,
            constants: chosen.constants,
            features: chosen.settings.into_iter().map(|(name, it)| (name, it.settings)).collect(),
        }
    }

    /// The addresses of a host's network cards.
    fn interfaces(&self, host: &Host) -> BTreeMap<String, Vec<String>> {
        let mut cards: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (Address { network: of, address }, network) in networks_of(self.fleet, host) {
            let Some(card) = host.interfaces.get(&of.name) else { continue };
            let range = network.ranges.iter().find(|(range, _)| range.contains(address));
            let length = range.map(|(range, _)| range.prefix_len());
            let text = length.map(|length| format!("{address}/{length}"));
            cards.entry(card.name.clone()).or_default().extend(text);
        }
        cards
    }
}
