//! The functions that generated modules share.

use domi_model::nixos::{FOREIGN_FOLDERS, OWN_PROGRAMS};
use domi_model::{Form, PLAIN_WORD, Reading, Start, Value};

use crate::ast::{Binding, Bound, Nix, Op, Param, Part};
use crate::expr::string_list;
use crate::{data, header, print, taken, value};

/// Where the functions stand from the root of a repository. The underscore keeps those that import
/// whole folders from taking them for a module.
pub const LIBRARY: &str = "modules/_lib.nix";

/// Where a module finds them.
const FROM_MODULE: &str = "../_lib.nix";

pub(crate) const ONE_LINE: &str = "oneLine";
pub(crate) const FITTING: &str = "fitting";
pub(crate) const ETC_PATH: &str = "etcPath";
pub(crate) const UNIT_LINE: &str = "unitLine";
pub(crate) const UNIT_TEXT: &str = "unitText";
pub(crate) const UNIT_WORD: &str = "unitWord";
pub(crate) const ESCAPE_SPECIFIERS: &str = "escapeSpecifiers";
pub(crate) const EXEC_PART: &str = "execPart";
pub(crate) const COMMAND_LINE: &str = "commandLine";

/// What every module may take, in the order in which it is written.
pub(crate) const NAMES: [&str; 29] = [
    "bareName",
    "barePath",
    "calendar",
    COMMAND_LINE,
    "credentialPath",
    taken::DISJOINT,
    ESCAPE_SPECIFIERS,
    ETC_PATH,
    EXEC_PART,
    FITTING,
    "folderName",
    taken::FREE_ETC_PATH,
    taken::FREE_GROUP,
    taken::FREE_TMPFILES_PATH,
    taken::FREE_UNIT,
    taken::FREE_USER,
    data::INI_DATA,
    "memorySize",
    data::MERGED,
    ONE_LINE,
    data::PLAIN_DATA,
    "processors",
    "resourceLimit",
    "timeSpan",
    data::TOML_DATA,
    UNIT_LINE,
    UNIT_TEXT,
    UNIT_WORD,
    data::WITHOUT_NULLS,
];

/// Patterns that are too long to be read where they are used.
fn named_patterns() -> [(&'static str, &'static str, &'static str); 9] {
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
        ("memorySize", Form::Memory.pattern(), "An amount of memory."),
        ("processors", Form::Processors.pattern(), "Numbers of processors."),
        ("resourceLimit", Form::Limit.pattern(), "A limit, or a soft and a hard one."),
        ("timeSpan", Form::TimeSpan.pattern(), "A time span."),
    ]
}

/// A value that must match a pattern.
pub(crate) fn fitting(pattern: &str, value: Nix) -> Nix {
    match named_patterns().iter().find(|(_, known, _)| *known == pattern) {
        Some((name, ..)) => Nix::ident(name).call(value),
        None => Nix::ident(FITTING).call(Nix::str(pattern)).call(value),
    }
}

/// What a module takes from the library: those functions that it uses.
pub(crate) fn inherited(uses: impl Fn(&str) -> bool) -> Option<Binding> {
    let used: Vec<String> =
        NAMES.iter().filter(|name| uses(name)).map(|name| (*name).to_owned()).collect();
    if used.is_empty() {
        return None;
    }
    let path = Nix::Path(FROM_MODULE.to_owned());
    let lib = Nix::attrs([Binding::new("lib", Nix::ident("lib"))]);
    let library = Nix::ident("import").call(path).call(lib);
    Some(Binding { comment: None, gap: false, bound: Bound::Inherit(Some(library), used) })
}

/// Whether a generated file takes something from the library.
pub(crate) fn is_taken(file: &str) -> bool {
    file.contains(&format!("(import {FROM_MODULE} {{ inherit lib; }})"))
}

