use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::{Added, Evaluated, Stored};
use domi_model::Problem;
use domi_model::reserved::{self, UnitOwner};
use domi_realise::{Content, File, Firewall, System, Unit};

use crate::Supply;
use crate::codes::NOT_CARRIED;
use crate::from_store::FromStore;
use crate::guards;
use crate::made_of_settings::is_of_settings;
use crate::text::{Making, Texts};

mod brought;
mod etc;
mod of_settings;
mod resolver;
mod unnamed;
mod users;

/// A system for a machine that is not a NixOS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transplanted {
    /// The part that a system made by Rust has too.
    pub system: System,
    /// Additional files, such as scripts.
    pub files: Vec<File>,
    /// Files of packages that the machine must have, each with its package in nixpkgs.
    pub needed: BTreeMap<String, String>,
    /// What commands make that the files refer to, each after what it needs.
    pub making: Vec<Making>,
    /// What the machine has of Nix's store, where that does not replace it.
    pub store: FromStore,
    /// Modules of the kernel to load.
    pub kernel_modules: Vec<String>,
    /// Warnings of the modules.
    pub warnings: Vec<String>,
}

/// Carries a system over. `name` keeps its files apart from those of other systems.
///
/// # Errors
/// Everything that has no counterpart on such a machine.
pub fn transplant(
    name: &str,
    case: &Evaluated,
    store: &BTreeMap<String, Stored>,
    supply: &Supply,
) -> Result<Transplanted, Vec<Problem>> {
    let texts = Texts::new(store, supply);
    let mut carrier = Carrier { texts, brought: BTreeSet::new(), out: Transplanted::default() };
    carrier.out.system.feature = name.to_owned();
    carrier.packages(case);
    carrier.units(case);
    carrier.added(case);
    carrier.etc(case);
    carrier.rules(case);
    carrier.users(case);
    carrier.resolver(case);
    carrier.rest(case);
    carrier.gone(case);
    carrier.finish()
}

struct Carrier<'a> {
    texts: Texts<'a>,
    /// Units that packages bring, by their full names.
    brought: BTreeSet<String>,
    out: Transplanted,
}

