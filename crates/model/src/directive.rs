//! The directives of systemd's unit files, and how systemd reads the value of each.
//!
//! What a value may be and how it is written so that it arrives follow from here, in Nix and in
//! Rust alike; nobody else knows a directive by its name.

mod form;
mod table;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::bytes::Regex;

pub use form::Form;
use table::Rows;

use crate::{UnitKind, pattern};

/// The systemd that every machine has at least: that of Debian 12.
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

/// How systemd reads a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As something of a fixed form, in which nothing is expanded.
    Form(Form),
    /// As one text, up to the end of the line.
    Line {
        /// What it begins with.
        start: Start,
        /// Whether specifiers such as `%t` are expanded.
        expands: bool,
    },
    /// As words, each of which may stand in quotes; specifiers are expanded in them.
    Words(Start),
    /// As names with blanks or colons between them, none of which can be quoted.
    Names {
        /// What each begins with.
        start: Start,
        /// Whether specifiers are expanded.
        expands: bool,
    },
    /// As names of units, in which the specifiers that make names are expanded.
    Units,
    /// As a command line.
    Command,
}

/// What a text or word begins with. A value never brings what systemd reads as a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Anything.
    Any,
    /// What this pattern matches: no prefix.
    Like(&'static str),
    /// A `/`: it is an absolute path.
    Root,
    /// The name of a folder below one that systemd knows, such as `/var/lib`.
    Below,
    /// A name, a colon, and the path of a credential.
    Credential,
}

/// What makes a value arrive as itself where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The pattern that the value must match, in the words of [`pattern`].
    pub pattern: Option<&'static str>,
    /// How it is then written.
    pub quoting: Quoting,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// As it is. It must be one line without blanks around it.
    Plain,
    /// With every `%` doubled. It must be one line without blanks around it.
    Specifiers,
    /// As one word, in quotes where it needs them, with every `%` doubled. It must be one line.
    Word,
}

/// A name in a path, but not `.` or `..`.
macro_rules! below_part {
    () => {
        "([^[:space:][:cntrl:][:punct:]]|[_@%+=,-]|[.]([^[:space:][:cntrl:][:punct:]]|[_@%+=,-])|\
         [.][.]([^[:space:][:cntrl:][:punct:]]|[._@%+=,-]))\
         ([^[:space:][:cntrl:][:punct:]]|[._@%+=,-])*"
    };
}

/// What needs no quotes as a word.
pub const PLAIN_WORD: &str = "[A-Za-z0-9+./:=?@_,-]+";

/// A name that cannot be quoted: one that systemd takes no character of as a separator.
const NAME: &str = "([^[:space:][:cntrl:][:punct:]]|[._@%/:])\
                    ([^[:space:][:cntrl:][:punct:]]|[._@%/:+=,*-])*";

/// An absolute path that cannot be quoted.
const BARE_PATH: &str = "/([^[:space:][:cntrl:][:punct:]]|[._@%/+=,-])*";

/// A relative path, or a part of one, that leads nowhere else and cannot be quoted.
const BELOW: &str = concat!(below_part!(), "(/", below_part!(), ")*");

/// An absolute path without empty parts, `.` and `..`.
const NORMAL_PATH: &str =
    "(/([^./[:cntrl:]]|[.][^./[:cntrl:]]|[.][.][^/[:cntrl:]])[^/[:cntrl:]]*)+/?";

/// The name of a unit.
const UNIT: &str = "([A-Za-z0-9@:_.-]|\\\\)+";

impl Reading {
    /// Whether `%` begins a specifier in it.
    pub fn expands(self) -> bool {
        match self {
            Self::Form(_) => false,
            Self::Line { expands, .. } | Self::Names { expands, .. } => expands,
            Self::Words(_) | Self::Units | Self::Command => true,
        }
    }

    /// What makes a value arrive as itself: at the beginning, or behind something that the author
    /// has written there.
    pub fn arrival(self, at_start: bool) -> Arrival {
        let pattern = match self {
            Self::Form(form) => Some(form.pattern()),
            Self::Line { start: Start::Credential, .. } if !at_start => Some(NORMAL_PATH),
            Self::Names { start: Start::Below, .. } => Some(BELOW),
            Self::Names { start: Start::Root, .. } if at_start => Some(BARE_PATH),
            Self::Names { .. } => Some(NAME),
            Self::Line { start, .. } | Self::Words(start) if at_start => start.pattern(),
            Self::Units => Some(UNIT),
            Self::Line { .. } | Self::Words(_) | Self::Command => None,
        };
        let quoting = match self {
            Self::Words(_) => Quoting::Word,
            _ if self.expands() => Quoting::Specifiers,
            _ => Quoting::Plain,
        };
        Arrival { pattern, quoting }
    }
}

impl Start {
    fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::Like(pattern) => Some(pattern),
            Self::Root => Some("/.*"),
            Self::Below => Some(BELOW),
            Self::Credential => Some("[^:/[:space:]]+"),
        }
    }
}

impl Arrival {
    /// Whether the pattern, where there is one, matches a value.
    pub fn matches(&self, value: &str) -> bool {
        self.pattern.is_none_or(|pattern| matches(pattern, value))
    }
}

/// Whether a value is a word that needs no quotes.
pub fn is_plain_word(value: &str) -> bool {
    matches(PLAIN_WORD, value)
}

/// Whether one of the table's patterns matches. Each is compiled once; a test compiles them all.
fn matches(pattern: &'static str, value: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<&'static str, Option<Regex>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = compiled.entry(pattern).or_insert_with(|| pattern::compile(pattern).ok());
    let regex = regex.clone();
    drop(compiled);
    regex.is_some_and(|regex| regex.is_match(value.as_bytes()))
}

/// The section that holds the directives of every unit.
const UNIT_SECTION: &str = "Unit";

type Table = BTreeMap<&'static str, BTreeMap<&'static str, Directive>>;

static DIRECTIVES: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for (section, parts) in table::SECTIONS {
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
        } else if let Some((section, _)) = DIRECTIVES.iter().find(|(_, all)| all.contains_key(name))
        {
            message += &format!("; it belongs into [{section}]");
        } else if let Some(nearest) = nearest(section, name) {
            message += &format!("; `{nearest}` is");
        }
        message
    };
    let directive =
        DIRECTIVES.get(section).and_then(|all| all.get(name)).copied().ok_or_else(unknown)?;
    match directive.since {
        Some(version) => Err(format!(
            "`{name}` came with systemd {version}, and portable machines have {OLDEST_SYSTEMD}, \
             which would pass over it"
        )),
        None => Ok(directive),
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
        check(
            service,
            "RestartSteps",
            Err("`RestartSteps` came with systemd 254, and portable machines have 252, which \
                 would pass over it"),
        );
        check(
            Some(UnitKind::Slice),
            "ExecStart",
            Err("systemd knows no `ExecStart` in [Slice]; it belongs into [Service]"),
        );
    }
}
