//! What the files of a fleet say, as statements.

use domi_fleet::{
    About, Device, Fleet, Folder, Foreign, Host, Kind, Location, Network, Organization, Person,
    Policy, Principal, Reach, Reaction, Ref, Relationship, Role, Secret, Selector, Tie, User, Wave,
    folder_of, subject,
};
use oxrdf::{Literal, NamedNode};

use crate::base::Base;
use crate::graph::{Statements, full};

/// Says everything that has a file.
pub(crate) fn say(statements: &mut Statements, base: &Base, fleet: &Fleet) {
    let mut teller = Teller { statements, base };
    fleet.organizations.values().for_each(|it| teller.organization(it));
    fleet.people.values().for_each(|it| teller.person(it));
    fleet.locations.values().for_each(|it| teller.location(it));
    fleet.devices.values().for_each(|it| teller.device(it));
    fleet.networks.values().for_each(|it| teller.network(it));
    fleet.policies.values().for_each(|it| teller.policy(it));
    fleet.hosts.values().for_each(|it| teller.host(it));
    fleet.roles.values().for_each(|it| teller.role(it));
    fleet.users.values().for_each(|it| teller.user(it));
    fleet.waves.values().for_each(|it| teller.wave(it));
    fleet.commands.values().for_each(|it| drop(teller.thing(Kind::Command, "Command", &it.about)));
    fleet.reactions.values().for_each(|it| teller.reaction(it));
    fleet.secrets.values().for_each(|it| teller.secret(it));
    fleet.repositories.values().for_each(|it| {
        let repository = teller.thing(Kind::Repository, "Repository", &it.about);
        teller.to(&repository, "responsible", Kind::Person, &it.responsible);
    });
    fleet.applications.values().for_each(|it| {
        let application = teller.thing(Kind::Application, "Application", &it.about);
        teller.to(&application, "responsible", Kind::Person, &it.responsible);
    });
    fleet.accounts.values().for_each(|it| drop(teller.thing(Kind::Account, "Account", &it.about)));
    let equipment = fleet.equipment.values();
    equipment.for_each(|it| drop(teller.thing(Kind::Equipment, "Equipment", &it.about)));
    fleet.groups.values().for_each(|it| {
        let group = teller.thing(Kind::Group, "Group", &it.about);
        teller.to(&group, "member", Kind::Person, &it.members);
    });
    fleet.terms.values().for_each(|it| {
        let term = teller.thing(Kind::Term, "Term", &it.about);
        teller.statements.text(&term, "meaning", &it.meaning);
    });
    fleet.views.values().for_each(|it| drop(teller.thing(Kind::View, "View", &it.about)));
    fleet.contexts.values().for_each(|it| drop(teller.thing(Kind::Context, "Context", &it.about)));
    fleet.constants.values().for_each(|it| {
        let constant = teller.thing(Kind::Constant, "Constant", &it.about);
        teller.to(&constant, "responsible", Kind::Person, &it.responsible);
    });
    fleet.queries.values().for_each(|it| {
        let question = teller.thing(Kind::Query, "Question", &it.about);
        teller.statements.text(&question, "asks", &it.asks);
    });
    fleet.relationships.values().for_each(|it| teller.relationship(it));
    fleet.shells.values().for_each(|it| {
        let shell = teller.thing(Kind::Shell, "Shell", &it.about);
        teller.to(&shell, "forUnit", Kind::Organization, &it.units);
    });
    fleet.homes.values().for_each(|it| {
        let home = teller.thing(Kind::Home, "Home", &it.about);
        teller.to(&home, "forUser", Kind::User, [&it.user]);
        it.on.iter().for_each(|on| teller.selector(&home, on));
    });
    for link in fleet.links() {
        teller.foreign(fleet, link.kind, link.to);
        let Folder::Of(kind) = folder_of(&link.from.file) else { continue };
        let from = base.named(&[kind.word(), &link.from.name]);
        teller.statements.to(&from, "refersTo", base.named(&[link.kind.word(), link.to]));
    }
}

/// The relation that says the same of the things themselves.
fn own_name(tie: Tie) -> &'static str {
    match tie {
        Tie::DelegatesTo => "delegatesTo",
        Tie::DependsOn => "dependsOn",
        tie => tie.as_str(),
    }
}

struct Teller<'s> {
    statements: &'s mut Statements,
    base: &'s Base,
}