/// The text of the library.
pub fn library() -> String {
    let mut bindings = vec![
        Binding::new("each", each())
            .comment("A directive that may be repeated takes a list, each of which is a value."),
        Binding::new("text", text()).comment("What NixOS writes of a value into a unit."),
        Binding::new(COMMAND_LINE, command_line()).comment(
            "Refuses a program that systemd cannot find, or that only other distributions have.",
        ),
        Binding::new(ESCAPE_SPECIFIERS, escape_specifiers())
            .comment("systemd expands `%h` and the like; a doubled `%` is one."),
        Binding::new(ETC_PATH, etc_path())
            .comment("Refuses what leads out of `/etc`, or is no path."),
        Binding::new(EXEC_PART, exec_part())
            .comment("A part of an argument, as `utils.escapeSystemdExecArg` writes all of it."),
        Binding::new(FITTING, fitting_function())
            .comment("Refuses what would be no name, or another one, where it stands."),
        Binding::new(ONE_LINE, one_line())
            .comment("Refuses a value that would go on in the next line of a file."),
        Binding::new(UNIT_LINE, unit_line())
            .comment("systemd strips blanks around a value, which would then be another."),
        Binding::new(UNIT_TEXT, unit_text())
            .comment("A value of which systemd reads all that is on the line."),
        Binding::new(UNIT_WORD, unit_word())
            .comment("A value that systemd reads as one of several words."),
    ];
    for (name, pattern, comment) in named_patterns() {
        let fitting = match name {
            "calendar" => calendar(),
            _ => Nix::ident(FITTING).call(Nix::str(pattern)),
        };
        bindings.push(Binding::new(name, fitting).comment(comment));
    }
    bindings.extend(data::bindings());
    bindings.extend(taken::bindings());
    let names = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let all =
        Nix::Attrs(vec![Binding { comment: None, gap: false, bound: Bound::Inherit(None, names) }]);
    let body = Nix::let_in(bindings, all);
    let function = Nix::Lambda(Param::Formals(vec!["lib".to_owned()]), Box::new(body));
    print::file(&header::of_library(), &function)
}

fn value_() -> Nix {
    Nix::ident("value")
}

fn builtin(name: &str, argument: Nix) -> Nix {
    Nix::ident("builtins").dot(name).call(argument)
}

fn call(function: &str, argument: Nix) -> Nix {
    Nix::ident(function).call(argument)
}

/// What a function makes of a value, or of each of a list.
fn for_each(body: Nix) -> Nix {
    call("each", Nix::Lambda(Param::Ident("value".to_owned()), Box::new(body)))
}

fn any(conditions: impl IntoIterator<Item = Nix>) -> Nix {
    let mut conditions = conditions.into_iter();
    let first = conditions.next().unwrap_or_else(|| Nix::ident("false"));
    conditions.fold(first, |left, right| Nix::binary(Op::Or, left, right))
}

fn has(function: &str, text: &str, value: Nix) -> Nix {
    Nix::lib_call(function, [Nix::str(text), value])
}

fn matches_not(pattern: Nix, value: Nix) -> Nix {
    let found = builtin("match", pattern).call(value);
    Nix::binary(Op::Equal, found, value::plain(&Value::Null))
}

/// `value`, or a refusal of what is shown.
fn refuse_shown(condition: Nix, shown: Nix, reason: &str, value: Nix) -> Nix {
    let shown = builtin("toJSON", shown);
    let message = Nix::Str(vec![Part::Interpolation(shown), Part::Text(reason.to_owned())]);
    Nix::lib_call("throwIf", [condition, message, value])
}

