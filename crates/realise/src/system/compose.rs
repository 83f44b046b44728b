//! Several features on one machine.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domi_model::{Code, Problem, reserved};

use super::realised::{Realised, System, Unit};
use crate::codes::{CLASH, MIXED};

/// The system of several features together.
///
/// As NixOS does, it puts together what is a list or a set: open ports, packages, groups, rules of
/// tmpfiles.d, warnings; and equal users are one. What has one name and a text of its own, a unit
/// or a file, belongs to one feature: NixOS would mix two of them, which nobody means.
///
/// # Errors
/// What two features both have; each problem names both.
pub fn compose(features: Vec<Realised>) -> Result<Realised, Vec<Problem>> {
    let mut composer = Composer::default();
    let mut warnings = Vec::new();
    let mut features = features;
    // Files of tmpfiles.d are read in the order of their names.
    features.sort_by(|one, other| one.system.feature.cmp(&other.system.feature));
    for feature in features {
        warnings.extend(feature.warnings);
        composer.add(feature.system);
    }
    let Composer { system, problems, .. } = composer;
    if problems.is_empty() { Ok(Realised { system, warnings }) } else { Err(problems) }
}

#[derive(Default)]
struct Composer {
    system: System,
    /// The feature that each thing is of, by the kind of thing and its name.
    owners: BTreeMap<(&'static str, String), String>,
    problems: Vec<Problem>,
}

impl Composer {
    fn add(&mut self, other: System) {
        let feature = other.feature;
        let gap = if self.system.feature.is_empty() { "" } else { "+" };
        self.system.feature += &format!("{gap}{feature}");
        let System { units, drop_ins, etc, files, users, gids, sysctl, .. } = &mut self.system;
        let (owners, clashes) = (&mut self.owners, Vec::new());
        let mut claims = Claims { owners, feature: &feature, code: MIXED, clashes };
        claims.code = MIXED;
        claims.all("unit", units, other.units, |_, _, _| false);
        claims.aliases(units);
        claims.all("drop-in of", drop_ins, other.drop_ins, |_, _, _| false);
        claims.all("file /etc/", etc, other.etc, |_, _, _| false);
        claims.code = CLASH;
        claims.all("file", files, other.files, |_, old, new| old == new);
        claims.all("user", users, other.users, |_, old, new| old == new);
        claims.all("kernel parameter", sysctl, other.sysctl, greatest);
        claims.all("number of the group", gids, other.gids, |_, a, b| a == b);
        claims.numbers("uid", users.iter().filter_map(|(name, it)| Some((name, it.uid?))));
        claims.numbers("gid", gids.iter().map(|(name, gid)| (name, *gid)));
        self.problems.extend(claims.clashes);
        self.system.groups.extend(other.groups);
        self.system.tmpfiles.extend(other.tmpfiles);
        self.system.firewall.tcp.extend(other.firewall.tcp);
        self.system.firewall.udp.extend(other.firewall.udp);
        self.system.executables.extend(other.executables);
        self.system.installed.extend(other.installed);
        self.system.debian_packages.extend(other.debian_packages);
        self.system.programs.extend(other.programs);
        self.system.not_covered.extend(other.not_covered);
    }
}

/// Of two sizes of a buffer NixOS takes the greater one. No two definitions of any other kernel
/// parameter are merged, not even equal ones.
fn greatest(name: &str, old: &mut String, new: &String) -> bool {
    let size = |text: &str| text.parse::<i64>().unwrap_or_default();
    if reserved::is_count(name) && size(new) > size(old) {
        old.clone_from(new);
    }
    reserved::is_count(name)
}

/// What one feature adds to what is there.
struct Claims<'a> {
    owners: &'a mut BTreeMap<(&'static str, String), String>,
    feature: &'a str,
    code: Code,
    clashes: Vec<Problem>,
}

