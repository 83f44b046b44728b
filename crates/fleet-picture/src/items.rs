//! What a fleet consists of, as the page takes it: items, each with rows of cells.
//!
//! Cells are kept once, whoever has them: thousands of hosts have the same roles and rules.

mod inventory;

use std::collections::BTreeMap;

use domi_fleet::{About, Fleet, Foreign, Ref, Status};
use domi_fleet_files::HostFacts;
use serde::Serialize;

use crate::reach::{NAME_SERVER, answers, opened, ports, sources};

/// Something said of an item: a text, the item that it names (`role/web`, or empty), and the place
/// that says it (`hosts/a.toml:3`, or empty).
pub(crate) type Cell = (String, String, String);

/// All that the page shows.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Items {
    pub(crate) cells: Vec<Cell>,
    pub(crate) items: Vec<Item>,
}

/// Something with a name.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) title: String,
    pub(crate) file: String,
    /// What is said of it, each with the numbers of its cells.
    pub(crate) rows: Vec<(&'static str, Vec<usize>)>,
    /// Where it is, or what it is within; nothing where it is on top.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) within: String,
    /// Roles of a host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
}

/// Makes items. `shown` names a file as people open it.
pub(crate) fn items(fleet: &Fleet, hosts: &[HostFacts], shown: &dyn Fn(&str) -> String) -> Items {
    let mut maker = Maker { fleet, shown, known: BTreeMap::new(), items: Items::default() };
    for host in hosts {
        maker.host(host);
    }
    maker.people();
    maker.units_and_places();
    maker.roles();
    maker.networks();
    maker.policies();
    maker.inventory();
    maker.items
}

struct Maker<'a> {
    fleet: &'a Fleet,
    shown: &'a dyn Fn(&str) -> String,
    known: BTreeMap<Cell, usize>,
    items: Items,
}

