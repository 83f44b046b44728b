//! Values that are written where systemd expands and splits what it reads: the twin of
//! `domi-realise`'s module of the name.

use domi_model::{Arrival, Expr, Quoting, Reading, Start, Type, Value, is_plain_word};

use crate::ast::{Nix, Part};
use crate::infer::{self, TextForm};
use crate::library;
use crate::lists::concat;
use crate::names::{ESCAPE_SPECIFIERS, EXEC_PART, UNIT_LINE, UNIT_TEXT, UNIT_WORD};
use crate::scope::Scope;
use crate::value;

/// Where a value is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// As the value of a directive.
    Directive(Reading),
    /// As a unit's description.
    Description,
    /// As the value of an environment variable, which NixOS quotes.
    Variable,
    /// Within the quotes of an argument.
    Argument,
    /// In a rule of tmpfiles.d, which NixOS quotes; whether specifiers are expanded.
    Tmpfiles(bool),
}

/// How a unit's description is read.
pub(crate) const DESCRIPTION: Reading = Reading::Line { start: Start::Any, expands: true };

impl Place {
    /// Whether NixOS takes nothing but a string there.
    fn takes_strings(self) -> bool {
        matches!(self, Self::Description | Self::Variable | Self::Tmpfiles(_))
    }

    /// A part that the author has written.
    fn fixed(self, text: &str) -> String {
        match self {
            Self::Directive(reading) if !reading.expands() => text.to_owned(),
            Self::Tmpfiles(false) => text.to_owned(),
            Self::Argument => {
                let json = Value::from(text).to_string();
                let within = json[1..json.len() - 1].replace('%', "%%");
                within.replace('$', "$$")
            }
            _ => text.replace('%', "%%"),
        }
    }

    /// A part that settings bring.
    fn brought(self, nix: Nix, ty: Option<&Type>, at_start: bool) -> Nix {
        let escaped = |function: &str, nix| Nix::ident(function).call(nix);
        let reading = match self {
            Self::Directive(reading) => reading,
            Self::Description => DESCRIPTION,
            Self::Tmpfiles(false) => return nix,
            Self::Argument if is_plain(ty, &|text| self.fixed(text) == text) => return nix,
            Self::Argument => return escaped(EXEC_PART, nix),
            Self::Variable | Self::Tmpfiles(true) if is_plain(ty, &|text| !text.contains('%')) => {
                return nix;
            }
            Self::Variable | Self::Tmpfiles(true) => return escaped(ESCAPE_SPECIFIERS, nix),
        };
        let arrival = reading.arrival(at_start);
        if is_plain(ty, &|text| arrives_plain(arrival, text)) {
            return nix;
        }
        let checked = match arrival.pattern {
            Some(pattern) => library::fitting(pattern, nix),
            None => nix,
        };
        match (reading, arrival.quoting) {
            (Reading::Form(_) | Reading::Units, _) | (Reading::Names { .. }, Quoting::Plain) => {
                checked
            }
            (Reading::Names { .. }, _) => escaped(ESCAPE_SPECIFIERS, checked),
            (_, Quoting::Plain) => escaped(UNIT_LINE, checked),
            (_, Quoting::Specifiers) => escaped(UNIT_TEXT, checked),
            (_, Quoting::Word) => escaped(UNIT_WORD, checked),
        }
    }

    /// Whether only a whole value can be looked at.
    fn is_whole(self) -> bool {
        matches!(self, Self::Directive(Reading::Form(_)))
    }
}

fn arrives_plain(arrival: Arrival, text: &str) -> bool {
    let quoted = match arrival.quoting {
        Quoting::Plain => false,
        Quoting::Specifiers => text.contains('%'),
        Quoting::Word => !is_plain_word(text),
    };
    let line = !text.contains(['\n', '\r', '\\']) && text.trim() == text;
    arrival.matches(text) && !quoted && line
}

/// Whether every text that a value of the type has is good; asked of those at its corners.
pub(crate) fn is_plain(ty: Option<&Type>, good: &dyn Fn(&str) -> bool) -> bool {
    let Some(ty) = ty else { return false };
    match ty {
        Type::Bool => good("true") && good("false"),
        Type::Port => good("0") && good("65535"),
        Type::Int(range) => {
            let (least, most) = (range.min.unwrap_or(i64::MIN), range.max.unwrap_or(i64::MAX));
            [least, most, 0_i64.clamp(least, most)].iter().all(|n| good(&n.to_string()))
        }
        Type::IntEnum(values) => values.iter().all(|n| good(&n.to_string())),
        Type::Package => good("/nix/store/0a-x+y._?=1.0"),
        Type::Enum(names) => names.iter().all(|name| good(name)),
        Type::ListOf(inner) | Type::NonEmptyListOf(inner) | Type::NullOr(inner) => {
            is_plain(Some(inner), good)
        }
        Type::OneOf(types) => types.iter().all(|ty| is_plain(Some(ty), good)),
        _ => false,
    }
}

/// A variable of a command, as systemd takes all of its value for a part of one word.
pub(crate) fn written_variable(name: &str) -> String {
    format!("${{{name}}}")
}

