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
        let is_end = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let parts = self
            .parts
            .iter()
            .filter(move |(folder, _)| within.strip_prefix(folder.as_str()).is_some_and(is_end));
        self.debian.iter().chain(parts.flat_map(|(_, debian)| debian))
    }
}

/// Rows by the attribute path or the name of a package in nixpkgs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<String, Row>);

static USUAL: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| {
    toml_edit::de::from_str(include_str!("packages.toml")).expect("a test reads it")
});

impl Table {
    /// Adds the user's rows, which win over those for common packages. One that says only what the package
    /// brings leaves the rest as it is.
    pub fn new(own: BTreeMap<String, Row>) -> Self {
        let row = |(name, own): (String, Row)| {
            let whole = match USUAL.get(&name) {
                Some(usual) => own.over(usual),
                None => own,
            };
            (name, whole)
        };
        Self(own.into_iter().map(row).collect())
    }

    /// Adds the packages of a manifest, which win over everything but the user's rows.
    #[must_use]
    pub fn with_packages_of(&self, manifest: &Manifest) -> Self {
        let mut rows = self.0.clone();
        for package in manifest.packages.values() {
            let (debian, mut paths) = (package.debian.clone(), package.debian_paths.clone());
            if package.of_crate.is_some() {
                paths.insert(String::new(), package.debian_folder());
            }
            let row = Row { debian, paths, ..Row::default() };
            rows.entry(package.nixpkgs.join("."))
                .and_modify(|own| *own = own.clone().over(&row))
                .or_insert(row);
        }
        Self(rows)
    }

    pub(crate) fn row(&self, stored: &Stored) -> Option<&Row> {
        let attribute = stored.attribute.as_ref().map(|names| names.join("."));
        let names = [attribute.as_deref(), Some(&stored.pname), Some(&stored.name)];
        let names = || names.iter().copied().flatten();
        names().find_map(|name| self.0.get(name)).or_else(|| names().find_map(|n| USUAL.get(n)))
    }
}

impl Row {
    /// The row, with all else of another one where it says only which units and files for D-Bus there are.
    fn over(self, other: &Self) -> Self {
        let says_more = !self.debian.is_empty() || !self.paths.is_empty();
        if says_more || self.units.is_empty() && self.dbus.is_empty() {
            return self;
        }
        let or = |own: Vec<String>, other: &Vec<String>| {
            if own.is_empty() { other.clone() } else { own }
        };
        let (units, dbus) = (or(self.units, &other.units), or(self.dbus, &other.dbus));
        Self { units, dbus, ..other.clone() }
    }

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
        let of = |row: Row| Table::new([("caddy".to_owned(), row)].into()).0["caddy"].clone();
        let usual = USUAL.get("caddy").unwrap();
        let dbus = vec!["system.d/x.conf".to_owned()];
        let only = of(Row { dbus: dbus.clone(), ..Row::default() });
        assert_eq!(only, Row { dbus: dbus.clone(), ..usual.clone() });
        let own = Row { debian: vec!["caddy-own".to_owned()], dbus, ..Row::default() };
        assert_eq!(of(own.clone()), own);
        assert_eq!(of(Row::default()), Row::default());
    }
}