impl Maker<'_> {
    fn cell(&mut self, text: impl Into<String>, to: &str, at: Option<(&str, u32)>) -> usize {
        let at = at.map(|(file, line)| format!("{}:{line}", (self.shown)(file)));
        // Of another fleet, the page has what this one knows of it.
        let other = to.split_once('/').and_then(|(_, name)| Foreign::of(name));
        let to = other.map_or_else(|| to.to_owned(), |it| format!("context/{}", it.fleet));
        let cell = (text.into(), to, at.unwrap_or_default());
        let next = self.items.cells.len();
        *self.known.entry(cell).or_insert_with_key(|cell| {
            self.items.cells.push(cell.clone());
            next
        })
    }

    fn named(&mut self, kind: &str, about: &About, it: &Ref) -> usize {
        self.cell(&*it.name, &format!("{kind}/{}", it.name), Some((&about.file, it.line)))
    }

    fn add(
        &mut self,
        kind: &'static str,
        about: &About,
        mut rows: Vec<(&'static str, Vec<usize>)>,
    ) -> &mut Item {
        if about.status != Status::Active {
            let at = Some((&*about.file, about.status_line));
            rows.insert(0, ("Status", vec![self.cell(about.status.as_str(), "", at)]));
        }
        rows.retain(|(_, cells)| !cells.is_empty());
        let items = &mut self.items.items;
        let (title, file) = (about.title.clone(), (self.shown)(&about.file));
        let (within, roles) = (String::new(), Vec::new());
        items.push(Item { kind, name: about.name.clone(), title, file, rows, within, roles });
        let last = items.len() - 1;
        &mut items[last]
    }

    fn host(&mut self, facts: &HostFacts) {
        let Some(host) = self.fleet.hosts.get(&facts.name) else { return };
        let about = &host.about;
        // Its own file or its device may say where it is, so the level's own file is named.
        let unit = |it: &String| self.fleet.organizations.get(it).map(|it| &it.about);
        let place = |it: &String| self.fleet.locations.get(it).map(|it| &it.about);
        let units: Vec<&About> = facts.units.iter().filter_map(unit).collect();
        let places: Vec<&About> = facts.locations.iter().filter_map(place).collect();
        let mut level = |kind: &str, all: Vec<&About>| -> Vec<usize> {
            let all = all.into_iter().map(|it| {
                self.cell(&*it.name, &format!("{kind}/{}", it.name), Some((&it.file, 1)))
            });
            all.collect()
        };
        let (units, places) = (level("unit", units), level("place", places));
        let machine = format!("{}, {}", facts.kind.as_str(), facts.system.as_str());
        let machine = vec![self.cell(machine, "", None)];
        let roles = host.roles.iter().map(|it| self.named("role", about, it)).collect();
        let tags = host.tags.iter();
        let tags = tags.map(|it| self.cell(&*it.name, "", Some((&about.file, it.line)))).collect();
        let addresses = host.addresses.iter().map(|it| {
            let network = &it.network;
            let text = format!("{} in {}", it.address, network.name);
            self.cell(text, &format!("network/{}", network.name), Some((&about.file, network.line)))
        });
        let addresses = addresses.collect();
        let full = (!facts.domain.is_empty()).then(|| format!("{}.{}", facts.name, facts.domain));
        let full = full.into_iter().map(|it| self.cell(it, "", None)).collect();
        let features = facts.features.keys().map(|it| self.cell(it, "", None)).collect();
        let logins = facts.logins.iter().map(|it| {
            let text = match it.user == it.principal {
                true => format!("{} may {}", it.principal, it.may.as_str()),
                false => format!("{} may {} as {}", it.principal, it.may.as_str(), it.user),
            };
            self.cell(text, &format!("person/{}", it.principal), Some((&it.because, 1)))
        });
        let logins = logins.collect();
        let mut of = |kind: &str, names: &mut dyn Iterator<Item = &String>| -> Vec<usize> {
            names.map(|it| self.cell(it, &format!("{kind}/{it}"), None)).collect()
        };
        let secrets = of("secret", &mut facts.secrets.keys());
        let applications = of("application", &mut facts.applications.iter());
        let equipment = of("equipment", &mut facts.equipment.iter());
        let reached = self.reached(facts);
        let item = self.add(
            "host",
            about,
            vec![
                ("Machine", machine),
                ("Full name", full),
                ("Units", units),
                ("Places", places),
                ("Roles", roles),
                ("Tags", tags),
                ("Addresses", addresses),
                ("Features", features),
                ("Applications", applications),
                ("Secrets", secrets),
                ("Equipment that it needs", equipment),
                ("Who may log in", logins),
                ("Ports that may be reached", reached),
            ],
        );
        item.within = facts.locations.last().cloned().unwrap_or_default();
        item.roles.clone_from(&facts.roles);
    }

    /// The ports of a host, and who reaches them.
    fn reached(&mut self, facts: &HostFacts) -> Vec<usize> {
        let mut cells = Vec::new();
        for ports in opened(facts) {
            cells.push(self.cell(format!("{ports} by everybody, as a feature says"), "", None));
        }
        let fleet = self.fleet;
        for role in facts.roles.iter().filter_map(|it| fleet.roles.get(it)) {
            for reach in &role.reach {
                let from = sources(reach).map(|(kind, from)| format!("{kind} {}", from.name));
                let from: Vec<String> = from.collect();
                let text = format!("{} from {}", ports(&reach.tcp, &reach.udp), from.join(", "));
                let to = format!("role/{}", role.about.name);
                cells.push(self.cell(text, &to, Some((&role.about.file, reach.line))));
            }
        }
        if answers(facts) {
            let text = format!("{NAME_SERVER} from networks that have a domain, as a name server");
            cells.push(self.cell(text, "", None));
        }
        cells
    }

    fn people(&mut self) {
        let fleet = self.fleet;
        let mut users: BTreeMap<&str, Vec<&domi_fleet::User>> = BTreeMap::new();
        for user in fleet.users.values() {
            users.entry(&user.of.name).or_default().push(user);
        }
        for it in fleet.people.values() {
            let kind = vec![self.cell(it.kind.as_str(), "", None)];
            let units = it.units.iter().map(|unit| self.named("unit", &it.about, unit)).collect();
            let answers = it.responsible.iter();
            let answers = answers.map(|it2| self.named("person", &it.about, it2)).collect();
            let users = users
                .get(&*it.about.name)
                .into_iter()
                .flatten()
                .map(|user| self.cell(&*user.about.name, "", Some((&user.about.file, 1))));
            let users = users.collect();
            let rows = vec![
                ("Kind", kind),
                ("Units", units),
                ("Who answers for it", answers),
                ("Users", users),
            ];
            self.add("person", &it.about, rows);
        }
    }

    fn units_and_places(&mut self) {
        let fleet = self.fleet;
        for it in fleet.organizations.values() {
            let within = it.within.iter().map(|at| self.named("unit", &it.about, at)).collect();
            let answers = it.responsible.iter();
            let answers = answers.map(|who| self.named("person", &it.about, who)).collect();
            let purpose = self.words(&it.purpose);
            let rows =
                vec![("Within", within), ("Who answers for it", answers), ("Purpose", purpose)];
            self.add("unit", &it.about, rows);
        }
        for it in fleet.locations.values() {
            let within = it.within.iter().map(|at| self.named("place", &it.about, at)).collect();
            let address = self.words(&it.address);
            let item = self.add("place", &it.about, vec![("Within", within), ("Address", address)]);
            item.within = it.within.as_ref().map(|it| it.name.clone()).unwrap_or_default();
        }
    }

    fn words(&mut self, text: &str) -> Vec<usize> {
        if text.is_empty() { Vec::new() } else { vec![self.cell(text, "", None)] }
    }

    fn roles(&mut self) {
        for it in self.fleet.roles.values() {
            let purpose = self.words(&it.purpose);
            let mut reached = Vec::new();
            for reach in &it.reach {
                for (kind, from) in sources(reach) {
                    let text =
                        format!("{} from {kind} {}", ports(&reach.tcp, &reach.udp), from.name);
                    let at = Some((&*it.about.file, from.line));
                    reached.push(self.cell(text, &format!("{kind}/{}", from.name), at));
                }
            }
            let rows = vec![("Purpose", purpose), ("Ports that may be reached", reached)];
            self.add("role", &it.about, rows);
        }
    }

    fn networks(&mut self) {
        for it in self.fleet.networks.values() {
            let at = &it.about;
            let ranges = it.ranges.iter();
            let ranges = ranges
                .map(|(range, line)| self.cell(range.to_string(), "", Some((&at.file, *line))));
            let ranges = ranges.collect();
            let place = it.location.iter().map(|place| self.named("place", at, place)).collect();
            let domain = self.words(&it.domain);
            let server = it.name_server.iter().map(|host| self.named("host", at, host)).collect();
            let gateways = it.gateways.iter();
            let gateways = gateways
                .map(|(gateway, line)| self.cell(gateway.to_string(), "", Some((&at.file, *line))));
            let gateways = gateways.collect();
            let rows = vec![
                ("Ranges", ranges),
                ("Place", place),
                ("Domain", domain),
                ("Name server", server),
                ("Gateways", gateways),
            ];
            self.add("network", at, rows);
        }
    }

    fn policies(&mut self) {
        for it in self.fleet.policies.values() {
            let at = &it.about;
            let who = it.who.iter().map(|who| self.named("person", at, who)).collect();
            let units = it.units.iter().map(|unit| self.named("unit", at, unit)).collect();
            let groups = it.groups.iter().map(|group| self.named("group", at, group)).collect();
            let may = it.may.map_or_else(Vec::new, |may| self.words(may.as_str()));
            let key =
                if it.key { self.words("must be had by whoever logs in") } else { Vec::new() };
            let on = &it.on;
            let keys = [
                ("unit", &on.organizations),
                ("unit", &on.units),
                ("place", &on.locations),
                ("role", &on.roles),
                ("host", &on.hosts),
            ];
            let mut on_hosts = Vec::new();
            for (kind, named) in keys {
                on_hosts.extend(named.iter().map(|one| self.named(kind, at, one)));
            }
            for tag in &on.tags {
                on_hosts.push(self.cell(
                    format!("tag {}", tag.name),
                    "",
                    Some((&at.file, tag.line)),
                ));
            }
            if on_hosts.is_empty() {
                on_hosts = self.words("all hosts");
            }
            let rows = vec![
                ("Who", who),
                ("Units", units),
                ("Groups", groups),
                ("May", may),
                ("A key", key),
                ("On hosts that fit", on_hosts),
            ];
            self.add("policy", at, rows);
        }
    }
}