/// Whether systemd is to expand something in it.
pub(crate) fn holds_specifier(expr: &Expr) -> bool {
    match expr {
        Expr::Specifier(_) | Expr::CommandVariable(_) => true,
        Expr::Text(parts) | Expr::List(parts) | Expr::Concat(parts) => {
            parts.iter().any(holds_specifier)
        }
        Expr::If(branch) => holds_specifier(&branch.then) || holds_specifier(&branch.otherwise),
        Expr::Match(choice) => choice.arms.iter().any(|arm| holds_specifier(&arm.body)),
        Expr::MapList(map) => holds_specifier(&map.body),
        Expr::AttrsToList(map) => holds_specifier(&map.body),
        _ => false,
    }
}

impl Scope<'_> {
    /// A value as it is written somewhere: a text, or a list of texts.
    pub(crate) fn arriving(&self, expr: &Expr, place: Place) -> Nix {
        self.part(expr, place, true)
    }

    fn part(&self, expr: &Expr, place: Place, at_start: bool) -> Nix {
        match expr {
            Expr::Specifier(specifier) => value::string(specifier),
            Expr::CommandVariable(name) => value::string(&written_variable(name)),
            Expr::Literal(value) => fixed(value, place),
            Expr::Text(parts) if !place.is_whole() => self.parts(parts, place, at_start),
            Expr::If(e) => Nix::if_else(
                self.expr(&e.condition),
                self.part(&e.then, place, at_start),
                self.part(&e.otherwise, place, at_start),
            ),
            Expr::Match(e) => self.union(e, &|scope, body| scope.part(body, place, at_start)),
            Expr::List(items) => {
                Nix::List(items.iter().map(|item| self.part(item, place, at_start)).collect())
            }
            Expr::Concat(lists) => {
                concat(lists.iter().map(|list| self.part(list, place, at_start)))
            }
            Expr::MapList(e) => {
                let (inner, item) = self.bind(&e.item, self.element(&e.over));
                let body = Nix::lambda(&item, inner.part(&e.body, place, at_start));
                Nix::ident("map").call(body).call(self.expr(&e.over))
            }
            Expr::AttrsToList(e) => {
                let (inner, name, value) = self.bind_entry(&e.name, &e.value, &e.over);
                let body = Nix::lambda2(&name, &value, inner.part(&e.body, place, at_start));
                Nix::lib_call("mapAttrsToList", [body, self.expr(&e.over)])
            }
            // What is in the store has a name of the store's.
            Expr::PackagePath(_) | Expr::SettingsFile(_) | Expr::TextFile(_) | Expr::Script(_) => {
                match place {
                    Place::Description | Place::Tmpfiles(_) => self.string(expr),
                    _ => self.expr(expr),
                }
            }
            other => {
                let ty = self.type_of(other);
                let is_text = infer::text_form(ty.as_ref()) == TextForm::Itself;
                let nix = match place {
                    // NixOS takes a package for a variable, but no number.
                    Place::Variable if is_text => self.expr(other),
                    _ if place.takes_strings() => self.string(other),
                    _ => self.expr(other),
                };
                place.brought(nix, ty.as_ref(), at_start)
            }
        }
    }

    fn parts(&self, parts: &[Expr], place: Place, at_start: bool) -> Nix {
        let mut out = Vec::new();
        self.collect_parts(parts, place, at_start, &mut out);
        match out.as_slice() {
            [Part::Interpolation(only @ Nix::Apply(..))] if is_written(only) => only.clone(),
            _ => Nix::Str(out),
        }
    }

    fn collect_parts(&self, parts: &[Expr], place: Place, start: bool, out: &mut Vec<Part>) {
        for part in parts {
            let at_start = start && out.is_empty();
            match part {
                Expr::Text(inner) => {
                    self.collect_parts(inner, place, at_start, out);
                    continue;
                }
                Expr::Literal(Value::List(_) | Value::Attrs(_) | Value::Null) => {}
                Expr::Literal(value) => {
                    push(out, &place.fixed(&text_of(value)));
                    continue;
                }
                Expr::Specifier(specifier) => {
                    push(out, specifier);
                    continue;
                }
                Expr::CommandVariable(name) => {
                    push(out, &written_variable(name));
                    continue;
                }
                _ => {}
            }
            let nix = self.part(part, place, at_start);
            let form = infer::text_form(self.type_of(part).as_ref());
            out.push(Part::Interpolation(match form {
                _ if is_written(&nix) || place.takes_strings() => nix,
                TextForm::Itself => nix,
                TextForm::Digits => Nix::ident("toString").call(nix),
                TextForm::Bool => Nix::lib_call("boolToString", [nix]),
                TextForm::Any => {
                    Nix::lib_call("generators.mkValueStringDefault", [Nix::attrs([]), nix])
                }
            }));
        }
    }
}

/// Whether it is a string already, by one of the library's functions that make strings.
fn is_written(nix: &Nix) -> bool {
    match nix {
        Nix::Apply(function, _) => match &**function {
            Nix::Ident(name) => {
                [ESCAPE_SPECIFIERS, EXEC_PART, UNIT_TEXT, UNIT_WORD].contains(&&**name)
            }
            _ => false,
        },
        _ => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Str(text) => text.clone(),
        other => other.to_string(),
    }
}

fn push(out: &mut Vec<Part>, text: &str) {
    match out.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(last)) => last.push_str(text),
        _ => out.push(Part::Text(text.to_owned())),
    }
}

fn fixed(value: &Value, place: Place) -> Nix {
    match value {
        Value::Str(text) => value::string(&place.fixed(text)),
        Value::List(items) => Nix::List(items.iter().map(|item| fixed(item, place)).collect()),
        Value::Int(_) | Value::Bool(_) if place.takes_strings() => value::string(&text_of(value)),
        other => value::plain(other),
    }
}
