//! What refers to what: each name in a file that is the name of another file.

use crate::{
    About, Argument, Command, Fleet, Folder, Kind, Ref, Relationship, Selector, folder_of,
};

/// A name that refers to another file.
#[derive(Debug, Clone, Copy)]
pub struct Link<'f> {
    /// The file that says it.
    pub from: &'f About,
    /// The key that says it: `on.roles`.
    pub key: &'static str,
    /// The line that says it.
    pub line: u32,
    /// What it must be the name of.
    pub kind: Kind,
    /// The name.
    pub to: &'f str,
}

impl About {
    /// What it is and its name, as logs have them: `host/web-1`.
    pub fn subject(&self) -> String {
        match folder_of(&self.file) {
            Folder::Of(kind) => format!("{}/{}", kind.word(), self.name),
            _ => self.name.clone(),
        }
    }
}

/// The kind and the name of `host/web-1`.
pub fn subject(text: &str) -> Option<(Kind, &str)> {
    let (word, name) = text.split_once('/')?;
    Some((Kind::of(word)?, name))
}

impl Relationship {
    /// The kind and the name of both things, `from` first; none where one of them is not said, or has no kind.
    pub fn ends(&self) -> Option<[(Kind, &str); 2]> {
        Some([subject(&self.from.as_ref()?.name)?, subject(&self.to.as_ref()?.name)?])
    }
}

impl Fleet {
    /// Every name that refers to another file, kind by kind. Secrets in settings are not among them:
    /// only the features' types say where one is.
    pub fn links(&self) -> Vec<Link<'_>> {
        let mut links = Links::default();
        links.domain(self);
        links.inventory(self);
        links.machines(self);
        links.procedures(self);
        links.0
    }
}

#[derive(Default)]
struct Links<'f>(Vec<Link<'f>>);

impl<'f> Links<'f> {
    fn domain(&mut self, fleet: &'f Fleet) {
        for it in fleet.organizations.values() {
            self.all(&it.about, "within", Kind::Organization, &it.within);
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
        }
        for it in fleet.people.values() {
            self.all(&it.about, "units", Kind::Organization, &it.units);
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
        }
        for it in fleet.groups.values() {
            self.all(&it.about, "members", Kind::Person, &it.members);
            self.all(&it.about, "groups", Kind::Group, &it.groups);
        }
        for it in fleet.terms.values() {
            self.all(&it.about, "see", Kind::Term, &it.see);
            for thing in &it.things {
                if let Some((kind, name)) = subject(&thing.name) {
                    self.one(&it.about, "things", kind, name, thing.line);
                }
            }
        }
        for it in fleet.views.values() {
            for (key, kind, names) in it.shared() {
                self.all(&it.about, key, kind, names);
            }
        }
        for it in fleet.relationships.values() {
            for (key, thing) in [("from", &it.from), ("to", &it.to)] {
                if let Some((thing, (kind, name))) =
                    thing.as_ref().and_then(|it| Some((it, subject(&it.name)?)))
                {
                    self.one(&it.about, key, kind, name, thing.line);
                }
            }
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
        }
        for it in fleet.locations.values() {
            self.all(&it.about, "within", Kind::Location, &it.within);
        }
        for it in fleet.networks.values() {
            self.all(&it.about, "location", Kind::Location, &it.location);
            self.all(&it.about, "name_server", Kind::Host, &it.name_server);
        }
        for it in fleet.policies.values() {
            self.all(&it.about, "who", Kind::Person, &it.who);
            self.all(&it.about, "units", Kind::Organization, &it.units);
            self.all(&it.about, "groups", Kind::Group, &it.groups);
            self.selector(&it.about, &it.on);
            for test in &it.tests {
                self.all(&it.about, "tests.who", Kind::Person, &test.who);
                self.all(&it.about, "tests.host", Kind::Host, &test.host);
                self.all(&it.about, "tests.from", Kind::Host, &test.from);
                self.all(&it.about, "tests.user", Kind::User, &test.user);
            }
        }
    }

