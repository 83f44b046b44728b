//! Values that must not break out of where they stand: a module refuses them as `domi-realise`
//! does, before they become lines or names of something else.

use domi_model::{Expr, Type, Value};

use crate::ast::{Binding, Nix, Op, Part};
use crate::scope::Scope;
use crate::value;

/// The function of generated modules that refuses line breaks.
pub(crate) const ONE_LINE: &str = "oneLine";

/// The function of generated modules that refuses what a pattern does not match.
pub(crate) const FITTING: &str = "fitting";

/// The function of generated modules that refuses what is no path below `/etc`.
const ETC_PATH: &str = "etcPath";

/// What a text must be, where it is not fixed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'a> {
    /// Something that the pattern matches.
    Matching(&'a str),
    /// A path below `/etc`.
    EtcPath,
}

/// A user or group.
pub(crate) const USER: &str = "[A-Za-z_][A-Za-z0-9_-]{0,30}";

/// A word that NixOS puts in single quotes.
pub(crate) const QUOTED: &str = "[^'\\[:cntrl:]]*";

/// A path in single quotes.
pub(crate) const QUOTED_PATH: &str = "[/%][^'\\[:cntrl:]]*";

/// A field of `/etc/passwd`.
pub(crate) const FIELD: &str = "[^:[:cntrl:]]*";

/// A path in such a field.
pub(crate) const PATH_FIELD: &str = "/[^:[:cntrl:]]*";

/// A unit that another one refers to.
pub(crate) const UNIT_REFERENCE: &str = "[A-Za-z0-9@%:_.\\-]+[.]\
     (automount|device|mount|path|scope|service|slice|socket|swap|target|timer)";

/// A unit's name without its suffix, which may have 255 bytes with it.
pub(crate) fn unit_name(suffix: &str) -> String {
    format!("[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]{{0,{}}}", 253 - suffix.len())
}

impl Scope<'_> {
    /// A value that becomes a line, or some lines, of a file of lines.
    pub(crate) fn one_line(&self, expr: &Expr) -> Nix {
        let nix = self.expr(expr);
        if self.is_tame(expr) { nix } else { Nix::ident(ONE_LINE).call(nix) }
    }

    /// A text that must be of a form.
    pub(crate) fn fitting(&self, form: Form<'_>, expr: &Expr) -> Nix {
        let nix = self.expr(expr);
        match form {
            _ if is_fixed(expr) => nix,
            Form::Matching(pattern) => Nix::ident(FITTING).call(Nix::str(pattern)).call(nix),
            Form::EtcPath => Nix::ident(ETC_PATH).call(nix),
        }
    }

    /// Whether no value that the expression has can break a line.
    pub(crate) fn is_tame(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Literal(_)
            | Expr::PackagePath(_)
            | Expr::Package(_)
            | Expr::SettingsFile(_)
            | Expr::TextFile(_)
            | Expr::ToJson(_)
            | Expr::Compare(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Fold(_) => true,
            Expr::Text(parts) | Expr::List(parts) | Expr::Concat(parts) => {
                parts.iter().all(|part| self.is_tame(part))
            }
            Expr::If(e) => self.is_tame(&e.then) && self.is_tame(&e.otherwise),
            Expr::Attrs(attrs) => attrs.values().all(|value| self.is_tame(value)),
            Expr::Merge(sets) => sets.iter().all(|set| self.is_tame(set)),
            Expr::WithoutNulls(inner) => self.is_tame(inner),
            Expr::Option(_) | Expr::Variable(_) => {
                self.type_of(expr).is_some_and(|ty| is_tame_type(&ty))
            }
            Expr::MapList(_)
            | Expr::MapAttrs(_)
            | Expr::AttrsToList(_)
            | Expr::Join(_)
            | Expr::Match(_) => false,
        }
    }
}

fn is_fixed(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) => true,
        Expr::Text(parts) => parts.iter().all(is_fixed),
        _ => false,
    }
}

fn is_tame_type(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Int(_) | Type::Port | Type::Float | Type::Number(_) | Type::Package => {
            true
        }
        Type::Enum(names) => names.iter().all(|name| !name.contains(['\n', '\r', '\\'])),
        Type::ListOf(inner) | Type::NonEmptyListOf(inner) | Type::NullOr(inner) => {
            is_tame_type(inner)
        }
        Type::OneOf(types) => types.iter().all(is_tame_type),
        _ => false,
    }
}

/// What the functions are that a module uses.
pub(crate) fn bindings(uses: impl Fn(&str) -> bool) -> Vec<Binding> {
    let mut out = Vec::new();
    if uses(ETC_PATH) {
        out.push(
            Binding::new(ETC_PATH, etc_path())
                .comment("Refuses what leads out of `/etc`, or is no path."),
        );
    }
    if uses(FITTING) {
        out.push(
            Binding::new(FITTING, fitting())
                .comment("Refuses what would be no name, or another one, where it stands."),
        );
    }
    if uses(ONE_LINE) {
        out.push(
            Binding::new(ONE_LINE, one_line())
                .comment("Refuses a value that would go on in the next line of a file."),
        );
    }
    out
}

/// The text of a value, for a message.
fn shown() -> Nix {
    Nix::ident("builtins").dot("toJSON").call(Nix::ident("value"))
}

fn refuse(condition: Nix, reason: &str) -> Nix {
    let message = Nix::Str(vec![Part::Interpolation(shown()), Part::Text(reason.to_owned())]);
    Nix::lib_call("throwIf", [condition, message, Nix::ident("value")])
}

fn fitting() -> Nix {
    let found =
        Nix::ident("builtins").dot("match").call(Nix::ident("pattern")).call(Nix::ident("value"));
    let misses = Nix::binary(Op::Equal, found, value::plain(&Value::Null));
    Nix::lambda2("pattern", "value", refuse(misses, " cannot stand where it would"))
}

fn etc_path() -> Nix {
    let path = || Nix::ident("value");
    let parts = Nix::lib_call("splitString", [Nix::str("/"), path()]);
    let bad = Nix::List(["", ".", ".."].map(Nix::str).into());
    let is_bad = Nix::lambda("part", Nix::lib_call("elem", [Nix::ident("part"), bad]));
    let control = Nix::ident("builtins").dot("match").call(Nix::str("[^[:cntrl:]]*")).call(path());
    let control = Nix::binary(Op::Equal, control, value::plain(&Value::Null));
    let wrong = Nix::binary(Op::Or, control, Nix::lib_call("any", [is_bad, parts]));
    Nix::lambda("value", refuse(wrong, " is no path below /etc"))
}

fn one_line() -> Nix {
    let is = |kind: &str| Nix::ident("builtins").dot(kind).call(Nix::ident("value"));
    let has =
        |function: &str, text: &str| Nix::lib_call(function, [Nix::str(text), Nix::ident("value")]);
    let breaks = [has("hasInfix", "\r"), has("hasSuffix", "\\")]
        .into_iter()
        .fold(has("hasInfix", "\n"), |left, right| Nix::binary(Op::Or, left, right));
    let bad = Nix::binary(Op::And, is("isString"), breaks);
    let each = Nix::ident("map").call(Nix::ident(ONE_LINE)).call(Nix::ident("value"));
    let one = refuse(bad, " must be one line");
    Nix::lambda("value", Nix::if_else(is("isList"), each, one))
}
