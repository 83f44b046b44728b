//! The directives of systemd's unit files, and how systemd reads the value of each.
//!
//! What a value may be and how it is written so that it arrives follow from here, in Nix and in
//! Rust alike; nobody else knows a directive by its name.

mod form;
mod mounts;
mod reading;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use form::Form;
pub use reading::{Arrival, PLAIN_WORD, Quoting, Reading, Start, is_plain_word};
use table::Rows;

use crate::UnitKind;

/// The oldest systemd that a machine can have: that of Debian 12. One that is newer knows more
/// directives, and [`is_known_everywhere`] says which a machine must be asked about.
pub const OLDEST_SYSTEMD: u16 = 252;

/// A directive of a unit file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    /// Its name, such as `ReadWritePaths`.
    pub name: &'static str,
    /// How systemd reads its value.
    pub reading: Reading,
    /// Whether every line of it counts, rather than the last one.
    pub repeats: bool,
    /// The version of systemd that it came with, where that is later than [`OLDEST_SYSTEMD`].
    pub since: Option<u16>,
}

/// The section that holds the directives of every unit.
const UNIT_SECTION: &str = "Unit";

/// The section that only `systemctl enable` reads.
const INSTALL_SECTION: &str = "Install";

type Table = BTreeMap<&'static str, BTreeMap<&'static str, Directive>>;

/// The sections, those that most units have first.
fn sections() -> impl Iterator<Item = &'static (&'static str, &'static [&'static [Rows]])> {
    table::SECTIONS.iter().chain(mounts::SECTIONS)
}

static DIRECTIVES: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for (section, parts) in sections() {
        let directives = table.entry(section).or_default();
        for Rows { reading, repeats, names } in parts.iter().copied().flatten() {
            for name in names.split_whitespace() {
                let since = table::LATER.iter().find(|(_, names)| names.contains(&name));
                let since = since.map(|(version, _)| *version);
                let (reading, repeats) = (*reading, *repeats);
                directives.insert(name, Directive { name, reading, repeats, since });
            }
        }
    }
    table
});

/// A directive of the section of a unit's kind, or of `[Unit]` where there is no kind.
///
/// # Errors
/// Says what is wrong with the name, and what may be meant.
pub fn directive(kind: Option<UnitKind>, name: &str) -> Result<Directive, String> {
    let section = kind.and_then(UnitKind::section).unwrap_or(UNIT_SECTION);
    if name.len() > 2 && name.starts_with("X-") {
        let reading = Reading::Line { start: Start::Any, expands: false };
        return Ok(Directive { name: "X-", reading, repeats: true, since: None });
    }
    let unknown = || {
        let mut message = format!("systemd knows no `{name}` in [{section}]");
        if let Some((_, new)) = table::OLD_NAMES.iter().find(|(old, _)| *old == name) {
            message += &format!("; it is called `{new}` now");
        } else if let Some((section, _)) =
            sections().find(|(section, _)| DIRECTIVES[section].contains_key(name))
        {
            message += &format!("; it belongs into [{section}]");
        } else if let Some(nearest) = nearest(section, name) {
            message += &format!("; `{nearest}` is");
        }
        message
    };
    DIRECTIVES.get(section).and_then(|all| all.get(name)).copied().ok_or_else(unknown)
}

/// Whether a directive of any section is a command that systemd runs.
pub(crate) fn is_command(name: &str) -> bool {
    let mut sections = DIRECTIVES.values();
    sections.any(|all| all.get(name).is_some_and(|it| it.reading == Reading::Command))
}

/// Whether every systemd that a machine can have knows a directive, as far as the table says. The
/// section is as a unit's file has it: `Service`.
pub fn is_known_everywhere(section: &str, name: &str) -> bool {
    // What has no meaning to systemd has none to any.
    if section.starts_with("X-") || name.starts_with("X-") {
        return true;
    }
    let old = |(old, _): &(&str, &str)| *old == name;
    match DIRECTIVES.get(section).and_then(|all| all.get(name)) {
        Some(directive) => directive.since.is_none(),
        None => section == INSTALL_SECTION || table::OLD_NAMES.iter().any(old),
    }
}

fn nearest(section: &str, name: &str) -> Option<&'static str> {
    let all = DIRECTIVES.get(section)?.keys();
    let lower = name.to_lowercase();
    let score = |known: &&'static str| strsim::jaro_winkler(&known.to_lowercase(), &lower);
    let (best, score) =
        all.map(|known| (*known, score(known))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (score > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern;

    #[test]
    fn every_pattern_is_one_that_nix_and_rust_read_alike() {
        for (section, directives) in &*DIRECTIVES {
            for directive in directives.values() {
                for at_start in [true, false] {
                    if let Some(pattern) = directive.reading.arrival(at_start).pattern {
                        let compiled = pattern::compile(pattern);
                        assert!(compiled.is_ok(), "{section} {}: {compiled:?}", directive.name);
                    }
                }
            }
        }
        pattern::compile(PLAIN_WORD).unwrap();
    }

    #[test]
    fn later_and_old_names_are_those_of_directives() {
        let known = |name: &str| DIRECTIVES.values().any(|all| all.contains_key(name));
        for name in table::LATER.iter().flat_map(|(_, names)| *names) {
            assert!(known(name), "{name}");
        }
        for (old, new) in table::OLD_NAMES {
            assert!(!known(old) && known(new), "{old} {new}");
        }
    }

    #[test]
    fn a_directive_that_came_later_or_that_the_table_lacks_is_not_known_everywhere() {
        let check = |section, name, expected| {
            assert_eq!(is_known_everywhere(section, name), expected, "[{section}] {name}");
        };
        check("Service", "ExecStart", true);
        check("Service", "RestartSteps", false);
        check("Service", "Frobnicate", false);
        check("Service", "After", false);
        check("Service", "X-Mine", true);
        check("X-Mine", "After", true);
        check("Unit", "After", true);
        check("Unit", "StartLimitInterval", true);
        check("Install", "WantedBy", true);
        check("Swap", "What", false);
    }

    #[track_caller]
    fn check(kind: Option<UnitKind>, name: &str, expected: Result<&str, &str>) {
        let found = directive(kind, name);
        assert_eq!(found.as_ref().map(|d| d.name).map_err(String::as_str), expected);
    }

    #[test]
    fn a_name_is_one_of_its_section() {
        let service = Some(UnitKind::Service);
        check(service, "ExecStart", Ok("ExecStart"));
        check(service, "MemoryMax", Ok("MemoryMax"));
        check(service, "X-Mine", Ok("X-"));
        check(
            service,
            "execstart",
            Err("systemd knows no `execstart` in [Service]; `ExecStart` is"),
        );
        check(
            service,
            "After",
            Err("systemd knows no `After` in [Service]; it belongs into [Unit]"),
        );
        check(
            None,
            "StartLimitInterval",
            Err("systemd knows no `StartLimitInterval` in [Unit]; it is called \
                 `StartLimitIntervalSec` now"),
        );
        check(service, "Frobnicate", Err("systemd knows no `Frobnicate` in [Service]"));
        check(service, "RestartSteps", Ok("RestartSteps"));
        check(
            Some(UnitKind::Slice),
            "ExecStart",
            Err("systemd knows no `ExecStart` in [Slice]; it belongs into [Service]"),
        );
    }
}
