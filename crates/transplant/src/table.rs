use std::collections::BTreeMap;
use std::sync::LazyLock;

use domi_evaluate::Stored;
use domi_model::Manifest;
use serde::Deserialize;

/// What stands for a package of nixpkgs, and where the machine has its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Packages of Debian that together hold the same; empty if every machine has it.
    pub debian: Vec<String>,
    /// Packages of Debian that every machine has and that hold the same under other names.
    #[serde(default)]
    pub here: Vec<String>,
    /// Files and folders that are elsewhere than under `/usr`: `bin/nginx` → `/usr/sbin/nginx`.
    #[serde(default)]
    pub paths: BTreeMap<String, String>,
    /// Packages of Debian that hold a file or folder of it, and are wanted for that alone.
    #[serde(default)]
    pub parts: BTreeMap<String, Vec<String>>,
    /// Units that the package brings in nixpkgs as in Debian, where modules add to them.
    #[serde(default)]
    pub units: Vec<String>,
    /// Files for D-Bus that it brings in both, below `share/dbus-1`.
    #[serde(default)]
    pub dbus: Vec<String>,
    /// Folders that the program of Debian writes to by its build, each with the one of nixpkgs': a service
    /// has the latter in its place.
    #[serde(default)]
    pub folders: BTreeMap<String, String>,
    /// Modules of the program that Debian has built into it, and that a line of a file would load.
    #[serde(default)]
    pub built_in: Vec<String>,
    /// Why nothing of Debian stands for the package, where that can be said.
    #[serde(default)]
    pub refused: Option<String>,
    /// What those of Debian may lack, said to whoever refers to the package.
    #[serde(default)]
    pub warning: Option<String>,
}

impl Row {
    /// The packages of Debian that hold a file of the package.
    pub(crate) fn debian_of<'r>(&'r self, within: &'r str) -> impl Iterator<Item = &'r String> {
        let is_within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Whoever names the folder of all programs may want each of them.
        let is_wanted = move |part: &str| {
            is_within(within, part) || ["bin", "sbin"].contains(&within) && is_within(part, within)
        };
        let parts = self.parts.iter().filter(move |(part, _)| is_wanted(part));
        self.debian.iter().chain(parts.flat_map(|(_, debian)| debian))
    }
}

/// What the user says of a package of nixpkgs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnRow {
    /// As [`Row::debian`]; none where the user says nothing of it.
    pub debian: Option<Vec<String>>,
    /// As [`Row::paths`].
    pub paths: BTreeMap<String, String>,
    /// As [`Row::units`].
    pub units: Vec<String>,
    /// As [`Row::dbus`].
    pub dbus: Vec<String>,
}

impl OwnRow {
    /// The user's row, with the rest of another one where it says only what the package brings.
    fn over(&self, other: Option<&Row>) -> Row {
        let or = |own: &Vec<String>, other: &Vec<String>| {
            if own.is_empty() { other.clone() } else { own.clone() }
        };
        let Self { debian, paths, units, dbus } = self;
        match (debian, other) {
            (None, Some(other)) if paths.is_empty() => {
                let (units, dbus) = (or(units, &other.units), or(dbus, &other.dbus));
                Row { units, dbus, ..other.clone() }
            }
            _ => {
                let (paths, units, dbus) = (paths.clone(), units.clone(), dbus.clone());
                let debian = debian.clone().unwrap_or_default();
                Row { debian, paths, units, dbus, ..Row::default() }
            }
        }
    }
}

/// Rows by the attribute path or the name of a package in nixpkgs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What the user says, as it is written.
    own: BTreeMap<String, OwnRow>,
    /// Rows of the user and of manifests, which win over those for common packages.
    rows: BTreeMap<String, Row>,
}

/// Where a machine has what texts refer to in Nix's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supply {
    /// In files of ours and in packages of Debian: those that the table names.
    Debian(Table),
    /// In the store itself: no path of it changes, and no package of Debian stands for one of nixpkgs.
    Store,
}

impl Default for Supply {
    fn default() -> Self {
        Self::Debian(Table::default())
    }
}

static USUAL: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| {
    toml_edit::de::from_str(include_str!("packages.toml")).expect("a test reads it")
});

/// Only rows for common packages.
pub(crate) static COMMON: Table = Table { own: BTreeMap::new(), rows: BTreeMap::new() };

impl Table {
    /// Adds the user's rows, which win over those for common packages. One that says only what the package
    /// brings leaves the rest as it is.
    pub fn new(own: BTreeMap<String, OwnRow>) -> Self {
        let rows =
            own.iter().map(|(name, row)| (name.clone(), row.over(USUAL.get(name)))).collect();
        Self { own, rows }
    }

