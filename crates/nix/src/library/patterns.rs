//! Patterns that are too long to be read where they are used.

use domi_model::{Form, Reading, Start};

use super::build::{call, value_};
use crate::ast::{Binding, Nix, Part};
use crate::names::FITTING;

/// Folders and a file's name, none of them `.` or `..` or longer than 255 bytes; these characters
/// are in none of them.
macro_rules! folders {
    ($never:literal) => {
        concat!(
            "(/([^/.",
            $never,
            "][^/",
            $never,
            "]{0,254}|[.][^/.",
            $never,
            "][^/",
            $never,
            "]{0,253}|[.][.][^/",
            $never,
            "]{1,253})?)"
        )
    };
}

/// A path in a field of `/etc/passwd`.
pub(crate) const HOME_PATH: &str = concat!(folders!(":[:cntrl:]"), "+");

/// The path of a rule of tmpfiles.d, which NixOS puts in single quotes.
pub(crate) const RULE_PATH: &str = concat!(folders!("'\\[:cntrl:]"), "+");

/// The same with specifiers, one of which may begin it.
pub(crate) const RULE_PATTERN: &str = concat!(
    folders!("'\\[:cntrl:]"),
    "+|%[^%/.'\\[:cntrl:]][^/'\\[:cntrl:]]{0,253}",
    folders!("'\\[:cntrl:]"),
    "*"
);

/// Full names of units, which have at most 255 bytes.
macro_rules! unit {
    ($good:literal) => {
        concat!(
            $good,
            "{1,250}[.](path|swap)|",
            $good,
            "{1,249}[.](mount|scope|slice|timer)|",
            $good,
            "{1,248}[.](device|socket|target)|",
            $good,
            "{1,247}[.]service|",
            $good,
            "{1,245}[.]automount"
        )
    };
}

/// A unit that another one refers to.
pub(crate) const UNIT_REFERENCE: &str = unit!("[A-Za-z0-9@:_.\\-]");

/// A unit that another one refers to, with specifiers.
pub(crate) const UNIT_PATTERN: &str = unit!("[A-Za-z0-9@%:_.\\-]");

