//! What packages bring that modules count on: units that the modules add to, and files for D-Bus. Debian's
//! packages bring them as well, where the table says so.

use domi_evaluate::{Evaluated, Unit as EvaluatedUnit};
use domi_model::Problem;
use domi_realise::Unit;

use super::{Carrier, UNITS};
use crate::Row;
use crate::codes::NOT_CARRIED;
use crate::text::toml_key;

/// Where Debian's packages have their units.
const OF_PACKAGES: &str = "/usr/lib/systemd/system";
/// Where they have their files for D-Bus.
const DBUS: &str = "/usr/share/dbus-1";

impl Carrier<'_> {
    /// What the packages bring that the system takes units and files for D-Bus from.
    pub(super) fn packages(&mut self, case: &Evaluated) {
        self.of_each(case, "systemdPackages", "systemd.packages", "units", |row| &row.units);
        self.of_each(case, "dbusPackages", "services.dbus.packages", "dbus", |row| &row.dbus);
    }

    fn of_each(
        &mut self,
        case: &Evaluated,
        kind: &str,
        option: &str,
        key: &str,
        list: impl Fn(&Row) -> &Vec<String>,
    ) {
        for path in case.other.get(kind).into_iter().flatten() {
            if self.texts.kept.is_some() {
                let what = "what a package of nixpkgs brings is known only when it is built";
                self.not_carried(&format!("{option}: {path}"), what);
                continue;
            }
            let before = self.texts.problems.len();
            self.texts.path(path, option);
            let known = self.texts.package_at(path);
            if known.as_ref().is_some_and(|(_, row)| row.refused.is_some()) {
                continue;
            }
            let Some((name, brought)) = known.map(|(name, row)| (name, list(row))) else {
                // That no Debian package is known for it is said.
                if self.texts.problems.len() == before {
                    let what = "only packages that Debian has too may bring what is taken from it";
                    self.not_carried(&format!("{option}: {path}"), what);
                }
                continue;
            };
            if brought.is_empty() {
                let example = if key == "units" { "x.service" } else { "system.d/x.conf" };
                let what = format!("the table of packages does not say what {name} brings");
                let next = format!(
                    "name in domi.toml what Debian's package brings of it, too: \
                     [packages.{}] {key} = [\"{example}\"]",
                    toml_key(&name)
                );
                let subject = format!("{option}: {name}");
                self.texts.problems.push(Problem::error(NOT_CARRIED, subject, what).next(next));
            }
            for file in brought {
                let folder = if key == "units" { OF_PACKAGES } else { DBUS };
                self.texts.needed.insert(format!("{folder}/{file}"), name.clone());
                if key == "units" {
                    self.brought.insert(file.clone());
                }
            }
        }
    }

    /// A unit that a package brings: the modules' own lines come after those of the package, as in NixOS.
    pub(super) fn added_to_brought(&mut self, name: &str, unit: &EvaluatedUnit) {
        self.out.warnings.push(format!(
            "{name} begins with what Debian's package has for it, to which the modules add"
        ));
        let ours = Unit {
            text: self.text(&unit.text, name),
            wanted_by: unit.wanted_by.clone(),
            required_by: unit.required_by.clone(),
            aliases: Vec::new(),
        };
        for alias in &unit.aliases {
            self.link(format!("{UNITS}/{alias}"), format!("{OF_PACKAGES}/{name}"));
        }
        self.add_drop_in(name, ours);
    }
}