    /// Adds the packages of a manifest, which win over everything but the user's rows. What a package brings
    /// is known from the usual table; the rest of that holds for the same packages of Debian.
    #[must_use]
    pub fn with_packages_of(&self, manifest: &Manifest) -> Self {
        let mut rows = self.rows.clone();
        for package in manifest.packages.values() {
            let (debian, mut paths) = (package.debian.clone(), package.debian_paths.clone());
            if package.of_crate.is_some() {
                paths.insert(String::new(), package.debian_folder());
            }
            let name = package.nixpkgs.join(".");
            let row = match USUAL.get(&name).cloned() {
                Some(usual) if usual.debian == debian => Row { paths, ..usual },
                Some(Row { units, dbus, .. }) => {
                    Row { debian, paths, units, dbus, ..Row::default() }
                }
                None => Row { debian, paths, ..Row::default() },
            };
            let row = self.own.get(&name).map_or(row.clone(), |own| own.over(Some(&row)));
            rows.insert(name, row);
        }
        Self { own: self.own.clone(), rows }
    }

    pub(crate) fn row(&self, stored: &Stored) -> Option<&Row> {
        let attribute = stored.attribute.as_ref().map(|names| names.join("."));
        let names = [attribute.as_deref(), Some(&stored.pname), Some(&stored.name)];
        let names = || names.iter().copied().flatten();
        names().find_map(|name| self.rows.get(name)).or_else(|| names().find_map(|n| USUAL.get(n)))
    }
}

impl Row {
    /// Where the machine has a file of the package; the package itself where `within` is empty.
    pub(crate) fn path(&self, within: &str) -> String {
        let mut longest = None;
        for (from, to) in &self.paths {
            let rest = within.strip_prefix(from.as_str());
            if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                longest = Some(format!("{to}{rest}"));
            }
        }
        match longest {
            Some(path) => path,
            None if within.is_empty() => "/usr".to_owned(),
            None => format!("/usr/{within}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use domi_model::SCHEMA;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_the_one_of_the_row_that_says_most() {
        let row = USUAL.get("nginx").unwrap();
        let check = |within: &str, expected: &str| assert_eq!(row.path(within), expected);
        check("", "/usr");
        check("bin/nginx", "/usr/sbin/nginx");
        check("bin/nginx-other", "/usr/bin/nginx-other");
        check("conf/mime.types", "/etc/nginx/mime.types");
        check("share/x", "/usr/share/x");
    }

    #[test]
    fn a_row_of_the_user_that_only_says_what_comes_with_a_package_leaves_the_rest() {
        let of = |row: OwnRow| Table::new([("caddy".to_owned(), row)].into()).rows["caddy"].clone();
        let usual = USUAL.get("caddy").unwrap();
        let dbus = vec!["system.d/x.conf".to_owned()];
        let only = OwnRow { dbus: dbus.clone(), ..OwnRow::default() };
        assert_eq!(of(only.clone()), Row { dbus: dbus.clone(), ..usual.clone() });
        let own = vec!["caddy-own".to_owned()];
        let said = Row { debian: own.clone(), dbus: dbus.clone(), ..Row::default() };
        assert_eq!(of(OwnRow { debian: Some(own), ..only.clone() }), said);
        // That every machine has it may be said, too.
        let none = OwnRow { debian: Some(Vec::new()), ..only };
        assert_eq!(of(none), Row { dbus, ..Row::default() });
    }

    #[test]
    fn a_manifest_says_which_package_it_is_and_the_user_what_that_brings() {
        let of = |own: &Table, nixpkgs: &str, debian: &str| {
            let package = json!({ "nixpkgs": [nixpkgs], "debian": [debian] });
            let manifest = json!({
                "schema": SCHEMA,
                "feature": {
                    "name": "x", "kind": "services", "summary": "X", "version": "0.1.0", "maturity": "dev",
                    "platforms": ["x86_64-linux"],
                },
                "options": [],
                "system": {},
                "packages": { "it": package },
            });
            let manifest: Manifest = serde_json::from_value(manifest).unwrap();
            own.with_packages_of(&manifest).rows[nixpkgs].clone()
        };
        let usual = |name: &str| USUAL[name].clone();
        let nothing = Table::default();
        assert_eq!(of(&nothing, "caddy", "caddy"), usual("caddy"));
        let other = Row { debian: vec!["caddy-own".to_owned()], ..Row::default() };
        let brought = Row { units: usual("caddy").units, dbus: usual("caddy").dbus, ..other };
        assert_eq!(of(&nothing, "caddy", "caddy-own"), brought);
        let units = vec!["other.service".to_owned()];
        let own = OwnRow { units: units.clone(), ..OwnRow::default() };
        let own = Table::new([("caddy".to_owned(), own)].into());
        assert_eq!(of(&own, "caddy", "caddy-own"), Row { units, ..brought });
    }
}