fn refuse(condition: Nix, reason: &str) -> Nix {
    refuse_shown(condition, value_(), reason, value_())
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

fn each() -> Nix {
    let list = Nix::ident("map").call(Nix::ident("f")).call(value_());
    Nix::lambda2("f", "value", Nix::if_else(builtin("isList", value_()), list, call("f", value_())))
}

fn text() -> Nix {
    let boolean = Nix::lib_call("boolToString", [value_()]);
    let other = call("toString", value_());
    Nix::lambda("value", Nix::if_else(builtin("isBool", value_()), boolean, other))
}

fn command_line() -> Nix {
    let argv = || Nix::ident("argv");
    let program = || Nix::ident("program");
    let folders: Vec<String> = FOREIGN_FOLDERS.iter().map(|it| (*it).to_owned()).collect();
    let own: Vec<String> = OWN_PROGRAMS.iter().map(|it| (*it).to_owned()).collect();
    let within =
        Nix::lambda("folder", Nix::lib_call("hasPrefix", [Nix::ident("folder"), program()]));
    let foreign = Nix::binary(
        Op::And,
        Nix::lib_call("any", [within, string_list(&folders)]),
        Nix::lib_call("elem", [program(), string_list(&own)]).negated(),
    );
    let wrong = any([
        matches_not(Nix::str("/.*[^/]"), program()),
        matches_not(Nix::str("[^\"'\\$[:cntrl:]]*"), program()),
        foreign,
    ]);
    let first = call("toString", Nix::lib_call("head", [argv()]));
    let body = refuse_shown(wrong, program(), " is no program that systemd finds on NixOS", argv());
    Nix::lambda("argv", Nix::let_in(vec![Binding::new("program", first)], body))
}

fn replace(from: &[&str], to: &[&str], text: Nix) -> Nix {
    let strings = |all: &[&str]| Nix::List(all.iter().map(|it| Nix::str(*it)).collect());
    Nix::lib_call("replaceStrings", [strings(from), strings(to), text])
}

fn escape_specifiers() -> Nix {
    for_each(replace(&["%"], &["%%"], call("text", value_())))
}

fn exec_part() -> Nix {
    let quoted = || Nix::ident("quoted");
    let json = builtin("toJSON", call("text", value_()));
    let both = replace(&["%", "$"], &["%%", "$$"], json);
    let within = Nix::lib_call("removePrefix", [Nix::str("\""), quoted()]);
    let within = Nix::lib_call("removeSuffix", [Nix::str("\""), within]);
    Nix::lambda("value", Nix::let_in(vec![Binding::new("quoted", both)], within))
}

fn fitting_function() -> Nix {
    let misses = matches_not(Nix::ident("pattern"), call("text", value_()));
    Nix::lambda("pattern", for_each(refuse(misses, " cannot stand where it would")))
}

fn etc_path() -> Nix {
    let parts = Nix::lib_call("splitString", [Nix::str("/"), value_()]);
    let bad = Nix::List(["", ".", ".."].map(Nix::str).into());
    let is_bad = Nix::lambda("part", Nix::lib_call("elem", [Nix::ident("part"), bad]));
    let control = matches_not(Nix::str("[^[:cntrl:]]*"), value_());
    let wrong = any([control, Nix::lib_call("any", [is_bad, parts])]);
    Nix::lambda("value", refuse(wrong, " is no path below /etc"))
}

fn breaks_line() -> Nix {
    any([has("hasInfix", "\n", value_()), has("hasInfix", "\r", value_())])
}

fn one_line() -> Nix {
    let breaks = any([breaks_line(), has("hasSuffix", "\\", value_())]);
    let bad = Nix::binary(Op::And, builtin("isString", value_()), breaks);
    for_each(refuse(bad, " must be one line"))
}

fn unit_line() -> Nix {
    let blank = ["hasPrefix", "hasSuffix"]
        .into_iter()
        .flat_map(|function| [" ", "\t"].map(|blank| has(function, blank, value_())));
    let bad = Nix::binary(Op::And, builtin("isString", value_()), any(blank));
    let refused =
        refuse_shown(bad, value_(), " begins or ends with a blank", call(ONE_LINE, value_()));
    for_each(refused)
}

fn unit_text() -> Nix {
    for_each(call(ESCAPE_SPECIFIERS, call(UNIT_LINE, value_())))
}

fn unit_word() -> Nix {
    let word = || Nix::ident("word");
    let escaped = Nix::lib_call(
        "escape",
        [Nix::List(vec![Nix::str("\\"), Nix::str("\"")]), call(ESCAPE_SPECIFIERS, word())],
    );
    let quoted = Nix::Str(vec![
        Part::Text("\"".to_owned()),
        Part::Interpolation(escaped),
        Part::Text("\"".to_owned()),
    ]);
    let plain = matches_not(Nix::str(PLAIN_WORD), word()).negated();
    let breaks = any([has("hasInfix", "\n", word()), has("hasInfix", "\r", word())]);
    let refused =
        refuse_shown(breaks, word(), " must be one line", Nix::if_else(plain, word(), quoted));
    for_each(Nix::let_in(vec![Binding::new("word", call("text", value_()))], refused))
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

    #[test]
    fn every_name_is_in_the_library() {
        let text = library();
        for name in NAMES {
            assert!(text.contains(&format!("\n  {name} =")), "{name}");
        }
        assert!(NAMES.is_sorted());
    }
}
