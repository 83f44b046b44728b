//! Functions for values that are written into files.

use domi_model::{ENVIRONMENT_ESCAPED, ENVIRONMENT_NAME, NIX_NAMES, Value, ini, key_value};

use crate::ast::{Binding, Nix, Op, Part};
use crate::names::{
    ENVIRONMENT_LINES, FITTING, INI_DATA, KEY_VALUES, MERGED, ONE_LINE, PLAIN_DATA, TOML_DATA,
    UNIT_LINE, WITHOUT_NULLS,
};
use crate::value;

/// What the functions are.
pub(super) fn bindings() -> Vec<Binding> {
    let all = [
        (ENVIRONMENT_LINES, environment_lines(), "An environment file, as systemd reads it."),
        (INI_DATA, ini_data(), "Refuses names and values that an INI file does not hold."),
        (KEY_VALUES, key_values(), "Writes lines of a key and a value."),
        (MERGED, merged(), "Merges sets at any depth, but nothing into a package."),
        (PLAIN_DATA, plain_data(), "Refuses sets that Nix would read as something else."),
        (TOML_DATA, toml_data(), "Refuses null, which TOML cannot hold."),
        (WITHOUT_NULLS, without_nulls(), "Leaves out what is null, at any depth."),
    ];
    all.map(|(name, function, what)| Binding::new(name, function).comment(what)).into()
}

fn value() -> Nix {
    Nix::ident("value")
}

fn is(kind: &str, nix: Nix) -> Nix {
    Nix::ident("builtins").dot(kind).call(nix)
}

fn has_out_path(nix: Nix) -> Nix {
    Nix::HasAttr { base: Box::new(nix), path: vec!["outPath".into()] }
}

fn either(left: Nix, right: Nix) -> Nix {
    Nix::binary(Op::Or, left, right)
}

fn both(left: Nix, right: Nix) -> Nix {
    Nix::binary(Op::And, left, right)
}

/// A set that is a text is one of the store's: others are settings, of which nobody knows that
/// they would be read so.
fn plain_data() -> Nix {
    let out_path = || value().dot("outPath");
    let text = both(is("isString", out_path()), is("hasContext", out_path()));
    let stored = both(has_out_path(value()), either(is("isPath", out_path()), text));
    let names = Nix::List(NIX_NAMES.map(Nix::str).into());
    let refused = Nix::lib_call("elem", [Nix::ident("name"), names]);
    let message = Nix::Str(vec![
        Part::Text("`".to_owned()),
        Part::Interpolation(Nix::ident("name")),
        Part::Text("` means something else in Nix; choose another name".to_owned()),
    ]);
    let inner = Nix::ident(PLAIN_DATA).call(Nix::ident("inner"));
    let each = Nix::lambda2("name", "inner", Nix::lib_call("throwIf", [refused, message, inner]));
    let not_set = is("isAttrs", value()).negated();
    let scalar = either(not_set, stored);
    each_item(PLAIN_DATA, Nix::if_else(scalar, value(), Nix::lib_call("mapAttrs", [each, value()])))
}

/// A function of a value, which of a list takes each element.
fn each_item(name: &str, otherwise: Nix) -> Nix {
    let items = Nix::ident("map").call(Nix::ident(name)).call(value());
    Nix::lambda("value", Nix::if_else(is("isList", value()), items, otherwise))
}

fn is_plain_set() -> Nix {
    both(is("isAttrs", value()), has_out_path(value()).negated())
}

fn toml_data() -> Nix {
    let each = Nix::lambda("_", Nix::ident(TOML_DATA));
    let set = Nix::lib_call("mapAttrs", [each, value()]);
    let is_null = Nix::binary(Op::Equal, value(), value::plain(&Value::Null));
    let message = Nix::str("null cannot be written as TOML");
    let scalar = Nix::lib_call("throwIf", [is_null, message, value()]);
    each_item(TOML_DATA, Nix::if_else(is_plain_set(), set, scalar))
}

fn without_nulls() -> Nix {
    let there = Nix::binary(Op::NotEqual, Nix::ident("inner"), value::plain(&Value::Null));
    let there = Nix::lambda2("_", "inner", there);
    let filtered = Nix::lib_call("filterAttrs", [there, value()]);
    let each = Nix::lambda("_", Nix::ident(WITHOUT_NULLS));
    let set = Nix::lib_call("mapAttrs", [each, filtered]);
    each_item(WITHOUT_NULLS, Nix::if_else(is_plain_set(), set, value()))
}

