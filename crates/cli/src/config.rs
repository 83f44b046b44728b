//! `domi.toml`, what a repository may want to change. Nothing needs it to exist.

mod github;
mod reader;
mod release;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use camino::Utf8PathBuf;
use domi_model::{Platform, Severity};
use domi_nix_command::Cache;
use domi_runner::{Filter, Programs};
use domi_transplant::OwnRow;
use toml_edit::TableLike;

use crate::codes::CONFIG_VALUE;
use crate::failure::Located;
use values::{
    containers, count, cpus, files, folder, is_absolute, mib, packages_of_debian, programs,
    sources, span, time, units,
};

pub(crate) use github::GitHub;
pub(crate) use reader::{Reader, text};

/// The file's name, at the workspace root.
pub(crate) const FILE: &str = "domi.toml";

/// The key of modules that were written by hand. What stands there is read where it is asked for.
pub(crate) const MODULE: &str = "module";

/// What the file says; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Memory of a machine in MiB.
    pub(crate) memory_mib: Option<u32>,
    /// Processors of a machine.
    pub(crate) cpus: Option<u32>,
    /// The release that guests are made from: `debian`, `bookworm`.
    pub(crate) distribution: Option<(String, String)>,
    /// The file of package sources for guests, from the workspace's root.
    pub(crate) sources: Option<Utf8PathBuf>,
    /// How long a test may take.
    pub(crate) test_limit: Option<Duration>,
    /// How long a step of a test may take.
    pub(crate) step_limit: Option<Duration>,
    /// How long a plugin may take to print its manifest.
    pub(crate) plugin_limit: Option<Duration>,
    /// How many machines may run at once.
    pub(crate) jobs: Option<NonZeroUsize>,
    /// The systems whose tests containers may do, in the place of machines.
    pub(crate) containers: Vec<Platform>,
    /// Whose programs portable machines have whose systems Nix makes.
    pub(crate) store: Option<Programs>,
    /// The machine tests of `ci`.
    pub(crate) ci: CiTests,
    /// The fleet's folder, from the workspace's root; empty where it is the workspace itself.
    pub(crate) fleet: Option<Utf8PathBuf>,
    /// The workflow for GitHub, if one is wanted.
    pub(crate) github: Option<GitHub>,
    /// What stands for packages of nixpkgs on portable machines.
    pub(crate) packages: BTreeMap<String, OwnRow>,
    /// The binary cache.
    pub(crate) cache: Option<Cache>,
}

/// Which machine tests `ci` runs, and where: the texts of two filters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CiTests {
    /// Those that it runs, where they are not all.
    pub(crate) filter: Option<String>,
    /// Those of them that containers may do, in the place of machines.
    pub(crate) containers: Option<String>,
}

/// Reads the text of the file: what it says, and warnings; or at least one error.
pub(crate) fn read(text: &str) -> Result<(Config, Vec<Located>), Vec<Located>> {
    Reader::read(FILE, text, config)
}