    fn inventory(&mut self, fleet: &'f Fleet) {
        for it in fleet.devices.values() {
            self.all(&it.about, "location", Kind::Location, &it.location);
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
        }
        for it in fleet.repositories.values() {
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
        }
        for it in fleet.applications.values() {
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
            self.all(&it.about, "source", Kind::Repository, &it.source);
            self.all(&it.about, "needs", Kind::Application, &it.needs);
            if let Some(on) = &it.on {
                self.selector(&it.about, on);
            }
        }
        for it in fleet.accounts.values() {
            self.all(&it.about, "holder", Kind::Person, &it.holder);
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
            self.all(&it.about, "secret", Kind::Secret, &it.secret);
        }
        for it in fleet.equipment.values() {
            self.all(&it.about, "location", Kind::Location, &it.location);
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
            self.all(&it.about, "within", Kind::Equipment, &it.within);
            self.all(&it.about, "powered_by", Kind::Equipment, &it.powered_by);
            self.all(&it.about, "holds", Kind::Device, &it.holds);
            self.all(&it.about, "powers", Kind::Device, &it.powers);
        }
        for it in fleet.secrets.values() {
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
            if let Some(on) = &it.on {
                self.selector(&it.about, on);
            }
        }
    }

    fn machines(&mut self, fleet: &'f Fleet) {
        for it in fleet.hosts.values() {
            self.all(&it.about, "unit", Kind::Organization, &it.unit);
            self.all(&it.about, "location", Kind::Location, &it.location);
            self.all(&it.about, "device", Kind::Device, &it.device);
            self.all(&it.about, "runs_on", Kind::Host, &it.runs_on);
            self.all(&it.about, "roles", Kind::Role, &it.roles);
            self.all(&it.about, "gateway", Kind::Network, &it.gateway);
            let networks = it.addresses.iter().map(|address| &address.network);
            self.all(&it.about, "addresses", Kind::Network, networks);
            for (network, card) in &it.interfaces {
                self.one(&it.about, "interfaces", Kind::Network, network, card.line);
            }
        }
        for it in fleet.roles.values() {
            for reach in &it.reach {
                self.all(&it.about, "reach.roles", Kind::Role, &reach.roles);
                self.all(&it.about, "reach.hosts", Kind::Host, &reach.hosts);
                self.all(&it.about, "reach.networks", Kind::Network, &reach.networks);
            }
        }
        for it in fleet.users.values() {
            self.all(&it.about, "of", Kind::Person, [&it.of]);
        }
        for it in fleet.shells.values() {
            self.all(&it.about, "roles", Kind::Role, &it.roles);
            self.all(&it.about, "units", Kind::Organization, &it.units);
        }
        for it in fleet.homes.values() {
            self.all(&it.about, "user", Kind::User, [&it.user]);
            if let Some(on) = &it.on {
                self.selector(&it.about, on);
            }
        }
    }

    fn procedures(&mut self, fleet: &'f Fleet) {
        for it in fleet.commands.values() {
            for (key, kind, argument) in named(it) {
                if let Some((name, line)) = argument.known(&fleet.constants) {
                    self.one(&it.about, key, kind, name, line);
                }
            }
            for (key, argument) in it.arguments() {
                self.all(&it.about, key, Kind::Constant, argument.constant());
            }
        }
        for it in fleet.constants.values() {
            self.all(&it.about, "responsible", Kind::Person, &it.responsible);
        }
        for it in fleet.reactions.values() {
            self.all(&it.about, "run", Kind::Command, &it.run);
            if let Some(on) = &it.on {
                self.selector(&it.about, on);
            }
            let command = it.run.as_ref().and_then(|run| fleet.commands.get(&run.name));
            // What stands in the command's own file is looked at there.
            for (key, kind, argument) in command.into_iter().flat_map(named) {
                let Argument::Parameter(parameter) = argument else { continue };
                let value = it.with.get(&parameter.name);
                if let Some((name, line)) = value.and_then(|it| it.known(&fleet.constants)) {
                    self.one(&it.about, key, kind, name, line);
                }
            }
            let constants = it.with.values().filter_map(Argument::constant);
            self.all(&it.about, "with", Kind::Constant, constants);
        }
        for it in fleet.waves.values() {
            self.selector(&it.about, &it.on);
            self.all(&it.about, "after", Kind::Wave, &it.after);
            for (role, (_, line)) in &it.keep {
                self.one(&it.about, "keep", Kind::Role, role, *line);
            }
        }
    }