/// Each with its name and what it is.
pub(super) fn named() -> [(&'static str, &'static str, &'static str); 14] {
    let of = |reading: Reading, at_start| reading.arrival(at_start).pattern.unwrap_or_default();
    let names = |start| Reading::Names { start, expands: true };
    let credential = Reading::Line { start: Start::Credential, expands: true };
    [
        ("bareName", of(names(Start::Any), true), "A name where systemd reads no quotes."),
        ("barePath", of(names(Start::Root), true), "A path where systemd reads no quotes."),
        ("calendar", Form::Calendar.pattern(), "A time of the calendar."),
        (
            "credentialPath",
            of(credential, false),
            "A path as systemd wants it of a credential: it passes over any other in silence.",
        ),
        (
            "folderName",
            of(names(Start::Below), true),
            "A folder below one of systemd's, such as `/var/lib`, and no other.",
        ),
        ("homePath", HOME_PATH, "A path in a field of `/etc/passwd`, without `.` and `..`."),
        ("memorySize", Form::Memory.pattern(), "An amount of memory."),
        ("processors", Form::Processors.pattern(), "Numbers of processors."),
        ("resourceLimit", Form::Limit.pattern(), "A limit, or a soft and a hard one."),
        ("rulePath", RULE_PATH, "The path of a rule of tmpfiles.d, without `.` and `..`."),
        ("rulePattern", RULE_PATTERN, "Such a path with specifiers."),
        ("timeSpan", Form::TimeSpan.pattern(), "A time span."),
        ("unitPattern", UNIT_PATTERN, "A unit that another one refers to, with specifiers."),
        ("unitReference", UNIT_REFERENCE, "A unit that another one refers to."),
    ]
}

/// The functions of these names.
pub(super) fn bindings() -> Vec<Binding> {
    let binding = |(name, pattern, comment)| {
        let fitting = match name {
            "calendar" => calendar(),
            _ => call(FITTING, Nix::str(pattern)),
        };
        Binding::new(name, fitting).comment(comment)
    };
    named().map(binding).into()
}

/// The parts of the pattern of the calendar, and what they are made of: `<name>` is a part that
/// comes before, `<part:x>` the function of that name applied to `x`.
const CALENDAR: [(&str, &str); 5] = [
    (
        "weekday",
        "([Mm]on(day)?|[Tt]ue(sday)?|[Ww]ed(nesday)?|[Tt]hu(rsday)?|[Ff]ri(day)?|[Ss]at(urday)?|[Ss]un(day)?)",
    ),
    ("weekdays", "<weekday>((,|-|[.][.])<weekday>)*,?"),
    (
        "date",
        "(<part:([0-9]{2}|19[7-9][0-9]|2[01][0-9]{2})>-)?<part:(0?[1-9]|1[0-2])>[-~]<part:(0?[1-9]|[12][0-9]|3[01])>",
    ),
    ("time", "<part:([01]?[0-9]|2[0-3])>:<part:[0-5]?[0-9]>(:<part:[0-5]?[0-9]([.][0-9]{1,6})?>)?"),
    (
        "whole",
        "(([Mm]inute|[Hh]our|[Dd]ai|[Ww]eek|[Mm]onth|[Qq]uarter|[Yy]ear|[Aa]nnual|([Ss]emi|[Bb]i)-?annual)ly|@[0-9]{1,10}|<weekdays>|(<weekdays> +)?((<date>|<time>)|<date> +<time>))( UTC| [A-Z][A-Za-z]+/[A-Za-z/_+-]+[0-9]*)?",
    ),
];

/// The pattern of the calendar from its parts, so that a reader finds them.
fn calendar() -> Nix {
    let range = Nix::Str(vec![
        Part::Interpolation(value_()),
        Part::Text("([.][.]".to_owned()),
        Part::Interpolation(value_()),
        Part::Text(")?(/[0-9]{1,9})?".to_owned()),
    ]);
    let parts = Nix::Str(vec![
        Part::Text("([*]|".to_owned()),
        Part::Interpolation(Nix::ident("range")),
        Part::Text("(,".to_owned()),
        Part::Interpolation(Nix::ident("range")),
        Part::Text(")*)".to_owned()),
    ]);
    let part = Nix::lambda("value", Nix::let_in(vec![Binding::new("range", range)], parts));
    let mut bindings = vec![
        Binding::new("part", part)
            .comment("Any value, or single ones and ranges, each with a step."),
    ];
    let mut whole = Nix::str("");
    for (name, template) in CALENDAR {
        let nix = from_template(template);
        match name {
            "whole" => whole = nix,
            name => bindings.push(Binding::new(name, nix)),
        }
    }
    Nix::let_in(bindings, Nix::ident(FITTING).call(whole))
}

fn from_template(template: &str) -> Nix {
    let mut parts = Vec::new();
    for piece in template.split('<') {
        let text = match piece.split_once('>') {
            Some((name, text)) => {
                parts.push(Part::Interpolation(match name.split_once(':') {
                    Some((function, argument)) => call(function, Nix::str(argument)),
                    None => Nix::ident(name),
                }));
                text
            }
            None => piece,
        };
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
    }
    Nix::Str(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_that_of_the_model() {
        let mut known: Vec<(&str, String)> = Vec::new();
        for (name, template) in CALENDAR {
            let mut text = template.to_owned();
            for (name, value) in &known {
                text = text.replace(&format!("<{name}>"), value);
            }
            while let Some((before, rest)) = text.split_once("<part:") {
                let (value, after) = rest.split_once('>').unwrap();
                let range = format!("{value}([.][.]{value})?(/[0-9]{{1,9}})?");
                text = format!("{before}([*]|{range}(,{range})*){after}");
            }
            known.push((name, text));
        }
        assert_eq!(known.pop().unwrap().1, Form::Calendar.pattern());
    }
}