fn merged() -> Nix {
    let plain = |name: &str| {
        let nix = || Nix::ident(name);
        both(is("isAttrs", nix()), has_out_path(nix()).negated())
    };
    let leaf = both(plain("left"), plain("right")).negated();
    let until = Nix::lambda("_", Nix::lambda2("left", "right", leaf));
    Nix::lib_call("recursiveUpdateUntil", [until])
}

fn key_values() -> Nix {
    let text = Nix::str;
    let same = |literal: Nix| Nix::binary(Op::Equal, value(), literal);
    let is_bool = |word: &str| same(Nix::ident(word));
    let nested = either(
        is("isList", value()),
        both(is("isAttrs", value()), has_out_path(value()).negated()),
    );
    let none = either(same(value::plain(&Value::Null)), nested);
    let message = text("neither null nor a set nor a list of lists is a line");
    let line = Nix::ident(UNIT_LINE).call(value());
    let other = Nix::lib_call("throwIf", [none, message, Nix::ident("toString").call(line)]);
    let empty = Nix::if_else(same(Nix::str("")), Nix::str("\"\""), other);
    let no = Nix::if_else(is_bool("false"), text("no"), empty);
    let word = Nix::if_else(is_bool("true"), text("yes"), no);
    // A user who reads that a value is refused wants to know of what.
    let whose = Nix::Str(vec![
        Part::Text(format!("{}`", key_value::LINE_OF)),
        Part::Interpolation(Nix::ident("key")),
        Part::Text("':".to_owned()),
    ]);
    let word = Nix::ident("builtins").dot("addErrorContext").call(whose).call(word);
    let key = Nix::ident(FITTING).call(Nix::str(key_value::KEY)).call(Nix::ident("key"));
    let line = Nix::Str(vec![
        Part::Interpolation(key),
        Part::Text(" ".to_owned()),
        Part::Interpolation(word),
        Part::Text("\n".to_owned()),
    ]);
    let lines = Nix::lib_call(
        "concatMapStrings",
        [Nix::lambda("value", line), Nix::lib_call("toList", [Nix::ident("values")])],
    );
    let each = Nix::lambda2("key", "values", lines);
    let all = Nix::lib_call("mapAttrsToList", [each, Nix::ident("lines")]);
    Nix::lambda("lines", Nix::lib_call("concatStrings", [all]))
}

/// systemd passes over a line with a control character in it, but for tabs and line breaks.
fn environment_lines() -> Nix {
    let text = Nix::ident("text").call(value());
    let ignored = Nix::List(["\t", "\n"].map(Nix::str).into());
    let nothing = Nix::List(["", ""].map(Nix::str).into());
    let rest = Nix::lib_call("replaceStrings", [ignored, nothing, text.clone()]);
    let matched = Nix::ident("builtins").dot("match").call(Nix::str("[^[:cntrl:]]*")).call(rest);
    let wrong = Nix::binary(Op::Equal, matched, value::plain(&Value::Null));
    let message = Nix::Str(vec![
        Part::Interpolation(Nix::ident("name")),
        Part::Text(
            " has a control character in it, and systemd would pass over the line".to_owned(),
        ),
    ]);
    let from = ENVIRONMENT_ESCAPED.map(|c| Nix::str(c.to_string()));
    let to = ENVIRONMENT_ESCAPED.map(|c| Nix::str(format!("\\{c}")));
    let escaped = Nix::lib_call(
        "replaceStrings",
        [
            Nix::List(from.into()),
            Nix::List(to.into()),
            Nix::lib_call("throwIf", [wrong, message, text]),
        ],
    );
    let name = Nix::ident(FITTING).call(Nix::str(ENVIRONMENT_NAME)).call(Nix::ident("name"));
    let line = Nix::Str(vec![
        Part::Interpolation(name),
        Part::Text("=\"".to_owned()),
        Part::Interpolation(escaped),
        Part::Text("\"\n".to_owned()),
    ]);
    let lines = Nix::lib_call("mapAttrsToList", [Nix::lambda2("name", "value", line), value()]);
    Nix::lambda("value", Nix::lib_call("concatStrings", [lines]))
}

fn ini_data() -> Nix {
    let fitting = |pattern: &str, name: &str| {
        Nix::ident(FITTING).call(Nix::str(pattern)).call(Nix::ident(name))
    };
    let pair = |name: Nix, inner: Nix| Nix::lib_call("nameValuePair", [name, inner]);
    let line = pair(fitting(ini::KEY, "key"), Nix::ident(ONE_LINE).call(value()));
    let lines =
        Nix::lib_call("mapAttrs'", [Nix::lambda2("key", "value", line), Nix::ident("lines")]);
    let section = pair(fitting(ini::SECTION, "section"), lines);
    Nix::lib_call("mapAttrs'", [Nix::lambda2("section", "lines", section)])
}
