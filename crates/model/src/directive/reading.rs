//! How systemd reads the value of a directive, and what makes a value arrive as itself there.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use regex::bytes::Regex;

use super::form::Form;
use crate::pattern;

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