impl Claims<'_> {
    /// Refuses another name of a unit that is the name of some other one.
    fn aliases(&mut self, units: &BTreeMap<String, Unit>) {
        let mut seen: BTreeMap<&String, &String> = units.keys().map(|name| (name, name)).collect();
        let all = units.iter().flat_map(|(name, it)| it.aliases.iter().map(move |it| (it, name)));
        for (alias, name) in all {
            if let Some(other) = seen.insert(alias, name) {
                let message = format!("both {other} and {name} are called so");
                let problem = Problem::error(self.code, format!("unit {alias}"), message);
                self.clashes.push(problem.next("change the name in one of the features"));
            }
        }
    }

    /// Refuses numbers that two names have, as NixOS does.
    fn numbers<'n>(&mut self, kind: &str, all: impl Iterator<Item = (&'n String, u32)>) {
        let mut seen = BTreeMap::new();
        for (name, number) in all {
            if let Some(other) = seen.insert(number, name) {
                let message = format!("both {other} and {name} have it");
                let problem = Problem::error(self.code, format!("{kind} {number}"), message);
                self.clashes.push(problem.next("change the number in one of the features"));
            }
        }
    }

    /// Adds things of one kind; `merge` makes one of two of the same name, or says that it cannot.
    fn all<T>(
        &mut self,
        kind: &'static str,
        there: &mut BTreeMap<String, T>,
        more: BTreeMap<String, T>,
        merge: impl Fn(&str, &mut T, &T) -> bool,
    ) {
        for (name, thing) in more {
            let key = (kind, name.clone());
            match there.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(thing);
                    self.owners.insert(key, self.feature.to_owned());
                }
                Entry::Occupied(mut old) => {
                    let name = old.key().clone();
                    if merge(&name, old.get_mut(), &thing) {
                        continue;
                    }
                    let owner = self.owners.get(&key).map_or("another feature", String::as_str);
                    let gap = if kind.ends_with('/') { "" } else { " " };
                    let subject = format!("{kind}{gap}{name}");
                    let message = format!("both {owner} and {} have it", self.feature);
                    let problem = Problem::error(self.code, subject, message);
                    self.clashes.push(problem.next("change the name in one of the features"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EtcFile, User};

    fn user(group: &str) -> User {
        let home = "/var/empty".to_owned();
        User { group: group.to_owned(), home, ..User::default() }
    }

    fn named<T>(name: &str, thing: T) -> BTreeMap<String, T> {
        [(name.to_owned(), thing)].into()
    }

    fn both(one: System, other: System) -> Result<System, Vec<String>> {
        let named = |system, feature: &str| Realised {
            system: System { feature: feature.to_owned(), ..system },
            warnings: Vec::new(),
        };
        let composed = compose(vec![named(one, "one"), named(other, "other")]);
        let text = |problem: Problem| format!("{} {}", problem.subject, problem.message);
        let told = |problems: Vec<_>| problems.into_iter().map(text).collect();
        composed.map(|realised| realised.system).map_err(told)
    }

    #[test]
    fn what_two_features_both_have_names_both() {
        let unit = Unit::default();
        let etc = EtcFile::default();
        let size = |value: &str| named("net.core.somaxconn", value.to_owned());
        for (one, other, what) in [
            (
                System { units: named("a.service", unit.clone()), ..System::default() },
                System { units: named("a.service", unit.clone()), ..System::default() },
                "unit a.service",
            ),
            (
                System { drop_ins: named("a.service", unit.clone()), ..System::default() },
                System { drop_ins: named("a.service", unit), ..System::default() },
                "drop-in of a.service",
            ),
            (
                System { etc: named("a", etc.clone()), ..System::default() },
                System { etc: named("a", etc), ..System::default() },
                "file /etc/a",
            ),
            (
                System { users: named("a", user("a")), ..System::default() },
                System { users: named("a", user("b")), ..System::default() },
                "user a",
            ),
            (
                System { sysctl: size("1"), ..System::default() },
                System { sysctl: size("1"), ..System::default() },
                "kernel parameter net.core.somaxconn",
            ),
        ] {
            let told = both(one, other);
            assert_eq!(told, Err(vec![format!("{what} both one and other have it")]));
        }
    }

    #[test]
    fn what_is_a_list_or_equal_is_put_together() {
        let of = |port: u16, size: &str| System {
            users: named("a", user("a")),
            groups: [format!("g{port}")].into(),
            sysctl: named("net.core.rmem_max", size.to_owned()),
            tmpfiles: vec![format!("{port}\n")],
            firewall: crate::Firewall { tcp: [80, port].into(), udp: [port].into() },
            installed: [format!("p{port}")].into(),
            ..System::default()
        };
        let system = both(of(1, "9"), of(2, "10")).unwrap();
        assert_eq!(system.feature, "one+other");
        assert_eq!(system.users, named("a", user("a")));
        assert_eq!(system.groups, ["g1".to_owned(), "g2".to_owned()].into());
        assert_eq!(system.sysctl["net.core.rmem_max"], "10");
        assert_eq!(system.tmpfiles, ["1\n", "2\n"]);
        assert_eq!(system.firewall.tcp, [1, 2, 80].into());
        assert_eq!(system.firewall.udp, [1, 2].into());
        assert_eq!(system.installed, ["p1".to_owned(), "p2".to_owned()].into());
    }
}