impl Carrier<'_> {
    fn units(&mut self, case: &Evaluated) {
        let (of_settings, changed): (Vec<_>, Vec<_>) =
            case.changed_units.iter().partition(|(name, _)| is_of_settings(name));
        for (name, unit) in of_settings {
            self.unit_of_settings(name, unit);
        }
        for (name, unit) in case.units.iter().chain(changed) {
            if !unit.enable {
                self.link(format!("{UNITS}/{name}"), "/dev/null".to_owned());
                continue;
            }
            if name == DHCP {
                self.not_carried(name, "a portable machine has no DHCP: its addresses are given");
                continue;
            }
            if self.brought.contains(name) {
                self.added_to_brought(name, unit);
                continue;
            }
            if reserved::unit(name) == Some(UnitOwner::Shared)
                && let Some(added) = unit.added()
            {
                self.drop_in(name, &added);
                continue;
            }
            if reserved::unit(name).is_some() && !is_whole(name, &unit.text) {
                self.not_carried(name, "it only adds to a unit that this machine does not have");
                continue;
            }
            let unit_of_ours = Unit {
                text: self.text(&unit.text, name),
                wanted_by: unit.wanted_by.clone(),
                required_by: unit.required_by.clone(),
                aliases: unit.aliases.clone(),
            };
            self.out.system.units.insert(name.clone(), unit_of_ours);
        }
    }

    /// A drop-in for a unit of the machine.
    fn drop_in(&mut self, name: &str, added: &Added) {
        for (_, key) in &added.gone {
            self.not_carried(name, &format!("it removes {key} from a unit of the system"));
        }
        for lost in &added.lost {
            self.not_carried(name, &format!("it takes {lost} away from a unit of the system"));
        }
        for alias in &added.aliases {
            self.not_carried(name, &format!("it gives a unit of the system the name {alias}"));
        }
        if added.lines.is_empty() && added.wanted_by.is_empty() && added.required_by.is_empty() {
            return;
        }
        let ours = Unit {
            text: self.text(&added.text(), name),
            wanted_by: added.wanted_by.clone(),
            required_by: added.required_by.clone(),
            aliases: Vec::new(),
        };
        self.add_drop_in(name, ours);
    }

    /// Adds to a unit, after what has been added to it before. A drop-in gives no other names.
    fn add_drop_in(&mut self, name: &str, more: Unit) {
        let join = |all: &mut Vec<String>, more: Vec<String>| {
            for unit in more {
                if !all.contains(&unit) {
                    all.push(unit);
                }
            }
        };
        let all = self.out.system.drop_ins.entry(name.to_owned()).or_default();
        all.text += &more.text;
        join(&mut all.wanted_by, more.wanted_by);
        join(&mut all.required_by, more.required_by);
    }

    /// What packages of the modules' own add to units, whosever these are.
    fn added(&mut self, case: &Evaluated) {
        for added in &case.drop_ins {
            let text = self.text(&added.content, &added.unit);
            self.add_drop_in(&added.unit, Unit { text, ..Unit::default() });
        }
    }

    /// The file of a unit, or of what is added to one.
    fn text(&mut self, text: &str, unit: &str) -> String {
        // systemd ignores these keys; they name everything that should restart the unit.
        let lines = text.lines().filter(|line| !line.starts_with("X-"));
        self.texts.folders.clear();
        let mut out: String = lines.map(|line| self.texts.line(line, unit) + "\n").collect();
        let folders = std::mem::take(&mut self.texts.folders);
        if unit.ends_with(".service") && !folders.is_empty() {
            out += "[Service]\n";
            out.extend(folders.iter().map(|(to, from)| format!("BindPaths=-{from}:{to}\n")));
        }
        out
    }

    fn link(&mut self, path: String, to: String) {
        if path == to {
            // Debian's package has the file there itself.
            return;
        }
        self.out.files.push(File { path, mode: 0o777, content: Content::Symlink(to) });
    }

    fn rules(&mut self, case: &Evaluated) {
        for path in &case.tmpfiles_packages {
            // Its content comes as rules, new ones apart from those of every NixOS.
            if self.texts.store.get(path).is_some_and(|stored| stored.name == "nixos-tmpfiles.d") {
                continue;
            }
            let of_packages = "systemd.tmpfiles.packages";
            let at = self.texts.path(path, of_packages);
            let known = self.texts.files.get(&at).map(|(text, _)| text.clone());
            match known.or_else(|| self.texts.kept_text(path, of_packages)) {
                Some(text) => {
                    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
                    lines.iter().for_each(|line| self.rule(line));
                }
                None => self.not_carried(path, "its rules of tmpfiles.d are not known"),
            }
        }
        for rule in &case.tmpfiles_rules {
            self.rule(rule);
        }
        for line in &case.sysctl {
            let line = self.texts.text(line, "boot.kernel.sysctl");
            if let Some((name, value)) = line.split_once('=') {
                self.out.system.sysctl.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    /// A line of tmpfiles.d, unless it makes or removes what the machine itself needs.
    fn rule(&mut self, line: &str) {
        if guards::touches_machine(line) {
            let what = format!("{line:?} would change what the machine itself needs");
            return self.not_carried("systemd.tmpfiles", &what);
        }
        let rule = self.texts.text(line, "systemd.tmpfiles.rules");
        self.out.system.tmpfiles.push(format!("{rule}\n"));
    }

    fn rest(&mut self, case: &Evaluated) {
        self.out.system.firewall = Firewall {
            tcp: case.tcp.iter().copied().collect(),
            udp: case.udp.iter().copied().collect(),
        };
        for path in &case.packages {
            // Its programs come with the Debian packages that replace it, if it is no script.
            let at = self.texts.path(path, "environment.systemPackages");
            if let Some((_, row)) = self.texts.package_at(path) {
                self.out.system.debian_on_path.extend(row.debian_of("bin").cloned());
            }
            if self.texts.kept.is_some() {
                self.out.store.on_path.push(path.clone());
            } else if let Some(name) = self.texts.command(path) {
                let program = format!("{at}/bin/{name}");
                self.out.system.commands.insert(name, program);
            } else if let Some(making) = self.texts.making.iter_mut().find(|it| it.path == at) {
                making.on_path = true;
            }
        }
        self.out.warnings.extend(case.warnings.iter().cloned());
        if let Some(modules) = case.other.get("kernelModules") {
            self.out.kernel_modules.clone_from(modules);
        }
        self.unnamed(case);
    }

    /// What the modules take away from every NixOS. Nothing is taken away from the machine.
    fn gone(&mut self, case: &Evaluated) {
        let named = |before: &str, names: &[String]| -> Vec<String> {
            let there = names.iter().filter(|name| !ABSENT.contains(&&***name));
            there.map(|name| format!("{before}{name}")).collect()
        };
        let units = named("", &case.gone.units);
        let etc = named("/etc/", &case.gone.etc);
        let users = named("users.users.", &case.gone.users);
        let groups = named("users.groups.", &case.gone.groups);
        for name in [units, etc, users, groups].concat() {
            self.not_carried(&name, GONE);
        }
    }

    fn not_carried(&mut self, subject: &str, what: &str) {
        let problem = Problem::error(NOT_CARRIED, subject, what)
            .next("test this on NixOS itself: --backend nixos-vm");
        self.texts.problems.push(problem);
    }

    fn finish(mut self) -> Result<Transplanted, Vec<Problem>> {
        if !self.texts.problems.is_empty() {
            return Err(self.texts.problems);
        }
        for (path, (text, executable)) in self.texts.files {
            if executable {
                let content = Content::Text(text);
                self.out.files.push(File { path, mode: 0o555, content });
            } else {
                self.out.system.files.insert(path, text);
            }
        }
        self.out.system.debian_packages = self.texts.debian;
        self.out.system.programs = self.texts.programs;
        self.out.needed = self.texts.needed;
        self.out.making = self.texts.making;
        self.out.store.paths = self.texts.kept.map(|kept| kept.paths).unwrap_or_default();
        self.out.warnings.extend(self.texts.warnings);
        if !self.out.kernel_modules.is_empty() {
            let path = format!("/etc/modules-load.d/domi-{}.conf", self.out.system.feature);
            let content = Content::Text(self.out.kernel_modules.join("\n") + "\n");
            self.out.files.push(File { path, mode: 0o444, content });
        }
        Ok(self.out)
    }
}

/// What NixOS has for its clock and its network, and no machine of ours: it is the same where a module takes
/// it away.
const ABSENT: [&str; 8] = [
    "dhcpcd",
    "dhcpcd.exit-hook",
    "dhcpcd.service",
    "network-setup.service",
    "resolvconf.service",
    "systemd-timesync",
    "systemd-timesyncd.service",
    "systemd/timesyncd.conf",
];

/// What asks for addresses, of networks that a portable machine has not.
const DHCP: &str = "dhcpcd.service";

/// Why that matters: a machine that is not a NixOS may have it nevertheless, or never had it.
const GONE: &str = "the modules take it away from NixOS, and this machine keeps what it has";

const UNITS: &str = "/etc/systemd/system";

/// Where Debian has modules of PAM, on whatever architecture. PAM looks there itself.
const MODULES_OF_PAM: &str = "/usr/lib/*/security/";

/// Whether a unit is complete: not merely an addition to a unit that a package has.
fn is_whole(name: &str, text: &str) -> bool {
    let runs = |line: &str| {
        ["ExecStart=", "ExecStop=", "SuccessAction="].iter().any(|key| line.starts_with(key))
    };
    !name.ends_with(".service") || text.lines().any(runs)
}

#[cfg(test)]
mod tests;