impl Teller<'_> {
    /// What is said of everything that has a file.
    fn thing(&mut self, kind: Kind, word: &str, about: &About) -> NamedNode {
        let it = self.base.named(&[kind.word(), &about.name]);
        let title = if about.title.is_empty() { &about.name } else { &about.title };
        self.statements.is_a(&it, word);
        self.statements.label(&it, title);
        self.statements.text(&it, "name", &about.name);
        self.statements.text(&it, "file", &about.file);
        self.statements.text(&it, "status", about.status.as_str());
        if let Some(id) = about.id {
            let id = Literal::from(format!("urn:uuid:{id}"));
            self.statements.raw(&it, full("dcterms:identifier"), id);
        }
        it
    }

    /// What is known of something of another fleet.
    fn foreign(&mut self, fleet: &Fleet, kind: Kind, name: &str) {
        let (Some(it), Some(of)) = (fleet.foreign(kind, name), Foreign::of(name)) else { return };
        let word = match kind {
            Kind::Organization => "Organization",
            Kind::Person if it.is_agent => "Agent",
            Kind::Person => "Person",
            Kind::Location => "Location",
            Kind::Network => "Network",
            Kind::Host => "Host",
            Kind::Repository => "Repository",
            _ => "Application",
        };
        let context = self.base.named(&[Kind::Context.word(), of.fleet]);
        let thing = self.base.named(&[kind.word(), name]);
        self.statements.is_a(&thing, word);
        self.statements.label(&thing, name);
        self.statements.text(&thing, "name", name);
        self.statements.text(&thing, "status", it.status.as_str());
        self.statements.to(&thing, "ofFleet", context);
    }

    /// Says that something leads to others, which have files of a kind.
    fn to<'r>(
        &mut self,
        it: &NamedNode,
        relation: &str,
        kind: Kind,
        named: impl IntoIterator<Item = &'r Ref>,
    ) {
        for other in named {
            let other = self.base.named(&[kind.word(), &other.name]);
            self.statements.to(it, relation, other);
        }
    }

    fn organization(&mut self, organization: &Organization) {
        let Organization { about, within, responsible, purpose, .. } = organization;
        let word = if within.is_some() { "Unit" } else { "Organization" };
        let it = self.thing(Kind::Organization, word, about);
        self.to(&it, "partOf", Kind::Organization, within);
        if let Some(within) = within {
            let around = self.base.named(&[Kind::Organization.word(), &within.name]);
            self.statements.raw(&it, full("org:unitOf"), around);
        }
        self.to(&it, "responsible", Kind::Person, responsible);
        self.statements.text(&it, "purpose", purpose);
    }

    fn person(&mut self, person: &Person) {
        let Person { about, kind, units, responsible, .. } = person;
        let word = match kind {
            Principal::Person => "Person",
            Principal::Agent => "Agent",
        };
        let it = self.thing(Kind::Person, word, about);
        self.to(&it, "memberOf", Kind::Organization, units);
        for unit in units {
            let membership = self.base.named(&["membership", &about.name, &unit.name]);
            let unit = self.base.named(&[Kind::Organization.word(), &unit.name]);
            self.statements.is_a(&membership, "Membership");
            self.statements.raw(&membership, full("org:member"), it.clone());
            self.statements.raw(&membership, full("org:organization"), unit);
        }
        if *kind == Principal::Agent {
            self.to(&it, "responsible", Kind::Person, responsible);
            if let Some(person) = responsible {
                let person = self.base.named(&[Kind::Person.word(), &person.name]);
                self.statements.raw(&it, full("prov:actedOnBehalfOf"), person);
            }
        }
    }

    fn location(&mut self, location: &Location) {
        let Location { about, within, .. } = location;
        let it = self.thing(Kind::Location, "Location", about);
        self.to(&it, "within", Kind::Location, within);
    }

    fn device(&mut self, device: &Device) {
        let Device { about, location, unit, serial, .. } = device;
        let it = self.thing(Kind::Device, "Device", about);
        self.to(&it, "location", Kind::Location, location);
        self.to(&it, "unit", Kind::Organization, unit);
        self.statements.text(&it, "serialNumber", serial);
    }

    fn network(&mut self, network: &Network) {
        let Network { about, ranges, location, domain, name_server, gateways } = network;
        let it = self.thing(Kind::Network, "Network", about);
        for (range, _) in ranges {
            self.statements.text(&it, "range", &range.to_string());
        }
        for (gateway, _) in gateways {
            self.statements.text(&it, "gateway", &gateway.to_string());
        }
        self.to(&it, "location", Kind::Location, location);
        self.statements.text(&it, "domainName", domain);
        self.to(&it, "nameServer", Kind::Host, name_server);
    }

    fn policy(&mut self, policy: &Policy) {
        let Policy { about, on, who, units, .. } = policy;
        let (kind, word) = match folder_of(&about.file) {
            Folder::Of(Kind::Authentication) => (Kind::Authentication, "Authentication"),
            _ => (Kind::Authorization, "Authorization"),
        };
        let it = self.thing(kind, word, about);
        self.to(&it, "who", Kind::Person, who);
        self.to(&it, "unitsMay", Kind::Organization, units);
        self.selector(&it, on);
    }

    /// Which hosts are chosen.
    fn selector(&mut self, it: &NamedNode, on: &Selector) {
        self.to(it, "on", Kind::Organization, on.organizations.iter().chain(&on.units));
        self.to(it, "on", Kind::Location, &on.locations);
        self.to(it, "on", Kind::Role, &on.roles);
        self.to(it, "on", Kind::Host, &on.hosts);
        for tag in &on.tags {
            self.statements.text(it, "onTag", &tag.name);
        }
    }

    fn host(&mut self, host: &Host) {
        let Host { about, kind, system, device, runs_on, roles, tags, addresses, .. } = host;
        let it = self.thing(Kind::Host, "Host", about);
        let noria = full("noria:resourceHostName");
        self.statements.raw(&it, noria, Literal::from(about.name.as_str()));
        self.statements.text(&it, "kind", kind.as_str());
        self.statements.text(&it, "platform", system.as_str());
        self.to(&it, "device", Kind::Device, device);
        self.to(&it, "runsOn", Kind::Host, runs_on);
        self.to(&it, "role", Kind::Role, roles);
        for tag in tags {
            self.statements.text(&it, "tag", &tag.name);
        }
        for at in addresses {
            let text = at.address.to_string();
            let address = self.base.named(&["address", &about.name, &text]);
            self.statements.is_a(&address, "Address");
            self.statements.text(&address, "address", &text);
            self.statements.to(&address, "ofHost", it.clone());
            self.to(&address, "inNetwork", Kind::Network, [&at.network]);
        }
    }

    fn role(&mut self, role: &Role) {
        let Role { about, purpose, reach, .. } = role;
        let it = self.thing(Kind::Role, "Role", about);
        self.statements.text(&it, "purpose", purpose);
        for (number, Reach { tcp, udp, roles, hosts, networks, .. }) in (1_usize..).zip(reach) {
            let opening = self.base.named(&["opening", &about.name, &number.to_string()]);
            self.statements.is_a(&opening, "Opening");
            self.statements.to(&opening, "ofRole", it.clone());
            self.statements.ports(&opening, "givesPort", tcp, udp);
            self.to(&opening, "from", Kind::Role, roles);
            self.to(&opening, "from", Kind::Host, hosts);
            self.to(&opening, "from", Kind::Network, networks);
        }
    }

    fn user(&mut self, user: &User) {
        let User { about, of, uid, .. } = user;
        let it = self.thing(Kind::User, "User", about);
        self.to(&it, "ofPrincipal", Kind::Person, [of]);
        if let Some((uid, _)) = uid {
            self.statements.number(&it, "uid", u64::from(*uid));
        }
    }

    fn wave(&mut self, wave: &Wave) {
        let Wave { about, on, after, .. } = wave;
        let it = self.thing(Kind::Wave, "Wave", about);
        self.to(&it, "after", Kind::Wave, after);
        self.selector(&it, on);
    }

    fn reaction(&mut self, reaction: &Reaction) {
        let Reaction { about, on, run, .. } = reaction;
        let it = self.thing(Kind::Reaction, "Reaction", about);
        self.to(&it, "runs", Kind::Command, run);
        if let Some(on) = on {
            self.selector(&it, on);
        }
    }

    /// What is so without an end is said of the things themselves, too.
    fn relationship(&mut self, relationship: &Relationship) {
        let Relationship { about, from, is, to, since, until, responsible } = relationship;
        let it = self.thing(Kind::Relationship, "Relationship", about);
        self.to(&it, "responsible", Kind::Person, responsible);
        let mut end = |relation: &str, thing: &Option<Ref>| {
            let (kind, name) = subject(&thing.as_ref()?.name)?;
            let thing = self.base.named(&[kind.word(), name]);
            self.statements.to(&it, relation, thing.clone());
            Some(thing)
        };
        let ends = (end("ofThing", from), end("toThing", to));
        for (relation, day) in [("since", since), ("until", until)] {
            let text = day.map_or_else(String::new, |(day, _)| day.to_string());
            self.statements.text(&it, relation, &text);
        }
        let Some((tie, _)) = is else { return };
        self.statements.text(&it, "tie", tie.as_str());
        if let (Some(from), Some(to), None) = (ends.0, ends.1, until)
            && about.is_current()
        {
            self.statements.to(&from, own_name(*tie), to);
        }
    }

    fn secret(&mut self, secret: &Secret) {
        let it = self.thing(Kind::Secret, "Secret", &secret.about);
        self.to(&it, "responsible", Kind::Person, &secret.responsible);
        self.statements.text(&it, "path", &secret.file.path);
    }
}
