//! What a feature sets of NixOS's own modules.

use std::collections::BTreeSet;

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::context::Context;
use crate::{NixosSetting, Problem, System, Thing, Unit, is_nix_name};

impl Validator<'_> {
    pub(super) fn nixos(&mut self, context: &Context<'_>) {
        let system = &self.manifest.system;
        let owned = Owned::of(system);
        for (at, setting) in system.nixos.iter().enumerate() {
            let NixosSetting { option, value, when, place, .. } = setting;
            let subject = option.to_string();
            let place = place.as_ref();
            let bad = |name: &String| {
                name.is_empty() || name.contains(char::is_control) || is_nix_name(name)
            };
            if option.0.is_empty() || option.0.iter().any(bad) {
                let message = "this is no path of an option".to_owned();
                self.add_at(BAD_NAME, &subject, message, place);
            }
            if let Some(hint) = said_elsewhere(&option.0, &owned) {
                let message =
                    "a feature says this on every kind of machine, and not of NixOS alone";
                let problem = Problem::error(BAD_SYSTEM, &subject, message).next(hint);
                self.problems.push(problem.at(place.cloned()));
            }
            let is_within = |other: &&NixosSetting| {
                option.0.starts_with(&other.option.0) || other.option.0.starts_with(&option.0)
            };
            if let Some(other) = system.nixos[..at].iter().find(is_within) {
                let message = match other.option == *option {
                    true => "it is set twice; choose the value with a condition".to_owned(),
                    false => format!(
                        "`{}`, which is set too, is within it, or it within that",
                        other.option
                    ),
                };
                self.add_at(DUPLICATE, &subject, message, place);
            }
            let mut inner = context.clone();
            if let Some(when) = when {
                self.typed(&subject, place, inner.expect_bool(when));
                inner = inner.assuming(when);
            }
            self.typed(&subject, place, inner.shape(value).map(drop));
        }
    }
}

/// What the rest of a manifest says, on every kind of machine: the options, and the call of the SDK.
const SAID_ELSEWHERE: [(&str, &str); 12] = [
    ("assertions", "say it in `Feature::rules`"),
    ("warnings", "say it in `Feature::rules`"),
    ("domi", "set another feature with `system.neighbour`"),
    ("boot.kernel.sysctl", "write `system.sysctl`"),
    ("environment.etc", "write `system.etc` or `system.etc_settings`"),
    ("environment.systemPackages", "write `system.package`"),
    ("networking.firewall.allowedTCPPorts", "write `system.allow_tcp`"),
    ("networking.firewall.allowedUDPPorts", "write `system.allow_udp`"),
    ("systemd.tmpfiles", "write `system.folder` or `system.tmpfiles`"),
    ("imports", "write it in `extra.nix`"),
    ("options", "declare it with `#[derive(Options)]`"),
    ("config", "leave that word out: an option is named by its own path"),
];

/// Names of options under which NixOS has things that a feature may own, each with what it is.
const OWNED: [(&str, Thing, &str, &str); 9] = [
    ("systemd.services", Thing::Unit, ".service", "write it with `system.service`"),
    ("systemd.timers", Thing::Unit, ".timer", "write it with `system.timer`"),
    ("systemd.sockets", Thing::Unit, ".socket", "write it with `system.socket`"),
    ("systemd.paths", Thing::Unit, ".path", "write it with `system.path`"),
    ("systemd.slices", Thing::Unit, ".slice", "write it with `system.slice`"),
    ("systemd.targets", Thing::Unit, ".target", "write it with `system.target`"),
    ("systemd.units", Thing::Unit, "", "write it where the unit is added"),
    ("users.users", Thing::User, "", "write it with `system.user`"),
    ("users.groups", Thing::Group, "", "write it with `system.group`"),
];

/// How to say what an option sets on every kind of machine, where the rest of a manifest can.
fn said_elsewhere(names: &[String], owned: &Owned) -> Option<&'static str> {
    let within = |path: &str| {
        let path: Vec<&str> = path.split('.').collect();
        let shorter = path.len().min(names.len());
        path[..shorter].iter().zip(names).all(|(one, other)| one == other)
    };
    if let Some((_, hint)) = SAID_ELSEWHERE.iter().find(|(path, _)| within(path)) {
        return Some(hint);
    }
    // All of them at once are those of the feature too.
    let [_, _, name, ..] = names else {
        let all = OWNED.iter().find(|(path, ..)| within(path));
        return all.map(|_| "set one of them by its name");
    };
    let mine = |(path, thing, suffix, _): &&(&str, Thing, &str, &str)| {
        within(path) && owned.has(*thing, &format!("{name}{suffix}"))
    };
    OWNED.iter().find(mine).map(|(_, _, _, hint)| *hint)
}

/// What a feature's own system has under names that no setting decides on.
#[derive(Debug)]
struct Owned(BTreeSet<(&'static str, String)>);

impl Owned {
    fn of(system: &System) -> Self {
        let mut owned = BTreeSet::new();
        let units = system.units.iter().filter_map(Unit::fixed_name);
        owned.extend(units.map(|name| (Thing::Unit.words(), name)));
        let users = system.users.iter().filter_map(|user| user.name.fixed_text());
        owned.extend(users.map(|name| (Thing::User.words(), name)));
        let groups = system.groups.iter().filter_map(|group| group.name.fixed_text());
        owned.extend(groups.map(|name| (Thing::Group.words(), name)));
        Self(owned)
    }

    fn has(&self, thing: Thing, name: &str) -> bool {
        self.0.contains(&(thing.words(), name.to_owned()))
    }
}
