//! Several features on one machine.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Problem, reserved};

use super::of_nixos::clashes;
use super::realised::{Realised, System, Together};
use crate::codes::{CIRCLE, CLAIMED, CLASH, EXCLUDED, NOT_THERE, WANTED};

/// The system of the features of a machine, which may be one.
///
/// As NixOS does, it puts together what is a list or a set: open ports, packages, rules of
/// tmpfiles.d, warnings. What a machine has only once belongs to one feature: NixOS would mix two
/// units or users of one name, which nobody means, so that the generated modules refuse it too.
///
/// # Errors
/// What two features both claim, and what a feature requires or excludes; each problem names both.
pub fn compose(features: Vec<Realised>) -> Result<Realised, Vec<Problem>> {
    let mut features = features;
    // Files of tmpfiles.d are read in the order of their names.
    features.sort_by(|one, other| one.system.feature.cmp(&other.system.feature));
    let neighbours =
        Neighbours(features.iter().map(|it| (&*it.system.feature, &it.system.together)).collect());
    let problems = neighbours.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut warnings = neighbours.warnings();
    let mut composer = Composer::default();
    for feature in features {
        warnings.extend(feature.warnings);
        composer.add(feature.system);
    }
    let Composer { system, problems, .. } = composer;
    if problems.is_empty() { Ok(Realised { system, warnings }) } else { Err(problems) }
}

/// What the features of a machine have to do with each other, by their names.
struct Neighbours<'a>(Vec<(&'a str, &'a Together)>);

impl<'a> Neighbours<'a> {
    fn enabled(&self) -> impl Iterator<Item = (&'a str, &'a Together)> {
        self.0.iter().copied().filter(|(_, together)| together.enabled)
    }

    fn is_there(&self, name: &str) -> bool {
        self.enabled().any(|(other, _)| other == name)
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = self.claimed();
        problems.extend(clashes(self.enabled().map(|(name, together)| (name, &together.nixos))));
        for (feature, together) in self.enabled() {
            for other in together.requires.iter().filter(|other| !self.is_there(other)) {
                let message = format!("it requires {other}, which is not enabled");
                problems.push(
                    Problem::error(NOT_THERE, feature, message)
                        .next(format!("enable {other} on the same machine")),
                );
            }
            for other in together.conflicts.iter().filter(|other| self.is_there(other)) {
                let message = format!("it conflicts with {other}, which is enabled too");
                problems.push(
                    Problem::error(EXCLUDED, feature, message)
                        .next("keep one of the two on the machine"),
                );
            }
        }
        let circle: Vec<&str> = self
            .enabled()
            .map(|(feature, _)| feature)
            .filter(|feature| self.required(feature).contains(feature))
            .collect();
        if !circle.is_empty() {
            problems.push(
                Problem::error(CIRCLE, circle.join(", "), "they require each other in a circle")
                    .next("let one of them want the other instead"),
            );
        }
        problems
    }

    /// What more than one feature claims.
    fn claimed(&self) -> Vec<Problem> {
        let mut owners: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (feature, together) in self.enabled() {
            for (what, options) in &together.claims {
                let options: Vec<&str> = options.iter().map(String::as_str).collect();
                let by = match options[..] {
                    [] => format!("by {feature}"),
                    _ => format!("by {feature} ({})", options.join(", ")),
                };
                owners.entry(what).or_default().push(by);
            }
        }
        let several = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
        let problem = |(what, owners): (&str, Vec<String>)| {
            Problem::error(CLAIMED, what, format!("claimed {}", owners.join(" and ")))
                .next("change the settings that it follows from, or keep one of the features")
        };
        several.map(problem).collect()
    }

    /// What a feature requires, and what that requires.
    fn required(&self, feature: &str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = vec![feature.to_owned()];
        while let Some(name) = open.pop() {
            for (_, together) in self.enabled().filter(|(other, _)| *other == name) {
                for other in &together.requires {
                    if found.insert(other.as_str()) {
                        open.push(other.clone());
                    }
                }
            }
        }
        found
    }

    fn warnings(&self) -> Vec<Problem> {
        let all = self.enabled().flat_map(|(feature, together)| {
            let missing = together.wants.iter().filter(|other| !self.is_there(other));
            missing.map(move |other| {
                let message = format!("{feature} wants {other}, which is not enabled");
                Problem::warning(WANTED, "", message)
            })
        });
        all.collect()
    }
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
        let System { files, users, gids, sysctl, .. } = &mut self.system;
        let mut adding =
            Adding { owners: &mut self.owners, feature: &feature, clashes: Vec::new() };
        adding.all("file", files, other.files, |_, old, new| old == new);
        adding.all("kernel parameter", sysctl, other.sysctl, greatest);
        users.extend(other.users);
        gids.extend(other.gids);
        adding.numbers("uid", users.iter().filter_map(|(name, it)| Some((name, it.uid?))));
        adding.numbers("gid", gids.iter().map(|(name, gid)| (name, *gid)));
        self.problems.extend(adding.clashes);
        self.system.units.extend(other.units);
        self.system.drop_ins.extend(other.drop_ins);
        self.system.etc.extend(other.etc);
        self.system.groups.extend(other.groups);
        self.system.tmpfiles.extend(other.tmpfiles);
        self.system.firewall.tcp.extend(other.firewall.tcp);
        self.system.firewall.udp.extend(other.firewall.udp);
        self.system.executables.extend(other.executables);
        self.system.installed.extend(other.installed);
        self.system.commands.extend(other.commands);
        self.system.debian_packages.extend(other.debian_packages);
        self.system.debian_on_path.extend(other.debian_on_path);
        self.system.programs.extend(other.programs);
        self.system.nixos.extend(other.nixos);
        self.system.not_covered.extend(other.not_covered);
        // Of no more use: what is claimed has been compared.
        self.system.together.enabled |= other.together.enabled;
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
struct Adding<'a> {
    owners: &'a mut BTreeMap<(&'static str, String), String>,
    feature: &'a str,
    clashes: Vec<Problem>,
}

impl Adding<'_> {
    /// Refuses numbers that two names have, as NixOS does.
    fn numbers<'n>(&mut self, kind: &str, all: impl Iterator<Item = (&'n String, u32)>) {
        let mut seen = BTreeMap::new();
        for (name, number) in all {
            if let Some(other) = seen.insert(number, name) {
                let message = format!("both {other} and {name} have it");
                let problem = Problem::error(CLASH, format!("{kind} {number}"), message);
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
                    let message = format!("both {owner} and {} have it", self.feature);
                    let problem = Problem::error(CLASH, format!("{kind} {name}"), message);
                    self.clashes.push(problem.next("change the name in one of the features"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