    fn selector(&mut self, about: &'f About, on: &'f Selector) {
        self.all(about, "on.organizations", Kind::Organization, &on.organizations);
        self.all(about, "on.units", Kind::Organization, &on.units);
        self.all(about, "on.locations", Kind::Location, &on.locations);
        self.all(about, "on.roles", Kind::Role, &on.roles);
        self.all(about, "on.hosts", Kind::Host, &on.hosts);
    }

    fn all(
        &mut self,
        from: &'f About,
        key: &'static str,
        kind: Kind,
        names: impl IntoIterator<Item = &'f Ref>,
    ) {
        for name in names {
            self.one(from, key, kind, &name.name, name.line);
        }
    }

    fn one(&mut self, from: &'f About, key: &'static str, kind: Kind, to: &'f str, line: u32) {
        self.0.push(Link { from, key, line, kind, to });
    }
}

/// The names of files that a command puts into others, or parameters for them.
fn named(command: &Command) -> impl Iterator<Item = (&'static str, Kind, &Argument)> {
    let set = [
        ("responsible", "set.responsible", Kind::Person),
        ("unit", "set.unit", Kind::Organization),
        ("location", "set.location", Kind::Location),
    ];
    let add = [("roles", "add.roles", Kind::Role), ("units", "add.units", Kind::Organization)];
    let set = set
        .into_iter()
        .filter_map(|(key, shown, kind)| command.set.get(key).map(|name| (shown, kind, name)));
    let add = add.into_iter().flat_map(|(key, shown, kind)| {
        let names = command.add.get(key).into_iter().flatten();
        names.map(move |name| (shown, kind, name))
    });
    set.chain(add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{Field, Shape};
    use crate::{KINDS, Piece, Target};

    /// A value of a key that names `gone`.
    fn value(field: &Field) -> String {
        match field.shape {
            Shape::Texts => "['gone']".to_owned(),
            Shape::Addresses => "{ gone = '192.0.2.1' }".to_owned(),
            Shape::Named => "{ gone = 'eth0' }".to_owned(),
            Shape::Counts(least, _) => format!("{{ gone = {least} }}"),
            Shape::Secret => "{ ref = 'gone' }".to_owned(),
            _ => "'gone'".to_owned(),
        }
    }

    #[test]
    fn every_key_that_names_a_thing_is_a_link_and_the_other_way_round() {
        let mut keys = 0;
        for kind in KINDS {
            for field in kind.fields().into_iter().flatten() {
                let within = crate::keys::within(field).iter();
                let within = within.map(|it| {
                    let table = format!("{{ {} = {} }}", it.name, value(it));
                    let is_list = matches!(field.shape, Shape::Trials | Shape::Reaches);
                    let table = if is_list { format!("[{table}]") } else { table };
                    (format!("{}.{}", field.name, it.name), it.target, table)
                });
                let own = (field.name.to_owned(), field.target, value(field));
                for (key, target, value) in within.chain([own]) {
                    let path = format!("{}/a.toml", kind.folder());
                    let text = format!("{} = {value}", field.name);
                    let (fleet, _) = Fleet::of([Piece::read(&path, &text)]);
                    let links = fleet.links();
                    let found = links.iter().filter(|it| it.to == "gone");
                    let found: Vec<_> = found.map(|it| (it.key, it.kind)).collect();
                    match target {
                        Some(Target::Thing(of)) => assert_eq!(found, [(&*key, of)], "{path}"),
                        _ => assert_eq!(found, [], "{path}: {key}"),
                    }
                    keys += usize::from(!found.is_empty());
                }
            }
        }
        assert!(keys > 90, "{keys}");
    }
}
