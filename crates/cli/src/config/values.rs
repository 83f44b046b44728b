//! The values that keys of `domi.toml` take; nothing where a value is something else.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Platform;
use domi_runner::Programs;
use toml_edit::Value;

pub(super) fn systems(value: &Value) -> Option<Vec<Platform>> {
    let system = |value: &Value| crate::values::system(value.as_str()?).ok();
    let systems: Option<Vec<Platform>> = value.as_array()?.iter().map(system).collect();
    let different = |systems: &Vec<Platform>| systems.iter().collect::<BTreeSet<_>>().len();
    systems.filter(|systems| !systems.is_empty() && different(systems) == systems.len())
}

/// Where containers may be: everywhere, nowhere, or for tests of these systems.
pub(super) fn containers(value: &Value) -> Option<Vec<Platform>> {
    match value.as_bool() {
        Some(true) => Some(Platform::ALL.to_vec()),
        Some(false) => Some(Vec::new()),
        None => systems(value),
    }
}

/// Whose programs machines have.
pub(super) fn programs(value: &Value) -> Option<Programs> {
    match value.as_str()? {
        "debian" => Some(Programs::Debian),
        "real" => Some(Programs::Store),
        _ => None,
    }
}

pub(super) fn mib(value: &Value) -> Option<u32> {
    let text = value.as_str()?;
    let (number, factor) = match (text.strip_suffix("MiB"), text.strip_suffix("GiB")) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 1024),
        _ => return None,
    };
    let mib = number.trim().parse::<u32>().ok()?.checked_mul(factor)?;
    (128..=64 * 1024).contains(&mib).then_some(mib)
}

pub(super) fn cpus(value: &Value) -> Option<u32> {
    u32::try_from(value.as_integer()?).ok().filter(|cpus| (1..=64).contains(cpus))
}

/// A path from the root on, without anything that leads back or has no effect.
pub(super) fn is_absolute(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains(char::is_control)
        && path.strip_prefix('/').is_some_and(|path| path.split('/').all(part))
}

/// A file of package sources in apt's newer format.
pub(super) fn sources(value: &Value) -> Option<Utf8PathBuf> {
    let path = Utf8Path::new(value.as_str()?);
    let usable = path.extension() == Some("sources") && !path.as_str().contains(char::is_control);
    usable.then(|| path.to_owned())
}

/// A folder.
pub(super) fn folder(value: &Value) -> Option<Utf8PathBuf> {
    let path = value.as_str()?;
    let usable = !path.is_empty() && !path.contains(char::is_control);
    usable.then(|| Utf8PathBuf::from(path))
}

/// A time limit in words.
pub(super) fn span(time: Duration) -> String {
    jiff::SignedDuration::try_from(time)
        .map_or_else(|_| format!("{time:?}"), |time| format!("{time:#}"))
}

pub(super) fn time(value: &Value) -> Option<Duration> {
    crate::values::duration(value.as_str()?).ok()
}

pub(super) fn packages_of_debian(value: &Value) -> Option<Vec<String>> {
    let name = |item: &Value| item.as_str().filter(|name| is_package(name)).map(str::to_owned);
    value.as_array()?.iter().map(name).collect()
}

/// Files by paths below a folder.
pub(super) fn files(value: &Value) -> Option<Vec<String>> {
    let file = |item: &Value| item.as_str().filter(|path| is_below(path)).map(str::to_owned);
    value.as_array()?.iter().map(file).collect()
}

/// Full names of units.
pub(super) fn units(value: &Value) -> Option<Vec<String>> {
    let is_unit = |name: &&str| is_below(name) && !name.contains('/') && name.contains('.');
    let unit = |item: &Value| item.as_str().filter(is_unit).map(str::to_owned);
    value.as_array()?.iter().map(unit).collect()
}

fn is_below(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._@/".contains(c);
    path.chars().all(plain) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// A name as Debian's policy has it.
fn is_package(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() >= 2
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || "+-.".contains(c))
}

pub(super) fn count(value: &Value) -> Option<NonZeroUsize> {
    let count = usize::try_from(value.as_integer()?).ok()?;
    NonZeroUsize::new(count).filter(|count| count.get() <= 1024)
}