fn config(reader: &mut Reader<'_>, file: &dyn TableLike) -> Config {
    let mut config = Config::default();
    reader.known(
        file,
        "",
        &["cache", "ci", "fleet", "github", "guest", "limits", MODULE, "packages", "test"],
    );
    if let Some(cache) = reader.table(file, "cache") {
        reader.known(cache, "cache.", &["url"]);
        let want = "the URL of a store, such as \"file:///srv/cache\", without a password or key; or \
                    \"cachix:NAME\"; or \"attic:SERVER/CACHE\"";
        config.cache = reader.value(cache, "url", want, |value| value.as_str()?.parse().ok());
    }
    if let Some(ci) = reader.table(file, "ci") {
        reader.known(ci, "ci.", &["containers", "filter"]);
        config.ci.filter = filter(reader, ci, "filter");
        config.ci.containers = filter(reader, ci, "containers");
    }
    if let Some(fleet) = reader.table(file, "fleet") {
        reader.known(fleet, "fleet.", &["root"]);
        let want = "the path of a folder, from the workspace's root or from /";
        config.fleet = Some(reader.value(fleet, "root", want, folder).unwrap_or_default());
    }
    if let Some(github) = reader.table(file, "github") {
        config.github = Some(GitHub::read(reader, github));
    }
    if let Some(guest) = reader.table(file, "guest") {
        reader.known(guest, "guest.", &["memory", "cpus", "distribution", "sources"]);
        config.memory_mib =
            reader.value(guest, "memory", "a size from \"128 MiB\" to \"64 GiB\"", mib);
        config.cpus = reader.value(guest, "cpus", "a number from 1 to 64", cpus);
        config.distribution = reader.value(guest, "distribution", release::WANTED, release::read);
        let want = "the path of a file that ends in .sources, from the workspace's root or from /";
        config.sources = reader.value(guest, "sources", want, sources);
        if let Some(item) = guest.get("distribution")
            && let Some((message, next)) = item.as_str().and_then(release::unknown)
        {
            let span = item.span().unwrap_or(0..0);
            reader.problem(CONFIG_VALUE, Severity::Error, &span, &message, &next);
        }
    }
    if let Some(limits) = reader.table(file, "limits") {
        reader.known(limits, "limits.", &["test", "step", "plugin"]);
        let want = "a time such as \"90s\" or \"5m\", of a year at the most";
        config.test_limit = reader.value(limits, "test", want, time);
        config.step_limit = reader.value(limits, "step", want, time);
        config.plugin_limit = reader.value(limits, "plugin", want, time);
        let test = config.test_limit.unwrap_or(domi_runner::TEST_LIMIT);
        if config.step_limit.is_some_and(|step| step > test)
            && let Some(step) = limits.get("step")
        {
            let want = format!("no longer than the limit of a test, which is {}", span(test));
            reader.wrong(step, "step", &want);
        }
    }
    if let Some(packages) = reader.table(file, "packages") {
        config.packages = self::packages(reader, packages);
    }
    if let Some(test) = reader.table(file, "test") {
        reader.known(test, "test.", &["jobs", "containers", "store"]);
        let want = "true, false, or a list of systems such as [\"aarch64-linux\"], each once";
        config.containers = reader.value(test, "containers", want, containers).unwrap_or_default();
        config.store = reader.value(test, "store", "\"debian\" or \"real\"", programs);
        config.jobs = reader.value(test, "jobs", "a number from 1 to 1024", count);
    }
    config
}

fn packages(reader: &mut Reader<'_>, packages: &dyn TableLike) -> BTreeMap<String, OwnRow> {
    let mut rows = BTreeMap::new();
    for (name, item) in packages.iter() {
        let path = format!("packages.{name}");
        let Some(package) = reader.table_at(item, &path) else { continue };
        reader.known(package, &format!("{path}."), &["debian", "paths", "units", "dbus"]);
        let want = "a list of packages of Debian, such as [\"nginx-light\"]";
        let debian = reader.value(package, "debian", want, packages_of_debian);
        let mut paths = BTreeMap::new();
        if let Some(table) = reader.table(package, "paths") {
            for (from, item) in table.iter() {
                match item.as_str().filter(|to| is_absolute(to)) {
                    Some(to) => _ = paths.insert(from.to_owned(), to.to_owned()),
                    None => reader.wrong(item, from, "an absolute path on the machine"),
                }
            }
        }
        let want = "a list of full names of units, such as [\"x.service\"]";
        let units = reader.value(package, "units", want, units).unwrap_or_default();
        let want = "a list of files below share/dbus-1, such as [\"system.d/x.conf\"]";
        let dbus = reader.value(package, "dbus", want, files).unwrap_or_default();
        rows.insert(name.to_owned(), OwnRow { debian, paths, units, dbus });
    }
    rows
}

/// The text of an expression as `--filter` takes it.
fn filter(reader: &mut Reader<'_>, table: &dyn TableLike, key: &str) -> Option<String> {
    let want = "an expression as --filter takes it, such as \"not system(aarch64-linux)\"";
    let text = reader.value(table, key, want, |value| Some(value.as_str()?.to_owned()));
    if let Some(Err(bad)) = text.as_deref().map(Filter::from_str)
        && let Some(item) = table.get(key)
    {
        reader.wrong(item, key, &format!("{want}; {}", bad.message()));
    }
    text
}
