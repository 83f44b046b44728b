//! What else a system has, which nothing of a portable machine stands for.

use domi_evaluate::Evaluated;

use super::Carrier;
use super::resolver::NAME_SERVERS;

/// By the kind that it is reported as: the option that says it, and why it is not carried over.
const KINDS: [(&str, &str, &str); 6] = [
    ("activationScripts", "system.activationScripts", "a portable machine runs no such scripts"),
    ("firewallInterfaces", "networking.firewall.interfaces", "only ports of all interfaces are"),
    ("portRanges", "networking.firewall, a range of ports", "only single ports are"),
    (
        "securityWrappers",
        "security.wrappers",
        "a portable machine has none of NixOS's wrappers, which give programs special rights",
    ),
    ("udevPackages", "services.udev.packages", "a portable machine keeps its own rules of udev"),
    ("userUnits", "systemd.user.units", "a portable machine has no units of users"),
];

/// What is carried over, or named, elsewhere.
const ELSEWHERE: [&str; 3] = ["dbusPackages", "kernelModules", "systemdPackages"];

impl Carrier<'_> {
    pub(super) fn unnamed(&mut self, case: &Evaluated) {
        for (kind, items) in &case.other {
            if ELSEWHERE.contains(&&**kind) {
                continue;
            }
            for item in items {
                if kind == "settings" {
                    let name = item.split(" = ").next().unwrap_or(item);
                    if name != NAME_SERVERS {
                        self.not_carried(name, "such a machine has its own");
                    }
                } else if let Some((_, option, why)) = KINDS.iter().find(|(of, ..)| of == kind) {
                    self.not_carried(&format!("{option}: {item}"), why);
                } else {
                    self.not_carried(kind, item);
                }
            }
        }
    }
}
