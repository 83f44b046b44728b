//! Functions for lines, words and commands of units, and for names.

use domi_model::PLAIN_WORD;
use domi_model::nixos::{FOREIGN_FOLDERS, OWN_PROGRAMS};

use super::build::{
    any, builtin, call, for_each, has, matches_not, refuse, refuse_shown, replace, value_,
};
use crate::ast::{Binding, Nix, Op, Part};
use crate::names::{
    COMMAND_LINE, ESCAPE_SPECIFIERS, ETC_PATH, EXEC_PART, FITTING, ONE_LINE, PLAIN_PATH, STARTABLE,
    UNIT_LINE, UNIT_TEXT, UNIT_WORD,
};
use crate::value::string_list;

/// The functions, as the library binds them.
pub(super) fn bindings() -> Vec<Binding> {
    vec![
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
        Binding::new(PLAIN_PATH, plain_path()).comment("A path without what does not change it."),
        Binding::new(STARTABLE, startable()).comment(
            "systemd loads no service that would do nothing, or start several programs at once.",
        ),
        Binding::new(UNIT_LINE, unit_line())
            .comment("systemd strips blanks around a value, which would then be another."),
        Binding::new(UNIT_TEXT, unit_text())
            .comment("A value of which systemd reads all that is on the line."),
        Binding::new(UNIT_WORD, unit_word())
            .comment("A value that systemd reads as one of several words."),
    ]
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

fn plain_path() -> Nix {
    let part = || Nix::ident("part");
    let parts = Nix::lib_call("splitString", [Nix::str("/"), Nix::ident("path")]);
    let nothing = Nix::List(["", "."].map(Nix::str).into());
    let says_something = Nix::lib_call("elem", [part(), nothing]).negated();
    let kept = Nix::lib_call("filter", [Nix::lambda("part", says_something), parts]);
    let joined = Nix::lib_call("concatStringsSep", [Nix::str("/"), kept]);
    let path = Nix::Str(vec![Part::Text("/".to_owned()), Part::Interpolation(joined)]);
    Nix::lambda("path", path)
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
    let longer = |text: Nix, most: i64| {
        Nix::binary(Op::Greater, Nix::lib_call("stringLength", [text]), Nix::Int(most))
    };
    let part = || Nix::ident("part");
    let is_bad = any([Nix::lib_call("elem", [part(), bad]), longer(part(), 255)]);
    let is_bad = Nix::lambda("part", is_bad);
    let control = matches_not(Nix::str("[^[:cntrl:]]*"), value_());
    let wrong = any([longer(value_(), 1023), control, Nix::lib_call("any", [is_bad, parts])]);
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

fn startable() -> Nix {
    let count = || Nix::ident("count");
    let counted = Nix::lib_call("count", [Nix::lib("id"), Nix::ident("starts")]);
    let nothing = Nix::binary(
        Op::And,
        Nix::binary(Op::Equal, count(), Nix::Int(0)),
        Nix::ident("lasts").negated(),
    );
    let several = Nix::binary(Op::NotEqual, count(), Nix::Int(1));
    let wrong = Nix::if_else(Nix::ident("oneshot"), nothing, several);
    let message = Nix::str("systemd takes no service that starts nothing, or several programs");
    let refused = Nix::lib_call("throwIf", [wrong, message, Nix::ident("config")]);
    let body = Nix::let_in(vec![Binding::new("count", counted)], refused);
    Nix::lambda2("oneshot", "starts", Nix::lambda2("lasts", "config", body))
}
