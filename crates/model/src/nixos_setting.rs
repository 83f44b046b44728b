//! Options of NixOS's own modules that a feature sets.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, OptionPath, Place, Priority, System, Thing};

/// An option of NixOS's own modules that a feature sets: `services.openssh.enable`. What it comes to is
/// known only to who evaluates these modules, which is Nix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NixosSetting {
    /// The option, or an attribute within one.
    pub option: OptionPath,
    /// The value. Its type is not known here.
    pub value: Expr,
    /// How much it counts, where it does not count as the machine's own settings do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Only where this boolean is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
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

impl NixosSetting {
    /// How to say what it sets on every kind of machine, where the rest of a manifest can.
    pub(crate) fn said_elsewhere(&self, owned: &Owned) -> Option<&'static str> {
        let names = &self.option.0;
        let within = |path: &str| {
            let path: Vec<&str> = path.split('.').collect();
            let shorter = path.len().min(names.len());
            path[..shorter].iter().zip(names).all(|(one, other)| one == other)
        };
        if let Some((_, hint)) = SAID_ELSEWHERE.iter().find(|(path, _)| within(path)) {
            return Some(hint);
        }
        // All of them at once are those of the feature too.
        let [_, _, name, ..] = &names[..] else {
            let all = OWNED.iter().find(|(path, ..)| within(path));
            return all.map(|_| "set one of them by its name");
        };
        let mine = |(path, thing, suffix, _): &&(&str, Thing, &str, &str)| {
            within(path) && owned.has(*thing, &format!("{name}{suffix}"))
        };
        OWNED.iter().find(mine).map(|(_, _, _, hint)| *hint)
    }
}

/// What a feature's own system has under names that no setting decides on.
#[derive(Debug)]
pub(crate) struct Owned(BTreeSet<(&'static str, String)>);

impl Owned {
    pub(crate) fn of(system: &System) -> Self {
        let mut owned = BTreeSet::new();
        let units = system.units.iter().filter_map(crate::Unit::fixed_name);
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
